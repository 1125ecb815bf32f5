"""Organisations that are probably the same: found by a job, decided by people, remembered either way."""

from unisono.areas.network.duplicates.actions import decide_duplicate, find_duplicates
from unisono.areas.network.duplicates.queries import (
    elsewhere_of,
    get_pair,
    job_under_way,
    last_search_of,
    number_of_pairs,
    pairs_of,
)
from unisono.areas.network.duplicates.words import reasons_of

__all__ = [
    "decide_duplicate",
    "elsewhere_of",
    "find_duplicates",
    "get_pair",
    "job_under_way",
    "last_search_of",
    "number_of_pairs",
    "pairs_of",
    "reasons_of",
]
