"""Removes the demo workspace with everything that hangs on it, in every table that there is."""

from typing import Any

from django.apps import apps
from django.contrib.sessions.models import Session
from django.db import models, transaction
from django.utils.translation import gettext as _
from django_tasks_db.models import DBTaskResult

from unisono.areas.network.queries import networks_of
from unisono.demo.accounts import demo_workspace, sign_in_accounts
from unisono.platform import search
from unisono.platform.actor import Actor
from unisono.platform.audit import heads
from unisono.platform.errors import Conflict
from unisono.platform.files import let_go
from unisono.platform.models import SignInLink, StoredFile, User, Workspace
from unisono.platform.models.accounts import Role
from unisono.platform.outbox import forget_recipient
from unisono.platform.tenancy import workspace_scope


def clear() -> bool:
    """Remove the demo workspace, its rows and accounts; tells whether there was one. Its files are swept a day later.

    Raises Conflict when somebody opened a network of their own in it: that one is no demo.
    """
    workspace = demo_workspace()
    if workspace is None:
        return False
    _check_only_synthetic(workspace)
    workspace_id = workspace.pk
    with transaction.atomic():
        files = set(StoredFile._base_manager.filter(workspace=workspace).values_list("sha256", flat=True))
        _delete_rows(workspace)
        workspace.delete()
        _delete_accounts()
        search.forget_removed()
        # Only when the rows are gone for good may the files follow, and as everywhere a day later.
        transaction.on_commit(lambda: let_go(files))
        transaction.on_commit(lambda: heads.append(workspace_id, 0, "", what=heads.CLOSED))
    return True


def _check_only_synthetic(workspace: Workspace) -> None:
    keeper = Actor(workspace_id=workspace.pk, roles={None: frozenset({Role.OWNER.value})})
    with workspace_scope(workspace.pk):
        own = [network.name for network in networks_of(keeper) if not network.is_synthetic]
    if own:
        raise Conflict.at(
            "demo",
            _("The demo workspace holds a network that is no demo: %(names)s.") % {"names": ", ".join(own)},
            _("Export what you want to keep and archive that network first."),
        )


def _delete_rows(workspace: Workspace) -> None:
    """Delete from every table that points at a workspace; foreign keys are checked at the commit, so in any order.

    Tables come from the registry of models: a table added tomorrow is cleared too.
    """
    owned = [model for model in apps.get_models() if _workspace_column(model)]
    for model in owned:
        mine = model._base_manager.filter(**{f"{_workspace_column(model)}_id": workspace.pk})
        for relation in model._meta.many_to_many:
            through: Any = relation.remote_field.through
            if through._meta.auto_created:
                column = relation.m2m_field_name()
                _delete(through._base_manager.filter(**{f"{column}_id__in": mine.values("pk")}))
    for model in owned:
        _delete(model._base_manager.filter(**{f"{_workspace_column(model)}_id": workspace.pk}))
    DBTaskResult.objects.filter(args_kwargs__args__0=str(workspace.pk)).delete()


def _workspace_column(model: type[models.Model]) -> str | None:
    return next(
        (field.name for field in model._meta.concrete_fields if field.related_model is Workspace),
        None,
    )


def _delete(rows: models.QuerySet[Any, Any]) -> None:
    """One statement per table, without reading the rows first."""
    rows._raw_delete(rows.db)


def _delete_accounts() -> None:
    """Demo accounts that were given no role elsewhere, with their links and sessions."""
    addresses = [account.email for account in sign_in_accounts()]
    users = list(User.objects.filter(email__in=addresses, roles=None))
    keys = {str(user.pk) for user in users}
    for session in Session.objects.all().iterator():
        if session.get_decoded().get("_auth_user_id") in keys:
            session.delete()
    SignInLink.objects.filter(user__in=users).delete()
    for user in users:
        forget_recipient(user.email)
    User.objects.filter(pk__in=[user.pk for user in users]).delete()
