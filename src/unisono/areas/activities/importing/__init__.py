"""Importing lists of events: a row for each attendance, or a row for each event with all who came."""

from unisono.areas.activities.importing.attendance import register

__all__ = ["register"]
