"""Reads of the activities area."""

from unisono.areas.activities.queries.attendance import Attendance, attendance_of, parts_of
from unisono.areas.activities.queries.contact import months_before, today_in
from unisono.areas.activities.queries.standing import (
    Contact,
    Standing,
    edge_of,
    standing_of,
    standings_of,
)

__all__ = [
    "Attendance",
    "Contact",
    "Standing",
    "attendance_of",
    "edge_of",
    "months_before",
    "parts_of",
    "standing_of",
    "standings_of",
    "today_in",
]
