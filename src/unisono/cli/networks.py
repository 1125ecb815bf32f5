"""Commands of networks themselves, their custom fields, their files, and search."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from django.utils.translation import gettext as _

from unisono.areas.network import actions
from unisono.areas.network.kinds import KINDS, MEMBER
from unisono.areas.network.network_fields import NETWORK_FIELDS
from unisono.areas.network.queries import (
    attachments_of,
    content_of,
    custom_fields_of,
    fields_of,
    find,
    get_attachment,
    network_by_slug,
    networks_of,
    record_named,
)
from unisono.areas.network.queries.plain import plain_attachment, plain_network
from unisono.cli.output import print_json, print_table
from unisono.cli.records import field_options, values_of
from unisono.cli.session import Session, in_session
from unisono.platform.errors import Invalid, NotFound


@click.group(help="Networks: list, open, change.")
def network() -> None:
    """Commands of networks."""


@network.command("list", help="List the networks of the workspace.")
@in_session(network=False)
def list_networks(session: Session) -> None:
    networks = networks_of(session.actor)
    if session.as_json:
        print_json([plain_network(n) for n in networks])
    else:
        print_table(
            [_("Network"), _("Name"), _("State"), _("Time zone")],
            ([n.slug, n.name, n.state, n.time_zone] for n in networks),
        )


@network.command("create", help="Open a network.")
@field_options(NETWORK_FIELDS, required=True)
@in_session(network=False, writes=True)
def create(session: Session, **arguments: Any) -> None:
    made = actions.create_network(actor=session.actor, values=values_of(arguments))
    session.done(_("Network opened: %(n)s") % {"n": made.name}, key=made.slug, data=plain_network(made))


@network.command("edit", help="Change the fields that are given.")
@click.argument("slug", metavar="NETWORK")
@field_options(NETWORK_FIELDS, required=False)
@in_session(network=False, writes=True)
def edit(session: Session, slug: str, **arguments: Any) -> None:
    room = network_by_slug(session.actor, slug)
    changed = actions.edit_network(actor=session.actor, network=room, values=values_of(arguments))
    session.done(_("Network changed: %(n)s") % {"n": changed.name}, key=changed.slug, data=plain_network(changed))


@network.command("state", help="Move a network to another state.")
@click.argument("slug", metavar="NETWORK")
@click.argument("state")
@in_session(network=False, writes=True)
def move(session: Session, slug: str, state: str) -> None:
    room = network_by_slug(session.actor, slug)
    moved = actions.change_network_state(actor=session.actor, network=room, state=state)
    session.done(_("%(n)s is now %(s)s") % {"n": moved.name, "s": state}, key=moved.slug, data=plain_network(moved))


@click.group("field", help="Fields that a network adds to its records.")
def field() -> None:
    """Commands of custom fields."""


@field.command("list", help="List all fields of a kind of record, or the custom ones of all kinds.")
@click.argument("kind", required=False, type=click.Choice(list(KINDS)))
@in_session()
def list_fields(session: Session, kind: str | None) -> None:
    custom = {
        (f.record_kind, f"custom.{f.name}"): str(f.pk)
        for f in custom_fields_of(session.actor, session.network, record_kind=kind or "")
    }
    rows: list[dict[str, Any]] = [
        {"kind": name, "name": f.name, "label": str(f.label), "type": str(f.type), "required": f.required,
         "choices": [value for value, _label in f.choices], "id": custom.get((name, f.name))}
        for name in ([kind] if kind else KINDS) for f in fields_of(session.network, KINDS[name]) if kind or f.custom
    ]  # fmt: skip
    if session.as_json:
        print_json(rows)
        return
    print_table(
        [_("Kind"), _("Name"), _("Label"), _("Type"), _("Choices"), _("Id")],
        ([r["kind"], r["name"], r["label"], r["type"], "; ".join(r["choices"]), r["id"] or ""] for r in rows),
    )


@field.command("add", help="Add a field to a kind of record.")
@click.argument("kind", type=click.Choice(list(KINDS)))
@click.argument("label")
@click.option("type_", "--type", default="text", show_default=True,
              help="text, long_text, choice, date, integer, decimal, boolean, url, email or words.")  # fmt: skip
@click.option("choices", "--choice", multiple=True, help="A value of a choice; may be given several times.")
@in_session(writes=True)
def add_field(session: Session, kind: str, label: str, type_: str, choices: tuple[str, ...]) -> None:
    made = actions.add_custom_field(
        actor=session.actor, network=session.network, record_kind=kind, label=label, type=type_, choices=choices
    )
    data = {"id": made.pk, "kind": kind, "name": made.name, "label": made.label, "type": made.type}
    session.done(_("Field added: custom.%(n)s") % {"n": made.name}, key=made.pk, data=data)


@field.command("archive", help="Take a custom field out of forms and lists; its values stay.")
@click.argument("field_id", metavar="ID")
@in_session(writes=True)
def archive_field(session: Session, field_id: str) -> None:
    known = custom_fields_of(session.actor, session.network)
    chosen = next((f for f in known if field_id in (str(f.pk), f"custom.{f.name}")), None)
    if chosen is None:
        raise NotFound.at("field", _("There is no such field."), _("“unisono field list” shows all."))
    actions.archive_custom_field(actor=session.actor, network=session.network, field_id=chosen.pk)
    session.done(_("Field archived: %(l)s") % {"l": chosen.label}, data={"id": chosen.pk})


@click.command(help="Search all records of a network; accents are folded.")
@click.argument("words", nargs=-1, required=True)
@click.option("kinds", "--kind", multiple=True, type=click.Choice(list(KINDS)), help="Only of this kind.")
@click.option("--limit", default=10, show_default=True, type=click.IntRange(1, 1000), help="At most so many of a kind.")
@in_session()
def search(session: Session, words: tuple[str, ...], kinds: tuple[str, ...], limit: int) -> None:
    found = find(session.actor, session.network, " ".join(words), kinds=[KINDS[name] for name in kinds], per_kind=limit)
    if session.as_json:
        print_json([{"kind": f.kind.name, "id": f.id, "title": f.title} for f in found])
    else:
        print_table([_("Kind"), _("Title"), _("Id")], ([f.kind.name, f.title, str(f.id)] for f in found))


@click.group("file", help="Files kept with members.")
def file() -> None:
    """Commands of attachments."""


@file.command("list", help="List the files kept with a member.")
@click.argument("member")
@in_session()
def list_files(session: Session, member: str) -> None:
    record = record_named(session.actor, session.network, MEMBER, member)
    files = attachments_of(session.actor, session.network, record.pk)
    if session.as_json:
        print_json([plain_attachment(a) for a in files])
    else:
        print_table(
            [_("Name"), _("Title"), _("Bytes"), _("Who may read"), _("Id")],
            ([a.file.name, a.title, str(a.file.size_bytes), a.visibility, str(a.pk)] for a in files),
        )


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as source:
        while piece := source.read(64 * 1024):
            yield piece


@file.command("attach", help="Keep a file with a member.")
@click.argument("member")
@click.argument("path", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--title", default="", help="What it is.")
@click.option(
    "--visibility", default="network", show_default=True, help="public, network, parties, care_team, private."
)
@in_session(writes=True)
def attach(session: Session, member: str, path: Path, title: str, visibility: str) -> None:
    record = record_named(session.actor, session.network, MEMBER, member)
    kept = actions.attach_file(
        actor=session.actor, network=session.network, membership_id=record.pk, name=path.name, chunks=_pieces(path),
        title=title, visibility=visibility,
    )  # fmt: skip
    session.done(_("File kept: %(n)s") % {"n": kept.file.name}, key=kept.pk, data=plain_attachment(kept))


@file.command("save", help="Write a kept file to this computer.")
@click.argument("file_id", metavar="ID")
@click.argument("path", metavar="FILE", required=False, type=click.Path(dir_okay=False, path_type=Path))
@in_session()
def save(session: Session, file_id: str, path: Path | None) -> None:
    kept = get_attachment(session.actor, session.network, file_id)
    target = path or Path(kept.file.name)
    if target.exists() and path is None:
        raise Invalid.at(str(target), _("There is such a file already."), _("Name another one after the id."))
    with target.open("wb") as out:
        for piece in content_of(kept):
            out.write(piece)
    session.done(_("Written: %(f)s") % {"f": target}, data={"file": str(target)})


@file.command("remove", help="Take a file away from its member; restore brings it back.")
@click.argument("file_id", metavar="ID")
@in_session(writes=True)
def remove(session: Session, file_id: str) -> None:
    kept = actions.remove_attachment(actor=session.actor, network=session.network, attachment_id=file_id)
    session.done(_("File removed: %(n)s") % {"n": kept.file.name}, data=plain_attachment(kept))


@file.command("restore", help="Bring a removed file back.")
@click.argument("file_id", metavar="ID")
@in_session(writes=True)
def restore(session: Session, file_id: str) -> None:
    kept = actions.restore_attachment(actor=session.actor, network=session.network, attachment_id=file_id)
    session.done(_("File restored: %(n)s") % {"n": kept.file.name}, data=plain_attachment(kept))
