"""Commands of the team: who has which role where, invitations, changing and taking roles."""

from typing import Any

import click
from django.utils.translation import gettext as _

from unisono.areas.network.actions import change_team_role, invite_to_team
from unisono.areas.network.models import Network
from unisono.areas.network.queries import networks_of
from unisono.areas.network.queries.mandates import names_to_act_for
from unisono.cli.output import print_json, print_table
from unisono.cli.session import Session, in_session
from unisono.platform.errors import Invalid, NotFound
from unisono.platform.invitations import (
    address_of,
    invitations_of,
    make_secret,
    plain_invitation,
    revoke_invitation,
    send_again,
)
from unisono.platform.models import Invitation
from unisono.platform.models.accounts import Role
from unisono.platform.team import roles_of, take_roles, team_of


@click.group(help="Who may do what: list, invite, change and take roles.")
def team() -> None:
    """Commands of the team."""


def _place(session: Session) -> Network | None:
    """The named network, or None for the whole workspace."""
    return session.network if session.network_slug else None


@team.command("list", help="List everybody with a role, and those who are invited.")
@in_session(network=False)
def list_team(session: Session) -> None:
    slugs = {network.pk: network.slug for network in networks_of(session.actor)}

    def place(key: Any) -> str | None:
        return slugs.get(key, str(key)) if key else None

    members = team_of(session.actor)
    firms = names_to_act_for(session.actor, (held.organization_id for member in members for held in member.roles))
    rows: list[dict[str, Any]] = [
        {"email": member.user.email, "name": member.user.name, "role": held.role, "network": place(held.network_id),
         "organization": firms.get(held.organization_id, "") if held.organization_id else "", "state": "here",
         "id": held.id}
        for member in members
        for held in member.roles
    ] + [
        {"email": each.email, "name": "", "role": each.role, "network": place(each.network_id),
         "organization": each.organization_name, "state": "invited", "id": each.pk}
        for each in invitations_of(session.actor)
    ]  # fmt: skip
    if session.as_json:
        print_json(rows)
        return
    words = {"here": "", "invited": _("invited")}
    print_table(
        [_("E-mail"), _("Name"), _("Role"), _("Network"), _("For"), _("State"), _("Id")],
        (
            [row["email"], row["name"], row["role"], row["network"] or _("all"), row["organization"],
             words[row["state"]], str(row["id"])]
            for row in rows
        ),
    )  # fmt: skip


@team.command("invite", help="Invite an address to a role, in one network (--network) or in the whole workspace.")
@click.argument("email")
@click.option("--role", required=True, type=click.Choice(Role.values), help="What the person may do.")
@click.option("--organization", default="", metavar="NAME", help="The member for which a representative acts.")
@click.option("--link", "shows_link", is_flag=True, help="Print the link instead of mailing it.")
@in_session(writes=True)
def invite_person(session: Session, email: str, role: str, organization: str, shows_link: bool) -> None:
    network = _place(session)
    made = invite_to_team(
        actor=session.actor,
        network=network,
        email=email,
        role=role,
        organization=organization,
        mailed=not shows_link,
    )
    data: dict[str, Any] = {**plain_invitation(made), "network": network.slug if network else None}
    if shows_link:
        data["url"] = address_of(make_secret(made))
    where = network.name if network else session.workspace.name
    session.done(
        _("%(e)s is invited to %(w)s as %(r)s.") % {"e": made.email, "w": where, "r": role.replace("_", " ")},
        key=data.get("url", made.pk),
        data=data,
    )


def _invitation(session: Session, email: str) -> Invitation:
    network = _place(session)
    for each in invitations_of(session.actor):
        if each.email == email.strip().lower() and each.network_id == (network.pk if network else None):
            return each
    raise NotFound.at("email", _("This address is not invited there."), _("“unisono team list” shows all."))


@team.command("resend", help="Send an invitation again; the link sent before is void.")
@click.argument("email")
@in_session(writes=True)
def resend(session: Session, email: str) -> None:
    found = send_again(actor=session.actor, invitation_id=_invitation(session, email).pk)
    session.done(_("The invitation goes to %(e)s once more.") % {"e": found.email}, data=plain_invitation(found))


@team.command("revoke", help="Take an invitation back, at once and for good.")
@click.argument("email")
@in_session(writes=True)
def revoke(session: Session, email: str) -> None:
    found = revoke_invitation(actor=session.actor, invitation_id=_invitation(session, email).pk)
    session.done(_("The invitation of %(e)s was taken back.") % {"e": found.email}, data=plain_invitation(found))


@team.command("role", help="Give somebody another role, in one network (--network) or in the whole workspace.")
@click.argument("email")
@click.argument("role", type=click.Choice(Role.values))
@click.option("--organization", default="", metavar="NAME", help="The member for which a representative acts.")
@in_session(writes=True)
def change(session: Session, email: str, role: str, organization: str) -> None:
    network = _place(session)
    held = roles_of(session.actor, email, network.pk if network else None)
    if len(held) > 1:
        names = ", ".join(each.role for each in held)
        raise Invalid.at("email", _("There are several roles there: %(n)s.") % {"n": names}, _("Take one away first."))
    changed = change_team_role(actor=session.actor, role_id=held[0].id, role=role, organization=organization)
    data = {"id": changed.pk, "email": changed.user.email, "role": role, "network": network.slug if network else None}
    session.done(_("%(p)s is %(r)s now.") % {"p": changed.user, "r": role.replace("_", " ")}, data=data)


@team.command("remove", help="Take all roles of somebody: in one network (--network), or everywhere.")
@click.argument("email")
@in_session(writes=True)
def remove(session: Session, email: str) -> None:
    network = _place(session)
    held = roles_of(session.actor, email, network.pk if network else None, everywhere=network is None)
    take_roles(actor=session.actor, role_ids=[each.id for each in held])
    data = {"email": email.strip().lower(), "roles": [each.role for each in held]}
    session.done(_("%(n)s roles were taken.") % {"n": len(held)}, data=data)
