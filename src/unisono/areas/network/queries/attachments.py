"""Files kept with members, as far as the actor may read them."""

from collections.abc import Iterator
from uuid import UUID

from django.db.models import QuerySet

from unisono.areas.network import policies
from unisono.areas.network.models import Attachment, Network
from unisono.platform.actor import Actor
from unisono.platform.errors import NotFound
from unisono.platform.files import path_of
from unisono.platform.messages import message as _

_CHUNK = 64 * 1024


def _visible(actor: Actor, network: Network, *, archived: bool | None) -> QuerySet[Attachment, Attachment]:
    policies.check_can_see_network(actor, network)
    attachments: QuerySet[Attachment, Attachment] = (
        Attachment.objects.filter(network=network)
        .filter(policies.readable(actor, network, Attachment))
        .select_related("file", "membership", "created_by")
        .order_by("-created_at", "-pk")
    )
    return attachments if archived is None else attachments.filter(archived_at__isnull=not archived)


def attachments_of(
    actor: Actor, network: Network, membership_id: UUID, *, archived: bool | None = False
) -> list[Attachment]:
    """Files kept with a member, newest first."""
    return list(_visible(actor, network, archived=archived).filter(membership_id=membership_id))


def get_attachment(
    actor: Actor, network: Network, attachment_id: UUID | str, *, archived: bool | None = False
) -> Attachment:
    """One file; NotFound when it does not exist for the actor."""
    try:
        key = attachment_id if isinstance(attachment_id, UUID) else UUID(str(attachment_id))
        return _visible(actor, network, archived=archived).get(pk=key)
    except (ValueError, Attachment.DoesNotExist):
        raise NotFound.at("attachment", _("There is no such file."), _("It may have been removed.")) from None


def content_of(attachment: Attachment) -> Iterator[bytes]:
    """What the file holds, piece by piece; the file is opened at once, so that a missing one raises here."""
    try:
        source = path_of(attachment.file.sha256).open("rb")
    except FileNotFoundError:
        raise NotFound.at(
            "attachment", _("The content of this file is not there."), _("Restore it from a backup.")
        ) from None

    def pieces() -> Iterator[bytes]:
        with source:
            while piece := source.read(_CHUNK):
                yield piece

    return pieces()
