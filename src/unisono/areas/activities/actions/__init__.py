"""Use cases of the activities area."""

from unisono.areas.activities.actions.participations import add_participants, mark_participations

__all__ = ["add_participants", "mark_participations"]
