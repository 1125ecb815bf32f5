"""The places in which values of a person lie, and how each is wiped."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Q

from unisono.areas.network.erasing.values import all_texts, naming_words, versions_of
from unisono.areas.network.indexing import index_records, with_words
from unisono.areas.network.kinds import KINDS, PERSON
from unisono.areas.network.models import (
    Attachment,
    BulkChange,
    BulkEdit,
    Comment,
    ImportBatch,
    ImportChange,
    ImportRow,
    MergeRecord,
    Organization,
    Person,
    Record,
)
from unisono.platform import files, search, sweeping
from unisono.platform.models import IdempotencyRecord, Invitation, Notification, Outgoing
from unisono.platform.sweeping import MARK

# By these others are known. The person's own row is empty before anything is swept.
_NAMING = ("name", "name_key", "email", "phone")
_NAMES_OF_OTHERS: dict[type[models.Model], tuple[str, ...]] = {Person: _NAMING, Organization: _NAMING}


@dataclass
class Wiped:
    """How many rows were wiped, by place; and files that name the person and stay, for somebody to look at."""

    counts: dict[str, int] = field(default_factory=dict)
    to_look_at: list[str] = field(default_factory=list)

    def add(self, place: str, number: int) -> None:
        if number:
            self.counts[place] = self.counts.get(place, 0) + number


def empty_columns(model: type[models.Model]) -> dict[str, Any]:
    """Every column of people's words on a record, with nothing in it."""
    empty: dict[str, Any] = {}
    for column in model._meta.concrete_fields:
        if isinstance(column, models.JSONField):
            empty[column.name] = column.get_default()
        elif isinstance(column, (models.CharField, models.TextField)) and not column.choices and column.name != "state":
            empty[column.name] = ""
    return empty


def wipe_person(person: Any) -> Wiped:
    """Wipe every value of a person in the workspace in scope. Inside a transaction."""
    sweeping.overwrite_removed()
    wiped = Wiped()
    versions = versions_of(person)
    texts, words = all_texts(versions), naming_words(versions)
    addresses = {str(version["email"]) for version in versions if version.get("email")}
    _imports(person, words, wiped)
    _bulk_edits(person, texts, wiped)
    _merges(person, wiped)
    wiped.add("comments", _delete(Comment.objects.filter(record_kind=PERSON.name, record_id=person.pk)))
    _records_of(person, wiped)
    search.remove([person.pk])
    about = Q(subject_id=person.pk) | Q(details__icontains=str(person.pk))
    wiped.add("notifications", _delete(Notification.objects.filter(about)))
    _outbox(person, addresses, wiped)
    _invitations(addresses, wiped)
    columns = sweeping.text_columns(IdempotencyRecord)
    answers = sweeping.holding(IdempotencyRecord, columns, [str(person.pk), *words], workspace_id=person.workspace_id)
    keys = [key for key, _values in answers]
    wiped.add("repeated requests", _delete(IdempotencyRecord.objects.filter(pk__in=keys)))
    _sweep(person, words, wiped)
    wiped.to_look_at = _files_naming(words)
    search.forget_removed()
    return wiped


def _delete(rows: Any) -> int:
    number = int(rows.count())
    if number:
        rows.delete()
    return number


def _imports(person: Any, words: Iterable[str], wiped: Wiped) -> None:
    """Rows that brought or changed the person or name them, with the files they came from."""
    changes = ImportChange.objects.filter(record_id=person.pk)
    place = Q()
    for batch_id, number in changes.values_list("batch_id", "row_number"):
        place |= Q(batch_id=batch_id, number=number)
    columns = sweeping.text_columns(ImportRow)
    mentioned = sweeping.holding(ImportRow, columns, words, workspace_id=person.workspace_id)
    keys = {key for key, _values in mentioned}
    if place:
        keys |= set(ImportRow.objects.filter(place).values_list("pk", flat=True))
    rows = ImportRow.objects.filter(pk__in=keys)
    batches = set(rows.values_list("batch_id", flat=True)) | set(changes.values_list("batch_id", flat=True))
    # What was not applied yet can no longer be: the row has nothing in it.
    rows.exclude(batch__state__in=[ImportBatch.State.APPLIED, ImportBatch.State.UNDONE]).update(
        status=ImportRow.Status.LEFT_OUT, decision=ImportRow.Decision.LEAVE_OUT
    )
    empty: dict[str, Any] = {"cells": {}, "values": {}, "candidate": {}, "problems": [], "changes": {}, "compared": []}
    wiped.add("rows of imports", rows.update(name="", note="", **empty))
    wiped.add("remembered by imports", changes.update(values={}))
    for batch in ImportBatch.objects.select_related("file"):
        is_read = batch.pk in batches
        if batch.file.size_bytes and (is_read or sweeping.stands_in_file(files.path_of(batch.file.sha256), words)):
            files.wipe(batch.file)
            wiped.add("import files", 1)


def _bulk_edits(person: Any, texts: set[str], wiped: Wiped) -> None:
    """What bulk edits set and remember of the person."""
    changes = BulkChange.objects.filter(record_id=person.pk)
    for edit in BulkEdit.objects.filter(pk__in=changes.values("edit_id")):
        change = sweeping.without(edit.change, lambda text: MARK if text.strip() in texts else text)
        # Names of fields stay; they are keys of the program.
        change = dict(zip(edit.change, change.values(), strict=True))
        BulkEdit.objects.filter(pk=edit.pk).update(change=change)
    wiped.add("remembered by bulk edits", changes.update(values={}))


def _merges(person: Any, wiped: Wiped) -> None:
    """Rows of the person that merges remember."""
    for merge in MergeRecord.objects.filter(rows__icontains=str(person.pk)):
        kept = [row for row in merge.rows if str(row[1]) != str(person.pk)]
        if len(kept) < len(merge.rows):
            MergeRecord.objects.filter(pk=merge.pk).update(rows=kept)
            wiped.add("remembered by merges", len(merge.rows) - len(kept))


def _records_of(person: Any, wiped: Wiped) -> None:
    """The person's own row, and words on every record that belongs to them. Found by asking the models."""
    for model in apps.get_models():
        for column in model._meta.concrete_fields:
            if column.related_model is Person and issubclass(model, Record):
                rows = model._default_manager.filter(**{column.name: person})
                if empty := empty_columns(model):
                    wiped.add(str(model._meta.verbose_name_plural), rows.update(**empty))
    person.organizations.clear()
    empty = {
        **empty_columns(Person),
        **{column.name: None for column in Person._meta.concrete_fields if isinstance(column, models.BooleanField)},
        "name": MARK,
    }
    Person.objects.filter(pk=person.pk).update(**empty, visibility="private")
    wiped.add("person", 1)


def _outbox(person: Any, addresses: Iterable[str], wiped: Wiped) -> None:
    """Mail of the workspace to the person. What other workspaces write to the same address is theirs."""
    to = Q()
    for address in addresses:
        to |= Q(recipient__iexact=address)
    if to:
        wipe_mail(Outgoing._base_manager.filter(to, workspace_id=person.workspace_id), wiped)


def wipe_mail(mails: Any, wiped: Wiped) -> None:
    """What waits is dropped, what was sent loses its receiver."""
    # Found by state first: without a receiver they would not be found again.
    mails.filter(state=Outgoing.State.WAITING).update(state=Outgoing.State.DROPPED)
    wiped.add("outbox", mails.update(recipient="", payload={}))


def _invitations(addresses: Iterable[str], wiped: Wiped) -> None:
    """Invitations of the workspace to the person: their address is a key, which no sweeping touches."""
    to = Q()
    for address in addresses:
        to |= Q(email__iexact=address)
    if to:
        wiped.add("invitations", _delete(Invitation.objects.filter(to)))


def _sweep(person: Any, words: Iterable[str], wiped: Wiped) -> None:
    """The person's name, address and phone in texts of others; what is found by such texts is indexed anew."""
    changed = sweeping.sweep(person.workspace_id, words, kept=_NAMES_OF_OTHERS)
    for model, keys in changed.items():
        wiped.add("mentions in other texts", len(keys))
        for kind in KINDS.values():
            if kind.model is model and kind.searchable:
                for record in with_words(kind, pk__in=keys):
                    index_records(
                        record.network if kind.has_network and hasattr(record, "network") else None, kind, [record]
                    )


def _files_naming(words: Iterable[str]) -> list[str]:
    """Titles of files of members that name the person; people decide what becomes of them."""
    return [
        str(attachment)
        for attachment in Attachment.objects.select_related("file")
        if sweeping.stands_in_file(files.path_of(attachment.file.sha256), words)
    ]
