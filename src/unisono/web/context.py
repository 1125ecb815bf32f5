"""What every page's frame shows: where one is, where one can go, what one can do."""

from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from unisono.areas.network import policies
from unisono.areas.network.models import Network
from unisono.platform.audit import can_read_log
from unisono.platform.policies import can_administer, can_manage_some_team
from unisono.web.network.saved_views import pinned_items
from unisono.web.pages import Request, address, last_network, networks_for


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context of the page frame; empty for people who are not signed in."""
    if not hasattr(request, "actor"):
        return {}
    # Every component renders with this context, so it is made once a request.
    if not hasattr(request, "shell"):
        request.shell = _shell(request)  # type: ignore[attr-defined, arg-type]
    return request.shell  # type: ignore[attr-defined]


def imports_url(network: Network) -> str:
    """Address of the import pages."""
    try:
        return reverse("web:imports", args=[network.slug])
    except NoReverseMatch:
        return ""


def _shell(request: Request) -> dict[str, Any]:
    network = getattr(request, "network", None) or last_network(request)
    if network is None:
        return {
            "navigation": [],
            "quick_actions": [],
            "network": None,
            "networks": [],
            "palette_url": reverse("web:palette"),
        }
    return {
        "network": network,
        "networks": [
            {"label": each.name, "url": reverse("web:network", args=[each.slug]), "active": each.pk == network.pk}
            for each in networks_for(request)
        ],
        "navigation": _navigation(request, network),
        "quick_actions": _quick_actions(request, network),
        "palette_url": address("palette", network=network.slug),
        "import_url": imports_url(network),
    }


def _navigation(request: Request, network: Network) -> list[dict[str, Any]]:
    def item(label: str, plural: str, icon: str, key: str = "", also: str = "") -> dict[str, Any]:
        url = reverse("web:records", args=[network.slug, plural])
        active = any(
            request.path.startswith(reverse("web:records", args=[network.slug, p])) for p in (plural, also) if p
        )
        return {"label": label, "url": url, "icon": icon, "key": key, "active": active}

    def page(label: str, name: str, icon: str, key: str = "") -> dict[str, Any]:
        url = reverse(f"web:{name}", args=[network.slug])
        return {"label": label, "url": url, "icon": icon, "key": key, "active": request.path.startswith(url)}

    is_member = policies.represented(request.actor, network) and not policies.is_team(request.actor, network)
    if is_member:
        pinned = pinned_items(request, network)
        views = [{"label": _("Pinned views"), "items": pinned}] if pinned else []
        ours = [
            {**page(_("Home"), "own", "home", "g h"), "active": request.path == address("own", network.slug)},
            page(_("Our profile"), "own_profile", "building", "g f"),
            page(_("Our needs & offers"), "own_exchange", "gift", "g x"),
            page(_("Our people"), "own_people", "users", "g j"),
            page(_("Who sees what"), "own_readers", "eye", "g v"),
        ]
        others = [
            page(_("Map"), "map", "topology-star-3", "g w"),
            item(_("Members"), "members", "building-community", "g m"),
            item(_("Needs & offers"), "needs", "message-circle", "g n", also="offerings"),
            item(_("Gatherings"), "gatherings", "calendar-event", "g e"),
            item(_("Initiatives"), "initiatives", "bulb", "g t"),
        ]
        return [{"label": "", "items": ours}, *views, {"label": _("Network"), "items": others}]
    groups = [
        {
            "label": _("Network"),
            "items": [
                {
                    "label": _("Map"),
                    "url": reverse("web:map", args=[network.slug]),
                    "icon": "topology-star-3",
                    "key": "g w",
                    "active": request.path == reverse("web:map", args=[network.slug]),
                },
                item(_("Members"), "members", "building", "g m"),
                item(_("People"), "people", "users", "g p"),
                item(_("Needs & offers"), "needs", "gift", "g n", also="offerings"),
                item(_("Relations"), "relationships", "affiliate", "g r"),
                item(_("Other organisations"), "organizations", "building-community", "g o"),
            ],
        },
        {
            "label": _("Together"),
            "items": [
                item(_("Gatherings"), "gatherings", "calendar-event", "g e"),
                item(_("Initiatives"), "initiatives", "bulb", "g t"),
                page(_("Silent members"), "silent", "phone", "g q"),
            ],
        },
        {
            "label": _("Abilities and rules"),
            "items": [
                item(_("Capabilities"), "capabilities", "bolt", "g c"),
                item(_("Resources"), "resources", "packages", "g u"),
                item(_("Roles"), "roles", "user-circle", "g l"),
                item(_("Agreements"), "agreements", "gavel", "g a"),
            ],
        },
    ]
    doubles = reverse("web:duplicates", args=[network.slug])
    last: list[dict[str, Any]] = []
    if policies.can_edit_records(request.actor, network):
        count = getattr(network, "open_duplicates", 0)
        last.append({"label": _("Duplicates"), "url": doubles, "icon": "copy", "key": "g d", "count": count})
    if policies.can_import(request.actor, network) and (url := imports_url(network)):
        last.append({"label": _("Import"), "url": url, "icon": "file-import", "key": "g i"})
    settings = reverse("web:network_settings", args=[network.slug])
    last.append({"label": _("Network settings"), "url": settings, "icon": "adjustments-horizontal", "key": "g s"})
    if can_read_log(request.actor):
        last.append({"label": _("Log"), "url": reverse("web:audit"), "icon": "history"})
    if can_administer(request.actor):
        url = reverse("web:webhooks")
        last.append(
            {"label": _("Mail and webhooks"), "url": url, "icon": "send", "key": "", "also": reverse("web:outbox")}
        )
    if can_manage_some_team(request.actor):
        last.append({"label": _("Team"), "url": reverse("web:team"), "icon": "users-group", "key": ""})
    for entry in last:
        entry["active"] = any(request.path.startswith(entry[name]) for name in ("url", "also") if name in entry)
    pinned = pinned_items(request, network)
    views = [{"label": _("Pinned views"), "items": pinned}] if pinned else []
    return [*views, *groups, {"label": _("Keeping it right"), "items": last}]


def _quick_actions(request: Request, network: Network) -> list[dict[str, Any]]:
    if not policies.can_edit_records(request.actor, network):
        return []
    plans = [
        (_("Add member"), "members", "building", "n"),
        (_("Add person"), "people", "user-plus", ""),
        (_("Add need"), "needs", "message-circle", ""),
        (_("Add offer"), "offerings", "gift", ""),
        (_("Add relation"), "relationships", "affiliate", ""),
        (_("Plan gathering"), "gatherings", "calendar-plus", ""),
    ]
    return [
        {"label": label, "url": address("record_new", network.slug, plural), "icon": icon, "key": key,
         "drawer": plural != "members"}
        for label, plural, icon, key in plans
    ]  # fmt: skip
