"""Workspaces, users, one-time sign-in links and API tokens."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from unisono.core.text import slug
from unisono.platform import log
from unisono.platform.actor import Actor, actor_of
from unisono.platform.errors import Conflict, Invalid, NotAllowed, NotFound
from unisono.platform.fields import one_line
from unisono.platform.messages import message as _
from unisono.platform.models import SignInLink, Token, User, Workspace, WorkspaceRole
from unisono.platform.models.accounts import Role
from unisono.platform.permissions import SCOPES
from unisono.platform.policies import check_may_write_own
from unisono.platform.tenancy import current_workspace_id, workspace_scope

LINK_LIFETIME = timedelta(hours=24)


def hash_of(secret: str) -> str:
    """Hash under which a secret of 256 random bits is kept; such a secret needs no salt."""
    return hashlib.sha256(secret.encode()).hexdigest()


@transaction.atomic
def create_workspace(*, name: str, owner_email: str, owner_name: str = "") -> tuple[Workspace, User]:
    """Open a workspace with its first owner; the user is made unless the address is known."""
    name = one_line(name)
    base = slug(name)
    if not base:
        raise Invalid.at("name", _("A workspace needs a name."), _("Write a name with letters."))
    short, number = base, 2
    while Workspace.objects.filter(slug=short).exists():
        short, number = f"{base}-{number}", number + 1
    workspace = Workspace.objects.create(name=name[:200], slug=short)
    owner = ensure_user(email=owner_email, name=owner_name)
    give_role(user=owner, workspace=workspace, role=Role.OWNER)
    return workspace, owner


def ensure_user(*, email: str, name: str = "") -> User:
    """The user with this address, made if unknown."""
    address = email.strip().lower()
    if "@" not in address:
        raise Invalid.at("email", _("This is no e-mail address."), _("Write it as name@example.org."))
    return User.objects.filter(email=address).first() or User.objects.create_user(address, one_line(name))


def give_role(
    *,
    user: User,
    workspace: Workspace,
    role: str,
    network_id: UUID | None = None,
    organization_id: UUID | None = None,
) -> None:
    """Give a role in the workspace, or in one network of it; giving it twice changes nothing.

    With an organisation it is a mandate: a representative acts for that organisation in that network.
    """
    if role not in Role.values:
        raise Invalid.at("role", _("There is no such role."), _("Use one of: %(r)s.") % {"r": ", ".join(Role.values)})
    if organization_id is not None and (role != Role.REPRESENTATIVE or network_id is None):
        raise Invalid.at(
            "organization",
            _("Only a representative acts for an organisation, and in one network at a time."),
            _("Choose the role of representative and a network."),
        )
    WorkspaceRole.objects.get_or_create(
        user=user, workspace=workspace, network_id=network_id, organization_id=organization_id, role=role
    )


def share_mandates(*, of: UUID, to: UUID) -> None:
    """Let whoever acts for one organisation act, in the same networks, for another one as well."""
    mandates = WorkspaceRole.objects.filter(workspace_id=current_workspace_id(), role=Role.REPRESENTATIVE)
    for held in mandates.filter(organization_id=of):
        WorkspaceRole.objects.get_or_create(
            user_id=held.user_id, workspace_id=held.workspace_id, network_id=held.network_id, organization_id=to,
            role=held.role,
        )  # fmt: skip


def make_sign_in_link(
    user: User,
    *,
    skips_second_factor: bool = False,
    lifetime: timedelta = LINK_LIFETIME,
    at: datetime | None = None,
) -> str:
    """Secret of a new one-time link, good for 24 hours. It is shown once and kept as a hash only.

    One that skips the second factor is for the server's console alone, whose operator can read everything anyway.
    """
    secret = secrets.token_urlsafe(32)
    SignInLink.objects.create(
        user=user,
        secret_hash=hash_of(secret),
        expires_at=(at or timezone.now()) + lifetime,
        skips_second_factor=skips_second_factor,
    )
    return secret


def find_sign_in_link(secret: str) -> User | None:
    """The user of an unused, unexpired link; does not use it up."""
    link = (
        SignInLink.objects.filter(secret_hash=hash_of(secret), used_at=None, expires_at__gt=timezone.now())
        .select_related("user")
        .first()
    )
    return link.user if link and link.user.is_active else None


def use_sign_in_link(secret: str) -> User:
    """Sign-in by a one-time link: the user, and the link is used up. Raises NotFound for any link not good."""
    user = find_sign_in_link(secret)
    # The condition lets exactly one of several simultaneous uses win.
    if user is None or not SignInLink.objects.filter(secret_hash=hash_of(secret), used_at=None).update(
        used_at=timezone.now()
    ):
        raise NotFound.at(_("link"), _("This link was used, has expired or never existed."), _("Ask for a new one."))
    return user


def skips_second_factor(secret: str) -> bool:
    """Whether a link was made at the server's console, for somebody who is locked out."""
    return SignInLink.objects.filter(secret_hash=hash_of(secret), skips_second_factor=True).exists()


def workspaces_of(user: User) -> list[Workspace]:
    """Workspaces in which the user has a role, by name."""
    return list(Workspace.objects.filter(roles__user=user).distinct().order_by("name"))


@transaction.atomic
def create_token(
    *, actor: Actor, name: str, scopes: Iterable[str] = ("read",), expires_at: datetime | None = None
) -> tuple[Token, str]:
    """An API token of the actor's user, and its secret, which is shown this once only."""
    if actor.user_id is None or actor.scopes is not None:
        raise NotAllowed.at("token", _("A token belongs to a signed-in user."), _("Sign in and make it there."))
    chosen = list(dict.fromkeys(scopes))
    if unknown := [scope for scope in chosen if scope not in SCOPES]:
        raise Invalid.at(
            "scopes",
            _("There is no scope “%(s)s”.") % {"s": unknown[0]},
            _("Use: %(s)s.") % {"s": ", ".join(SCOPES)},
        )
    if not one_line(name) or not chosen:
        raise Invalid.at("name", _("A token needs a name and a scope."), _("Say what it is for, and what it may do."))
    secret = f"uni_{secrets.token_urlsafe(32)}"
    token = Token.objects.create(
        user_id=actor.user_id,
        name=one_line(name)[:100],
        scopes=chosen,
        secret_hash=hash_of(secret),
        expires_at=expires_at,
    )
    log.record(log.event(actor=actor, kind="token.added", subject=token, changes={"scopes": [None, chosen]}))
    return token, secret


@transaction.atomic
def revoke_token(*, actor: Actor, token_id: UUID | str, itself: bool = False) -> None:
    """Revoke one of the actor's tokens, at once and for good.

    A token that only reads revokes none but `itself`. Raises Conflict, NotAllowed, NotFound.
    """
    if not itself:
        check_may_write_own(actor)
    tokens = Token.objects.filter(pk=token_id, user_id=actor.user_id)
    token = tokens.first()
    if token is None:
        raise NotFound.at("token", _("There is no such token."), _("Look at the list of your tokens."))
    if not tokens.filter(revoked_at=None).update(revoked_at=timezone.now()):
        raise Conflict.at("token", _("It is revoked already."), _("Nothing is left to do."))
    log.record(log.event(actor=actor, kind="token.revoked", subject=token))


def tokens_of(actor: Actor) -> list[Token]:
    """The actor's tokens, newest first."""
    return list(Token.objects.filter(user_id=actor.user_id).order_by("-created_at"))


def actor_of_token(secret: str) -> tuple[Actor, Token] | None:
    """The actor that a token speaks for, narrowed to its scopes; None for one that is unknown, over or revoked."""
    # Which workspace it is comes from the token itself, so this one look-up cannot be inside a scope.
    token = Token._base_manager.filter(secret_hash=hash_of(secret)).select_related("user", "workspace").first()
    now = timezone.now()
    if token is None or token.revoked_at or (token.expires_at and token.expires_at <= now):
        return None
    actor = actor_of(token.user, token.workspace, scopes=frozenset(token.scopes))
    if actor is None:
        return None
    # Once a minute is enough to see whether a token is in use, and spares a write for each request.
    if token.last_used_at is None or now - token.last_used_at > timedelta(minutes=1):
        with workspace_scope(actor.workspace_id):
            Token.objects.filter(pk=token.pk).update(last_used_at=now)
    return actor, token


def rename_user(*, actor: Actor, name: str) -> User:
    """Change how the actor's own user is called; no other use case changes it."""
    name = one_line(name)
    if not name or len(name) > 200:
        raise Invalid.at("name", _("A name has 1 to 200 characters."), _("Write the name as others know it."))
    if actor.user_id is None:
        raise NotAllowed.at("name", _("Only a signed-in user has a name."), _("Sign in first."))
    user = User.objects.get(pk=actor.user_id)
    user.name = name
    user.save(update_fields=["name"])
    return user


def names_of_users(ids: Iterable[UUID]) -> dict[UUID, str]:
    """How users are called, by key."""
    wanted = set(ids)
    return {user.pk: str(user) for user in User.objects.filter(pk__in=wanted)} if wanted else {}


class Mandate(NamedTuple):
    """That a user acts for an organisation in a network."""

    role_id: UUID
    user_id: UUID
    network_id: UUID
    organization_id: UUID


def mandates_of(email: str) -> list[Mandate]:
    """Mandates in the workspace in scope of the user with this address."""
    held = WorkspaceRole.objects.filter(
        workspace_id=current_workspace_id(), user__email=email.strip().lower(), organization_id__isnull=False
    )
    columns = ("id", "user_id", "network_id", "organization_id")
    return [Mandate(*row) for row in held.order_by("pk").values_list(*columns)]


def pass_mandate(
    mandate: Mandate, *, actor: Actor, email: str = "", name: str = "", at: datetime | None = None
) -> None:
    """End a mandate and give it to the user with this address, if any; inside a transaction. The log has both.

    A user without any role in the workspace that is left loses its tokens there, and one without any at all its links
    and sessions: roles are read at every request, so access is over at once in any case.
    """
    workspace_id = current_workspace_id()
    if not WorkspaceRole.objects.filter(pk=mandate.role_id, user_id=mandate.user_id).delete()[0]:
        raise Conflict.at("mandate", _("It was passed on a moment ago."), _("Look again at who acts now."))
    role, place = str(Role.REPRESENTATIVE), str(mandate.network_id)
    taken = {"role": [role, None], "network": [place, None]}
    holder = User.objects.get(pk=mandate.user_id)
    events = [
        log.event(actor=actor, kind="access.taken", subject=holder, network_id=mandate.network_id, changes=taken, at=at)
    ]
    if email:
        successor = ensure_user(email=email, name=name)
        give_role(
            user=successor, workspace=Workspace.objects.get(pk=workspace_id),
            role=Role.REPRESENTATIVE, network_id=mandate.network_id, organization_id=mandate.organization_id,
        )  # fmt: skip
        given = {"role": [None, role], "network": [None, place]}
        events.append(
            log.event(
                actor=actor, kind="access.given", subject=successor, network_id=mandate.network_id, changes=given, at=at
            )
        )
    for each in events:
        log.record(each)
    end_tokens_without_role(mandate.user_id)
    if not WorkspaceRole.objects.filter(user_id=mandate.user_id).exists():
        SignInLink.objects.filter(user_id=mandate.user_id, used_at=None).delete()
        # Sessions are bound to the password, also to one that cannot be used.
        holder.set_unusable_password()
        holder.save(update_fields=["password"])


def end_tokens_without_role(user_id: UUID) -> None:
    """Revoke the user's tokens of the workspace in scope unless a role is left there: a new role brings none back."""
    if not WorkspaceRole.objects.filter(workspace_id=current_workspace_id(), user_id=user_id).exists():
        Token.objects.filter(user_id=user_id, revoked_at=None).update(revoked_at=timezone.now())
