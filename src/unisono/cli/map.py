"""Commands of the map: draw it anew, its figures, the way between two members, ties that members have."""

import click
from django.utils.translation import gettext as _

from unisono.areas.network.graph.actions import renew_picture
from unisono.areas.network.graph.figures import figures_of
from unisono.areas.network.graph.plain import plain_figure, plain_state, plain_way
from unisono.areas.network.graph.queries import picture_state, way_between
from unisono.areas.network.graph.showing import derived_data, map_data
from unisono.areas.network.graph.sources import tie_source
from unisono.areas.network.kinds import MEMBER
from unisono.areas.network.queries import record_named
from unisono.areas.network.queries.records import visible
from unisono.cli.imports import finish
from unisono.cli.output import print_json, print_table, say
from unisono.cli.session import Session, in_session


@click.group("map", help="The network as a whole: figures, places of members, ways between them.")
def map_() -> None:
    """Commands of the map."""


@map_.command("compute", help="Work the picture out anew: places, communities, core and edge, what breaks.")
@in_session()
def compute(session: Session) -> None:
    job = renew_picture(actor=session.actor, network=session.network)
    finish(session, job, _("Drawing"))
    state = plain_state(picture_state(session.actor, session.network))
    session.done(_("The map is drawn."), data=state)


@map_.command("figures", help="Figures of the network, each with what it means here.")
@in_session()
def figures(session: Session) -> None:
    state = picture_state(session.actor, session.network)
    found = figures_of(session.actor, session.network, state)
    if session.as_json:
        print_json({**plain_state(state), "items": [plain_figure(figure) for figure in found]})
        return
    if not found:
        say(_("Nothing was worked out yet: unisono map compute."))
        return
    if state.is_old:
        say(_("An earlier version drew this picture, without every figure: unisono map compute draws it anew."))
    if state.changes:
        say(_("%(n)s changes since: unisono map compute works it out anew.") % {"n": state.changes})
    print_table(
        [_("Figure"), _("Value"), _("What it means"), _("Construct")],
        ([f.label, f.text, f.sentence, " ".join(filter(None, (f.measure, f.construct_id)))] for f in found),
    )


@map_.command("show", help="Everything that the map draws, as JSON.")
@in_session()
def show(session: Session) -> None:
    print_json(map_data(session.actor, session.network))


@map_.command("ties", help="Ties of one kind: relation, or a derived one such as capability.")
@click.argument("source", default="relation")
@click.option("--two-mode", is_flag=True, help="Members and what they share, instead of pairs of members.")
@in_session()
def ties(session: Session, source: str, two_mode: bool) -> None:
    data = derived_data(session.actor, session.network, tie_source(source), two_mode=two_mode)
    if session.as_json:
        print_json(data)
        return
    names = dict(visible(session.actor, session.network, MEMBER).values_list("pk", "organization__name"))
    if two_mode:
        print_table(
            [data["label"], _("Member")], ([data["things"][at], names.get(member, "")] for member, at in data["held"])
        )
        return
    print_table(
        [_("One side"), _("Other side"), _("What they share")],
        ([names.get(t["first"], ""), names.get(t["second"], ""), "; ".join(t["shared"])] for t in data["ties"]),
    )


@map_.command("path", help="The shortest way from one member to another over relations.")
@click.argument("one", metavar="MEMBER")
@click.argument("other", metavar="MEMBER")
@in_session()
def path(session: Session, one: str, other: str) -> None:
    start = record_named(session.actor, session.network, MEMBER, one)
    end = record_named(session.actor, session.network, MEMBER, other)
    way = plain_way(start, way_between(session.actor, session.network, start, end))
    if session.as_json:
        print_json(way)
    elif not way["is_there"]:
        say(_("No relations lead from one to the other."))
    else:
        print_table(
            [_("Member"), _("Reached by"), _("Also compete")],
            ([m["name"], ", ".join(m["kinds"]), _("yes") if m["compete"] else ""] for m in way["members"]),
        )
