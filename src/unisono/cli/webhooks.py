"""Commands of webhooks: which programs are told what happens, what was sent, a new secret."""

from typing import Any

import click
from django.utils.translation import gettext as _

from unisono.cli.output import print_json, print_table
from unisono.cli.session import Session, in_session
from unisono.platform import outbox, webhooks
from unisono.platform.models import WebhookEndpoint


@click.group(help="Webhooks: other programs that are told what happens.")
def webhook() -> None:
    """Commands of webhooks."""


def _moment(at: object) -> str:
    return f"{at:%Y-%m-%d %H:%M}" if at else ""


def _with_secret(endpoint: WebhookEndpoint, secret: str) -> dict[str, Any]:
    return {**webhooks.plain_webhook(endpoint), "secret": secret}


@webhook.command("list", help="List the workspace's webhooks.")
@in_session(network=False)
def list_webhooks(session: Session) -> None:
    found = webhooks.webhooks_of(session.actor)
    if session.as_json:
        print_json([webhooks.plain_webhook(endpoint) for endpoint in found])
        return
    print_table(
        [_("Name"), _("Address"), _("Told of"), _("State"), _("Failing since"), _("Id")],
        (
            [
                each.name, each.url, " ".join(each.kinds),
                _("on") if each.is_active else _("off: %(why)s") % {"why": each.disabled_why},
                _moment(each.failing_since), str(each.pk),
            ]
            for each in found
        ),
    )  # fmt: skip


@webhook.command("add", help="Add a webhook; its secret is shown this once.")
@click.argument("name")
@click.argument("url")
@click.option("--kind", "kinds", multiple=True, default=("*",), show_default=True, metavar="KIND",
              help="What it is told of: *, member.*, member.edited. May be given several times.")  # fmt: skip
@in_session(network=False, writes=True)
def add(session: Session, name: str, url: str, kinds: tuple[str, ...]) -> None:
    endpoint, secret = webhooks.add_webhook(actor=session.actor, name=name, url=url, kinds=kinds)
    say = _("Its id is %(id)s. Give the secret to the receiver; it is shown this once.") % {"id": endpoint.pk}
    session.done(say, key=secret, data=_with_secret(endpoint, secret))


@webhook.command("change", help="Change a webhook, or turn it on or off.")
@click.argument("webhook_id", metavar="ID")
@click.option("--name", help="Another name.")
@click.option("--url", help="Another address.")
@click.option("--kind", "kinds", multiple=True, metavar="KIND", help="What it is told of from now on.")
@click.option("--on/--off", "active", default=None, help="Turn it on or off.")
@in_session(network=False, writes=True)
def change(
    session: Session, webhook_id: str, name: str | None, url: str | None, kinds: tuple[str, ...], active: bool | None
) -> None:
    endpoint = webhooks.change_webhook(
        actor=session.actor, webhook_id=webhook_id, name=name, url=url, kinds=kinds or None, active=active
    )
    session.done(_("Changed: %(n)s") % {"n": endpoint.name}, data=webhooks.plain_webhook(endpoint))


@webhook.command("rotate", help="Make a new secret, shown this once; for a day the former one signs too.")
@click.argument("webhook_id", metavar="ID")
@in_session(network=False, writes=True)
def rotate(session: Session, webhook_id: str) -> None:
    endpoint, secret = webhooks.rotate_secret(actor=session.actor, webhook_id=webhook_id)
    say = _("Give the new secret to the receiver before %(at)s.") % {"at": _moment(endpoint.former_until)}
    session.done(say, key=secret, data=_with_secret(endpoint, secret))


@webhook.command("test", help="Send a message that says nothing, to see that it arrives.")
@click.argument("webhook_id", metavar="ID")
@in_session(network=False, writes=True)
def test(session: Session, webhook_id: str) -> None:
    sent = webhooks.test_webhook(actor=session.actor, webhook_id=webhook_id)
    session.done(_("Queued; “unisono webhook deliveries” shows what came of it."), key=sent.pk,
                 data=webhooks.plain_delivery(sent))  # fmt: skip


@webhook.command("remove", help="Remove a webhook for good, with what waits for it.")
@click.argument("webhook_id", metavar="ID")
@in_session(network=False, writes=True)
def remove(session: Session, webhook_id: str) -> None:
    endpoint = webhooks.webhook_of(session.actor, webhook_id)
    webhooks.remove_webhook(actor=session.actor, webhook_id=webhook_id)
    session.done(_("Removed: %(n)s") % {"n": endpoint.name}, data={"id": webhook_id})


@webhook.command("deliveries", help="List what was sent to a webhook or waits for it, newest first.")
@click.argument("webhook_id", metavar="ID")
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1, 1000), help="At most so many.")
@in_session(network=False)
def deliveries(session: Session, webhook_id: str, limit: int) -> None:
    found = webhooks.deliveries_of(session.actor, webhook_id, limit=limit)
    if session.as_json:
        print_json([webhooks.plain_delivery(each) for each in found])
        return
    print_table(
        [_("What"), _("Written"), _("State"), _("Tries"), _("Why"), _("Id")],
        (
            [
                each.purpose, _moment(each.created_at), str(each.get_state_display()), str(each.attempts),
                outbox.why(each), str(each.pk),
            ]
            for each in found
        ),
    )  # fmt: skip


@webhook.command("replay", help="Send one message again, under its own id.")
@click.argument("webhook_id", metavar="ID")
@click.argument("delivery_id", metavar="DELIVERY")
@in_session(network=False, writes=True)
def replay(session: Session, webhook_id: str, delivery_id: str) -> None:
    sent = webhooks.replay_delivery(actor=session.actor, webhook_id=webhook_id, delivery_id=delivery_id)
    session.done(_("It is sent again within seconds, while a worker runs."), data=webhooks.plain_delivery(sent))
