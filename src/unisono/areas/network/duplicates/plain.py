"""Pairs and merges as plain data, for the API and the command."""

from typing import Any

from unisono.areas.network.duplicates.words import reasons_of
from unisono.areas.network.models import DuplicatePair, MergeRecord


def plain_pair(pair: DuplicatePair) -> dict[str, Any]:
    """A pair with its reasons in words."""
    speaks_for, against = reasons_of(pair)
    return {
        "id": pair.pk,
        "organizations": [{"id": each.pk, "name": each.name} for each in (pair.first, pair.second)],
        "score": pair.score,
        "reasons": speaks_for,
        "against": against,
        "state": pair.state,
        "decided_by": str(pair.decided_by or ""),
        "decided_at": pair.decided_at,
        "found_at": pair.found_at,
    }


def plain_merge(merge: MergeRecord) -> dict[str, Any]:
    """A merge, and what stayed when it was taken back."""
    return {
        "id": merge.pk,
        "kept": {"id": merge.keep_id, "name": merge.keep.name},
        "absorbed": {"id": merge.absorb_id, "name": merge.absorb.name},
        "merged_at": merge.merged_at,
        "merged_by": str(merge.merged_by or ""),
        "undone_at": merge.undone_at,
        "undone_by": str(merge.undone_by or ""),
        "left": merge.left,
    }
