"""Verifying the log: read it once from its first event, and say where its chain is broken."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Subquery
from django.utils.translation import gettext as _

from unisono.core.audit import Break, Link, Rule, first_break
from unisono.platform.audit import heads
from unisono.platform.audit.heads import Kept
from unisono.platform.audit.sealing import HASHED, content_of
from unisono.platform.errors import Problem
from unisono.platform.models import AuditHead, Event, Workspace
from unisono.platform.tenancy import workspace_scope

_CHUNK = 2_000
# How long a head that was sealed this moment may take to reach the file.
_PATIENCE_SECONDS = 3.0
Watch = Callable[[int, int | None], None]


def _said(rule: Rule) -> tuple[str, str]:
    """The rule that is broken and what to do, for people."""
    compare = _("Compare the event with the last backup in which the log is whole.")
    return {
        Rule.NUMBER: (_("An event is missing here, or is there twice."), compare),
        Rule.SEAL: (_("The event is not what it was when it was sealed, or it stands in another place."), compare),
        Rule.HEAD: (
            _("The seal is not the one that was kept outside the database: events up to here were sealed anew."),
            compare,
        ),
        Rule.END: (_("The log ends before the head that was kept: its last events are missing."), compare),
        Rule.BEYOND: (
            _("Sealed events stand here that the kept head does not know."),
            _("If the worker was stopped a moment ago, start it and verify again; else somebody put them in."),
        ),
        Rule.GONE: (
            _("The workspace is gone with its whole log, and was not removed by the program."),
            _("Restore it from the last backup."),
        ),
    }[rule]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What verifying the log of one workspace found; `waiting` events are stored and not sealed yet."""

    workspace: str
    sealed: int
    waiting: int
    broken: Break | None = None

    @property
    def is_sound(self) -> bool:
        return self.broken is None

    @property
    def problem(self) -> Problem | None:
        """What is wrong, for people."""
        if self.broken is None:
            return None
        place = _("%(workspace)s, event %(number)s") % {"workspace": self.workspace, "number": self.broken.sequence}
        return Problem(place, *_said(self.broken.rule))

    def as_dict(self) -> dict[str, Any]:
        """For programs; the words are left to whoever shows it."""
        broken = {"rule": self.broken.rule.value, "sequence": self.broken.sequence} if self.broken else None
        return {"workspace": self.workspace, "sound": self.is_sound, "sealed": self.sealed, "waiting": self.waiting,
                "broken": broken}  # fmt: skip


def verdict_of(data: dict[str, Any]) -> Verdict:
    """What `as_dict` took apart."""
    broken = data["broken"] and Break(Rule(data["broken"]["rule"]), data["broken"]["sequence"])
    return Verdict(data["workspace"], data["sealed"], data["waiting"], broken)


def verify_workspace(workspace: Workspace, watch: Watch | None = None) -> Verdict:
    """Read the log of a workspace and compare it with the heads outside; memory does not grow with the log.

    What is sealed while this runs is left for the next time.
    """
    with workspace_scope(workspace.pk):
        head = AuditHead.objects.first()
        end, seal = (head.sequence, head.seal) if head else (0, "")
        kept = _kept_up_to(workspace.pk, end)
        known = {kept.sequence: kept.seal} if kept.sequence else {}
        broken = _outside(kept, end, seal) or first_break(_links(end, watch), known, end=end) or _strays(end)
        waiting = Event.objects.filter(sequence=None).count()
    return Verdict(workspace.name, end, waiting, broken)


def verify_all(watch: Watch | None = None) -> Iterator[Verdict]:
    """The verdict on every workspace that there is, or was."""
    workspaces = list(Workspace.objects.order_by("name", "pk"))
    for workspace in workspaces:
        yield verify_workspace(workspace, watch)
    known = {workspace.pk for workspace in workspaces}
    for workspace_id, kept in heads.read().workspaces.items():
        if workspace_id not in known and not kept.is_closed and kept.sequence:
            yield Verdict(str(workspace_id), 0, 0, Break(Rule.GONE, 1))


def _kept_up_to(workspace_id: UUID, end: int) -> Kept:
    """Heads outside; waits a little for the head of what was sealed this moment."""
    patience = time.monotonic() + _PATIENCE_SECONDS
    while True:
        kept = heads.read().of(workspace_id)
        if kept.sequence >= end or time.monotonic() > patience:
            return kept
        time.sleep(0.2)


def _outside(kept: Kept, end: int, seal: str) -> Break | None:
    """What the heads alone say."""
    if kept.disputed is not None:
        return Break(Rule.HEAD, kept.disputed)
    if kept.sequence < end:
        return Break(Rule.BEYOND, kept.sequence + 1)
    if kept.sequence > end:
        # The sealer may have gone on while the file was read.
        gone_on = AuditHead.objects.filter(sequence__gte=kept.sequence).exists()
        return None if gone_on else Break(Rule.END, end + 1)
    return Break(Rule.HEAD, end) if end and kept.seal != seal else None


def _links(end: int, watch: Watch | None) -> Iterator[Link]:
    """The sealed events up to `end`, by number, a chunk in memory at a time."""
    last = 0
    while last < end:
        rows = Event.objects.filter(sequence__gt=last, sequence__lte=end).order_by("sequence")
        chunk = list(rows.values_list("sequence", "seal", *HASHED)[:_CHUNK])
        for row in chunk:
            yield row[0], row[1], content_of(row[2:])
        if len(chunk) < _CHUNK:
            return
        last = chunk[-1][0]
        if watch is not None:
            watch(last, end)


def _strays(end: int) -> Break | None:
    """Events that carry a seal and are no link of the chain."""
    events = Event.objects.filter(seal__isnull=False)
    if events.filter(sequence=None).exists() or events.filter(sequence__lt=1).exists():
        return Break(Rule.NUMBER, end + 1)
    # One statement, so that a sealer at work shows both or neither.
    past = Event.objects.filter(sequence__gt=Subquery(AuditHead.objects.values("sequence")[:1]))
    if past.exists() or (not AuditHead.objects.exists() and Event.objects.filter(sequence__gt=0).exists()):
        return Break(Rule.BEYOND, end + 1)
    if Event.objects.filter(sequence__gte=1, sequence__lte=end).count() != end:
        return Break(Rule.NUMBER, end)
    return None
