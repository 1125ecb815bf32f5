"""The apply: prepare all records on disk while nothing is locked, then write them in one short transaction."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Count
from django.utils import timezone

from unisono.areas.network.importing import others as other_rows
from unisono.areas.network.importing.effects import (
    Effect,
    Present,
    effect_on_organization,
    membership_values,
    present,
)
from unisono.areas.network.importing.mapping import FILE_KEY, Mapped, custom_name, mapped
from unisono.areas.network.importing.matching import Directory, Known, directory_of
from unisono.areas.network.importing.parsing import Parsed, parsed_again
from unisono.areas.network.importing.reach import reach_of
from unisono.areas.network.importing.row_kinds import FURTHER, kind_named
from unisono.areas.network.importing.writing import Writer, named
from unisono.areas.network.indexing import index_hanging, index_records, with_words
from unisono.areas.network.kinds import MEMBER, NEED, OFFERING, ORGANIZATION, PERSON, Kind
from unisono.areas.network.models import (
    CustomField,
    ImportBatch,
    ImportChange,
    ImportRow,
    Membership,
    Need,
    Offering,
    Organization,
)
from unisono.platform import log
from unisono.platform.actor import Actor
from unisono.platform.bulk import Spool, blank, without_collector
from unisono.platform.errors import Conflict
from unisono.platform.fields import Field
from unisono.platform.messages import message as _

Steps = Callable[[int, int | None], None]
_CHUNK = 2_000
_READ = ("number", "kind", "status", "values", "record_id", "candidate", "decision")
_INDEX_CHUNK = 500
_OF_ORGANIZATIONS = ("member", "organization")


@without_collector()
def apply_rows(actor: Actor, batch: ImportBatch, progress: Steps, *, at: datetime | None = None) -> dict[str, Any]:
    """Write a checked batch, all of it or nothing; gives how many records were created and updated by kind."""
    now = at or timezone.now()
    mapping = mapped(batch.network, batch.headers, batch.mapping)
    rows = batch.rows.exclude(status__in=["same", "wrong", "left_out"])
    if batch.undecided == "leave_out":
        rows = rows.exclude(status="decide")
    total = rows.count()
    with Spool() as spool:
        writer = Writer(actor, batch, spool, now)
        preparation = Preparation(writer, mapping, batch)
        done = 0
        progress(0, total * 2)
        for chunk in _in_order(rows):
            preparation.take(chunk)
            done += len(chunk)
            progress(done, total * 2)
        span = max(1, spool.length)
        try:
            with transaction.atomic():
                _add_custom_fields(actor, batch, mapping, now)
                if not spool.write(lambda written: progress(total + written * total // span, None)):
                    raise _changed_meanwhile()
                _index_changed(writer)
                counts = {**batch.counts, "created": writer.created, "updated": writer.updated}
                if batch.undecided == "leave_out":
                    # What nobody decided has been decided by this.
                    counts["left_out"] = counts.get("left_out", 0) + counts.get("decide", 0)
                    batch.rows.filter(status="decide").update(status="left_out", decision="leave_out")
                    counts["decide"] = 0
                ImportBatch.objects.filter(pk=batch.pk).update(
                    state=ImportBatch.State.APPLIED, applied_at=now, counts=counts, problems=[]
                )
                log.record(
                    log.event(
                        actor=actor, kind="import.applied", subject=batch, network_id=batch.network_id,
                        about_id=batch.network_id, batch_id=batch.pk, at=now,
                        changes={"created": [None, writer.created], "updated": [None, writer.updated]},
                    )
                )  # fmt: skip
        except IntegrityError:
            raise _changed_meanwhile() from None
    return {"created": writer.created, "updated": writer.updated}


def _changed_meanwhile() -> Conflict:
    return Conflict.at(
        _("the directory"),
        _("Somebody changed records of this import while it was being saved; nothing was saved."),
        _("Press import again: the rows are then compared anew."),
    )


def _in_order(rows: Any) -> Iterator[list[ImportRow]]:
    """Rows of organisations first, then what belongs to them, then further kinds, each in the order of the file."""
    for part in (
        rows.filter(kind__in=_OF_ORGANIZATIONS),
        rows.exclude(kind__in=(*_OF_ORGANIZATIONS, *FURTHER)),
        *(rows.filter(kind=name) for name in FURTHER),
    ):
        last = -1
        while chunk := list(part.filter(number__gt=last).order_by("number").values_list(*_READ, named=True)[:_CHUNK]):
            last = chunk[-1].number
            yield chunk


class Preparation:
    """From checked rows to prepared records."""

    def __init__(self, writer: Writer, mapping: Mapped, batch: ImportBatch) -> None:
        self.writer, self.mapping, self.network = writer, mapping, batch.network
        self._network_id = batch.network_id
        self.reach = reach_of(writer.actor, batch.network)
        self.directory: Directory = directory_of(batch.network, self.reach)
        self.members: dict[UUID, UUID] = {}
        self.new_people: dict[str, Any] = {}
        # What the writers of further kinds of rows remember from one call to the next.
        self.kept: dict[str, Any] = {}
        self.followers = self._followers(batch)
        # Organisations made so far, by the number of their row.
        self.made: dict[int, UUID] = {}
        self._by_file_key = self._file_keys(batch)
        # Records that several rows change are kept, so that the second change sees the first.
        repeated = batch.rows.exclude(record_id=None).values("record_id").annotate(n=Count("pk")).filter(n__gt=1)
        self._shared = {row["record_id"] for row in repeated}
        self._shared |= {
            UUID(row.candidate["record_id"])
            for row in batch.rows.filter(decision="same")
            if row.candidate.get("record_id")
        }
        self._kept = Present()
        self._changed_before: set[UUID] = set()

    def _followers(self, batch: ImportBatch) -> dict[int, list[ImportRow]]:
        """Rows that people said are the same as an earlier row, by the row that comes first."""
        followers: dict[int, list[ImportRow]] = {}
        self._leaders: dict[int, int] = {}
        for row in batch.rows.filter(decision="same", status="update").order_by("number"):
            if earlier := row.candidate.get("row"):
                leader = self._leaders[row.number] = self._leaders.get(earlier, earlier)
                followers.setdefault(leader, []).append(row)
        out = ["same", "wrong", "left_out", *(["decide"] if batch.undecided == "leave_out" else [])]
        staying = batch.rows.filter(status__in=out).values_list("number", flat=True) if followers else []
        self._staying_out = {number for number in staying if number in followers}
        return followers

    def _file_keys(self, batch: ImportBatch) -> dict[str, UUID | int]:
        """What ids within the file stand for: an organisation that is there, or the number of a row to come."""
        found: dict[str, UUID | int] = {}
        if not any(name in FURTHER for name in self.mapping.columns):
            return found
        for kind in _OF_ORGANIZATIONS:
            column = self.mapping.column_of(kind, FILE_KEY)
            if not column:
                continue
            rows = batch.rows.filter(kind=kind).exclude(status__in=["wrong", "left_out"])
            for row in rows.only("number", "cells", "record_id", "status", "candidate", "decision").iterator(_CHUNK):
                if key := row.text_in(column).strip()[:300]:
                    known = row.record_id if row.status == "same" else self._meant(row)
                    found[key] = known or self._leaders.get(row.number, row.number)
        return found

    def end_meant(self, text: str) -> UUID | None:
        """The organisation that a row refers to, as `Checker.end_meant` finds it; None when it does not come in."""
        within = self._by_file_key.get(text)
        if isinstance(within, int):
            return self.made.get(within)
        known = self.directory.by_key.get(text) or self.directory.named(text)
        return within or (known.id if known is not None else None)

    def take(self, rows: list[ImportRow]) -> None:
        """Prepare what these rows do."""
        parsed = [
            (row, self._parsed(row))
            for row in rows
            # A row whose leader does not come in comes in by itself.
            if row.number not in self._leaders or self._leaders[row.number] in self._staying_out
        ]
        if rows[0].kind in _OF_ORGANIZATIONS:
            self._organizations(parsed)
        elif rows[0].kind in FURTHER:
            FURTHER[rows[0].kind].write(self, [(row, known, self._meant(row)) for row, known in parsed])
        else:
            self._belongings(parsed)

    def _parsed(self, row: ImportRow) -> Parsed:
        return parsed_again(row.number, row.kind, row.values, self.mapping)

    def _meant(self, row: ImportRow) -> UUID | None:
        """The record that a row changes: the one it matches, or the one it was decided to be."""
        if row.decision == "same" and row.candidate.get("record_id"):
            return UUID(row.candidate["record_id"])
        return row.record_id if row.status == "update" else None

    # Members and organisations

    def _organizations(self, rows: list[tuple[ImportRow, Parsed]]) -> None:
        meant = [(row, parsed, self._meant(row)) for row, parsed in rows]
        now = present(
            self.network,
            self.reach,
            [pk for _row, _parsed, pk in meant if pk in self.directory.by_id],
            [parsed for _row, parsed in rows],
        )
        for pk in now.organizations:
            if pk in self._shared:
                now.organizations[pk] = self._kept.organizations.setdefault(pk, now.organizations[pk])
                if pk in now.members:
                    member = self._kept.members.setdefault(pk, now.members[pk])
                    member.organization = now.organizations[pk]
                    now.members[pk] = member
        for row, parsed, known in meant:
            if known is None:
                self._new_organization(parsed, now)
            elif known in now.organizations:
                twin = known in self._shared and known in self._changed_before
                decided = row.decision == "same"
                self._change_organization(parsed, known, now, fill_only=twin, decided=decided)
                self._changed_before.add(known)

    def _new_organization(self, parsed: Parsed, now: Present) -> None:
        for follower in self.followers.get(parsed.number, ()):
            _fill(parsed, self._parsed(follower))
        values = dict(parsed.values)
        if parsed.key and self.directory.is_taken(parsed.key):
            values.pop("key")
        fields = self.mapping.fields[parsed.kind]
        fields = {name: fields.get(name) or _FIELDS[name] for name in values}
        organization = blank(Organization, recorded_in_id=self._network_id)
        member = None
        if parsed.kind == "member":
            member = self._new_member(organization, fields, values, parsed.number)
        else:
            self.writer.new(ORGANIZATION, organization, fields, values, row=parsed.number, about_id=organization.id)
        self.made[parsed.number] = organization.id
        self.directory.add(
            Known(
                name=organization.name, name_key=organization.name_key, key=organization.key, id=organization.id,
                is_member=member is not None,
            )
        )  # fmt: skip
        if parsed.contact:
            self._contact(parsed.contact, organization, now, parsed.number)
        self.writer.hangs_on(organization, member, parsed.lists, parsed.number)

    def _new_member(
        self, organization: Organization, fields: Mapping[str, Field], values: dict[str, Any], row: int
    ) -> Membership:
        """A membership, with its organisation where that is new as well."""
        member = blank(Membership, network_id=self._network_id, organization=organization)
        new_organization = organization._state.adding
        tags = self.writer.tag(member, values.get("tags", []))
        self.writer.new(MEMBER, member, fields, values, row=row, about_id=organization.id, prefetched={"tags": tags})
        if new_organization:
            self.writer.part(ORGANIZATION, organization, row)
        self.members[organization.id] = member.id
        return member

    def _change_organization(self, parsed: Parsed, pk: UUID, now: Present, *, fill_only: bool, decided: bool) -> None:
        effect: Effect = effect_on_organization(
            parsed, self.mapping, now, pk, self.directory, self.network, fill_only=fill_only, decided=decided
        )
        organization = now.organizations[pk]
        fields = {**self.mapping.fields[parsed.kind], "aliases": _FIELDS["aliases"]}
        for change in effect.changes:
            self.writer.changed(change.kind, change, _fields_for(change.kind, fields), row=parsed.number, about_id=pk)
        member = now.members.get(pk)
        if parsed.kind == "member":
            self.directory.by_id[pk].is_member = True
        if effect.joins:
            values = membership_values(parsed.values)
            own = {name: fields[name] for name in values}
            member = now.members[pk] = self._new_member(organization, own, values, parsed.number)
        if effect.new_contact:
            self._contact(effect.new_contact, organization, now, parsed.number)
        if effect.linked_contact is not None:
            self.writer.linked(effect.linked_contact, organization, parsed.number)
        self.writer.hangs_on(organization, member, effect.lists, parsed.number)

    def _contact(self, contact: Mapping[str, Any], organization: Any, now: Present, row: int) -> None:
        """The contact person of a row: somebody new, or known by the address."""
        email = str(contact.get("email", "")).casefold()
        known = self.new_people.get(email) if email else None
        if known is not None:
            self.writer.shared(known, organization.pk)
            return
        stored = now.by_email.get(email) if email else None
        if stored is not None:
            self.writer.linked(stored, organization, row)
            return
        fields = {name: _PERSON_FIELDS[name] for name in contact}
        person = self.writer.person_in([organization], contact, fields, row)
        if email:
            self.new_people[email] = person.pk

    # Offers, needs and people; further kinds write their rows themselves

    def _belongings(self, rows: list[tuple[ImportRow, Parsed]]) -> None:
        work: list[tuple[ImportRow, Parsed, list[Any], UUID | None]] = []
        for row, parsed in rows:
            owners = [self._organization(known, row.number) for known in self._owners(parsed)]
            work.append((row, parsed, owners, self._meant(row)))
        handle = {"offering": self._offerings, "need": self._needs, "person": self._people}
        for kind, of_kind in handle.items():
            if chosen := [item for item in work if item[1].kind == kind]:
                of_kind(chosen)

    def _owners(self, parsed: Parsed) -> list[Known]:
        return other_rows.owners_meant(parsed, self.directory)

    def _organization(self, known: Known, row: int) -> Any:
        if known.id is None:
            known.id = self.writer.outside(known.key, known.name, row).pk
            self.directory.by_id[known.id] = known
        return named(known.id, known.name)

    def _offerings(self, rows: list[tuple[ImportRow, Parsed, list[Any], UUID | None]]) -> None:
        records = Offering.objects.prefetch_related("owners").in_bulk([pk for *_rest, pk in rows if pk])
        fields = self.mapping.fields["offering"]
        for row, parsed, owners, pk in rows:
            ids = [owner.pk for owner in owners]
            if pk is not None and pk in records:
                change = other_rows.offering_change(parsed, self.mapping, records[pk], ids, row.decision == "same")
                self.writer.changed(OFFERING, change, fields, row=row.number, about_id=ids[0] if ids else None)
                continue
            for follower in self.followers.get(row.number, ()):
                _fill(parsed, self._parsed(follower))
            record = blank(Offering, network_id=self.network.pk)
            self.writer.new(
                OFFERING, record, fields, parsed.values, row=row.number, about_id=ids[0] if ids else None,
                prefetched={"owners": owners}, extra={"owners": ids} if ids else None,
            )  # fmt: skip
            for owner_id in ids:
                self.writer.own(record.pk, owner_id)

    def _needs(self, rows: list[tuple[ImportRow, Parsed, list[Any], UUID | None]]) -> None:
        records = Need.objects.select_related("membership__organization").in_bulk([pk for *_r, pk in rows if pk])
        wanted = {owners[0].pk for _row, _parsed, owners, pk in rows if pk is None}
        stored = Membership.objects.filter(network=self.network, organization_id__in=wanted)
        members = {**dict(stored.values_list("organization_id", "pk")), **self.members}
        fields = self.mapping.fields["need"]
        for row, parsed, owners, pk in rows:
            owner = owners[0]
            if pk is not None and pk in records:
                change = other_rows.need_change(parsed, self.mapping, records[pk])
                self.writer.changed(NEED, change, fields, row=row.number, about_id=owner.pk)
                continue
            if owner.pk not in members:
                # Its member was left out, and so is what belongs to it.
                continue
            organization = Organization(pk=owner.pk, name=owner.name)
            member = Membership(pk=members[owner.pk], network=self.network, organization=organization)
            self.writer.new(
                NEED, blank(Need, network_id=self.network.pk, membership=member), fields, parsed.values, row=row.number,
                about_id=owner.pk,
            )  # fmt: skip

    def _people(self, rows: list[tuple[ImportRow, Parsed, list[Any], UUID | None]]) -> None:
        ids = [owner.pk for _row, _parsed, owners, _pk in rows for owner in owners]
        now = present(self.network, self.reach, ids, [parsed for _row, parsed, _owners, _pk in rows])
        fields = self.mapping.fields["person"]
        for row, parsed, owners, pk in rows:
            if pk is not None:
                owner_ids = [owner.pk for owner in owners]
                person, change, joined = other_rows.person_change(parsed, self.mapping, now, owner_ids)
                if person is not None and change is not None:
                    self.writer.changed(PERSON, change, fields, row=row.number, about_id=owner_ids[0])
                    for owner in owners:
                        if owner.pk in joined:
                            self.writer.linked(person, owner, row.number)
                    continue
            for follower in self.followers.get(row.number, ()):
                _fill(parsed, self._parsed(follower))
            self.writer.person_in(owners, parsed.values, fields, row.number)


_FIELDS = {f.name: f for f in MEMBER.fields}
_PERSON_FIELDS = {f.name: f for f in PERSON.fields}


def _fields_for(kind: Kind, fields: Mapping[str, Field]) -> dict[str, Field]:
    """The fields as the kind declares them: where a value lies differs between a member and its organisation."""
    return {**fields, **{f.name: f for f in kind.fields}}


def _fill(parsed: Parsed, other: Parsed) -> None:
    """Let another row of the same record add what this one leaves open; its name becomes another name."""
    if other.name_key != parsed.name_key and parsed.kind in ("member", "organization"):
        aliases = [*parsed.values.get("aliases", []), other.name]
        parsed.values["aliases"] = list(dict.fromkeys(aliases))
    for name, value in other.values.items():
        parsed.values.setdefault(name, value)
    for name, words in other.lists.items():
        parsed.lists[name] = list(dict.fromkeys([*parsed.lists.get(name, []), *words]))
    parsed.contact = parsed.contact or other.contact


def _add_custom_fields(actor: Actor, batch: ImportBatch, mapping: Mapped, at: datetime) -> None:
    for kind, label, type_name in mapping.new_fields:
        name = custom_name(label).removeprefix("custom.")
        custom, made = CustomField.objects.get_or_create(
            network=batch.network, record_kind=kind, name=name, defaults={"label": label, "type": type_name}
        )
        if not made:
            CustomField.objects.filter(pk=custom.pk).update(archived_at=None)
            continue
        ImportChange.objects.create(batch=batch, record_kind="custom_field", record_id=custom.pk, is_new=True)
        log.record(
            log.event(
                actor=actor, kind="custom_field.added", subject=custom, network_id=batch.network_id,
                about_id=batch.network_id, batch_id=batch.pk, at=at,
                changes={"label": [None, label], "type": [None, type_name]},
            )
        )  # fmt: skip


def _index_changed(writer: Writer) -> None:
    """Make changed records findable as they now are, and members through the new name of their organisation."""
    reindex = {name: list(dict.fromkeys(ids)) for name, ids in writer.reindex.items()}
    organizations = set(reindex.get("organization", ()))
    if members := reindex.pop("member", []):
        organizations |= set(Membership.objects.filter(pk__in=members).values_list("organization_id", flat=True))
    if organizations:
        reindex["organization"] = list(organizations)
    for name, ids in reindex.items():
        kind = kind_named(name)
        for start in range(0, len(ids), _INDEX_CHUNK):
            part = ids[start : start + _INDEX_CHUNK]
            index_records(writer.network, kind, with_words(kind, pk__in=part))
            if kind is ORGANIZATION:
                index_hanging(part, kinds=["member"])
                index_hanging(writer.renamed.intersection(part))
