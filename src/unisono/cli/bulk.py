"""The command that changes many records as one, and that takes it back."""

from typing import Any

import click
from django.utils.translation import gettext as _

from unisono.areas.network import bulk as edits
from unisono.areas.network.kinds import KINDS
from unisono.cli.output import print_json, say
from unisono.cli.session import Session, in_session
from unisono.cli.views import filters_of
from unisono.platform import jobs
from unisono.platform.errors import Invalid, Problem


class _BulkGroup(click.Group):
    """`unisono bulk member …` is short for `unisono bulk edit member …`."""

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ("-h", "--help"):
            args = ["edit", *args]
        return super().parse_args(context, args)


@click.group("bulk", cls=_BulkGroup, help="Change many records as one: unisono bulk member --filter tier=Gold …")
def bulk() -> None:
    """Commands of bulk edits."""


def _settings(given: tuple[str, ...]) -> dict[str, str]:
    values = {}
    for setting in given:
        name, equals, value = setting.partition("=")
        if not equals:
            raise Invalid.at("--set", _("“%(s)s” is no setting.") % {"s": setting}, _("Write it as FIELD=VALUE."))
        values[name.strip()] = value
    return values


def _tell(counts: dict[str, int], refused: list[dict[str, Any]]) -> None:
    say(_("%(selected)s selected: %(changed)s change, %(same)s stay as they are, %(refused)s are refused") % counts)
    for each in refused:
        say(f"{each['count']} × {Problem(**each['problem'])}")


@bulk.command("edit", help="Change the records of KIND that are named or found. “unisono bulk KIND …” does the same.")
@click.argument("kind", type=click.Choice(list(KINDS)))
@click.option("ids", "--id", multiple=True, metavar="ID", help="This record. May be given several times.")
@click.option("everything", "--all", is_flag=True, help="All records in use, where nothing else says which.")
@click.option("query", "--query", "-q", default="", metavar="WORDS", help="Records with these words.")
@click.option("filters", "--filter", multiple=True, metavar="FIELD=VALUE", help="Only with this value.")
@click.option("settings", "--set", multiple=True, metavar="FIELD=VALUE", help="New value; an empty one clears.")
@click.option("add_tags", "--add-tag", multiple=True, metavar="TAG", help="Tag that all of them get.")
@click.option("remove_tags", "--remove-tag", multiple=True, metavar="TAG", help="Tag that is taken off.")
@click.option("--state", default="", help="State that they move to, as far as it may follow.")
@click.option("--reason", default="", help="Why they move.")
@click.option("--archive", is_flag=True, help="Put them away.")
@in_session(writes=True)
def edit(
    session: Session, kind: str, ids: tuple[str, ...], everything: bool, query: str, filters: tuple[str, ...],
    settings: tuple[str, ...], **change: Any,
) -> None:  # fmt: skip
    if not (ids or everything or query or filters):
        raise Invalid.at(
            "--filter", _("Nothing says which records."), _("Use --filter, --query or --id; --all means every one.")
        )
    selection: dict[str, Any] = {"ids": ids} if ids else {"query": query, "filters": filters_of(filters)}
    wanted = {**change, "set": _settings(settings)} | {n: list(change[n]) for n in ("add_tags", "remove_tags")}
    where: dict[str, Any] = {
        "actor": session.actor, "network": session.network, "kind": KINDS[kind], "selection": selection,
        "change": wanted,
    }  # fmt: skip
    if session.dry_run:
        plain = edits.plain_preview(edits.preview_many(**where))
        _tell(plain["counts"], plain["refused"])
        if session.as_json:
            print_json(plain)
        return
    made = _finished(session, edits.edit_many(**where))
    _tell(made.counts, made.refused)
    say(_("Undo: unisono bulk undo %(id)s") % {"id": made.pk})
    session.done(_("Changed."), key=made.pk, data=edits.plain_bulk_edit(made))


def _finished(session: Session, edit: Any) -> Any:
    """Many records are a job, which is done here."""
    if edit.job_id:
        job = jobs.run(jobs.job_of(session.actor, edit.job_id), session.actor, watch=lambda done, total: None)
        if job.problems:
            raise Invalid.of(Problem(**problem) for problem in job.problems)
    return edits.get_bulk_edit(session.actor, session.network, edit.pk)


@bulk.command("show", help="Show a bulk edit: its counts, what it refused, what its undo left.")
@click.argument("edit_id", metavar="ID")
@in_session()
def show(session: Session, edit_id: str) -> None:
    print_json(edits.plain_bulk_edit(edits.get_bulk_edit(session.actor, session.network, edit_id)))


@bulk.command("undo", help="Take a bulk edit back; what was edited since stays and is listed.")
@click.argument("edit_id", metavar="ID")
@in_session(writes=True)
def undo(session: Session, edit_id: str) -> None:
    undone = edits.undo_many(actor=session.actor, network=session.network, edit_id=edit_id)
    undone = _finished(session, undone)
    for each in edits.kept_records(session.actor, session.network, undone):
        say(_("%(name)s %(field)s: edited since") % each)
    session.done(_("Taken back."), data=edits.plain_bulk_edit(undone))
