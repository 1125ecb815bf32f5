"""Sending webhooks: signed anew at each try, with the same id; an endpoint that fails for three days is turned off."""

import email.utils
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from unisono.platform import log, notifications, outbound, outbox
from unisono.platform.actor import Actor
from unisono.platform.errors import Invalid
from unisono.platform.messages import message as _
from unisono.platform.models import Outgoing, WebhookEndpoint, WorkspaceRole
from unisono.platform.models.accounts import Role
from unisono.platform.tenancy import current_workspace_id
from unisono.platform.webhooks.events import PING, queue
from unisono.platform.webhooks.signing import signatures

DISABLED = "webhook_disabled"
_GONE = 410
# Of 72 hours; the last tries of a message lie a little before its end.
_PATIENCE = outbox.LIFETIME - timedelta(minutes=10)
_SHORTEST_HOLD, _LONGEST_HOLD = timedelta(seconds=10), timedelta(hours=1)


def message_id(outgoing: Outgoing) -> str:
    """The webhook-id: the same at every try and when somebody sends it again."""
    return f"msg_{outgoing.pk.hex}"


def send(outgoing: Outgoing) -> int:
    """Send one message; gives the status that it was taken with."""
    endpoint: WebhookEndpoint = WebhookEndpoint.objects.get(pk=outgoing.endpoint_id)
    if not endpoint.is_active and outgoing.purpose != PING:
        raise outbox.Refused(_("The webhook is turned off."))
    body, now = outgoing.payload["body"].encode(), timezone.now()
    identity, stamp = message_id(outgoing), int(now.timestamp())
    headers = {
        "Content-Type": "application/json",
        "webhook-id": identity,
        "webhook-timestamp": str(stamp),
        "webhook-signature": signatures(_secrets_of(endpoint, now), message_id=identity, timestamp=stamp, body=body),
    }
    try:
        answer = outbound.request("POST", endpoint.url, body=body, headers=headers)
    except Invalid as error:
        raise outbox.TryAgain(error.problems[0].rule) from None
    except outbound.OutboundError as error:
        raise outbox.TryAgain(error.reason) from None
    if 200 <= answer.status < 300:
        return answer.status
    if answer.status == _GONE:
        raise outbox.Refused(_("The receiver answered 410: it wants no more."), status=_GONE)
    if 300 <= answer.status < 400:
        reason = _("The receiver answered %(code)s; redirects are not followed.") % {"code": answer.status}
        raise outbox.TryAgain(reason, status=answer.status)
    reason = _("The receiver answered %(code)s.") % {"code": answer.status}
    after = _asked_to_wait(answer.headers.get("retry-after", ""), now) if answer.status in (429, 503) else None
    raise outbox.TryAgain(reason, status=answer.status, after=after)


def _secrets_of(endpoint: WebhookEndpoint, now: datetime) -> list[str]:
    former = endpoint.former_secret and endpoint.former_until and now < endpoint.former_until
    return [endpoint.secret, endpoint.former_secret] if former else [endpoint.secret]


def _asked_to_wait(value: str, now: datetime) -> timedelta | None:
    """What Retry-After says: seconds or a moment."""
    if value.isascii() and value.isdigit():
        return timedelta(seconds=min(int(value[:8]), 86_400))
    try:
        return max(timedelta(0), email.utils.parsedate_to_datetime(value) - now)
    except (ValueError, TypeError):
        return None


def tried(outgoing: Outgoing, now: datetime) -> None:
    """Keep how the endpoint fares after a try, inside the transaction that notes it."""
    endpoints = WebhookEndpoint.objects.filter(pk=outgoing.endpoint_id)
    if outgoing.state == Outgoing.State.SENT:
        endpoints.exclude(failing_since=None).update(failing_since=None)
        return
    status = outgoing.tries[-1]["status"] if outgoing.tries else None
    if status == _GONE:
        _turn_off(outgoing, outgoing.last_error, now)
        return
    if outgoing.purpose == PING:
        return
    endpoints.filter(failing_since=None).update(failing_since=now)
    endpoint = endpoints.first()
    if endpoint is None or endpoint.failing_since is None:
        return
    failing = now - endpoint.failing_since
    if failing >= _PATIENCE:
        _turn_off(
            outgoing, _("Every try of 72 hours failed; the last one: %(why)s") % {"why": outgoing.last_error}, now
        )
        return
    # What else waits for it need not find out one by one; the longer it fails, the longer they wait.
    hold = now + min(max(failing / 10, _SHORTEST_HOLD), _LONGEST_HOLD)
    waiting = Outgoing._base_manager.filter(endpoint_id=endpoint.pk, state=Outgoing.State.WAITING, lease=None)
    waiting.exclude(pk=outgoing.pk).filter(next_at__lt=hold).update(next_at=hold)


def _turn_off(outgoing: Outgoing, why: str, now: datetime) -> None:
    """Turn an endpoint off, once, and tell the owners; what waits for it is given up."""
    turned_off = {"is_active": False, "disabled_at": now, "disabled_why": why, "updated_at": now}
    if not WebhookEndpoint.objects.filter(pk=outgoing.endpoint_id, is_active=True).update(**turned_off):
        return
    endpoint: WebhookEndpoint = WebhookEndpoint.objects.get(pk=outgoing.endpoint_id)
    workspace_id = current_workspace_id()
    give_up_waiting(endpoint, _("The webhook was turned off."), now)
    log.record(log.event(actor=Actor(workspace_id=workspace_id), kind="webhook.disabled", subject=endpoint, at=now))
    owners = WorkspaceRole.objects.filter(workspace_id=workspace_id, network_id=None, role=Role.OWNER)
    notifications.notify(
        kind=DISABLED, user_ids=owners.values_list("user_id", flat=True), subject_id=outgoing.pk,
        details={"endpoint_id": str(endpoint.pk)}, at=now,
    )  # fmt: skip


def give_up_waiting(endpoint: WebhookEndpoint, why: str, now: datetime) -> None:
    """Nothing more is sent to this endpoint of what waits; pings aside."""
    waiting = Outgoing._base_manager.filter(~Q(purpose=PING), endpoint_id=endpoint.pk, state=Outgoing.State.WAITING)
    waiting.update(state=Outgoing.State.GIVEN_UP, ended_at=now, lease=None, last_error=why)


def register() -> None:
    """Let the outbox send webhooks, and the log be followed."""
    outbox.register(Outgoing.Kind.WEBHOOK, outbox.Channel(send=send, tried=tried, wipes=False))
    log.follow(queue)
