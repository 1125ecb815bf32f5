"""Django app of the network area."""

from django.apps import AppConfig


class NetworkConfig(AppConfig):
    """Owns networks, organisations, people, memberships and what they have, need and offer."""

    name = "unisono.areas.network"
    label = "network"
    verbose_name = "Network"

    def ready(self) -> None:
        """Put the guards on a membership's life; name the jobs, and where ties come from."""
        from django.utils.translation import gettext_lazy as _

        from unisono.areas.network import guards
        from unisono.areas.network.actions import comments, views
        from unisono.areas.network.bulk import jobs as bulk_jobs
        from unisono.areas.network.duplicates import jobs as duplicate_jobs
        from unisono.areas.network.erasing import erase_again
        from unisono.areas.network.graph import jobs as map_jobs
        from unisono.areas.network.graph import sources, standing
        from unisono.areas.network.importing import jobs, relationships
        from unisono.areas.network.kinds import BY_PLURAL, NOTE
        from unisono.platform import backup, notifications, webhooks

        guards.register()
        jobs.register()
        duplicate_jobs.register()
        bulk_jobs.register()
        map_jobs.register()
        sources.register()
        notifications.register(
            comments.MENTIONED, _("Somebody mentions me in a comment"), mailed=_("Somebody mentioned you in a comment")
        )
        notifications.register(
            comments.ANSWERED,
            _("Somebody answers where I take part"),
            mailed=_("Somebody answered where you take part"),
        )
        notifications.register(views.SHARED, _("Somebody shares a view of a list"))
        standing.register()
        relationships.register()
        backup.on_restored(erase_again)
        # Machines are told of records, what is done with many of them, and the network itself; of notes never.
        for kind in BY_PLURAL.values():
            if kind is not NOTE:
                webhooks.register_subject(kind.name, kind.label_plural)
        for name, label in (
            ("network", _("Networks")),
            ("attachment", _("Files")),
            ("custom_field", _("Custom fields")),
            ("tag", _("Tags")),
            ("import", _("Imports")),
            ("bulk", _("Changes of many records")),
        ):
            webhooks.register_subject(name, label)
