"""Which entries of a directory are probably the same organisation: scored, with reasons, for people to decide."""

from unisono.core.duplicates.blocking import Index, Keys, keys_of
from unisono.core.duplicates.entries import Entry, Prepared, prepared, site_of
from unisono.core.duplicates.finding import Pair, likely_pairs
from unisono.core.duplicates.likeness import ASK, LIKELY, Likeness, Reason, likeness, score_of
from unisono.core.duplicates.names import Name, acronyms_of, bare_name, name_of

__all__ = [
    "ASK",
    "LIKELY",
    "Entry",
    "Index",
    "Keys",
    "Likeness",
    "Name",
    "Pair",
    "Prepared",
    "Reason",
    "acronyms_of",
    "bare_name",
    "keys_of",
    "likely_pairs",
    "likeness",
    "name_of",
    "prepared",
    "score_of",
    "site_of",
]
