"""Commands of comments, and of what one was told."""

from typing import Any

import click
from django.utils.translation import gettext as _

from unisono.areas.network import actions
from unisono.areas.network.kinds import KINDS
from unisono.areas.network.queries import record_named
from unisono.areas.network.queries.comments import latest_comments, plain_comments
from unisono.cli.output import print_json, print_table
from unisono.cli.session import Session, in_session
from unisono.platform import notifications as told
from unisono.platform.errors import Invalid


@click.group("comment", help="Comments on records: list, write, change, take back.")
def comment() -> None:
    """Commands of comments."""


def _done(session: Session, sentence: str, found: Any) -> None:
    session.done(sentence, key=found.pk, data=plain_comments(session.actor, [found])[0])


@comment.command("list", help="List the newest comments, or those on one record.")
@click.option("--kind", type=click.Choice(list(KINDS)), help="Kind of the record.")
@click.option("--record", default="", metavar="RECORD", help="Its id or exact name; with --kind.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1), help="At most so many.")
@in_session()
def list_comments(session: Session, kind: str | None, record: str, limit: int) -> None:
    found = record_named(session.actor, session.network, KINDS[kind], record) if kind and record else None
    comments = latest_comments(
        session.actor, session.network, record_id=found.pk if found is not None else None, limit=limit
    )
    plain = plain_comments(session.actor, comments)
    if session.as_json:
        print_json(plain)
        return
    print_table(
        [_("When"), _("Who"), _("Words"), _("Readers"), _("Id")],
        ([f"{c['created_at']:%Y-%m-%d %H:%M}", c["author"], c["text"], c["visibility"], str(c["id"])] for c in plain),
    )


@comment.command("write", help="Comment on a record of KIND; “@” before a name mentions somebody.")
@click.argument("kind", type=click.Choice(list(KINDS)))
@click.argument("record", metavar="RECORD")
@click.argument("text")
@click.option(
    "--visibility", default="network", show_default=True, help="network, public, parties, care_team, private."
)
@click.option("--reply-to", default="", metavar="ID", help="The comment that is answered.")
@in_session(writes=True)
def write(session: Session, kind: str, record: str, text: str, visibility: str, reply_to: str) -> None:
    about = record_named(session.actor, session.network, KINDS[kind], record)
    made = actions.write_comment(
        actor=session.actor, network=session.network, kind=KINDS[kind], record_id=about.pk, text=text,
        visibility=visibility, reply_to=reply_to or None,
    )  # fmt: skip
    _done(session, _("Comment written."), made)


@comment.command("edit", help="Change what one said.")
@click.argument("comment_id", metavar="ID")
@click.argument("text")
@in_session(writes=True)
def edit(session: Session, comment_id: str, text: str) -> None:
    changed = actions.edit_comment(actor=session.actor, network=session.network, comment_id=comment_id, text=text)
    _done(session, _("Comment changed."), changed)


@comment.command("remove", help="Take back what one said; restore brings it back.")
@click.argument("comment_id", metavar="ID")
@in_session(writes=True)
def remove(session: Session, comment_id: str) -> None:
    gone = actions.remove_comment(actor=session.actor, network=session.network, comment_id=comment_id)
    _done(session, _("Comment taken back."), gone)


@comment.command("restore", help="Bring back what one took back.")
@click.argument("comment_id", metavar="ID")
@in_session(writes=True)
def restore(session: Session, comment_id: str) -> None:
    back = actions.restore_comment(actor=session.actor, network=session.network, comment_id=comment_id)
    _done(session, _("Comment is back."), back)


@click.command("told", help="What one was told: mentions, answers, finished work, shared views.")
@click.option("--unread", is_flag=True, help="Only what was not read yet.")
@click.option("--mark-read", is_flag=True, help="Mark everything as read.")
@click.option("--choose", "ways", multiple=True, metavar="KIND=WAY",
              help="From now on tell of mention, reply and so on: off, on, or mail (by mail too).")  # fmt: skip
@in_session(network=False, writes=True)
def notifications(session: Session, unread: bool, mark_read: bool, ways: tuple[str, ...]) -> None:
    if ways:
        chosen = {kind: way for kind, _equals, way in (each.partition("=") for each in ways)}
        if wrong := [way for way in chosen.values() if way not in ("off", "on", "mail")]:
            raise Invalid.at("--choose", _("“%(w)s” is no way.") % {"w": wrong[0]}, _("Use: off, on, mail."))
        mailed = {each["kind"] for each in told.choices_of(session.actor) if each["by_mail"] is not None}
        told.choose(
            actor=session.actor,
            wanted={kind: way != "off" for kind, way in chosen.items()},
            by_mail={kind: way == "mail" for kind, way in chosen.items() if way == "mail" or kind in mailed},
        )
    found = told.notifications_of(session.actor, unread=unread)
    if mark_read:
        told.mark_read(actor=session.actor)
    if session.as_json:
        print_json([
            {"id": n.pk, "kind": n.kind, "subject_id": n.subject_id, "details": n.details, "created_at": n.created_at,
             "read_at": n.read_at}
            for n in found
        ])  # fmt: skip
        return
    print_table(
        [_("When"), _("What"), _("Read"), _("About")],
        ([f"{n.created_at:%Y-%m-%d %H:%M}", n.kind, _("yes") if n.read_at else "", str(n.subject_id)] for n in found),
    )
