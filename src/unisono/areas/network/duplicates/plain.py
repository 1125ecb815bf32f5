"""Pairs and merges as plain data, for the API and the command."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from unisono.areas.network.duplicates.words import reasons_of
from unisono.areas.network.models import DuplicatePair, MergeRecord, Network
from unisono.areas.network.queries.merges import left_of
from unisono.platform.actor import Actor


def plain_pair(pair: DuplicatePair, elsewhere: Mapping[UUID, Network]) -> dict[str, Any]:
    """A pair with its reasons in words; `elsewhere` gives the network of one that is not in this one."""
    speaks_for, against = reasons_of(pair)
    return {
        "id": pair.pk,
        "organizations": [
            {"id": each.pk, "name": each.name, "network": elsewhere[each.pk].slug if each.pk in elsewhere else None}
            for each in (pair.first, pair.second)
        ],
        "score": pair.score,
        "reasons": speaks_for,
        "against": against,
        "state": pair.state,
        "decided_by": str(pair.decided_by or ""),
        "decided_at": pair.decided_at,
        "found_at": pair.found_at,
    }


def plain_merge(actor: Actor, network: Network, merge: MergeRecord) -> dict[str, Any]:
    """A merge, and what stayed when it was taken back, by the names that the actor may read."""
    [plain] = plain_merges(actor, network, [merge])
    return plain


def plain_merges(actor: Actor, network: Network, merges: Sequence[MergeRecord]) -> list[dict[str, Any]]:
    """Several of them."""
    left = left_of(actor, network, merges)
    return [_plain_merge(merge, left[merge.pk]) for merge in merges]


def _plain_merge(merge: MergeRecord, left: list[dict[str, str]]) -> dict[str, Any]:
    return {
        "id": merge.pk,
        "kept": {"id": merge.keep_id, "name": merge.keep.name},
        "absorbed": {"id": merge.absorb_id, "name": merge.absorb.name},
        "merged_at": merge.merged_at,
        "merged_by": str(merge.merged_by or ""),
        "undone_at": merge.undone_at,
        "undone_by": str(merge.undone_by or ""),
        "left": left,
    }
