"""Django app of the platform."""

from django.apps import AppConfig


class PlatformConfig(AppConfig):
    """Holds the tables that belong to no area."""

    name = "unisono.platform"
    label = "platform"
    verbose_name = "Platform"
