"""Reads of the network area."""

from unisono.areas.network.queries.lists import Page, filter_options, page_of, select
from unisono.areas.network.queries.networks import network_by_slug, networks_of
from unisono.areas.network.queries.records import (
    exact_reference,
    fields_of,
    get_record,
    text_of,
    value_of,
    visible,
)
from unisono.areas.network.queries.timeline import Happening, timeline_of

__all__ = [
    "Happening",
    "Page",
    "exact_reference",
    "fields_of",
    "filter_options",
    "get_record",
    "network_by_slug",
    "networks_of",
    "page_of",
    "select",
    "text_of",
    "timeline_of",
    "value_of",
    "visible",
]
