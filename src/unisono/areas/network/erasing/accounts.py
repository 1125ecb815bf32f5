"""The account of somebody who is erased: what hangs on it goes, the row stays as a key without a name."""

from typing import Any
from uuid import UUID

from django.apps import apps
from django.contrib.sessions.models import Session
from django.db import models

from unisono.areas.network.erasing.wiping import Wiped, wipe_mail
from unisono.areas.network.models import SavedView
from unisono.platform.models import Event, Outgoing, User, WorkspaceRole


def account_of(person: Any) -> User | None:
    """The account with the person's address, if it is of the workspace in scope; of others not even that there is one.

    It is when it has a role there, or no role anywhere any more but a past there.
    """
    user = User.objects.filter(email__iexact=person.email).first() if person.email else None
    if user is None:
        return None
    roles = WorkspaceRole.objects.filter(user=user)
    if roles.exists():
        return user if roles.filter(workspace_id=person.workspace_id).exists() else None
    return user if Event.objects.filter(actor_user_id=user.pk).exists() else None


def is_used_elsewhere(user: User, workspace_id: UUID) -> bool:
    """Whether the account has a role in another workspace, which then decides about it too."""
    return WorkspaceRole.objects.filter(user=user).exclude(workspace_id=workspace_id).exists()


def wipe_account(user: User, workspace_id: UUID, wiped: Wiped) -> None:
    """Take the account out of the workspace; without a role elsewhere its name, address and secrets go as well."""
    WorkspaceRole.objects.filter(user=user, workspace_id=workspace_id).delete()
    elsewhere = is_used_elsewhere(user, workspace_id)
    for model in apps.get_models():
        for column in model._meta.concrete_fields:
            on_delete = getattr(column.remote_field, "on_delete", None)
            theirs = column.related_model is User and on_delete is models.CASCADE
            # A view that was shared is worked with by others; it holds no value of its maker.
            if not theirs or model is SavedView:
                continue
            rows = model._base_manager.filter(**{column.name: user})
            owned = any(field.name == "workspace" for field in model._meta.concrete_fields)
            if owned:
                rows = rows.filter(workspace_id=workspace_id)
            elif elsewhere:
                continue
            number = rows.count()
            if number:
                rows.delete()
                wiped.add("account", number)
    if elsewhere:
        return
    # Mail of accounts belongs to no workspace.
    wipe_mail(Outgoing._base_manager.filter(workspace=None, recipient__iexact=user.email), wiped)
    for session in Session.objects.all().iterator():
        if session.get_decoded().get("_auth_user_id") == str(user.pk):
            session.delete()
    user.set_unusable_password()
    User.objects.filter(pk=user.pk).update(
        name="", email=f"{user.pk.hex}@erased.invalid", is_active=False, password=user.password, last_login=None
    )
    wiped.add("account", 1)
