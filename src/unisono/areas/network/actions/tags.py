"""Tags of a network: rename one everywhere, or take it away everywhere."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from unisono.areas.network import policies
from unisono.areas.network.indexing import index_records
from unisono.areas.network.kinds import MEMBER
from unisono.areas.network.models import Membership, Network, Tag
from unisono.platform import log
from unisono.platform.actor import Actor
from unisono.platform.errors import Conflict, Invalid, NotFound
from unisono.platform.fields import one_line
from unisono.platform.messages import message as _


def _tag(actor: Actor, network: Network, tag_id: UUID | str) -> Tag:
    policies.check_can_edit_records(actor, network)
    found: Tag | None = Tag.objects.filter(network=network, pk=tag_id).first()
    if found is None:
        raise NotFound.at("tag", _("There is no such tag."), _("Look at the list of tags."))
    return found


def _carriers(tag: Tag) -> list[Membership]:
    return list(tag.memberships.select_related("organization").prefetch_related("tags"))


@transaction.atomic
def rename_tag(*, actor: Actor, network: Network, tag_id: UUID | str, name: str, at: datetime | None = None) -> Tag:
    """Call a tag something else on every member that carries it."""
    tag = _tag(actor, network, tag_id)
    name = one_line(name)
    if not name or len(name) > 60 or ";" in name:
        raise Invalid.at("name", _("A tag has 1 to 60 characters and no semicolon."), _("Write a shorter word."))
    if Tag.objects.filter(network=network, name__iexact=name).exclude(pk=tag.pk).exists():
        raise Conflict.at(
            "name", _("There is already a tag “%(name)s”.") % {"name": name}, _("Use that one, or another name.")
        )
    before, tag.name = tag.name, name
    if before == name:
        return tag
    tag.save(update_fields=["name"])
    index_records(network, MEMBER, _carriers(tag))
    log.record(
        log.event(
            actor=actor, kind="tag.renamed", subject=tag, network_id=network.pk, about_id=network.pk,
            changes={"name": [before, name]}, at=at,
        )
    )  # fmt: skip
    return tag


@transaction.atomic
def remove_tag(*, actor: Actor, network: Network, tag_id: UUID | str, at: datetime | None = None) -> None:
    """Take a tag off every member; the members stay as they are."""
    tag = _tag(actor, network, tag_id)
    carriers = [member.pk for member in _carriers(tag)]
    log.record(
        log.event(
            actor=actor, kind="tag.removed", subject=tag, network_id=network.pk, about_id=network.pk,
            changes={"name": [tag.name, None]}, at=at,
        )
    )  # fmt: skip
    tag.delete()
    again = Membership.objects.filter(pk__in=carriers).select_related("organization").prefetch_related("tags")
    index_records(network, MEMBER, again)
