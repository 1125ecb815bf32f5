"""Commands of the outbox: what waits to be sent and why, try it at once, drop it."""

import click
from django.db import transaction
from django.utils.translation import gettext as _

from unisono.cli.output import print_json, print_pairs, print_table
from unisono.cli.session import Session, in_session
from unisono.platform import mail
from unisono.platform import outbox as box
from unisono.platform.models import Outgoing
from unisono.platform.policies import check_can_administer


@click.group(help="Mail and webhooks on their way out: what waits and why, try it at once, drop it.")
def outbox() -> None:
    """Commands of the outbox."""


def _moment(at: object) -> str:
    return f"{at:%Y-%m-%d %H:%M}" if at else ""


@outbox.command("list", help="List what waits, then what was sent or given up, newest first; mail of accounts too.")
@click.option("--state", default="", type=click.Choice(["", *Outgoing.State.values]), help="Only those in this state.")
@click.option("--kind", default="", type=click.Choice(["", *Outgoing.Kind.values]), help="Only these.")
@click.option("--limit", default=200, show_default=True, type=click.IntRange(1, 10_000), help="At most so many.")
@in_session(network=False)
def list_outgoing(session: Session, state: str, kind: str, limit: int) -> None:
    found = box.outgoing_of(session.actor, state=state, kind=kind, limit=limit, account_mail=True)
    if session.as_json:
        print_json([box.plain_outgoing(each) for each in found])
        return
    print_table(
        [_("Kind"), _("What"), _("To"), _("State"), _("Tries"), _("Next try"), _("Why"), _("Id")],
        (
            [
                each.get_kind_display(), each.purpose, each.recipient, each.get_state_display(), str(each.attempts),
                "" if each.is_over else _moment(each.next_at), box.why(each), str(each.pk),
            ]
            for each in found
        ),
    )  # fmt: skip


@outbox.command("show", help="Show one message and how each try ended; what it says is not shown.")
@click.argument("outgoing_id", metavar="ID")
@in_session(network=False)
def show_outgoing(session: Session, outgoing_id: str) -> None:
    each = box.one_outgoing(session.actor, outgoing_id, account_mail=True)
    if session.as_json:
        print_json(box.plain_outgoing(each))
        return
    print_pairs(
        [
            (_("Kind"), str(each.get_kind_display())),
            (_("What"), each.purpose),
            (_("To"), each.recipient),
            (_("State"), str(each.get_state_display())),
            (_("Why"), box.why(each)),
            (_("Written"), _moment(each.created_at)),
            (_("Next try"), "" if each.is_over else _moment(each.next_at)),
            (_("Given up after"), "" if each.is_over else _moment(each.expires_at)),
            (_("Sent"), _moment(each.sent_at)),
            *((entry["at"][:19], f"{entry['error'] or _('taken')} ({entry['milliseconds']} ms)")
              for entry in each.tries),
        ]
    )  # fmt: skip


@outbox.command("retry", help="Try a message at once; one that was given up too, while its content is kept.")
@click.argument("outgoing_id", metavar="ID")
@in_session(network=False, writes=True)
def retry_outgoing(session: Session, outgoing_id: str) -> None:
    each = box.retry(actor=session.actor, outgoing_id=outgoing_id, account_mail=True)
    session.done(_("It is tried within seconds, while a worker runs."), data=box.plain_outgoing(each))


@outbox.command("drop", help="Do not send a message that waits.")
@click.argument("outgoing_id", metavar="ID")
@in_session(network=False, writes=True)
def drop_outgoing(session: Session, outgoing_id: str) -> None:
    each = box.drop(actor=session.actor, outgoing_id=outgoing_id, account_mail=True)
    session.done(_("Dropped: %(what)s to %(to)s") % {"what": each.purpose, "to": each.recipient},
                 data=box.plain_outgoing(each))  # fmt: skip


@outbox.command("test-mail", help="Queue a mail that says that mail works, to see that it arrives.")
@click.argument("address")
@in_session(network=False, writes=True)
def test_mail(session: Session, address: str) -> None:
    check_can_administer(session.actor)
    with transaction.atomic():
        sent = mail.send(to=address, template="test", workspace_id=session.workspace.pk)
    session.done(_("Queued; the worker sends it."), key=sent.pk, data=box.plain_outgoing(sent))
