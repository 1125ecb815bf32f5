"""Commands of saved views."""

from typing import Any

import click
from django.utils.translation import gettext as _

from unisono.areas.network import actions
from unisono.areas.network.derived import columns_reckoned
from unisono.areas.network.kinds import KINDS
from unisono.areas.network.queries import fields_for, gone_from, records_in, view_named, views_of
from unisono.areas.network.queries.plain import plain_records
from unisono.areas.network.queries.views import plain_view
from unisono.cli.output import print_json, print_pairs, print_table, say
from unisono.cli.records import print_records
from unisono.cli.session import Session, in_session
from unisono.platform.errors import Invalid

_PAGE = 50


@click.group("views", help="Saved views of lists: list, save, change, share, pin, remove, and the records in one.")
def views() -> None:
    """Commands of saved views."""


def filters_of(given: tuple[str, ...]) -> dict[str, list[str]]:
    """Filters as a use case takes them, from FIELD=VALUE."""
    filters: dict[str, list[str]] = {}
    for each in given:
        name, equals, value = each.partition("=")
        if not equals:
            raise Invalid.at(
                "--filter",
                _("“%(f)s” is no filter.") % {"f": each},
                _("Write it as FIELD=VALUE, for example tier=Gold."),
            )
        filters.setdefault(name.strip(), []).append(value.strip())
    return filters


def _parts(function: Any) -> Any:
    """Options that say what a view asks for; those that are not given are None or empty."""
    for option in (
        click.option("--pin/--unpin", "pinned", default=None, help="Pin it to the sidebar, for the one who acts."),
        click.option("--begin/--no-begin", "default", default=None, help="Whether one's list begins with it."),
        click.option("--share/--keep", "shared", default=None, help="Share it with the network, or take it back."),
        click.option("--archived/--in-use", default=None, help="Records that were put away, or those in use."),
        click.option("--columns", default=None, metavar="FIELDS", help="Columns to show, commas between."),
        click.option("--sort", default=None, metavar="FIELD", help="Order by; “-FIELD” turns it round."),
        click.option("--filter", "filters", multiple=True, metavar="FIELD=VALUE",
                     help="Only with this value. May be given several times."),
        click.option("--query", "-q", default=None, metavar="WORDS", help="Records with these words."),
    ):  # fmt: skip
        function = option(function)
    return function


def _given(filters: tuple[str, ...], columns: str | None, parts: dict[str, Any]) -> dict[str, Any]:
    given = {name: value for name, value in parts.items() if value is not None}
    if filters:
        given["filters"] = filters_of(filters)
    if columns is not None:
        given["columns"] = [name for name in columns.split(",") if name]
    return given


@views.command("list", help="List one's own views and those that are shared.")
@click.option("--kind", type=click.Choice(list(KINDS)), help="Only of this kind's list.")
@in_session()
def list_views(session: Session, kind: str | None) -> None:
    found = views_of(session.actor, session.network, KINDS[kind] if kind else None)
    if session.as_json:
        print_json([plain_view(session.actor, view) for view in found])
        return
    print_table(
        [_("Name"), _("List"), _("Shared"), _("Pinned"), _("Owner"), _("Id")],
        (
            [v.name, str(KINDS[v.record_kind].label_plural), _("yes") if v.is_shared else "",
             _("yes") if v.pinned else "", str(v.owner), str(v.pk)]
            for v in found
        ),
    )  # fmt: skip


@views.command("show", help="Show what a view asks for, by its id or exact name.")
@click.argument("view", metavar="VIEW")
@in_session()
def show(session: Session, view: str) -> None:
    found = view_named(session.actor, session.network, view)
    if session.as_json:
        print_json(plain_view(session.actor, found))
        return
    print_pairs(
        [(_("Name"), found.name), (_("List"), str(KINDS[found.record_kind].label_plural)), (_("Words"), found.query),
         *((name, ", ".join(values)) for name, values in found.filters.items()), (_("Order"), found.sort),
         (_("Columns"), ", ".join(found.columns)), (_("Owner"), str(found.owner)), (_("Id"), str(found.pk))]
    )  # fmt: skip


@views.command("save", help="Keep a list of records of KIND as a view.")
@click.argument("kind", type=click.Choice(list(KINDS)))
@click.argument("name")
@_parts
@in_session(writes=True)
def save(
    session: Session, kind: str, name: str, filters: tuple[str, ...], columns: str | None = None, **parts: Any
) -> None:
    view = actions.save_view(
        actor=session.actor, network=session.network, kind=KINDS[kind], name=name, **_given(filters, columns, parts)
    )
    session.done(_("View kept: %(n)s") % {"n": view.name}, key=view.pk, data=plain_view(session.actor, view))


@views.command("change", help="Rename, change, share or pin a view.")
@click.argument("view", metavar="VIEW")
@click.option("--name", default=None, metavar="TEXT", help="Another name.")
@_parts
@in_session(writes=True)
def change(session: Session, view: str, filters: tuple[str, ...], columns: str | None = None, **parts: Any) -> None:
    found = view_named(session.actor, session.network, view)
    given = _given(filters, columns, parts)
    marks = {name: given.pop(name) for name in ("pinned", "default") if name in given}
    where: dict[str, Any] = {"actor": session.actor, "network": session.network, "view_id": found.pk}
    changed = actions.mark_view(**where, **marks)
    if given:
        # Last, since whoever takes another's view from everybody no longer sees it.
        changed = actions.change_view(**where, values=given)
    session.done(
        _("View changed: %(n)s") % {"n": changed.name}, key=changed.pk, data=plain_view(session.actor, changed)
    )


@views.command("remove", help="Take a view away; restore brings it back.")
@click.argument("view", metavar="VIEW")
@in_session(writes=True)
def remove(session: Session, view: str) -> None:
    found = view_named(session.actor, session.network, view)
    gone = actions.remove_view(actor=session.actor, network=session.network, view_id=found.pk)
    session.done(_("View removed: %(n)s") % {"n": gone.name}, key=gone.pk, data=plain_view(session.actor, gone))


@views.command("restore", help="Bring a removed view back, by its id.")
@click.argument("view", metavar="ID")
@in_session(writes=True)
def restore(session: Session, view: str) -> None:
    back = actions.restore_view(actor=session.actor, network=session.network, view_id=view)
    session.done(_("View is back: %(n)s") % {"n": back.name}, key=back.pk, data=plain_view(session.actor, back))


@views.command("records", help="List the records that a view shows to the one who acts.")
@click.argument("view", metavar="VIEW")
@click.option("--limit", default=_PAGE, show_default=True, type=click.IntRange(1), help="At most so many.")
@in_session()
def records(session: Session, view: str, limit: int) -> None:
    found = view_named(session.actor, session.network, view)
    kind = KINDS[found.record_kind]
    fields = fields_for(session.actor, session.network, kind)
    for problem in gone_from(session.actor, session.network, kind, fields, found.filters):
        say(str(problem))
    rows = records_in(session.actor, session.network, found)
    if session.as_json:
        print_json(plain_records(session.actor, session.network, kind, list(rows[:limit])))
    else:
        # A page may show more than a table here has, such as how many people a member has.
        known = [*(f.name for f in fields), *columns_reckoned(kind.name)]
        print_records(session, kind, list(rows[:limit]), [name for name in found.columns if name in known])
    say(_("%(n)s of %(total)s") % {"n": min(limit, total := rows.order_by().count()), "total": total})
