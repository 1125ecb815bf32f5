"""Step 4 of an import: progress while a job works on it, what came of it, and taking it back."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRedirect

from unisono.areas.network import importing
from unisono.areas.network.kinds import KINDS, OFFERING
from unisono.areas.network.models import ImportBatch, Network
from unisono.areas.network.queries import select
from unisono.platform import jobs
from unisono.platform.errors import Problem
from unisono.platform.models import Job
from unisono.web.network.imports.check import check
from unisono.web.network.imports.steps import CHECK, DONE, State, figure, of_batch, show, url_of
from unisono.web.pages import Request, address

# A job that nobody has begun for so long suggests that no worker runs.
_PATIENCE_SECONDS = 20


@require_GET
@of_batch
def batch(request: Request, network: Network, batch: ImportBatch) -> HttpResponse:
    """An import at the step where it is."""
    if batch.state == State.COLUMNS:
        return redirect(url_of(network, batch, "import_columns"))
    if batch.is_busy:
        return _working(request, network, batch)
    if batch.state == State.CHECKED:
        return check(request, network, batch)
    if batch.state == State.FAILED:
        return _stopped(request, network, batch)
    return _done(request, network, batch)


def _progress_of(request: Request, network: Network, batch: ImportBatch) -> dict[str, Any]:
    job = importing.job_of(batch)
    words = {
        State.CHECKING: _("Checking %(file)s"),
        State.APPLYING: _("Importing %(file)s"),
        State.UNDOING: _("Undoing the import of %(file)s"),
    }
    detail, slow = "", False
    if job is None or job.state == Job.State.WAITING:
        detail = _("waiting for its turn")
        since = job.created_at if job else batch.created_at
        slow = (timezone.now() - since).total_seconds() > _PATIENCE_SECONDS
    elif job.total:
        # Importing goes through the rows twice, so the share says more than a number of rows.
        detail = _("%(percent)s %%") % {"percent": job.percent}
    elif job.done:
        detail = ngettext("%(said)s row", "%(said)s rows", job.done) % {"said": figure(job.done)}
    mine = job is not None and job.started_by_id == request.user.pk
    return {
        "label": words[State(batch.state)] % {"file": batch},
        "done": job.done if job else 0,
        "total": job.total if job else None,
        "detail": detail,
        "slow": slow,
        "stopping": bool(job and job.cancel_requested),
        "cancel_url": url_of(network, batch, "import_cancel") if mine and batch.state != State.UNDOING else "",
        "by": "" if mine or job is None else str(batch.started_by or ""),
        "progress_url": url_of(network, batch, "import_progress"),
        "job_problems": [Problem(**p) for p in job.problems] if job and job.is_over else [],
    }


def _working(request: Request, network: Network, batch: ImportBatch) -> HttpResponse:
    step = CHECK if batch.state == State.CHECKING else DONE
    return show(request, network, "working", _progress_of(request, network, batch), batch=batch, step=step)


@require_GET
@of_batch
def progress(request: Request, network: Network, batch: ImportBatch) -> HttpResponse:
    """How far the job is; when it is over, the page of what came of it."""
    if not batch.is_busy:
        target = url_of(network, batch)
        return HttpResponseClientRedirect(target) if request.htmx else redirect(target)
    return render(request, "imports/progress.html", {"batch": batch, **_progress_of(request, network, batch)})


def _stopped(request: Request, network: Network, batch: ImportBatch) -> HttpResponse:
    job = importing.job_of(batch)
    content = {
        "problems": batch.problems or (job.problems if job else []),
        "cancelled": bool(job and job.state == Job.State.CANCELLED),
        "columns_url": url_of(network, batch, "import_columns"),
        "remove_url": url_of(network, batch, "import_remove"),
    }
    return show(request, network, "stopped", content, batch=batch, step=CHECK)


def _seconds(job: Job | None) -> float | None:
    times: tuple[datetime | None, datetime | None] = (job.started_at, job.ended_at) if job else (None, None)
    return (times[1] - times[0]).total_seconds() if times[0] and times[1] else None


def _spoken(seconds: float) -> str:
    """How long it took, in words."""
    if seconds < 1:
        return _("less than a second")
    if seconds < 120:
        return _("%(n)s s") % {"n": round(seconds)}
    return _("%(n)s min") % {"n": round(seconds / 60)}


_PLURALS = {
    "member": "members", "organization": "organizations", "person": "people", "offering": "offerings", "need": "needs",
    "capability": "capabilities", "relationship": "relationships",
}  # fmt: skip


def _records(network: Network, batch: ImportBatch) -> list[dict[str, str]]:
    """What came in, kind by kind, each opening its list with the latest first."""
    created = batch.counts.get("created") or {}
    return [
        {
            "said": figure(created[kind]),
            "label": str(KINDS[kind].label_plural if created[kind] != 1 else KINDS[kind].label),
            "url": address("records", network.slug, plural, sort="-created_at"),
        }
        for kind, plural in _PLURALS.items()
        if created.get(kind)
    ]


def _notes(request: Request, network: Network, batch: ImportBatch) -> list[dict[str, str]]:
    """What one should know about what came in."""
    counts, notes = batch.counts, []
    created, updated = counts.get("created") or {}, sum((counts.get("updated") or {}).values())
    kinds = set((batch.mapping.get("columns") or {}).keys())
    if updated:
        text = ngettext("%(said)s record was changed.", "%(said)s records were changed.", updated)
        notes.append({"icon": "pencil", "text": text % {"said": figure(updated)}})
    outside = created.get("organization", 0)
    if outside and "organization" not in kinds:
        text = ngettext(
            "%(said)s organisation that rows name is no member; it was added as an organisation.",
            "%(said)s organisations that rows name are no members; they were added as organisations.",
            outside,
        )
        url = address("records", network.slug, "organizations", sort="-created_at")
        notes.append({"icon": "building-community", "text": text % {"said": figure(outside)}, "url": url,
                      "link": _("See them")})  # fmt: skip
    if created.get("offering") and (
        n := select(request.actor, network, OFFERING, filters={"owners": ["none"]}).count()
    ):
        text = ngettext("%(said)s offer has no owner.", "%(said)s offers have no owner.", n)
        url = address("records", network.slug, "offerings", owners="none")
        notes.append({"icon": "gift", "text": text % {"said": figure(n)}, "url": url, "link": _("List them")})
    if wrong := int(counts.get("wrong", 0)):
        text = ngettext("%(said)s wrong row stayed out.", "%(said)s wrong rows stayed out.", wrong)
        url = url_of(network, batch, "import_wrong_rows")
        notes.append({"icon": "alert-triangle", "text": text % {"said": figure(wrong)}, "url": url,
                      "link": _("Download to mend and import them")})  # fmt: skip
    return notes


def _facts(batch: ImportBatch, job: Job | None) -> list[dict[str, Any]]:
    """File, rows, who and when."""
    seconds = _seconds(job) if batch.state == State.APPLIED else None
    moments = [
        (_("Imported"), batch.applied_at),
        (_("Undone"), batch.undone_at),
    ]
    facts = [
        (_("File"), str(batch)),
        (_("Rows"), figure(int(batch.counts.get("rows", 0)))),
        (_("By"), str(batch.started_by or "")),
        *((label, formats.date_format(timezone.localtime(at), "DATETIME_FORMAT")) for label, at in moments if at),
        (_("Time taken"), _spoken(seconds) if seconds is not None else ""),
    ]
    return [{"label": label, "value": value} for label, value in facts if value]


def _later(network: Network, edit: importing.LaterEdit) -> dict[str, Any]:
    plural = KINDS[edit.record_kind].plural if edit.record_kind in KINDS else ""
    url = address("record", network.slug, plural, edit.record_id) if plural else ""
    return {"name": edit.name, "field": edit.field, "by": edit.by, "at": edit.at, "reason": edit.reason, "url": url}


def _done(request: Request, network: Network, batch: ImportBatch) -> HttpResponse:
    job = importing.job_of(batch)
    is_undone = batch.state == State.UNDONE
    seconds = _seconds(job) if not is_undone else None
    added, changed = (sum((batch.counts.get(what) or {}).values()) for what in ("created", "updated"))
    if is_undone:
        heading, subtitle = _("This import was undone"), _("What it added is gone, what it changed is as before.")
    else:
        heading = _("Imported in %(time)s") % {"time": _spoken(seconds)} if seconds is not None else _("Imported")
        subtitle = _("%(added)s records added, %(changed)s changed. Undo stays here for good.") % {
            "added": figure(added), "changed": figure(changed),
        }  # fmt: skip
    records = [] if is_undone else _records(network, batch)
    # Finding what was edited since means looking at everything that came in: only when somebody asks.
    asked_later = is_undone or request.GET.get("later") == "1"
    later = importing.later_edits_of(request.actor, network, batch) if asked_later else []
    if is_undone and later:
        subtitle = _("What it did is taken back, but for what somebody worked on since.")
    content = {
        "heading": heading,
        "subtitle": subtitle,
        "records": records,
        "notes": [] if is_undone else _notes(request, network, batch),
        "is_undone": is_undone,
        "undo_url": url_of(network, batch, "import_undo"),
        "first": records[0] if records else None,
        "later": [_later(network, e) for e in later],
        "asked_later": asked_later,
        "later_url": url_of(network, batch, later=1),
        "later_columns": [
            {"label": _("Record")}, {"label": _("Field")}, {"label": _("Why it stays")}, {"label": _("By")},
            {"label": _("When")},
        ],
        "facts": _facts(batch, job),
        "failed_problems": job.problems if job and job.state == Job.State.FAILED else [],
        "failed_title": _("The last attempt to undo it did not go through"),
    }  # fmt: skip
    return show(request, network, "done", content, batch=batch, step=DONE)


@require_POST
@of_batch
def cancel(request: Request, network: Network, batch: ImportBatch) -> HttpResponse:
    """Stop the job; nothing of it is kept."""
    job = importing.job_of(batch)
    if job is not None and not job.is_over:
        jobs.cancel(actor=request.actor, job_id=job.pk)
    return redirect(url_of(network, batch))


@require_POST
@of_batch
def undo(request: Request, network: Network, batch: ImportBatch) -> HttpResponse:
    """Take the import back."""
    importing.undo_import(actor=request.actor, network=network, batch_id=batch.pk)
    return redirect(url_of(network, batch))


@require_POST
@of_batch
def remove(request: Request, network: Network, batch: ImportBatch) -> HttpResponse:
    """Drop an import that never came in."""
    name = str(batch)
    importing.remove_import(actor=request.actor, network=network, batch_id=batch.pk)
    messages.success(request, _("The import of %(file)s is dropped; the network is as it was.") % {"file": name})
    return redirect(address("imports", network.slug))
