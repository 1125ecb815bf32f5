"""Commands of members' own affairs: who reads which field, and who takes over from somebody who leaves."""

import click
from django.utils.translation import gettext as _

from unisono.areas.network import actions, policies
from unisono.areas.network.hiding import readers_of
from unisono.areas.network.kinds import PERSON, Kind
from unisono.areas.network.queries import record_named
from unisono.areas.network.queries.plain import plain_record
from unisono.cli.output import print_json, print_table
from unisono.cli.session import Session, in_session
from unisono.platform.errors import Invalid


def add_readers_command(group: click.Group, kind: Kind) -> None:
    """`unisono organization readers RECORD phone=parties`, for kinds that members keep."""

    @group.command("readers", help="Who reads which field; FIELD=CLASS chooses it: public, network or parties.")
    @click.argument("record", metavar="RECORD")
    @click.argument("choices", nargs=-1, metavar="[FIELD=CLASS]...")
    @in_session(writes=True)
    def readers(session: Session, record: str, choices: tuple[str, ...]) -> None:
        found = record_named(session.actor, session.network, kind, record)
        if not choices:
            policies.check_can_edit_record(session.actor, session.network, kind, found)
            held = readers_of(kind, found)
            if session.as_json:
                print_json(held)
            else:
                print_table([_("Field"), _("Who reads it")], ([name, level] for name, level in held.items()))
            return
        chosen = {}
        for choice in choices:
            name, equals, level = choice.partition("=")
            if not equals:
                raise Invalid.at(choice, _("“%(s)s” is no choice.") % {"s": choice}, _("Write it as FIELD=CLASS."))
            chosen[name] = level
        changed = actions.choose_readers(
            actor=session.actor, network=session.network, kind=kind, record_id=found.pk, readers=chosen
        )
        session.done(_("Who reads which field was chosen."), key=changed.pk, data=readers_of(kind, changed))


def add_handing_over_command(group: click.Group) -> None:
    """`unisono person hand-over MARIT --to LIVE`."""

    @group.command("hand-over", help="Somebody leaves: pass on whom they act for, or with --to-nobody end it.")
    @click.argument("person", metavar="PERSON")
    @click.option("--to", "successor", default="", metavar="PERSON", help="Who acts from now on.")
    @click.option("--to-nobody", is_flag=True, help="Nobody for now.")
    @in_session(writes=True)
    def hand_over(session: Session, person: str, successor: str, to_nobody: bool) -> None:
        if bool(successor) == to_nobody:
            raise Invalid.at("--to", _("Say who takes over."), _("Give --to PERSON, or --to-nobody."))
        leaving = record_named(session.actor, session.network, PERSON, person)
        after = record_named(session.actor, session.network, PERSON, successor) if successor else None
        done = actions.hand_over(
            actor=session.actor, network=session.network, person_id=leaving.pk,
            successor_id=after.pk if after else None,
        )  # fmt: skip
        session.done(
            _("Handed over."), key=done.person.pk,
            data=plain_record(session.actor, session.network, PERSON, done.person),
        )  # fmt: skip
