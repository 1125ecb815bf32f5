"""Use cases: see what erasing a person would wipe, do it, and do it again after a restore."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from unisono.areas.network import policies
from unisono.areas.network.erasing.accounts import account_of, is_used_elsewhere, wipe_account
from unisono.areas.network.erasing.wiping import Wiped, wipe_person
from unisono.areas.network.kinds import PERSON
from unisono.areas.network.models import Network, Person
from unisono.areas.network.queries import get_record
from unisono.platform import erasures, log, sweeping
from unisono.platform.actor import Actor
from unisono.platform.errors import Conflict
from unisono.platform.models import Erasure, User, Workspace, WorkspaceRole
from unisono.platform.models.accounts import Role
from unisono.platform.tenancy import workspace_scope


@dataclass(frozen=True, slots=True)
class ErasurePlan:
    """What erasing would wipe: rows by place, whether an account goes too, and files that people have to look at."""

    person: Any
    counts: dict[str, int]
    to_look_at: list[str]
    account: str
    account_stays: bool


def erasure_plan(actor: Actor, network: Network, person_id: UUID | str) -> ErasurePlan:
    """What would be wiped, found by doing it and taking it back."""
    policies.check_can_erase(actor)
    person = get_record(actor, network, PERSON, person_id)
    user = account_of(person)
    with transaction.atomic():
        wiped = _wipe(person, user)
        transaction.set_rollback(True)
    return ErasurePlan(
        person=get_record(actor, network, PERSON, person_id),
        counts=wiped.counts,
        to_look_at=wiped.to_look_at,
        account=user.email if user else "",
        account_stays=bool(user and is_used_elsewhere(user, actor.workspace_id)),
    )


@transaction.atomic
def erase_person(*, actor: Actor, network: Network, person_id: UUID | str, at: datetime | None = None) -> Erasure:
    """Wipe every value of a person, for good. What happened stays in the log, which never held them.

    An account with the person's address goes too, as far as no other workspace uses it. Raises Conflict for oneself
    and for the last owner, NotAllowed, NotFound.
    """
    policies.check_can_erase(actor)
    person = get_record(actor, network, PERSON, person_id)
    user = account_of(person)
    if user is not None:
        _check_somebody_stays(actor, user)
    erasure = _erase(actor, person, user, at or timezone.now())
    transaction.on_commit(erasures.keep_list)
    transaction.on_commit(sweeping.forget_journal)
    return erasure


def _check_somebody_stays(actor: Actor, user: User) -> None:
    if user.pk == actor.user_id:
        raise Conflict.at(
            "person", _("This is your own account: you would shut yourself out."), _("Ask another owner to do it.")
        )
    owners = WorkspaceRole.objects.filter(workspace_id=actor.workspace_id, network_id=None, role=Role.OWNER)
    if owners.filter(user=user).exists() and not owners.exclude(user=user).exists():
        raise Conflict.at("person", _("The workspace would have no owner."), _("Make somebody else an owner first."))


def _wipe(person: Any, user: User | None) -> Wiped:
    wiped = wipe_person(person)
    if user is not None:
        wipe_account(user, person.workspace_id, wiped)
    return wiped


def _erase(actor: Actor, person: Any, user: User | None, now: datetime) -> Erasure:
    wiped = _wipe(person, user)
    Person.objects.filter(pk=person.pk).update(archived_at=now, updated_at=now, updated_by_id=actor.user_id)
    return _note(actor, person, user, wiped, now)


def _note(actor: Actor, person: Any, user: User | None, wiped: Wiped, now: datetime) -> Erasure:
    erasure: Erasure = Erasure.objects.create(
        person_id=person.pk, user_id=user.pk if user else None, erased_by_id=actor.user_id, erased_at=now,
        counts=wiped.counts,
    )  # fmt: skip
    log.record(log.event(actor=actor, kind="person.erased", subject=person, at=now))
    return erasure


def erasures_of(actor: Actor) -> list[Erasure]:
    """Who was erased in the workspace, by key, latest first."""
    policies.check_can_erase(actor)
    return list(Erasure.objects.order_by("-erased_at", "-pk"))


def erase_again(lines: Iterable[str]) -> None:
    """After a restore: erase everybody whom the list names and who came back. Inside the restore's transaction."""
    for erased in erasures.erased_in(lines):
        if not Workspace.objects.filter(pk=erased.workspace_id).exists():
            continue
        with workspace_scope(erased.workspace_id):
            if Erasure.objects.filter(person_id=erased.person_id).exists():
                continue
            actor, now = Actor(workspace_id=erased.workspace_id), timezone.now()
            person = Person.objects.filter(pk=erased.person_id).first()
            user = User.objects.filter(pk=erased.user_id).first() if erased.user_id else None
            if person is not None:
                _erase(actor, person, user, now)
            elif user is not None:
                # The backup is older than the person, and not than the account.
                sweeping.overwrite_removed()
                wiped = Wiped()
                wipe_account(user, erased.workspace_id, wiped)
                _note(actor, Person(pk=erased.person_id, workspace_id=erased.workspace_id), user, wiped, now)
