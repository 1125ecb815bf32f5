"""Files kept with a member: attach one, take it away, bring it back."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from unisono.areas.network import policies
from unisono.areas.network.kinds import MEMBER, VISIBILITY
from unisono.areas.network.models import Attachment, Membership, Network
from unisono.areas.network.queries.attachments import get_attachment
from unisono.areas.network.queries.records import get_record
from unisono.platform import files, log
from unisono.platform.actor import Actor
from unisono.platform.errors import Conflict, Invalid
from unisono.platform.fields import FieldError, one_line
from unisono.platform.messages import message as _


@transaction.atomic
def attach_file(
    *,
    actor: Actor,
    network: Network,
    membership_id: UUID | str,
    name: str,
    chunks: Iterable[bytes],
    title: str = "",
    visibility: str = "network",
    at: datetime | None = None,
) -> Attachment:
    """Keep a file with a member. `name` is the file's name: its ending says what it holds.

    Raises Invalid for a type or size that is not taken, NotAllowed, NotFound.
    """
    policies.check_can_edit_records(actor, network)
    membership: Membership = get_record(actor, network, MEMBER, membership_id)
    try:
        visibility = VISIBILITY.parse(visibility) or VISIBILITY.default
    except FieldError as error:
        raise Invalid.at("visibility", error.rule, error.remedy) from None
    title = one_line(title)
    if len(title) > 200:
        raise Invalid.at("title", _("A title has at most 200 characters."), _("Shorten it."))
    now = at or timezone.now()
    attachment: Attachment = Attachment.objects.create(
        network=network,
        membership=membership,
        file=files.store(name=name, chunks=chunks),
        title=title,
        visibility=visibility,
        created_at=now,
        updated_at=now,
        created_by_id=actor.user_id,
        updated_by_id=actor.user_id,
    )
    _log(actor, attachment, "added", at)
    return attachment


@transaction.atomic
def remove_attachment(
    *, actor: Actor, network: Network, attachment_id: UUID | str, at: datetime | None = None
) -> Attachment:
    """Take a file away from its member; it stays where it is for `restore_attachment`."""
    return _put_away(actor=actor, network=network, attachment_id=attachment_id, away=True, at=at)


@transaction.atomic
def restore_attachment(
    *, actor: Actor, network: Network, attachment_id: UUID | str, at: datetime | None = None
) -> Attachment:
    """Bring a removed file back."""
    return _put_away(actor=actor, network=network, attachment_id=attachment_id, away=False, at=at)


def _put_away(
    *, actor: Actor, network: Network, attachment_id: UUID | str, away: bool, at: datetime | None
) -> Attachment:
    policies.check_can_edit_records(actor, network)
    attachment = get_attachment(actor, network, attachment_id, archived=None)
    now = at or timezone.now()
    changed = Attachment.objects.filter(pk=attachment.pk, archived_at__isnull=away).update(
        archived_at=now if away else None, updated_at=now, updated_by_id=actor.user_id
    )
    if not changed:
        raise Conflict.at(
            "attachment",
            _("It was removed already.") if away else _("It is there already."),
            _("Nothing is left to do."),
        )
    attachment.refresh_from_db()
    _log(actor, attachment, "removed" if away else "restored", at)
    return attachment


def _log(actor: Actor, attachment: Attachment, verb: str, at: datetime | None) -> None:
    # A file's name may name a person, so the log says that there was a file, not which.
    log.record(
        log.event(
            actor=actor,
            kind=f"attachment.{verb}",
            subject=attachment,
            network_id=attachment.network_id,
            about_id=attachment.membership.organization_id,
            changes={"visibility": [None, attachment.visibility]} if verb == "added" else None,
            at=at,
        )
    )
