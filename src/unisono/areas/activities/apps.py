"""Django app of the activities area."""

from django.apps import AppConfig


class ActivitiesConfig(AppConfig):
    """Owns gatherings, initiatives and participations."""

    name = "unisono.areas.activities"
    label = "activities"
    verbose_name = "Activities"

    def ready(self) -> None:
        """Declare the area's kinds of record, so that every interface offers them, and what merging does with them."""
        from unisono.areas.activities import derived, graph, importing, joining, kinds
        from unisono.areas.network.actions.handing_over import register_person_handover
        from unisono.areas.network.actions.merging import register_handover
        from unisono.platform import webhooks

        kinds.register()
        derived.register()
        importing.register()
        graph.register()
        register_handover(joining.hand_over)
        register_person_handover(joining.hand_over_person)
        for kind in (kinds.INITIATIVE, kinds.GATHERING, kinds.PARTICIPATION):
            webhooks.register_subject(kind.name, kind.label_plural)
