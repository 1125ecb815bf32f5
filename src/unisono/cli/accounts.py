"""Commands of accounts: users and their roles, sign-in links, tokens, jobs."""

from datetime import timedelta
from typing import Any

import click
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from unisono.areas.network.actions import add_to_team
from unisono.areas.network.queries import networks_of
from unisono.cli.output import print_json, print_table
from unisono.cli.session import Session, in_session
from unisono.platform.accounts import (
    create_token,
    make_sign_in_link,
    revoke_token,
    tokens_of,
)
from unisono.platform.console import acting, chosen_user, people_of
from unisono.platform.errors import NotFound
from unisono.platform.jobs import cancel, job_of, jobs_of
from unisono.platform.models import Job, User
from unisono.platform.models.accounts import Role
from unisono.platform.permissions import SCOPES
from unisono.platform.policies import check_can_give_role
from unisono.platform.sessions import end_sessions, sessions_of


def sign_in_address(user: User, *, base_url: str = "") -> str:
    """A new address that signs the user in once, within 24 hours."""
    return f"{base_url or settings.BASE_URL}/sign-in/{make_sign_in_link(user, skips_second_factor=True)}/"


@click.group(help="People who sign in, and their roles.")
def user() -> None:
    """Commands of users."""


@user.command("list", help="List users with a role in the workspace.")
@in_session(network=False)
def list_users(session: Session) -> None:
    networks = {network.pk: network.slug for network in networks_of(session.actor)}
    rows: list[dict[str, Any]] = [
        {
            "email": person.email,
            "name": person.name,
            "roles": [
                {"role": role, "network": networks.get(place, str(place)) if place else None} for role, place in held
            ],
        }
        for person, held in people_of(session.workspace)
    ]
    if session.as_json:
        print_json(rows)
        return
    print_table(
        [_("E-mail"), _("Name"), _("Roles")],
        (
            [
                str(row["email"]),
                str(row["name"]),
                ", ".join(r["role"] + (f" in {r['network']}" if r["network"] else "") for r in row["roles"]),
            ]
            for row in rows
        ),
    )


@user.command("add", help="Give somebody a role, in one network (--network) or in the whole workspace.")
@click.argument("email")
@click.option("--name", default="", help="How the person is called.")
@click.option("--role", default="observer", show_default=True, type=click.Choice(Role.values), help="What it may do.")
@click.option("--organization", default="", metavar="NAME", help="The member for which a representative acts.")
@in_session(writes=True)
def add_user(session: Session, email: str, name: str, role: str, organization: str) -> None:
    network = session.network if session.network_slug else None
    person = add_to_team(
        actor=session.actor, network=network, email=email, name=name, role=role, organization=organization
    )
    where = network.name if network else session.workspace.name
    sentence = _("%(p)s is %(r)s in %(w)s") % {"p": person, "r": role.replace("_", " "), "w": where}
    data = {"email": person.email, "name": person.name, "role": role, "network": network.slug if network else None}
    session.done(sentence, data=data)


@user.command("sessions", help="List the browsers in which this person is signed in.")
@click.argument("email")
@in_session(network=False)
def list_sessions(session: Session, email: str) -> None:
    person = _reachable(session, email)
    rows = [{name: getattr(each, name) for name in ("id", "device", "ip", "begun_at", "last_seen_at")}
            for each in sessions_of(person)]  # fmt: skip
    if session.as_json:
        print_json(rows)
        return
    print_table(
        [_("Device"), _("Address"), _("Last seen"), _("Id")],
        ([r["device"], r["ip"], f"{r['last_seen_at']:%Y-%m-%d %H:%M}", str(r["id"])] for r in rows),
    )


@user.command("sign-out", help="End all sessions of this person, at once.")
@click.argument("email")
@in_session(network=False, writes=True)
def sign_out(session: Session, email: str) -> None:
    person = _reachable(session, email)
    number = end_sessions(user_id=person.pk)
    session.done(_("%(n)s sessions have ended.") % {"n": number}, data={"email": person.email, "ended": number})


def _reachable(session: Session, email: str) -> User:
    """Oneself, or somebody of whose roles the acting user may take every one."""
    person = chosen_user(session.workspace, email)
    acting(session.workspace, person)
    if person.pk != session.user.pk:
        for place, roles in acting(session.workspace, person).roles.items():
            for role in roles:
                check_can_give_role(session.actor, role, place)
    return person


@click.command("sign-in-link", help="Make a link that signs this person in once, within 24 hours.")
@click.argument("email")
@in_session(network=False)
def sign_in_link(session: Session, email: str) -> None:
    person = chosen_user(session.workspace, email)
    acting(session.workspace, person)
    address = sign_in_address(person)
    if session.as_json:
        print_json({"email": person.email, "url": address})
    else:
        click.echo(address)


@click.group(help="API tokens.")
def token() -> None:
    """Commands of tokens."""


@token.command("create", help="Make a token of the acting user; its secret is shown this once.")
@click.argument("name")
@click.option("scopes", "--scope", multiple=True, type=click.Choice(SCOPES), default=("read",), show_default=True,
              help="What it may be used for; may be given several times.")  # fmt: skip
@click.option("--days", type=click.IntRange(1, 3650), help="Good for so many days; without an end by default.")
@in_session(network=False, writes=True)
def create(session: Session, name: str, scopes: tuple[str, ...], days: int | None) -> None:
    end = timezone.now() + timedelta(days=days) if days else None
    made, secret = create_token(actor=session.actor, name=name, scopes=scopes, expires_at=end)
    data = {"id": made.pk, "name": made.name, "scopes": made.scopes, "expires_at": made.expires_at, "secret": secret}
    session.done(
        _("Token of %(u)s. Keep it well: it is shown this once.") % {"u": session.user.email}, key=secret, data=data
    )


@token.command("list", help="List the acting user's tokens.")
@in_session(network=False)
def list_tokens(session: Session) -> None:
    names = ("id", "name", "scopes", "created_at", "expires_at", "last_used_at", "revoked_at")
    rows = [{name: getattr(made, name) for name in names} for made in tokens_of(session.actor)]
    if session.as_json:
        print_json(rows)
        return
    print_table(
        [_("Name"), _("Scopes"), _("Last used"), _("Ends"), _("Revoked"), _("Id")],
        (
            [
                row["name"], " ".join(row["scopes"]),
                *(f"{row[n]:%Y-%m-%d}" if row[n] else "" for n in ("last_used_at", "expires_at", "revoked_at")),
                str(row["id"]),
            ]
            for row in rows
        ),
    )  # fmt: skip


@token.command("revoke", help="Revoke one of the acting user's tokens, at once and for good.")
@click.argument("token_id", metavar="ID")
@in_session(network=False, writes=True)
def revoke(session: Session, token_id: str) -> None:
    if token_id not in {str(made.pk) for made in tokens_of(session.actor)}:
        raise NotFound.at("token", _("There is no such token."), _("“unisono token list” shows all."))
    revoke_token(actor=session.actor, token_id=token_id)
    session.done(_("Token revoked."), data={"id": token_id})


@click.group(help="Work done in the background.")
def job() -> None:
    """Commands of jobs."""


def _data(work: Job) -> dict[str, Any]:
    names = ("id", "kind", "state", "done", "total", "percent", "result", "problems", "created_at", "ended_at")
    return {name: getattr(work, name) for name in names}


@job.command("list", help="List the acting user's jobs, newest first.")
@in_session(network=False)
def list_jobs(session: Session) -> None:
    found = jobs_of(session.actor)
    if session.as_json:
        print_json([_data(work) for work in found])
    else:
        print_table(
            [_("Kind"), _("State"), _("Done"), _("Begun"), _("Id")],
            ([w.kind, w.state, f"{w.done}/{w.total or '?'}", f"{w.created_at:%Y-%m-%d %H:%M}", str(w.pk)]
             for w in found),
        )  # fmt: skip


@job.command("show", help="Show one job.")
@click.argument("job_id", metavar="ID")
@in_session(network=False)
def show_job(session: Session, job_id: str) -> None:
    print_json(_data(job_of(session.actor, job_id)))


@job.command("cancel", help="Stop a job.")
@click.argument("job_id", metavar="ID")
@in_session(network=False, writes=True)
def cancel_job(session: Session, job_id: str) -> None:
    work = job_of(session.actor, job_id)
    cancel(actor=session.actor, job_id=work.pk)
    session.done(_("The job is asked to stop."), data=_data(job_of(session.actor, job_id)))
