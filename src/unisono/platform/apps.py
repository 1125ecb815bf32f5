"""Django app of the platform."""

from django.apps import AppConfig


class PlatformConfig(AppConfig):
    """Holds the tables that belong to no area."""

    name = "unisono.platform"
    label = "platform"
    verbose_name = "Platform"

    def ready(self) -> None:
        """Name what people are told about, and how messages leave."""
        from django.utils.translation import gettext_lazy as _

        from unisono.platform import jobs, mail, notifications, webhooks
        from unisono.platform.audit import jobs as audit_jobs

        mail.register()
        webhooks.register()
        notifications.register(
            webhooks.DISABLED, _("A webhook of my workspace was turned off"), mailed=_("A webhook was turned off")
        )

        notifications.register(jobs.FINISHED, _("Work that I started is over, such as an import"))
        audit_jobs.register()
