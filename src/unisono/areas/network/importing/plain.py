"""Imports as plain data, for the API and the command."""

from typing import Any

from unisono.areas.network.importing.queries import LaterEdit, counts_of, job_of, new_people_in
from unisono.areas.network.importing.suggestions import Suggestion
from unisono.areas.network.models import ImportBatch, ImportRow


def plain_batch(batch: ImportBatch) -> dict[str, Any]:
    """A batch with its counts and its latest job."""
    job = job_of(batch)
    return {
        "id": batch.pk,
        "file": batch.file.name,
        "state": batch.state,
        "layout": {name: value for name, value in batch.layout.items() if name != "headers"},
        "headers": batch.headers,
        "mapping": batch.mapping,
        "counts": counts_of(batch),
        "new_people": new_people_in(batch),
        "created": batch.counts.get("created", {}),
        "updated": batch.counts.get("updated", {}),
        "problems": batch.problems,
        "job_id": job.pk if job else None,
        "percent": job.percent if job else None,
        "created_at": batch.created_at,
        "checked_at": batch.checked_at,
        "applied_at": batch.applied_at,
        "undone_at": batch.undone_at,
    }


def plain_row(row: ImportRow) -> dict[str, Any]:
    """A row as it was checked."""
    return {
        "number": row.number,
        "kind": row.kind,
        "status": row.status,
        "name": row.name,
        "cells": row.cells,
        "candidate": row.candidate or None,
        "decision": row.decision,
        "changes": row.changes,
        "problems": row.problems,
        "note": row.note,
    }


def plain_suggestion(suggestion: Suggestion) -> dict[str, Any]:
    """A suggested mapping and what it rests on."""
    return {
        "mapping": suggestion.mapping,
        "remembered": suggestion.remembered,
        "kind_values": [{"value": value, "rows": rows} for value, rows in suggestion.kind_values],
        "columns": {
            kind: [
                {"column": c.column, "target": c.target, "custom": c.custom, "reason": c.reason, "samples": c.samples}
                for c in chosen
            ]
            for kind, chosen in suggestion.columns.items()
        },
    }


def plain_edit(edit: LaterEdit) -> dict[str, Any]:
    """Something that undoing leaves as it is."""
    return {name: getattr(edit, name) for name in ("record_kind", "record_id", "name", "field", "by", "at", "reason")}
