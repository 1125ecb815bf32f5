"""Bulk edits: one change to many records, seen before it is made, made as a whole and undone as a whole."""

from unisono.areas.network.bulk.actions import edit_many, preview_many, undo_many
from unisono.areas.network.bulk.planning import Preview, bulk_fields
from unisono.areas.network.bulk.queries import get_bulk_edit, kept_records, plain_bulk_edit, plain_preview

__all__ = [
    "Preview",
    "bulk_fields",
    "edit_many",
    "get_bulk_edit",
    "kept_records",
    "plain_bulk_edit",
    "plain_preview",
    "preview_many",
    "undo_many",
]
