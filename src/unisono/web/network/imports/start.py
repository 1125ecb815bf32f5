"""Step 1 of an import, the file; and the list of earlier imports."""

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from unisono.areas.network import importing
from unisono.areas.network.models import ImportBatch, Network
from unisono.engines.importable import ENDINGS
from unisono.engines.tabular import ENCODINGS, write_csv
from unisono.platform.downloads import download
from unisono.platform.errors import Invalid, Problem
from unisono.web.network.imports.mapping_form import options_of
from unisono.web.network.imports.steps import State, figure, for_importers, show, state_of, url_of
from unisono.web.pages import Request, go

_EXAMPLE_ROWS = (
    ("Skarvøy Kayak AS", "100001", "Skarvøy", "https://kayak.example", "Gold", "2021-05-03", "tours; summer",
     "Marit Ås", "Managing director", "marit@kayak.example"),
    ("Nordli Farm Cheese", "100002", "Nordli", "https://cheese.example", "Silver", "2022-09-14", "food",
     "Ola Nesse", "Owner", "ola@cheese.example"),
    ("Vikheim Guesthouse", "100003", "Vikheim", "", "Silver", "", "rooms; food", "Liv Bø", "Host", ""),
)  # fmt: skip


def summary_of(batch: ImportBatch) -> str:
    """What an import did or would do, in a few words."""
    counts = batch.counts or {}
    if batch.state in (State.APPLIED, State.UNDOING, State.UNDONE):
        added, updated = (sum((counts.get(what) or {}).values()) for what in ("created", "updated"))
        words = [ngettext("%(said)s record added", "%(said)s records added", added) % {"said": figure(added)}]
        if updated:
            words.append(_("%(said)s changed") % {"said": figure(updated)})
        return " · ".join(words)
    rows = counts.get("rows")
    return ngettext("%(said)s row", "%(said)s rows", rows) % {"said": figure(rows)} if rows else ""


def _entry(network: Network, batch: ImportBatch) -> dict[str, Any]:
    removable = batch.state in (State.COLUMNS, State.CHECKED, State.FAILED)
    return {
        "batch": batch,
        "url": url_of(network, batch),
        "state": state_of(batch),
        "summary": summary_of(batch),
        "by": str(batch.started_by or ""),
        "at": batch.undone_at or batch.applied_at or batch.created_at,
        "undo_url": url_of(network, batch, "import_undo") if batch.state == State.APPLIED else "",
        "remove_url": url_of(network, batch, "import_remove") if removable else "",
    }


def _taken(request: Request, network: Network) -> ImportBatch:
    file = request.FILES.get("file")
    if file is None or not file.name:
        raise Invalid.at(_("file"), _("No file was chosen."), _("Choose a file from your computer."))
    if not file.name.lower().endswith(ENDINGS):
        raise Invalid.at(
            file.name,
            _("Files of this type are not read."),
            _("Save the list as CSV or XLSX; every spreadsheet program can. Networks come as GraphML, GEXF or JSON."),
        )
    encoding = request.POST.get("encoding", "")
    return importing.start_import(
        actor=request.actor,
        network=network,
        file=(file.name, file.chunks()),
        options={"encoding": encoding} if encoding else None,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@for_importers
def imports(request: Request, network: Network) -> HttpResponse:
    """Choose a file, or look at what was imported before."""
    problems: tuple[Problem, ...] = ()
    if request.method == "POST":
        try:
            batch = _taken(request, network)
        except Invalid as error:
            problems = error.problems
        else:
            return go(request, url_of(network, batch, "import_columns"))
    content = {
        "problems": problems,
        "earlier_columns": [
            {"label": _("File")},
            {"label": _("State")},
            {"label": _("What")},
            {"label": _("By")},
            {"label": _("When")},
            {"label": ""},
        ],
        "earlier": [_entry(network, batch) for batch in importing.batches_of(request.actor, network)],
        "endings": ",".join(ENDINGS),
        "encodings": options_of([("", _("found out from the file")), *((e, e) for e in ENCODINGS)], ""),
        "limit_mib": settings.MAX_UPLOAD_BYTES // (1024 * 1024),
    }
    return show(request, network, "start", content, status=422 if problems else 200)


@require_GET
@for_importers
def example(request: Request, network: Network) -> HttpResponseBase:
    """A small file that shows how a member list can look; its firms and people are invented."""
    headings = (
        _("Name"), _("Member id"), _("Place"), _("Website"), _("Tier"), _("Member since"), _("Tags"),
        _("Contact person"), _("Contact title"), _("Contact e-mail"),
    )  # fmt: skip
    return download(
        request.actor,
        name=_("example-members-invented.csv"),
        content_type="text/csv; charset=utf-8",
        content=write_csv(headings, _EXAMPLE_ROWS),
    )
