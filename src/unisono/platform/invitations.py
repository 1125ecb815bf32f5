"""Invitations: offer a role to an address, send it again, revoke it, accept it once."""

import secrets
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django_tasks import task

from unisono.platform import log, mail
from unisono.platform.account_mail import clean_address
from unisono.platform.accounts import ensure_user, give_role, hash_of
from unisono.platform.actor import Actor, actor_of
from unisono.platform.errors import Conflict, NotAllowed, NotFound
from unisono.platform.models import Invitation, User, Workspace, WorkspaceRole
from unisono.platform.permissions import Ability, allows
from unisono.platform.policies import can_give_role, check_can_give_role, check_can_manage_some_team
from unisono.platform.scope import workspace_scope
from unisono.platform.team import check_mandate, check_role

LIFETIME = timedelta(days=14)
# Nobody is sent one invitation more often than that.
_PAUSE = timedelta(minutes=10)
# So many are made in a workspace in a day, those that were revoked among them.
_PER_DAY = 50


def invitations_of(actor: Actor) -> list[Invitation]:
    """Invitations that nobody has accepted yet, newest first, where the actor looks after the team."""
    check_can_manage_some_team(actor)
    waiting = Invitation.objects.filter(used_at=None, revoked_at=None).select_related("invited_by")
    return [each for each in waiting.order_by("-created_at") if allows(actor, Ability.MANAGE_TEAM, each.network_id)]


@transaction.atomic
def invite(
    *,
    actor: Actor,
    email: str,
    role: str,
    network_id: UUID | None = None,
    network_name: str = "",
    organization_id: UUID | None = None,
    organization_name: str = "",
    mailed: bool = True,
    at: datetime | None = None,
) -> Invitation:
    """Offer a role in the workspace, or in one network of it; the worker mails the invitation.

    Not `mailed`, its link is made by `make_secret`: at the server's console alone, since the link proves the address.

    What is answered does not depend on whether the address has an account. With an organisation the role is a
    representative's mandate for it. Raises Conflict, Invalid, NotAllowed.
    """
    address = clean_address(email)
    check_role(role, network_id)
    check_can_give_role(actor, role, network_id)
    if organization_id is not None:
        check_mandate(role, network_id)
    _check_has_no_role_there(actor, address, role, network_id, organization_id)
    now = at or timezone.now()
    _check_is_not_too_much(actor, address, now, mailed=mailed)
    try:
        with transaction.atomic():
            made: Invitation = Invitation.objects.create(
                email=address,
                role=role,
                network_id=network_id,
                network_name=network_name[:200],
                organization_id=organization_id,
                organization_name=organization_name[:200],
                invited_by_id=actor.user_id,
                created_at=now,
                expires_at=now + LIFETIME,
            )
    except IntegrityError:
        raise Conflict.at(
            "email", _("This address has been invited there already."), _("Send that invitation again, or revoke it.")
        ) from None
    _note(actor, "added", made, {"email": [None, None], "role": [None, role]}, at)
    if mailed:
        _have_mailed(made)
    return made


@transaction.atomic
def send_again(*, actor: Actor, invitation_id: UUID | str, at: datetime | None = None) -> Invitation:
    """Mail an invitation once more and let it be good for two weeks from now; the link sent before is void.

    Raises Conflict, NotAllowed, NotFound.
    """
    found, now = _one(actor, invitation_id), at or timezone.now()
    if found.sent_at and now - found.sent_at < _PAUSE:
        raise Conflict.at(
            "invitation",
            _("It was sent a few minutes ago."),
            _("Have the unwanted mail looked through; wait a little."),
        )
    if not _waiting(found.pk).update(expires_at=now + LIFETIME, secret_hash=None):
        raise _over()
    _note(actor, "sent_again", found, {}, at)
    found.refresh_from_db()
    _have_mailed(found)
    return found


@transaction.atomic
def revoke_invitation(*, actor: Actor, invitation_id: UUID | str, at: datetime | None = None) -> Invitation:
    """Take an invitation back, at once and for good. Raises Conflict, NotAllowed, NotFound."""
    found = _one(actor, invitation_id)
    if not _waiting(found.pk).update(revoked_at=at or timezone.now()):
        raise _over()
    _note(actor, "revoked", found, {}, at)
    found.refresh_from_db()
    return found


@transaction.atomic
def make_secret(invitation: Invitation, *, at: datetime | None = None) -> str:
    """A new secret of an invitation that waits, for the mail or the server's console; the one before is void."""
    secret = secrets.token_urlsafe(32)
    if not _waiting(invitation.pk).update(secret_hash=hash_of(secret), sent_at=at or timezone.now()):
        raise _over()
    return secret


def find_invitation(secret: str, *, at: datetime | None = None) -> Invitation | None:
    """The invitation that a secret opens, while it is good; looking at it changes nothing."""
    # Which workspace it is comes from the invitation itself, so this one look-up cannot be inside a scope.
    found = (
        Invitation._base_manager.filter(
            secret_hash=hash_of(secret), used_at=None, revoked_at=None, expires_at__gt=at or timezone.now()
        )
        .select_related("workspace", "invited_by")
        .first()
    )
    return found if found is not None and _stands(found) else None


@transaction.atomic
def accept_invitation(*, secret: str, user: User | None = None, at: datetime | None = None) -> tuple[User, Invitation]:
    """Take the offered role, as `user` who is signed in, or as whom the secret proves to hold the address.

    Without an account one is made. The secret reached the address by mail, so it proves what a mailed sign-in link
    proves, and no more: a second factor is still asked for. Raises NotAllowed, NotFound.
    """
    now = at or timezone.now()
    found = find_invitation(secret, at=now)
    if found is None:
        raise _gone()
    if user is not None and user.email != found.email:
        raise NotAllowed.at(
            _("account"), _("This invitation is for another address."), _("Sign out, and open the link again.")
        )
    with workspace_scope(found.workspace.pk):
        # The condition lets exactly one of several simultaneous uses win.
        good = _waiting(found.pk).filter(secret_hash=hash_of(secret), expires_at__gt=now)
        if not good.update(used_at=now):
            raise _gone()
        person = user or ensure_user(email=found.email)
        if not person.is_active:
            raise _gone()
        Invitation.objects.filter(pk=found.pk).update(used_by=person)
        give_role(
            user=person,
            workspace=found.workspace,
            role=found.role,
            network_id=found.network_id,
            organization_id=found.organization_id,
        )
        actor = actor_of(person, found.workspace)
        if actor is None:
            raise _gone()
        _note(actor, "accepted", found, {}, at)
        changes = {"role": [None, found.role], "network": [None, found.network_id and str(found.network_id)]}
        log.record(
            log.event(
                actor=actor, kind="access.given", subject=person, network_id=found.network_id, changes=changes, at=at
            )
        )
    return person, found


def plain_invitation(invitation: Invitation) -> dict[str, Any]:
    """An invitation as plain data, without its secret."""
    names = ("id", "email", "role", "network_id", "organization_id", "organization_name", "created_at", "sent_at",
             "expires_at")  # fmt: skip
    return {name: getattr(invitation, name) for name in names}


@task()
def mail_invitation(workspace_id: str, invitation_id: str) -> None:
    """What the worker does: the secret is made here, so that it is kept nowhere but in the mail."""
    workspace = Workspace.objects.get(pk=workspace_id)
    with workspace_scope(workspace.pk), transaction.atomic():
        found = Invitation.objects.filter(pk=invitation_id, used_at=None, revoked_at=None).first()
        if found is None:
            return
        context = {
            "workspace": workspace.name,
            "network": found.network_name,
            "organization": found.organization_name,
            "role": found.get_role_display(),
            "by": found.invited_by.name if found.invited_by else "",
            "link": address_of(make_secret(found)),
            "expires_at": found.expires_at,
        }
        mail.send(to=found.email, template="invitation", context=context, workspace_id=workspace.pk)


def address_of(secret: str) -> str:
    """The address at which an invitation is accepted."""
    return f"{settings.BASE_URL}/invitation/{secret}/"


def _have_mailed(invitation: Invitation) -> None:
    arguments = (str(invitation.workspace_id), str(invitation.pk))
    transaction.on_commit(lambda: mail_invitation.enqueue(*arguments))


def _waiting(invitation_id: UUID) -> QuerySet[Invitation]:
    return Invitation._base_manager.filter(pk=invitation_id, used_at=None, revoked_at=None)


def _stands(invitation: Invitation) -> bool:
    """Whether whoever invited may still give the role: with their role goes what they offered."""
    if invitation.invited_by is None:
        return False
    inviter = actor_of(invitation.invited_by, invitation.workspace)
    return inviter is not None and can_give_role(inviter, invitation.role, invitation.network_id)


def _one(actor: Actor, invitation_id: UUID | str) -> Invitation:
    found: Invitation | None = Invitation.objects.filter(pk=invitation_id).first()
    if found is None:
        raise NotFound.at("invitation", _("There is no such invitation."), _("Look at the team."))
    check_can_give_role(actor, found.role, found.network_id)
    return found


def _check_has_no_role_there(
    actor: Actor, address: str, role: str, network_id: UUID | None, organization_id: UUID | None
) -> None:
    held = WorkspaceRole.objects.filter(
        workspace_id=actor.workspace_id,
        user__email=address,
        role=role,
        network_id=network_id,
        organization_id=organization_id,
    )
    if held.exists():
        raise Conflict.at("email", _("This person has that role there already."), _("Nothing is left to do."))


def _check_is_not_too_much(actor: Actor, address: str, now: datetime, *, mailed: bool) -> None:
    """Raise Conflict for more than are made in a day, and where a revoked one was mailed to the address just now."""
    # The workspace's row is held until the transaction ends, so that of two who invite one sees the other.
    Workspace.objects.filter(pk=actor.workspace_id).update(team_changes=F("team_changes") + 1)
    if Invitation.objects.filter(created_at__gt=now - timedelta(days=1)).count() >= _PER_DAY:
        raise Conflict.at(
            "invitation",
            _("In this workspace %(number)s people were invited within a day.") % {"number": _PER_DAY},
            _("Invite the others tomorrow."),
        )
    revoked = Invitation.objects.filter(email=address, revoked_at__isnull=False)
    if mailed and revoked.filter(sent_at__gt=now - _PAUSE).exists():
        raise Conflict.at("email", _("This address was sent an invitation a few minutes ago."), _("Wait a little."))


def _note(actor: Actor, verb: str, invitation: Invitation, changes: dict[str, Any], at: datetime | None) -> None:
    log.record(
        log.event(
            actor=actor, kind=f"invitation.{verb}", subject=invitation, network_id=invitation.network_id,
            changes=changes, at=at,
        )
    )  # fmt: skip


def _over() -> Conflict:
    return Conflict.at("invitation", _("It was accepted or revoked already."), _("Look at the team again."))


def _gone() -> NotFound:
    return NotFound.at(
        _("invitation"),
        _("It was used, revoked, has expired or never existed."),
        _("Ask whoever invited you for a new one."),
    )
