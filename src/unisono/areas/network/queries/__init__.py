"""Reads of the network area."""

from unisono.areas.network.queries.attachments import attachments_of, content_of, get_attachment
from unisono.areas.network.queries.finding import Found, find
from unisono.areas.network.queries.lists import Page, filter_options, page_of, select
from unisono.areas.network.queries.networks import custom_fields_of, network_by_slug, networks_of
from unisono.areas.network.queries.records import (
    exact_reference,
    fields_for,
    fields_of,
    get_record,
    kept_instead,
    organization_within_reach,
    organizations_within_reach,
    reading_fields_once,
    record_named,
    text_of,
    value_of,
    visible,
)
from unisono.areas.network.queries.timeline import Happening, timeline_of
from unisono.areas.network.queries.views import get_view, gone_from, records_in, view_named, views_of

__all__ = [
    "Found",
    "Happening",
    "Page",
    "attachments_of",
    "content_of",
    "custom_fields_of",
    "exact_reference",
    "fields_for",
    "fields_of",
    "filter_options",
    "find",
    "get_attachment",
    "get_record",
    "get_view",
    "gone_from",
    "kept_instead",
    "network_by_slug",
    "networks_of",
    "organization_within_reach",
    "organizations_within_reach",
    "page_of",
    "reading_fields_once",
    "record_named",
    "records_in",
    "select",
    "text_of",
    "timeline_of",
    "value_of",
    "view_named",
    "views_of",
    "visible",
]
