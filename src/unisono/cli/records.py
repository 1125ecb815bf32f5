"""Commands of every kind of record, made in one loop from the declaration."""

import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import click
from django.utils.translation import gettext as _

from unisono.areas.network import actions
from unisono.areas.network.derived import columns_reckoned, reckoned
from unisono.areas.network.exporting import Export, export, formats_of
from unisono.areas.network.kinds import KINDS, MEMBER, ORGANIZATION, PERSON, Kind
from unisono.areas.network.queries import (
    fields_for,
    get_record,
    record_named,
    select,
    text_of,
    timeline_of,
    value_of,
)
from unisono.areas.network.queries.plain import plain_record, plain_records
from unisono.cli import erasing
from unisono.cli.output import print_json, print_pairs, print_table, say
from unisono.cli.readers import add_handing_over_command, add_readers_command
from unisono.cli.session import Session, in_session
from unisono.platform.errors import Invalid
from unisono.platform.fields import Field

_PAGE = 50


def write_out(session: Session, exported: Export, file: Path) -> None:
    """Write an export to the file, or to stdout for "-"."""
    if str(file) == "-":
        for piece in exported.content:
            sys.stdout.buffer.write(piece)
        return
    try:
        with file.open("wb") as out:
            for piece in exported.content:
                out.write(piece)
    except OSError as error:
        raise Invalid.at(
            str(file), _("The file cannot be written: %(e)s.") % {"e": error.strerror}, _("Choose another place.")
        ) from None
    session.done(_("Written: %(f)s") % {"f": file}, data={"file": str(file)})


def option_of(field: Field) -> str:
    """The option that gives a field its value."""
    return f"--{field.name.replace('_', '-')}"


def _help(field: Field) -> str:
    choices = f" One of: {', '.join(value for value, _label in field.choices)}." if field.choices else ""
    several = " May be given several times." if field.is_many else ""
    refers = f" Name or id of a {field.refers_to}." if field.refers_to else ""
    return f"{field.label}. {field.help}".strip() + choices + refers + several


def field_options(fields: Iterable[Field], *, required: bool) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """An option for each field, and --set for custom ones."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        function = click.option(
            "settings", "--set", multiple=True, metavar="FIELD=VALUE",
            help="Any field by its name, also a custom one: --set custom.bank=DNB. An empty value clears it.",
        )(function)  # fmt: skip
        for field in reversed(list(fields)):
            needed = " Needed." if required and field.required else ""
            function = click.option(
                f"field__{field.name}", option_of(field), multiple=field.is_many, default=None,
                metavar="TEXT", help=_help(field) + needed,
            )(function)  # fmt: skip
        return function

    return decorate


def values_of(arguments: dict[str, Any]) -> dict[str, Any]:
    """Values as a use case takes them, from the options that were given."""
    values: dict[str, Any] = {}
    for name, value in arguments.items():
        if name.startswith("field__") and value not in (None, ()):
            # One value may itself be a list with ; between, several are a list already.
            values[name.removeprefix("field__")] = value[0] if isinstance(value, tuple) and len(value) == 1 else (
                list(value) if isinstance(value, tuple) else value
            )  # fmt: skip
    for setting in arguments["settings"]:
        name, equals, value = setting.partition("=")
        if not equals:
            raise Invalid.at("--set", _("“%(s)s” is no setting.") % {"s": setting}, _("Write it as FIELD=VALUE."))
        values[name.strip()] = value
    return values


def print_records(session: Session, kind: Kind, records: list[Any], names: Sequence[str] = ()) -> None:
    """Records as a table of the columns with these names, or else of those that a list shows at first."""
    known = {f.name: f for f in fields_for(session.actor, session.network, kind)}
    derived = columns_reckoned(kind.name)
    if unknown := [name for name in names if name not in known and name not in derived]:
        raise Invalid.at(
            "--columns",
            _("There is no field “%(n)s”.") % {"n": unknown[0]},
            _("Use some of: %(n)s.") % {"n": ", ".join([*known, *derived])},
        )
    every = {**known, **derived}
    chosen = [every[name] for name in names] or [f for f in every.values() if f.shown]
    found = reckoned(kind.name, [f.name for f in chosen], session.actor, session.network, records)

    def cell(field: Field, record: Any) -> str:
        value = found[field.name][record.pk] if field.name in found else value_of(kind, record, field)
        return text_of(field, value)

    headings = [*(str(f.label) for f in chosen), *([_("State")] if kind.has_states else []), _("Id")]
    print_table(
        headings,
        (
            [*(cell(f, record) for f in chosen), *([record.state] if kind.has_states else []), str(record.pk)]
            for record in records
        ),
    )


def list_options(kind: Kind) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Options that choose and order the records of a list."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        for field in reversed(kind.filters):
            function = click.option(
                f"filter__{field.name}", option_of(field), multiple=True, metavar="TEXT",
                help=f"Only with this value: {str(field.label).lower()}. May be given several times.",
            )(function)  # fmt: skip
        if kind.has_states:
            function = click.option(
                "filter__state", "--state", multiple=True, type=click.Choice(kind.states), help="Only in this state."
            )(function)
        function = click.option("--archived", is_flag=True, help="Records that were put away.")(function)
        function = click.option("--sort", default="", metavar="FIELD", help="Order by; “-FIELD” turns it round.")(
            function
        )
        return click.option("query", "--query", "-q", default="", metavar="WORDS", help="Records with these words.")(
            function
        )

    return decorate


def _selection(kind: Kind, arguments: dict[str, Any]) -> dict[str, Any]:
    if (sort := arguments["sort"].removeprefix("-")) and sort not in kind.sortable and not sort.startswith("custom."):
        raise Invalid.at(
            "--sort",
            _("The list cannot be sorted by this."),
            _("Use one of: %(n)s.") % {"n": ", ".join(kind.sortable)},
        )
    filters = {
        name.removeprefix("filter__"): list(values)
        for name, values in arguments.items()
        if name.startswith("filter__") and values
    }
    return {
        "query": arguments["query"],
        "filters": filters,
        "sort": arguments["sort"],
        "archived": arguments["archived"],
    }


def _reading(group: click.Group, kind: Kind) -> None:
    many = str(kind.label_plural).lower()

    @group.command("list", help=f"List {many}.")
    @list_options(kind)
    @click.option("--columns", default="", metavar="FIELDS", help="Names of fields, commas between.")
    @click.option("--limit", default=_PAGE, show_default=True, type=click.IntRange(1), help="At most so many.")
    @in_session()
    def list_records(session: Session, columns: str, limit: int, **arguments: Any) -> None:
        records = select(session.actor, session.network, kind, **_selection(kind, arguments))
        rows = list(records[:limit])
        if session.as_json:
            print_json(plain_records(session.actor, session.network, kind, rows))
        else:
            print_records(session, kind, rows, [name for name in columns.split(",") if name])
        total = records.order_by().count()
        say(_("%(n)s of %(total)s") % {"n": len(rows), "total": total})

    @group.command("show", help="Show one, by its id or exact name.")
    @click.argument("record", metavar="RECORD")
    @in_session()
    def show(session: Session, record: str) -> None:
        found = record_named(session.actor, session.network, kind, record)
        if session.as_json:
            print_json(plain_record(session.actor, session.network, kind, found))
            return
        pairs = [
            (str(f.label), text_of(f, value_of(kind, found, f)))
            for f in fields_for(session.actor, session.network, kind)
        ]
        columns = columns_reckoned(kind.name)
        values = reckoned(kind.name, list(columns), session.actor, session.network, [found])
        pairs += [(str(f.label), text_of(f, values[name][found.pk])) for name, f in columns.items()]
        if kind.has_states:
            pairs.append((_("State"), f"{found.state}  (→ {', '.join(found.next_states())})"))
        if found.is_archived:
            pairs.append((_("Archived"), found.archived_at.isoformat(timespec="minutes")))
        print_pairs([*pairs, (_("Id"), str(found.pk))])

    @group.command("export", help=f"Write {many} to a file, in the format of its ending, or to stdout.")
    @click.argument("file", default="-", type=click.Path(dir_okay=False, allow_dash=True, path_type=Path))
    @list_options(kind)
    @click.option(
        "format", "--format", type=click.Choice(list(formats_of(kind))), help="Format, where the ending does not say."
    )
    @click.option("--columns", default="", metavar="FIELDS", help="Names of fields, commas between; all by default.")
    @in_session()
    def export_records(session: Session, file: Path, format: str | None, columns: str, **arguments: Any) -> None:
        chosen = format or file.suffix.removeprefix(".").lower() or "csv"
        exported = export(
            session.actor, session.network, kind, format=chosen,
            columns=[name for name in columns.split(",") if name], **_selection(kind, arguments),
        )  # fmt: skip
        write_out(session, exported, file)


def _writing(group: click.Group, kind: Kind) -> None:
    label = str(kind.label)

    def after(session: Session, verb: str, record: Any) -> None:
        record = get_record(session.actor, session.network, kind, record.pk)
        sentence = f"{label} {verb}: {kind.title(record)}"
        session.done(sentence, key=record.pk, data=plain_record(session.actor, session.network, kind, record))

    def add(session: Session, state: str | None = None, **arguments: Any) -> None:
        organization, same_name = arguments.pop("organization_id", None), arguments.pop("same_name", False)
        values = values_of(arguments)
        if kind is MEMBER:
            record: Any = actions.add_member(
                actor=session.actor, network=session.network, values=values, state=state or "active",
                organization_id=organization, same_name=same_name,
            )  # fmt: skip
        else:
            record = actions.add_record(
                actor=session.actor, network=session.network, kind=kind, values=values, state=state
            )
        after(session, "added", record)

    command = field_options(kind.fields, required=True)(in_session(writes=True)(add))
    if kind.has_states:
        command = click.option("--state", type=click.Choice(kind.states), help="State in which it is found.")(command)
    if kind is MEMBER:
        command = click.option("--same-name", is_flag=True, help="It is another one of the same name.")(command)
        command = click.option("--organization-id", metavar="ID", help="Make this organisation a member.")(command)
    group.command("add", help="Add one.")(command)

    @group.command("edit", help="Change the fields that are given; an empty value clears one.")
    @click.argument("record", metavar="RECORD")
    @field_options(kind.fields, required=False)
    @in_session(writes=True)
    def edit(session: Session, record: str, **arguments: Any) -> None:
        found = record_named(session.actor, session.network, kind, record)
        values = values_of(arguments)
        changed = actions.edit_record(
            actor=session.actor, network=session.network, kind=kind, record_id=found.pk, values=values
        )
        after(session, "changed", changed)

    @group.command("archive", help="Put one away; restore brings it back.")
    @click.argument("record", metavar="RECORD")
    @in_session(writes=True)
    def archive(session: Session, record: str) -> None:
        found = record_named(session.actor, session.network, kind, record)
        after(session, "archived", actions.archive_record(
            actor=session.actor, network=session.network, kind=kind, record_id=found.pk
        ))  # fmt: skip

    @group.command("restore", help="Bring back one that was put away.")
    @click.argument("record", metavar="RECORD")
    @in_session(writes=True)
    def restore(session: Session, record: str) -> None:
        found = record_named(session.actor, session.network, kind, record)
        after(session, "restored", actions.restore_record(
            actor=session.actor, network=session.network, kind=kind, record_id=found.pk
        ))  # fmt: skip

    if kind.has_states:

        @group.command("state", help=f"Move one to another state: {', '.join(kind.states)}.")
        @click.argument("record", metavar="RECORD")
        @click.argument("state")
        @click.option("--reason", default="", help="Why; a member leaves (“exited”) for a reason.")
        @in_session(writes=True)
        def move(session: Session, record: str, state: str, reason: str) -> None:
            found = record_named(session.actor, session.network, kind, record)
            moved = actions.change_state(
                actor=session.actor, network=session.network, kind=kind, record_id=found.pk, state=state, reason=reason
            )
            after(session, f"is now {state}", moved)

    if kind is PERSON:
        erasing.add_to(group, write_out)
    if kind in (MEMBER, ORGANIZATION):

        @group.command("merge", help="Make one of two that are the same: KEEP takes over what hangs on ABSORB.")
        @click.argument("keep")
        @click.argument("absorb")
        @in_session(writes=True)
        def merge(session: Session, keep: str, absorb: str) -> None:
            both = [record_named(session.actor, session.network, kind, name) for name in (keep, absorb)]
            ids = [record.organization_id if kind is MEMBER else record.pk for record in both]
            merged = actions.merge_organizations(
                actor=session.actor, network=session.network, keep_id=ids[0], absorb_id=ids[1]
            )
            record = get_record(session.actor, session.network, ORGANIZATION, merged.pk)
            session.done(
                f"Merged into: {record.name}",
                key=record.pk,
                data=plain_record(session.actor, session.network, ORGANIZATION, record),
            )


def _timeline(group: click.Group) -> None:
    @group.command("timeline", help="What happened to a member, newest first.")
    @click.argument("record", metavar="MEMBER")
    @click.option("kinds", "--kind", multiple=True, type=click.Choice(list(KINDS)), help="Only of this kind.")
    @click.option("--limit", default=_PAGE, show_default=True, type=click.IntRange(1), help="At most so many.")
    @in_session()
    def timeline(session: Session, record: str, kinds: tuple[str, ...], limit: int) -> None:
        member = record_named(session.actor, session.network, MEMBER, record)
        events = timeline_of(session.actor, session.network, member, kinds=kinds, limit=limit)
        if session.as_json:
            print_json([
                {
                    "at": e.at, "kind": e.kind, "sentence": e.sentence, "actor": e.actor, "record_id": e.record_id,
                    "changes": [{"field": label, "before": old, "after": new} for label, old, new in e.changes],
                }
                for e in events
            ])  # fmt: skip
            return
        print_table(
            [_("When"), _("What"), _("Who"), _("Fields")],
            (
                [f"{e.at:%Y-%m-%d %H:%M}", e.sentence, e.actor, ", ".join(label for label, _o, _n in e.changes)]
                for e in events
            ),
        )


def group_of(kind: Kind) -> click.Group:
    """All commands of one kind of record."""
    group = click.Group(kind.name, help=f"{kind.label_plural}: list, show, add, edit, put away, export.")
    _reading(group, kind)
    _writing(group, kind)
    if kind is MEMBER:
        _timeline(group)
    if kind is PERSON:
        add_handing_over_command(group)
    if kind.choosable:
        add_readers_command(group, kind)
    return group


groups: list[click.Group] = [group_of(kind) for kind in KINDS.values()]
