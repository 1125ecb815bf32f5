"""What the four steps of an import share: who may open them, where a batch stands, how its pages are framed."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import formats
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from unisono.areas.network import importing, policies
from unisono.areas.network.importing.row_kinds import FURTHER
from unisono.areas.network.models import ImportBatch, Network
from unisono.platform.errors import Conflict
from unisono.web.pages import Page, Request, address, in_network

State = ImportBatch.State
FILE, COLUMNS, CHECK, DONE = 1, 2, 3, 4

# What rows of a file can be, further kinds of all areas among them; "skip" leaves them in the file.
ROW_KINDS: dict[str, str | Promise] = {
    "member": gettext_lazy("Members"),
    "organization": gettext_lazy("Organisations, not members"),
    "person": gettext_lazy("People"),
    "offering": gettext_lazy("Offers"),
    "need": gettext_lazy("Needs"),
    **{name: row_kind.label for name, row_kind in FURTHER.items()},
    "skip": gettext_lazy("Leave out"),
}
_STATES: dict[str, tuple[str | Promise, str, str]] = {
    State.COLUMNS: (pgettext_lazy("import", "columns to be set"), "accent", "yes"),
    State.CHECKING: (pgettext_lazy("import", "being checked"), "info", ""),
    State.CHECKED: (pgettext_lazy("import", "checked, not imported"), "accent", "yes"),
    State.APPLYING: (pgettext_lazy("import", "being imported"), "info", ""),
    State.APPLIED: (pgettext_lazy("import", "imported"), "good", ""),
    State.UNDOING: (pgettext_lazy("import", "being undone"), "info", ""),
    State.UNDONE: (pgettext_lazy("import", "undone"), "", ""),
    State.FAILED: (pgettext_lazy("import", "stopped"), "bad", ""),
}


def state_of(batch: ImportBatch) -> dict[str, str]:
    """State of an import as the state component takes it."""
    label, tone, ring = _STATES[batch.state]
    said = str(label)
    return {"label": said[:1].upper() + said[1:], "tone": tone, "open": ring}


def figure(n: int) -> str:
    """A number as the reader's language groups it."""
    return str(formats.number_format(n, force_grouping=True))


def for_importers(view: Callable[Concatenate[Request, Network, ...], HttpResponseBase]) -> Page:
    """A page of the network for those who may import into it."""

    @wraps(view)
    def page(request: Request, network: Network, **kwargs: Any) -> HttpResponseBase:
        policies.check_can_import(request.actor, network)
        return view(request, network, **kwargs)

    return in_network(page)


def of_batch(view: Callable[Concatenate[Request, Network, ImportBatch, ...], HttpResponseBase]) -> Page:
    """As `for_importers`, for a page of one import.

    Two people may work on it at once: whoever comes second is told on the page as it stands now.
    """

    @wraps(view)
    def page(request: Request, network: Network, batch_id: Any, **kwargs: Any) -> HttpResponseBase:
        batch = importing.get_batch(request.actor, network, batch_id)
        try:
            return view(request, network, batch, **kwargs)
        except Conflict as conflict:
            for problem in conflict.problems:
                messages.error(request, f"{problem.rule} {problem.remedy}")
            return redirect(url_of(network, batch))

    return for_importers(page)


def url_of(network: Network, batch: ImportBatch, name: str = "import", *args: Any, **parameters: Any) -> str:
    """Address of one of the batch's pages; without a name the step it is at."""
    return address(name, network.slug, batch.pk, *args, **parameters)


def show(
    request: Request,
    network: Network,
    template: str,
    content: dict[str, Any],
    *,
    batch: ImportBatch | None = None,
    step: int = FILE,
    status: int = 200,
) -> HttpResponse:
    """Render a step inside the frame that all of them share."""
    start = address("imports", network.slug)
    back = ""
    if batch is not None and step == CHECK and not batch.is_busy:
        back = url_of(network, batch, "import_columns")
    steps = [
        {"label": _("File"), "url": start},
        {"label": _("Columns"), "url": back},
        {"label": _("Check"), "url": ""},
        {"label": _("Done"), "url": ""},
    ]
    crumbs = [{"label": _("Import"), "url": start}, {"label": str(batch)}] if batch is not None else []
    frame = {"steps": steps, "step": step, "crumbs": crumbs, "start_url": start, "batch": batch}
    return render(request, f"imports/{template}.html", {**frame, **content}, status=status)
