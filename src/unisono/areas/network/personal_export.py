"""Everything that is kept about a person, as one file to hand to them: what they are entitled to ask for."""

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.apps import apps
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import Model, Q, QuerySet
from django.utils.text import get_valid_filename

from unisono.areas.network import policies
from unisono.areas.network.erasing.accounts import account_of
from unisono.areas.network.erasing.values import naming_words, versions_of
from unisono.areas.network.exporting import Export
from unisono.areas.network.kinds import KINDS, PERSON
from unisono.areas.network.models import Attachment, Comment, ImportRow, Network, Person, Record
from unisono.areas.network.queries import fields_of, get_record, text_of, value_of
from unisono.platform import files, log, sweeping
from unisono.platform.actor import Actor
from unisono.platform.messages import stored
from unisono.platform.models import Event, Outgoing, Token, WorkspaceRole


@transaction.atomic
def export_person(*, actor: Actor, network: Network, person_id: UUID | str) -> Export:
    """A zip with person.json and the files of members that name the person. Raises NotAllowed, NotFound.

    What only others may read (a private note, say) stays out; tables that point at people are found by asking the
    models, so that one of tomorrow is in it too.
    """
    policies.check_can_configure_network(actor, network)
    person = get_record(actor, network, PERSON, person_id)
    words = naming_words(versions_of(person))
    content = {
        "person": _values(network, person),
        "records": _pointing_at(actor, network, person),
        "comments": [_row(row) for row in _comments(actor, network, person)],
        "named_in": _named_in(actor, network, words),
        "imported_rows": [
            values["cells"]
            for _key, values in sweeping.holding(
                ImportRow,
                sweeping.text_columns(ImportRow),
                words,
                workspace_id=actor.workspace_id,
                batch__network=network,
            )
        ],
        "mail": _mail(person, actor),
        "account": _account(person, actor),
        "events": [
            {"at": event.at, "kind": event.kind, "fields": sorted(event.changes)}
            for event in Event.objects.filter(
                Q(subject_id=person.pk) | Q(about_id=person.pk), Q(network_id=network.pk) | Q(network_id=None)
            ).order_by("at", "id")
        ],
    }
    log.record(log.event(actor=actor, kind="person.exported", subject=person, network_id=network.pk))
    attachments = [
        attachment
        for attachment in Attachment.objects.filter(
            policies.readable(actor, network, Attachment), network=network
        ).select_related("file")
        if sweeping.stands_in_file(files.path_of(attachment.file.sha256), words)
    ]
    return Export(
        name=get_valid_filename(f"{network.slug}-person-{person.pk}.zip"),
        content_type="application/zip",
        content=_zip(content, attachments),
    )


def _values(network: Network, person: Any) -> dict[str, Any]:
    """Every field of the person, a network's own ones too, by its label."""
    shown = {str(f.label): text_of(f, value_of(PERSON, person, f), localize=False) for f in fields_of(network, PERSON)}
    return {"id": person.pk, **shown, "state": person.state, "added": person.created_at, "changed": person.updated_at}


def _row(record: Any) -> dict[str, Any]:
    return {column.attname: stored(getattr(record, column.attname)) for column in record._meta.concrete_fields}


def _within(network: Network, model: type[Model]) -> Q:
    """What of a table is in the network: as its kind says, else by its own column; readable is more."""
    for kind in KINDS.values():
        if kind.model is model:
            return kind.in_network(network)
    has_network = any(column.attname == "network_id" for column in model._meta.concrete_fields)
    return Q(network_id=network.pk) if has_network else Q()


def _pointing_at(actor: Actor, network: Network, person: Any) -> dict[str, list[dict[str, Any]]]:
    """Roles, participations and whatever else in the network points at the person, with what it belongs to in words."""
    found: dict[str, list[dict[str, Any]]] = {}
    for model in apps.get_models():
        for column in model._meta.concrete_fields:
            if column.related_model is not Person:
                continue
            rows = model._default_manager.filter(_within(network, model), **{column.name: person})
            if issubclass(model, Record):
                rows = rows.filter(policies.readable(actor, network, model))
            for row in rows:
                related = {
                    f.name: str(getattr(row, f.name)) for f in model._meta.concrete_fields
                    if f.is_relation and f.related_model in {kind.model for kind in KINDS.values()}
                    and getattr(row, f.attname)
                }  # fmt: skip
                found.setdefault(str(model._meta.model_name), []).append({**_row(row), "in_words": related})
    return found


def _named_in(actor: Actor, network: Network, words: set[str]) -> list[dict[str, Any]]:
    """Texts of the network's records in which the person is named and that the actor may read."""
    found = []
    for kind in KINDS.values():
        if kind is PERSON:
            continue
        columns = sweeping.text_columns(kind.model)
        may_read = policies.readable(actor, network, kind.model) & kind.in_network(network)
        for key, values in sweeping.holding(kind.model, columns, words, workspace_id=actor.workspace_id):
            if kind.model._default_manager.filter(may_read, pk=key).exists():
                texts = {name: text for name, text in values.items() if isinstance(text, str) and text}
                found.append({"kind": kind.name, "id": key, "texts": texts})
    return found


def _comments(actor: Actor, network: Network, person: Any) -> QuerySet[Any, Any]:
    said = Comment.objects.filter(network=network, record_kind=PERSON.name, record_id=person.pk)
    return said.filter(policies.readable(actor, network, Comment))


def _mail(person: Any, actor: Actor) -> list[dict[str, Any]]:
    if not person.email:
        return []
    # What other workspaces wrote to the same address, and mail of the account itself, is not this workspace's to give.
    sent = Outgoing._base_manager.filter(workspace_id=actor.workspace_id, recipient__iexact=person.email).order_by("pk")
    return [{"purpose": m.purpose, "state": m.state, "made": m.created_at, "sent": m.sent_at} for m in sent]


def _account(person: Any, actor: Actor) -> dict[str, Any] | None:
    user = account_of(person)
    if user is None:
        return None
    roles = WorkspaceRole.objects.filter(user=user, workspace_id=actor.workspace_id)
    return {
        "email": user.email, "name": user.name, "made": user.created_at, "last_sign_in": user.last_login,
        "roles": [{"role": role.role, "network_id": role.network_id} for role in roles],
        "tokens": [{"name": token.name, "made": token.created_at} for token in Token.objects.filter(user=user)],
        "acts": Event.objects.filter(actor_user_id=user.pk).count(),
    }  # fmt: skip


def _zip(content: dict[str, Any], attachments: list[Any]) -> Iterator[bytes]:
    """The archive. A person's files are few; it is put together in memory."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("person.json", json.dumps(content, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1))
        for attachment in attachments:
            path = files.path_of(attachment.file.sha256)
            if path.exists():
                archive.write(path, f"files/{attachment.pk}-{get_valid_filename(attachment.file.name)}")
    yield buffer.getvalue()
