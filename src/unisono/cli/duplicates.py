"""Commands of duplicates: look for them, list them, decide, take a merge back."""

from typing import Any

import click
from django.utils.translation import gettext as _

from unisono.areas.network import duplicates
from unisono.areas.network.actions import unmerge_organizations
from unisono.areas.network.duplicates.plain import plain_merge, plain_merges, plain_pair
from unisono.areas.network.queries.merges import merges_of
from unisono.cli.imports import finish
from unisono.cli.output import print_json, print_table, say
from unisono.cli.session import Session, in_session


@click.group("duplicates", help="Organisations that are probably the same.")
def duplicate() -> None:
    """Commands of duplicates."""


@duplicate.command("find", help="Compare all organisations of the network and keep the pairs to decide.")
@in_session(writes=True)
def find(session: Session) -> None:
    job = duplicates.find_duplicates(actor=session.actor, network=session.network)
    finish(session, job, _("Comparing"))
    job.refresh_from_db()
    message = _("%(organizations)s organisations compared, %(open)s pairs to decide.") % job.result
    session.done(message, data=job.result)


@duplicate.command("list", help="List pairs, the likeliest first, with the reasons.")
@click.option("--state", type=click.Choice(["open", "same", "different"]), default="open", show_default=True,
              help="Pairs to decide, or what was decided.")  # fmt: skip
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1), help="At most so many.")
@in_session()
def list_pairs(session: Session, state: str, limit: int) -> None:
    page = duplicates.pairs_of(session.actor, session.network, state=state, per_page=limit)
    elsewhere = duplicates.elsewhere_of(session.actor, session.network, page.rows)
    pairs = [plain_pair(pair, elsewhere) for pair in page.rows]
    if session.as_json:
        print_json(pairs)
    else:
        print_table(
            [_("Score"), _("One"), _("Other"), _("Why"), _("Id")],
            (
                [f"{p['score']:.2f}", *map(_named, p["organizations"]), ", ".join(p["reasons"]), str(p["id"])]
                for p in pairs
            ),
        )
    say(_("%(n)s of %(total)s") % {"n": len(pairs), "total": page.total})


def _named(organization: dict[str, Any]) -> str:
    """Its name, with the network of one that is not in this one."""
    return " ".join(filter(None, (organization["name"], organization["network"] and f"({organization['network']})")))


@duplicate.command("decide", help="Decide about a pair: same (which merges the two), different, or open again.")
@click.argument("pair", metavar="ID")
@click.argument("decision", type=click.Choice(["same", "different", "open"]))
@click.option("--keep", metavar="ID", help="With “same”: the organisation that stays.")
@click.option("--take", multiple=True, metavar="FIELD",
              help="Keep this field's value of the one that goes. May be given several times.")  # fmt: skip
@in_session(writes=True)
def decide(session: Session, pair: str, decision: str, keep: str | None, take: tuple[str, ...]) -> None:
    decided = duplicates.decide_duplicate(
        actor=session.actor, network=session.network, pair_id=pair, decision=decision, keep_id=keep, take=take
    )
    session.done(
        _("Decided: %(d)s") % {"d": decision},
        key=decided.pk,
        data=plain_pair(decided, duplicates.elsewhere_of(session.actor, session.network, [decided])),
    )


@duplicate.command("merges", help="List merges, the latest first.")
@in_session()
def list_merges(session: Session) -> None:
    merges = plain_merges(session.actor, session.network, merges_of(session.actor, session.network))
    if session.as_json:
        print_json(merges)
        return
    print_table(
        [_("Kept"), _("Taken in"), _("When"), _("Taken back"), _("Id")],
        (
            [m["kept"]["name"], m["absorbed"]["name"], f"{m['merged_at']:%Y-%m-%d %H:%M}",
             f"{m['undone_at']:%Y-%m-%d %H:%M}" if m["undone_at"] else "", str(m["id"])]
            for m in merges
        ),
    )  # fmt: skip


@duplicate.command("undo-merge", help="Take a merge back; what was changed since stays with the kept one.")
@click.argument("merge", metavar="ID")
@in_session(writes=True)
def undo_merge(session: Session, merge: str) -> None:
    record = unmerge_organizations(actor=session.actor, network=session.network, merge_id=merge)
    plain = plain_merge(session.actor, session.network, record)
    for each in plain["left"]:
        say(_("Stays as it is now: %(kind)s %(name)s %(field)s") % each)
    session.done(_("Taken back."), key=record.pk, data=plain)
