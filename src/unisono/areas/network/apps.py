"""Django app of the network area."""

from django.apps import AppConfig


class NetworkConfig(AppConfig):
    """Owns networks, organisations, people, memberships and what they have, need and offer."""

    name = "unisono.areas.network"
    label = "network"
    verbose_name = "Network"

    def ready(self) -> None:
        """Put the guards of the membership's life on its transitions, and name the jobs of imports."""
        from unisono.areas.network import guards
        from unisono.areas.network.importing import jobs

        guards.register()
        jobs.register()
