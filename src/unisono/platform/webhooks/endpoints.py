"""Webhooks of a workspace: add one, change it, rotate its secret, try it, remove it; see what was sent."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from unisono.platform import log, outbox
from unisono.platform.actor import Actor
from unisono.platform.errors import Conflict, Invalid, NotFound, Problem
from unisono.platform.fields import one_line
from unisono.platform.messages import message as _
from unisono.platform.models import Outgoing, WebhookEndpoint
from unisono.platform.outbound import target_of
from unisono.platform.policies import check_can_administer
from unisono.platform.webhooks.events import PING, is_known, known_kinds, put
from unisono.platform.webhooks.sending import give_up_waiting, message_id
from unisono.platform.webhooks.signing import new_secret

MAX_WEBHOOKS = 20
FORMER_LIFETIME = timedelta(hours=24)


def webhooks_of(actor: Actor) -> list[WebhookEndpoint]:
    """The workspace's webhooks, by name. Raises NotAllowed."""
    check_can_administer(actor)
    return list(WebhookEndpoint.objects.order_by("name", "pk"))


def webhook_of(actor: Actor, webhook_id: UUID | str) -> WebhookEndpoint:
    """One webhook. Raises NotAllowed, NotFound."""
    check_can_administer(actor)
    try:
        found: WebhookEndpoint | None = WebhookEndpoint.objects.filter(pk=UUID(str(webhook_id))).first()
    except ValueError:
        found = None
    if found is None:
        raise NotFound.at(_("webhook"), _("There is no such webhook."), _("“unisono webhook list” shows all."))
    return found


@transaction.atomic
def add_webhook(
    *, actor: Actor, name: str, url: str, kinds: Sequence[str] = ("*",), at: datetime | None = None
) -> tuple[WebhookEndpoint, str]:
    """A webhook and its secret, which is shown this once. Raises Conflict, Invalid, NotAllowed."""
    check_can_administer(actor)
    given = _checked({"name": name, "url": url, "kinds": list(kinds)})
    if WebhookEndpoint.objects.count() >= MAX_WEBHOOKS:
        raise Conflict.at(
            _("webhook"), _("A workspace has at most %(n)s.") % {"n": MAX_WEBHOOKS}, _("Remove one that is not used.")
        )
    secret, now = new_secret(), at or timezone.now()
    endpoint = WebhookEndpoint.objects.create(
        **given, secret=secret, created_by_id=actor.user_id, created_at=now, updated_at=now
    )
    _log(actor, endpoint, "added", at, {name: [None, None] for name in given})
    return endpoint, secret


def _checked(given: dict[str, Any]) -> dict[str, Any]:
    """Values as they are kept; everything that is wrong is named at once."""
    problems: list[Problem] = []
    kept = dict(given)
    if "name" in given:
        kept["name"] = one_line(str(given["name"]))
        if not 1 <= len(kept["name"]) <= 100:
            problems += Invalid.at(
                "name", _("A webhook needs a name of 1 to 100 characters."), _("Say which program it tells.")
            ).problems
    if "url" in given:
        kept["url"] = str(given["url"]).strip()
        try:
            target_of(kept["url"])
        except Invalid as error:
            problems += error.problems
    if "kinds" in given:
        kept["kinds"] = list(dict.fromkeys(kind.strip() for kind in given["kinds"] if kind.strip()))
        unknown = [kind for kind in kept["kinds"] if not is_known(kind)]
        if unknown or not kept["kinds"]:
            problems += Invalid.at(
                "kinds",
                _("Nobody is told of “%(k)s”.") % {"k": unknown[0][:80]} if unknown else _("It would be told nothing."),
                _("Use * for everything, or some of: %(k)s.") % {"k": ", ".join(known_kinds())},
            ).problems
    if problems:
        raise Invalid.of(problems)
    return kept


@transaction.atomic
def change_webhook(
    *,
    actor: Actor,
    webhook_id: UUID | str,
    name: str | None = None,
    url: str | None = None,
    kinds: Sequence[str] | None = None,
    active: bool | None = None,
    at: datetime | None = None,
) -> WebhookEndpoint:
    """Change what is given. Turned off, it gives up what waits; turned on again, it begins with what happens then.

    Raises Invalid, NotAllowed, NotFound.
    """
    endpoint, now = webhook_of(actor, webhook_id), at or timezone.now()
    asked = {"name": name, "url": url, "kinds": None if kinds is None else list(kinds)}
    changed = _checked({field: value for field, value in asked.items() if value is not None})
    if active is not None and active != endpoint.is_active:
        changed |= {"is_active": active, "failing_since": None, "disabled_at": None if active else now}
        changed["disabled_why"] = "" if active else _("Somebody turned it off.")
    changed = {field: value for field, value in changed.items() if getattr(endpoint, field) != value}
    if not changed:
        return endpoint
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(**changed, updated_at=now)
    endpoint.refresh_from_db()
    if changed.get("is_active") is False:
        give_up_waiting(endpoint, _("The webhook was turned off."), now)
    _log(actor, endpoint, "changed", at, {field: [None, None] for field in changed})
    return endpoint


@transaction.atomic
def rotate_secret(*, actor: Actor, webhook_id: UUID | str, at: datetime | None = None) -> tuple[WebhookEndpoint, str]:
    """A new secret, shown this once; for a day both sign, so that the receiver can change over meanwhile.

    Raises Conflict while such a day is running, NotAllowed, NotFound.
    """
    endpoint, now, secret = webhook_of(actor, webhook_id), at or timezone.now(), new_secret()
    if endpoint.former_until and now < endpoint.former_until:
        raise Conflict.at(
            _("webhook"),
            _("Its secret was changed less than a day ago, and the former one still signs."),
            _("Wait until the day is over, or remove the webhook and add it anew."),
        )
    # The condition lets one of two people who press at once win: the other's secret would sign nothing.
    rotated = {"secret": secret, "former_secret": endpoint.secret, "former_until": now + FORMER_LIFETIME}
    if not WebhookEndpoint.objects.filter(pk=endpoint.pk, secret=endpoint.secret).update(**rotated, updated_at=now):
        raise Conflict.at(_("webhook"), _("Its secret was changed a moment ago."), _("Look at it again."))
    endpoint.refresh_from_db()
    _log(actor, endpoint, "rotated", at, {})
    return endpoint, secret


@transaction.atomic
def remove_webhook(*, actor: Actor, webhook_id: UUID | str, at: datetime | None = None) -> None:
    """Remove a webhook for good, with what waits for it and what was sent to it. Raises NotAllowed, NotFound."""
    endpoint = webhook_of(actor, webhook_id)
    _log(actor, endpoint, "removed", at, {})
    endpoint.delete()


@transaction.atomic
def test_webhook(*, actor: Actor, webhook_id: UUID | str, at: datetime | None = None) -> Outgoing:
    """Send a message that says nothing, also to a webhook that is turned off. Raises NotAllowed, NotFound."""
    endpoint, now = webhook_of(actor, webhook_id), at or timezone.now()
    return put(endpoint, PING, now, {"webhook_id": str(endpoint.pk)})


# It is no test of ours, whatever its name says to pytest.
test_webhook.__test__ = False  # type: ignore[attr-defined]


def deliveries_of(actor: Actor, webhook_id: UUID | str, *, limit: int = 100) -> list[Outgoing]:
    """What was sent or waits for a webhook, newest first. Raises NotAllowed, NotFound."""
    endpoint = webhook_of(actor, webhook_id)
    found = Outgoing.objects.filter(endpoint=endpoint).order_by("-created_at", "-pk")
    return list(found[:limit])


def replay_delivery(
    *, actor: Actor, webhook_id: UUID | str, delivery_id: UUID | str, at: datetime | None = None
) -> Outgoing:
    """Send one message again, under its own id. Raises Conflict, NotAllowed, NotFound."""
    endpoint = webhook_of(actor, webhook_id)
    sent = outbox.one_outgoing(actor, delivery_id)
    if sent.endpoint_id != endpoint.pk:
        raise NotFound.at(_("webhook"), _("There is no such message."), _("Look at the list of what was sent."))
    if not endpoint.is_active and sent.purpose != PING:
        raise Conflict.at(_("webhook"), _("It is turned off."), _("Turn it on first."))
    return outbox.retry(actor=actor, outgoing_id=sent.pk, at=at)


def _log(actor: Actor, endpoint: WebhookEndpoint, verb: str, at: datetime | None, changes: dict[str, Any]) -> None:
    # An address may hold a secret of the receiver, so the log says which fields changed and not how.
    log.record(log.event(actor=actor, kind=f"webhook.{verb}", subject=endpoint, changes=changes, at=at))


def plain_webhook(endpoint: WebhookEndpoint) -> dict[str, Any]:
    """A webhook as plain data, without its secrets."""
    names = (
        "id", "name", "url", "kinds", "is_active", "created_at", "former_until", "failing_since", "disabled_at",
        "disabled_why",
    )  # fmt: skip
    return {name: getattr(endpoint, name) for name in names}


def plain_delivery(outgoing: Outgoing) -> dict[str, Any]:
    """What was sent, with its body: it holds keys and names of fields alone."""
    return {
        **outbox.plain_outgoing(outgoing),
        "webhook_id": message_id(outgoing),
        "body": outgoing.payload.get("body", ""),
    }
