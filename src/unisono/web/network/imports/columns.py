"""Step 2 of an import: how the file is read, what its rows are, and where each column goes."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from unisono.areas.network import importing
from unisono.areas.network.importing import Suggestion
from unisono.areas.network.models import ImportBatch, Network
from unisono.areas.network.queries import reading_fields_once
from unisono.engines.importable import KINDS_OF_ROWS
from unisono.engines.tabular import ENCODINGS
from unisono.platform.errors import Invalid, Problem
from unisono.web.network.imports.mapping_form import (
    ANY_OTHER,
    MAX_VALUES,
    Choices,
    has_ambiguous_dates,
    options_of,
    section_of,
)
from unisono.web.network.imports.steps import COLUMNS, ROW_KINDS, State, of_batch, show, url_of
from unisono.web.pages import Request, go

_PREVIEWED = 5


def _delimiters() -> dict[str, str]:
    return {
        ",": _("comma ,"), ";": _("semicolon ;"), "\t": _("tab"), "|": _("bar |"),
    }  # fmt: skip


def _with_current(options: list[tuple[str, str]], current: str) -> list[tuple[str, str]]:
    """The options, and what the file has now where that is not among them."""
    return options if not current or current in dict(options) else [(current, current), *options]


def _reading_fields(batch: ImportBatch) -> list[dict[str, Any]]:
    """What was found out about the file and can be set otherwise."""
    layout = batch.layout
    fields: list[dict[str, Any]] = []
    if layout.get("encoding"):
        current = str(layout["encoding"])
        choices = _with_current([(name, name) for name in ENCODINGS], current)
        fields.append({"name": "encoding", "label": _("Letters (encoding)"), "options": options_of(choices, current)})
    if layout.get("delimiter"):
        current = str(layout["delimiter"])
        choices = _with_current(list(_delimiters().items()), current)
        fields.append({"name": "delimiter", "label": _("Between columns"), "options": options_of(choices, current)})
    sheets = [str(name) for name in layout.get("sheets") or []]
    if sheets:
        current = str(layout.get("sheet") or sheets[0])
        choices = [(name, name) for name in sheets]
        fields.append({"name": "sheet", "label": _("Sheet"), "options": options_of(choices, current)})
    if layout.get("format") not in KINDS_OF_ROWS:
        fields.append({"name": "header_row", "label": _("Headings in row"), "number": layout.get("header_row", 1)})
    return fields


def _kind_values(choices: Choices, suggestion: Suggestion) -> list[dict[str, Any]]:
    """Value by value of the kind column, what its rows are."""
    listed = [
        {
            "value": value,
            "label": value or _("(empty)"),
            "count": n,
            "options": options_of(ROW_KINDS, choices.kind_of(value)),
        }
        for value, n in suggestion.kind_values
    ]
    is_cut = len(suggestion.kind_values) >= MAX_VALUES
    label = _("all other values") if is_cut else _("any other value, in later files")
    return [
        *listed,
        {"value": ANY_OTHER, "label": label, "count": "", "options": options_of(ROW_KINDS, choices.rest)},
    ]


def _counts_by_kind(choices: Choices, values: Sequence[tuple[str, int]]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for value, n in values:
        kind = choices.kind_of(value)
        counts[kind] = counts.get(kind, 0) + n
    return counts


@reading_fields_once()
def _mapping_content(network: Network, batch: ImportBatch, choices: Choices | None) -> dict[str, Any]:
    if choices is None:
        suggestion = importing.suggested_mapping(batch)
        choices = Choices.of(suggestion.mapping)
    else:
        suggestion = importing.suggested_columns(batch, choices.kind_column, choices.said)
    choices.keep_rest(suggestion)
    values = suggestion.kind_values if choices.kind_column else []
    counts = _counts_by_kind(choices, values)
    sections = [
        section_of(network, kind, choices, suggestion, batch.headers, counts.get(kind))
        for kind in choices.kinds_in_use(values)
    ]
    words = list(dict.fromkeys([*suggestion.mapping.get("trim", []), *choices.trim]))
    return {
        "columns": options_of([(heading, heading) for heading in batch.headers], choices.kind_column or ""),
        "kind_column": choices.kind_column,
        "kind_columns": [
            {"label": choices.kind_column or ""},
            {"label": _("Rows"), "number": True},
            {"label": _("They are")},
        ],
        "kind_values": _kind_values(choices, suggestion) if choices.kind_column else [],
        "one_kind": options_of([(k, v) for k, v in ROW_KINDS.items() if k != "skip"], choices.rest),
        "left_out": counts.get("skip", 0),
        "sections": sections,
        "trims": [{"words": each, "chosen": each in choices.trim} for each in words],
        "ask_dates": has_ambiguous_dates(sections),
        "date_order": choices.date_order,
        "date_orders": options_of(
            [("dmy", _("3 April 2021 (day first)")), ("mdy", _("4 March 2021 (month first)"))],
            choices.date_order,
        ),
        "remembered": suggestion.remembered,
        "draft_url": url_of(network, batch, "import_draft"),
    }


def _page(
    request: Request,
    network: Network,
    batch: ImportBatch,
    *,
    choices: Choices | None = None,
    problems: Sequence[Problem] = (),
) -> HttpResponse:
    content: dict[str, Any] = {
        "problems_title": _("The file cannot be checked yet"),
        "reading_url": url_of(network, batch, "import_reading"),
        "reading_fields": _reading_fields(batch),
        "headers": batch.headers,
        "remove_url": url_of(network, batch, "import_remove"),
    }
    try:
        first_rows = importing.preview(batch, _PREVIEWED)
        content |= _mapping_content(network, batch, choices)
    except Invalid as error:
        # A fault further down in the file, or a reading that does not fit: it can be read in another way, or dropped.
        first_rows, problems = [], [*problems, *error.problems]
    content["first_rows"] = [(number, [cells.get(h, "") for h in batch.headers]) for number, cells in first_rows]
    content["problems"] = problems
    return show(request, network, "columns", content, batch=batch, step=COLUMNS, status=422 if problems else 200)


def _is_open(batch: ImportBatch) -> bool:
    """Whether the columns can still be set."""
    return batch.state in (State.COLUMNS, State.CHECKED, State.FAILED)


@require_http_methods(["GET", "HEAD", "POST"])
@of_batch
def columns(request: Request, network: Network, batch: ImportBatch) -> HttpResponse:
    """Set the columns, then check the rows."""
    if not _is_open(batch):
        return redirect(url_of(network, batch))
    if request.method != "POST":
        return _page(request, network, batch)
    choices = Choices.posted(request.POST, batch.headers)
    try:
        importing.set_mapping(actor=request.actor, network=network, batch_id=batch.pk, mapping=choices.as_mapping())
    except Invalid as error:
        return _page(request, network, batch, choices=choices, problems=error.problems)
    return go(request, url_of(network, batch))


@require_POST
@of_batch
def draft(request: Request, network: Network, batch: ImportBatch) -> HttpResponse:
    """The form again after a choice that changes which columns there are to set; nothing is kept."""
    choices = Choices.posted(request.POST, batch.headers)
    return show(request, network, "mapping", _mapping_content(network, batch, choices), batch=batch, step=COLUMNS)


@require_POST
@of_batch
def reading(request: Request, network: Network, batch: ImportBatch) -> HttpResponse:
    """Read the same file in another way."""
    names = [f["name"] for f in _reading_fields(batch)]
    options = {name: request.POST[name] for name in names if request.POST.get(name)}
    try:
        importing.read_again(actor=request.actor, network=network, batch_id=batch.pk, options=options)
    except Invalid as error:
        return _page(request, network, batch, problems=error.problems)
    return redirect(url_of(network, batch, "import_columns"))
