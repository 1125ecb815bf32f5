"""The palette's answers: pages, records and actions that fit what was typed."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from unisono.areas.network import policies
from unisono.areas.network.kinds import (
    AGREEMENT,
    CAPABILITY,
    MEMBER,
    NEED,
    OFFERING,
    ORGANIZATION,
    PERSON,
    RESOURCE,
    ROLE,
    Kind,
)
from unisono.areas.network.models import Network
from unisono.areas.network.queries import find
from unisono.core.text import fold
from unisono.web.context import shell
from unisono.web.network.cells import url_of
from unisono.web.network.wording import WORDING
from unisono.web.pages import Request, address, last_network, networks_for, signed_in

_KINDS = (MEMBER, PERSON, OFFERING, NEED, ORGANIZATION)
_PER_KIND = 5


@require_safe
@signed_in
def palette(request: Request) -> HttpResponse:
    """A fragment: groups of links. Without words, the pages and actions one has."""
    slug = request.GET.get("network", "")
    network = next((n for n in networks_for(request) if n.slug == slug), None) or last_network(request)
    query = request.GET.get("q", "").strip()[:200]
    groups: list[dict[str, Any]] = []
    if network is not None:
        request.network = network
        if query:
            groups += _records(request, network, query)
        groups += _pages(request, network, query)
    groups += _own(query)
    return render(request, "palette.html", {"groups": [group for group in groups if group["items"]]})


def _records(request: Request, network: Network, query: str) -> list[dict[str, Any]]:
    # Members stand there already, as members.
    others = {ORGANIZATION.name: {"membership": ["no"]}}
    hits = find(request.actor, network, query, kinds=_KINDS, per_kind=_PER_KIND, filters=others)
    groups: dict[str, list[dict[str, str]]] = {}
    for kind, record in ((each.kind, each.record) for each in hits):
        entry = {
            "label": kind.title(record),
            "url": url_of(network, record, kind),
            "icon": WORDING[kind.name].icon,
            "hint": _hint(kind, record),
        }
        groups.setdefault(str(kind.label_plural), []).append(entry)
    return [{"label": label, "items": items} for label, items in groups.items()]


def _hint(kind: Kind, record: Any) -> str:
    if kind is MEMBER:
        return str(record.organization.place)
    if kind is NEED:
        return str(record.membership.organization.name)
    return str(getattr(record, {PERSON.name: "job_title", OFFERING.name: "category"}.get(kind.name, "place")))


def _fits(label: str, query: str) -> bool:
    words = fold(label).split()
    return all(any(word.startswith(part) for word in words) for part in fold(query).split())


def _pages(request: Request, network: Network, query: str) -> list[dict[str, Any]]:
    frame = shell(request)
    actions = [
        {"label": action["label"], "url": action["url"], "icon": action["icon"], "hint": action["key"]}
        for action in frame["quick_actions"]
        if _fits(action["label"], query)
    ]
    if policies.can_edit_records(request.actor, network):
        for kind in (CAPABILITY, RESOURCE, ROLE, AGREEMENT):
            if query and _fits(str(WORDING[kind.name].add), query):
                actions.append(
                    {"label": str(WORDING[kind.name].add), "url": address("record_new", network.slug, kind.plural),
                     "icon": "plus", "hint": ""}
                )  # fmt: skip
    pages = [
        {"label": item["label"], "url": item["url"], "icon": item["icon"], "hint": item.get("key", "")}
        for group in frame["navigation"]
        for item in group["items"]
        if _fits(item["label"], query)
    ]
    others = [
        {"label": each["label"], "url": each["url"], "icon": "sitemap", "hint": ""}
        for each in frame["networks"]
        if query and not each["active"] and _fits(each["label"], query)
    ]
    return [
        {"label": _("Pages"), "items": pages},
        {"label": _("Actions"), "items": actions},
        {"label": _("Networks"), "items": others},
    ]


def _own(query: str) -> list[dict[str, Any]]:
    items = [
        {"label": _("Your settings"), "url": reverse("web:settings"), "icon": "settings", "hint": ""},
        {"label": _("API tokens"), "url": reverse("web:tokens"), "icon": "key", "hint": ""},
    ]
    return [{"label": _("You"), "items": [item for item in items if _fits(item["label"], query)]}]
