"""Commands that hand out everything about a person, erase them, list who was erased; all below `unisono person`."""

from collections.abc import Callable
from pathlib import Path

import click
from django.utils.translation import gettext as _

from unisono.areas.network.erasing import erase_person, erasure_plan, erasures_of
from unisono.areas.network.exporting import Export
from unisono.areas.network.kinds import PERSON
from unisono.areas.network.personal_export import export_person
from unisono.areas.network.queries import record_named
from unisono.cli.output import print_json, print_table, say
from unisono.cli.session import Session, in_session
from unisono.platform.errors import Invalid

WriteOut = Callable[[Session, Export, Path], None]


def add_to(group: click.Group, write_out: WriteOut) -> None:
    """Add the commands to those of people."""

    @group.command(
        "everything",
        help="Write everything that is kept about a person into a zip, to hand to them: JSON and files that name them.",
    )
    @click.argument("record", metavar="PERSON")
    @click.argument("file", type=click.Path(dir_okay=False, allow_dash=True, path_type=Path))
    @in_session()
    def everything(session: Session, record: str, file: Path) -> None:
        person = record_named(session.actor, session.network, PERSON, record)
        write_out(session, export_person(actor=session.actor, network=session.network, person_id=person.pk), file)

    @group.command(
        "erase",
        help="Wipe every value of a person, everywhere and for good. Without --yes it only says what would go. "
        "What happened stays in the log, which holds no values of people.",
    )
    @click.argument("record", metavar="PERSON")
    @click.option("--yes", is_flag=True, help="Do it.")
    @in_session(writes=True)
    def erase(session: Session, record: str, yes: bool) -> None:
        person = record_named(session.actor, session.network, PERSON, record)
        plan = erasure_plan(session.actor, session.network, person.pk)
        for place, number in plan.counts.items():
            say(f"{place}: {number}")
        for title in plan.to_look_at:
            say(_("This file names the person; look at it yourself: %(title)s") % {"title": title})
        if not yes and not session.dry_run:
            raise Invalid.at("--yes", _("Nothing was erased yet."), _("Say --yes if this is what you want."))
        erasure = erase_person(actor=session.actor, network=session.network, person_id=person.pk)
        session.done(_("Erased."), data={"person_id": erasure.person_id, "counts": erasure.counts})

    @group.command("erased", help="List who was erased, by key, latest first.")
    @in_session(network=False)
    def erased(session: Session) -> None:
        found = erasures_of(session.actor)
        if session.as_json:
            names = ("person_id", "user_id", "erased_by_id", "erased_at", "counts")
            print_json([{name: getattr(erasure, name) for name in names} for erasure in found])
            return
        print_table([_("When"), _("Person")], ([f"{e.erased_at:%Y-%m-%d %H:%M}", str(e.person_id)] for e in found))
