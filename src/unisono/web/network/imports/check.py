"""Step 3 of an import: what the rows would do, what is to be decided, what is wrong; then the import itself."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from unisono.areas.network import importing
from unisono.areas.network.models import ImportBatch, ImportRow, Network
from unisono.areas.network.queries import Page
from unisono.platform.downloads import download
from unisono.web.network.imports.rows import Shown
from unisono.web.network.imports.steps import CHECK, figure, of_batch, show, url_of
from unisono.web.network.lists import Paged
from unisono.web.pages import Request, back_url

Status = ImportRow.Status
Decision = ImportRow.Decision
_PER_PAGE = {Status.DECIDE: 10, Status.WRONG: 20}
_ROWS_PER_PAGE = 50


def _tiles(
    network: Network, batch: ImportBatch, counts: dict[str, int], chosen: str, kept: dict[str, str]
) -> list[dict[str, Any]]:
    """The figures of the check; each opens its rows."""
    words = {
        Status.NEW: (_("New"), ""),
        Status.UPDATE: (_("Updates"), ""),
        Status.SAME: (_("Unchanged"), ""),
        Status.DECIDE: (_("To decide"), "warn"),
        Status.WRONG: (_("Wrong"), "bad"),
        Status.LEFT_OUT: (_("Left out"), ""),
    }
    return [
        {
            "id": f"tile-{status}",
            "label": label,
            "said": figure(counts.get(status, 0)),
            "tone": tone if counts.get(status) else "",
            "url": url_of(network, batch, show=status.value, **kept),
            "active": status == chosen,
        }
        for status, (label, tone) in words.items()
        if status != Status.LEFT_OUT or counts.get(status)
    ]


def _shown_status(asked: str, counts: dict[str, int]) -> str:
    """Which rows to show: those asked for, or else what needs a person most."""
    if asked in Status.values:
        return asked
    order = (Status.DECIDE, Status.WRONG, Status.NEW, Status.UPDATE, Status.SAME)
    return next((status.value for status in order if counts.get(status)), Status.NEW.value)


def _will_happen(counts: dict[str, int], undecided: str, people: int) -> list[str]:
    """Sentence by sentence what pressing the button does."""
    new, updates, doubts = (counts.get(s, 0) for s in (Status.NEW, Status.UPDATE, Status.DECIDE))
    said = []
    if new:
        said.append(ngettext("%(said)s record is added.", "%(said)s records are added.", new) % {"said": figure(new)})
    if people:
        said.append(
            ngettext(
                "%(said)s person nobody knew comes in with them.",
                "%(said)s people nobody knew come in with them.",
                people,
            )
            % {"said": figure(people)}
        )
    if updates:
        said.append(
            ngettext("%(said)s record is changed.", "%(said)s records are changed.", updates)
            % {"said": figure(updates)}
        )
    if doubts and undecided == "separate":
        said.append(
            ngettext(
                "%(said)s undecided row comes in as a record of its own; you can merge it later.",
                "%(said)s undecided rows come in as records of their own; you can merge them later.",
                doubts,
            )
            % {"said": figure(doubts)}
        )
    out = (counts.get(Status.LEFT_OUT, 0) + (doubts if undecided != "separate" else 0), counts.get(Status.WRONG, 0))
    if out[0]:
        said.append(
            ngettext("%(said)s row is left out.", "%(said)s rows are left out.", out[0]) % {"said": figure(out[0])}
        )
    if out[1]:
        said.append(
            ngettext("%(said)s wrong row stays out.", "%(said)s wrong rows stay out.", out[1])
            % {"said": figure(out[1])}
        )
    if same := counts.get(Status.SAME, 0):
        said.append(
            ngettext("%(said)s row is there already, unchanged.", "%(said)s rows are there already, unchanged.", same)
            % {"said": figure(same)}
        )
    return said


def _titles(status: str) -> tuple[str, str]:
    """Heading of the shown rows, and what stands there when there are none."""
    titles = {
        Status.NEW: (_("New records"), _("No row adds a record.")),
        Status.UPDATE: (_("Changes, before and after"), _("No row changes a record that is there.")),
        Status.SAME: (_("Rows that change nothing"), _("Every row adds or changes something.")),
        Status.DECIDE: (_("Are these the same?"), _("Nothing is left to decide.")),
        Status.WRONG: (_("Rows that are wrong"), _("No row is wrong.")),
        Status.LEFT_OUT: (_("Rows that are left out"), _("No row is left out.")),
    }
    return titles[Status(status)]


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 8 else 0


def _rows(request: Request, network: Network, batch: ImportBatch, status: str, page: Page) -> list[dict[str, Any]]:
    """The rows of the page, each with where its buttons lead."""
    shown = Shown(request.actor, network, batch, page.rows)
    if status == Status.DECIDE:
        rows = shown.doubts(page.rows)
    elif status == Status.WRONG:
        rows = [shown.wrong(row) for row in page.rows]
    else:
        rows = [shown.line(row) for row in page.rows]
    asked = _number(request.GET.get("row", ""))
    focused = asked if any(row["number"] == asked for row in rows) else (rows[0]["number"] if rows else 0)
    for row in rows:
        number = row["number"]
        row["decide_url"] = url_of(network, batch, "import_decide", number)
        row["fix_url"] = url_of(network, batch, "import_fix", number)
        row["focus"] = asked > 0 and number == focused
        if row.get("decision"):
            row["act"], row["act_url"] = _("Ask again"), _reopen_url(network, batch, number)
            row["said"] = _SAID[Decision(row["decision"])]
            if row["decision"] == Decision.LEAVE_OUT:
                row["act"] = _("Take in again")
        elif status in (Status.NEW, Status.UPDATE):
            row["act"], row["act_url"] = _("Leave out"), row["decide_url"]
    return rows


def check(request: Request, network: Network, batch: ImportBatch) -> HttpResponse:
    """The page of a checked batch; called by the batch's own address."""
    counts = importing.counts_of(batch)
    status = _shown_status(request.GET.get("show", ""), counts)
    undecided = "leave_out" if request.GET.get("undecided") == "leave_out" else "separate"
    page = importing.rows_of(
        request.actor,
        network,
        batch,
        status=status,
        number=_number(request.GET.get("page", "")) or 1,
        per_page=_PER_PAGE.get(Status(status), _ROWS_PER_PAGE),
    )
    coming = sum(counts.get(s, 0) for s in (Status.NEW, Status.UPDATE))
    if undecided == "separate":
        coming += counts.get(Status.DECIDE, 0)
    kept = {"undecided": undecided} if undecided != "separate" else {}
    title, nothing = _titles(status)
    content = {
        "problems": batch.problems,
        "tiles": _tiles(network, batch, counts, status, kept),
        "status": status,
        "rows_title": title,
        "none_text": nothing,
        "columns": [{"label": _("Row")}, {"label": _("Kind")}, {"label": _("What it does")}, {"label": ""}],
        "rows": _rows(request, network, batch, status, page),
        "page": Paged(page),
        "undecided": undecided,
        "doubts": counts.get(Status.DECIDE, 0),
        "coming": coming,
        "coming_said": figure(coming),
        "will_happen": _will_happen(counts, undecided, importing.new_people_in(batch)),
        "here": url_of(network, batch, show=request.GET.get("show", ""), page=page.number, **kept),
        "undecided_url": url_of(network, batch, show=status),
        "columns_url": url_of(network, batch, "import_columns"),
        "remove_url": url_of(network, batch, "import_remove"),
        "apply_url": url_of(network, batch, "import_apply"),
        "decide_all_url": url_of(network, batch, "import_decide_all"),
        "wrong_url": url_of(network, batch, "import_wrong_rows"),
    }
    return show(request, network, "check", content, batch=batch, step=CHECK)


def _back(request: Request, network: Network, batch: ImportBatch, number: int = 0) -> HttpResponse:
    """To the page that was pressed on; `number` says at which row to go on."""
    here = back_url(request, url_of(network, batch))
    return redirect(f"{here}{'&' if '?' in here else '?'}row={number}" if number else here)


_SAID = {
    Decision.SAME: gettext_lazy("you said: the same"),
    Decision.DIFFERENT: gettext_lazy("you said: different"),
    Decision.LEAVE_OUT: gettext_lazy("you left it out"),
}


def _decided(decision: ImportRow.Decision, number: int) -> str:
    said = {
        Decision.SAME: _("Row %(number)s is the same: it will change the record that is there."),
        Decision.DIFFERENT: _("Row %(number)s is different: it comes in as a record of its own."),
        Decision.LEAVE_OUT: _("Row %(number)s is left out."),
    }
    return said[decision] % {"number": number}


def _reopen_url(network: Network, batch: ImportBatch, number: int) -> str:
    return url_of(network, batch, "import_reopen", number)


@require_POST
@of_batch
def decide(request: Request, network: Network, batch: ImportBatch, number: int) -> HttpResponse:
    """Answer one doubtful row, or leave any row out."""
    decision = request.POST.get("decision", "")
    if decision not in Decision.values:
        raise Http404
    importing.decide_row(actor=request.actor, network=network, batch_id=batch.pk, number=number, decision=decision)
    messages.success(
        request,
        _decided(Decision(decision), number),
        extra_tags=f"undo:{_reopen_url(network, batch, number)}",
    )
    return _back(request, network, batch, number)


@require_POST
@of_batch
def reopen(request: Request, network: Network, batch: ImportBatch, number: int) -> HttpResponse:
    """Take an answer back."""
    importing.decide_row(actor=request.actor, network=network, batch_id=batch.pk, number=number, decision="")
    return _back(request, network, batch)


@require_POST
@of_batch
def decide_all(request: Request, network: Network, batch: ImportBatch) -> HttpResponse:
    """Answer all doubtful rows alike."""
    decision = request.POST.get("decision", "")
    if decision not in Decision.values:
        raise Http404
    n = importing.decide_rows(actor=request.actor, network=network, batch_id=batch.pk, decision=decision)
    messages.success(request, ngettext("%(n)s row decided.", "%(n)s rows decided.", n) % {"n": n})
    return _back(request, network, batch)


@require_POST
@of_batch
def fix(request: Request, network: Network, batch: ImportBatch, number: int) -> HttpResponse:
    """Mend cells of a wrong row; it is checked anew at once."""
    columns, texts = request.POST.getlist("column"), request.POST.getlist("cell")
    cells = {column: text for column, text in zip(columns, texts, strict=False) if column in batch.headers}
    row = importing.fix_row(actor=request.actor, network=network, batch_id=batch.pk, number=number, cells=cells)
    if row.status == Status.WRONG:
        messages.warning(request, _("Row %(number)s is still wrong: look at what it says now.") % {"number": number})
    elif row.status == Status.DECIDE:
        messages.success(
            request, _("Row %(number)s is mended; decide below whether it is there already.") % {"number": number}
        )
    else:
        messages.success(request, _("Row %(number)s is mended and will come in.") % {"number": number})
    return _back(request, network, batch, number)


@require_GET
@of_batch
def wrong_rows(request: Request, network: Network, batch: ImportBatch) -> HttpResponseBase:
    """The wrong rows as a file to mend in a spreadsheet and import."""
    return download(
        request.actor,
        name=_("wrong-rows.csv"),
        content_type="text/csv; charset=utf-8",
        content=importing.wrong_rows_csv(request.actor, network, batch),
    )


@require_POST
@of_batch
def apply(request: Request, network: Network, batch: ImportBatch) -> HttpResponse:
    """Bring the rows in."""
    undecided = "leave_out" if request.POST.get("undecided") == "leave_out" else "separate"
    importing.apply_import(actor=request.actor, network=network, batch_id=batch.pk, undecided=undecided)
    return redirect(url_of(network, batch))
