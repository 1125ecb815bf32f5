"""Commands of the activities area: who takes part in what, and who has fallen silent."""

import click
from django.utils.translation import gettext as _

from unisono.areas.activities.actions import add_participants, mark_participations
from unisono.areas.activities.kinds import GATHERING, INITIATIVE, PARTICIPATION
from unisono.areas.activities.queries import attendance_of, edge_of, standings_of
from unisono.areas.activities.queries.plain import plain_part, plain_standing
from unisono.areas.network.kinds import MEMBER, Kind
from unisono.areas.network.queries import page_of, record_named
from unisono.cli import records
from unisono.cli.output import print_json, print_table
from unisono.cli.session import Session, in_session
from unisono.platform.errors import Invalid


@click.command("silent", help="Members of whom nothing was heard for as long as the network says, longest first.")
@click.option("--only-attending", is_flag=True, help="Those that come, but ask for nothing and give nothing.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 200), help="At most so many.")
@in_session()
def silent(session: Session, only_attending: bool, limit: int) -> None:
    which = "attend_only" if only_attending else "silent"
    page = page_of(edge_of(session.actor, session.network, which), per_page=limit)
    standings = standings_of(session.actor, session.network, page.rows)
    rows = [standings[member.pk] for member in page.rows]
    if session.as_json:
        print_json([plain_standing(standing) for standing in rows])
        return
    print_table(
        [_("Member"), _("Last contact"), _("What"), _("Needs")],
        (
            [
                standing.membership.organization.name,
                standing.contact.on.isoformat() if standing.contact else _("never"),
                standing.contact.words if standing.contact else "",
                "; ".join(need.statement[:60] for need in standing.needs),
            ]
            for standing in rows
        ),
    )


def _add_to(group: click.Group, kind: Kind) -> None:
    label = str(kind.label).lower()
    state = click.option(
        "--state", default="invited", show_default=True, type=click.Choice(PARTICIPATION.states), help="How they stand."
    )

    @group.command("invite", help=f"Add members to one: {label}. Those that are in it stay as they are.")
    @click.argument("record", metavar="RECORD")
    @click.argument("members", metavar="MEMBER...", nargs=-1, required=True)
    @state
    @in_session(writes=True)
    def invite(session: Session, record: str, members: tuple[str, ...], state: str) -> None:
        found = record_named(session.actor, session.network, kind, record)
        added = add_participants(
            actor=session.actor, network=session.network, kind=kind.name, record_id=found.pk,
            memberships=list(members), state=state,
        )  # fmt: skip
        session.done(_("Added: %(n)s") % {"n": len(added)}, data=[plain_part(part) for part in added])

    @group.command("mark", help=f"Note of members in one whether they were there: {label}.")
    @click.argument("record", metavar="RECORD")
    @click.argument("members", metavar="MEMBER...", nargs=-1, required=True)
    @click.option("--state", default="attended", show_default=True, type=click.Choice(PARTICIPATION.states),
                  help="What became of them.")  # fmt: skip
    @in_session(writes=True)
    def mark(session: Session, record: str, members: tuple[str, ...], state: str) -> None:
        found = record_named(session.actor, session.network, kind, record)
        wanted = {record_named(session.actor, session.network, MEMBER, name).pk for name in members}
        parts = [p for p in attendance_of(session.actor, session.network, found).parts if p.membership_id in wanted]
        if missing := wanted - {part.membership_id for part in parts}:
            raise Invalid.at(
                "MEMBER",
                _("%(n)s of them take no part in it.") % {"n": len(missing)},
                _("Add them first: unisono %(kind)s invite.") % {"kind": kind.name},
            )
        marked = mark_participations(
            actor=session.actor, network=session.network, kind=kind.name, record_id=found.pk,
            participations=[part.pk for part in parts], state=state,
        )  # fmt: skip
        session.done(_("Changed: %(n)s") % {"n": len(marked)}, data=[plain_part(part) for part in marked])


for _group in records.groups:
    for _kind in (GATHERING, INITIATIVE):
        if _group.name == _kind.name:
            _add_to(_group, _kind)
