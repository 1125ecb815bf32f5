"""What the workspace sends: mail and webhooks on their way out, what waits and why."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from unisono.platform import outbox
from unisono.platform.models import Outgoing
from unisono.platform.policies import check_can_administer
from unisono.web.pages import Request, address, signed_in

_TONES = {"waiting": "info", "sent": "good", "failed": "bad", "given_up": "bad", "dropped": ""}
_SHOWN = 200


def frame(active: str) -> dict[str, Any]:
    """The tabs of what leaves."""
    names = [("webhooks", _("Webhooks")), ("outbox", _("Outbox"))]
    return {"tabs": [{"label": label, "url": address(name), "active": name == active} for name, label in names]}


def look_of(outgoing: Outgoing) -> dict[str, Any]:
    """A message as lists show it."""
    return {
        "row": outgoing,
        "tone": _TONES[outgoing.state],
        "open": "yes" if outgoing.state == Outgoing.State.WAITING else "",
        "why": outbox.why(outgoing),
        "can_retry": outgoing.lease is None and bool(outgoing.payload),
        "can_drop": outgoing.lease is None and not outgoing.is_over,
    }


@require_safe
@signed_in
def outbox_page(request: Request) -> HttpResponse:
    """What waits and why, then what was sent or given up."""
    check_can_administer(request.actor)
    state = request.GET.get("state", "")
    state = state if state in Outgoing.State.values else ""
    content = frame("outbox") | {
        "entries": [look_of(each) for each in outbox.outgoing_of(request.actor, state=state, limit=_SHOWN)],
        "states": [
            {"label": label, "url": address("outbox", state=value), "active": value == state}
            for value, label in [("", _("Everything")), *Outgoing.State.choices]
        ],
        "columns": [
            {"key": "kind", "label": _("Kind")}, {"key": "what", "label": _("What")}, {"key": "to", "label": _("To")},
            {"key": "state", "label": _("State")}, {"key": "why", "label": _("Why")},
            {"key": "at", "label": _("Written")}, {"key": "menu", "label": ""},
        ],
    }  # fmt: skip
    return render(request, "outgoing/outbox.html", content)


@require_safe
@signed_in
def outgoing(request: Request, outgoing_id: UUID) -> HttpResponse:
    """One message, and how each try ended."""
    found = outbox.one_outgoing(request.actor, outgoing_id)
    return render(request, "outgoing/outgoing.html", frame("outbox") | {"entry": look_of(found)})


@require_POST
@signed_in
def outgoing_retry(request: Request, outgoing_id: UUID) -> HttpResponse:
    """Try a message at once."""
    outbox.retry(actor=request.actor, outgoing_id=outgoing_id)
    messages.success(request, _("It is tried within seconds."))
    return redirect("web:outgoing", outgoing_id)


@require_POST
@signed_in
def outgoing_drop(request: Request, outgoing_id: UUID) -> HttpResponse:
    """Do not send a message."""
    outbox.drop(actor=request.actor, outgoing_id=outgoing_id)
    messages.success(request, _("The message was dropped."))
    return redirect("web:outbox")
