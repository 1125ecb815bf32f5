"""Sample content for the page that shows every component; it exists while DEBUG is on."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

Row = dict[str, Any]

MEMBERS: list[Row] = [
    {"name": "Lærdal Smoked Trout", "kind": "Food", "state": "Active", "tone": "good", "tier": "Partner",
     "contact": "Ingrid Solheim", "days": -214, "fee": Decimal("12500"), "tags": ["producer"]},
    {"name": "Hotel Utsikten", "kind": "Lodging", "state": "Active", "tone": "good", "tier": "Partner",
     "contact": "Ola Nesse", "days": -3, "fee": Decimal("18000"), "tags": ["host", "board"]},
    {"name": "Aurland Cider", "kind": "Food", "state": "Prospect", "tone": "info", "tier": "Basic",
     "contact": "Ingrid Solheim", "days": -21, "fee": Decimal("4200.50"), "tags": []},
    {"name": "Fjord Kayak", "kind": "Activity", "state": "Paused", "tone": "warn", "tier": "Basic",
     "contact": "Marit Bø", "days": -46, "fee": Decimal("4200"), "tags": ["summer"]},
    {"name": "Sogn Bus Lines", "kind": "Transport", "state": "Left", "tone": "", "tier": "–",
     "contact": "", "days": -560, "fee": Decimal("0"), "tags": []},
]  # fmt: skip


class SampleForm(forms.Form):
    name = forms.CharField(label="Name", help_text="As its people write it.")
    website = forms.URLField(label="Website", required=False, assume_scheme="https")
    kind = forms.ChoiceField(label="Kind", choices=[("firm", "Firm"), ("public", "Public body")])


def _navigation() -> list[dict[str, Any]]:
    groups: dict[str, list[tuple[str, str, str, int]]] = {
        "": [("Today", "sun-high", "g t", 7)],
        "Network": [("Map", "topology-star-3", "g a", 0), ("Members", "building", "g m", 0),
                    ("People", "users", "g p", 0), ("Needs & offers", "gift", "g n", 0),
                    ("Import", "file-import", "g i", 0)],
        "Care": [("Due", "clock", "g d", 3), ("Cases", "heart-handshake", "", 0), ("Portfolios", "briefcase", "", 0)],
        "Together": [("Gatherings", "calendar-event", "", 0), ("Initiatives", "bulb", "", 0)],
        "Direction": [("Goals", "target-arrow", "", 0), ("Commitments", "hand-stop", "", 0)],
        "Practice": [("Review", "clipboard-check", "", 0), ("Acts", "activity", "", 0)],
    }  # fmt: skip
    return [
        {
            "label": label,
            "items": [
                {"label": name, "url": "#", "icon": symbol, "key": key, "count": count, "active": name == "Members"}
                for name, symbol, key, count in items
            ],
        }
        for label, items in groups.items()
    ]


def _content(now: datetime, request: HttpRequest) -> dict[str, Any]:
    bound = SampleForm({"name": "", "website": "utsikten", "kind": "firm"})
    bound.is_valid()
    rows = [row | {"at": now + timedelta(days=row["days"])} for row in MEMBERS]
    return {
        "navigation": _navigation(),
        "network": {"name": "Fjord and valley", "is_synthetic": True},
        "networks": [
            {"label": "Fjord and valley", "url": "#", "active": True},
            {"label": "Harvester", "url": "#", "active": False},
        ],
        "quick_actions": [
            {"label": "Log contact", "url": "#", "icon": "phone", "key": "c"},
            {"label": "Add member", "url": "#", "icon": "building", "key": "n"},
            {"label": "Plan gathering", "url": "#", "icon": "calendar-plus", "key": ""},
        ],
        "crumbs": [{"label": "Network", "url": "#"}, {"label": "Members", "url": ""}],
        "columns": [
            {"key": "name", "label": "Member", "sort": True},
            {"key": "state", "label": "State"},
            {"key": "tier", "label": "Tier", "sort": True},
            {"key": "tags", "label": "Tags"},
            {"key": "contact", "label": "Contact person"},
            {"key": "last", "label": "Last contact", "sort": True},
            {"key": "fee", "label": "Fee a year", "sort": True, "number": True},
            {"key": "more", "label": ""},
        ],
        "rows": rows,
        "sort": request.GET.get("sort", "name"),
        "page": Paginator(range(737), 50).page(2),
        "shown_columns": [
            {"key": "name", "label": "Member", "shown": True, "fixed": True},
            {"key": "tier", "label": "Tier", "shown": True},
            {"key": "city", "label": "Town", "shown": False},
        ],
        "filters": [
            {"name": "kind", "label": "Kind", "options": [{"value": "food", "label": "Food", "selected": True}]},
            {"name": "state", "label": "State", "options": [{"value": "active", "label": "Active"}]},
        ],
        "chips": [{"label": "Kind: Food", "name": "kind", "value": "food"}],
        "form": bound,
        "visibilities": [
            {"value": "care_team", "label": "Care team only", "selected": True},
            {"value": "network", "label": "Whole network"},
        ],
        "problems": [
            {"place": "Row 418, joined", "rule": "“31.02.2021” is no date.", "remedy": "Write it as 2021-02-28."},
            {"place": "Row 502, name", "rule": "A member needs a name.", "remedy": "Fill it in, or leave the row out."},
        ],
        "events": [
            {"icon": "phone", "sentence": "Ingrid called Marit about the summer season.", "actor": "Ingrid Solheim",
             "at": now - timedelta(hours=3), "visibility": "care_team",
             "note": "She is worried about bookings in June.\nWants to meet the hotel."},
            {"icon": "gift", "sentence": "Offered cider tastings for groups.", "actor": "Marit Bø",
             "at": now - timedelta(days=5)},
            {"icon": "file-import", "sentence": "Came in with members.csv.", "actor": "Ola Nesse",
             "at": now - timedelta(days=400)},
        ],
        "tabs": [
            {"label": "Overview", "url": "#", "active": True},
            {"label": "People", "url": "#", "count": 3},
            {"label": "Needs & offers", "url": "#", "count": 5},
            {"label": "Timeline", "url": "#"},
            {"label": "Care", "url": "#", "lock": True},
        ],
        "steps": [{"label": "File", "url": "#"}, {"label": "Columns", "url": "#"},
                  {"label": "Check"}, {"label": "Done"}],
        "pairs": [
            {"label": "Town", "value": "Lærdal"},
            {"label": "Member since", "value": "2019"},
            {"label": "Website", "value": ""},
        ],
        "palette": [
            {"label": "Members", "items": [
                {"label": "Hotel Utsikten", "url": "#", "icon": "building", "hint": "Aurland"}]},
            {"label": "Pages", "items": [{"label": "Members", "url": "#", "icon": "list", "hint": "g m"}]},
        ],
        "loss": Decimal("-6000"),
        "due": timezone.localdate(now) + timedelta(days=3),
    }  # fmt: skip


def styleguide(request: HttpRequest) -> HttpResponse:
    if not settings.DEBUG:
        raise Http404
    if "toast" in request.GET:
        messages.success(request, "Archived Sogn Bus Lines.", extra_tags="undo:#")
        messages.error(request, "The file could not be read.")
    return render(request, "styleguide.html", _content(timezone.now(), request))
