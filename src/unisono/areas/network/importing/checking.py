"""The check: read the file, compare every row with what is there, and keep the rows with what they would do."""

import hashlib
import itertools
import json
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Max
from django.utils import timezone

from unisono.areas.network.importing import others as other_rows
from unisono.areas.network.importing.effects import Effect, effect_on_organization, present
from unisono.areas.network.importing.mapping import FILE_KEY, Mapped, kinds_of_rows, mapped
from unisono.areas.network.importing.matching import Directory, Found, Known, directory_of
from unisono.areas.network.importing.parsing import Parsed, kept_values, parse_row, place_of
from unisono.areas.network.importing.reach import reach_of
from unisono.areas.network.importing.reading import rows_in
from unisono.areas.network.importing.row_kinds import FURTHER
from unisono.areas.network.models import (
    CustomField,
    ImportBatch,
    ImportRow,
    Membership,
    Need,
    Network,
    Offering,
    Organization,
    Person,
)
from unisono.engines.tabular import Layout
from unisono.platform import bulk
from unisono.platform.actor import Actor
from unisono.platform.errors import Problem
from unisono.platform.messages import message as _
from unisono.platform.tenancy import current_workspace_id

Cells = dict[str, str]
_CHUNK = 2_000
_OF_ORGANIZATIONS = ("member", "organization")
_COLUMNS = (
    "workspace_id", "created_at", "batch_id", "number", "kind", "status", "cells", "values", "name", "record_id",
    "candidate", "decision", "problems", "changes", "compared", "note",
)  # fmt: skip


def _brought_back() -> str:
    return _("It was archived; the import brings it back.")


def _id_again(parsed: Parsed, mapping: Mapped, known: Known) -> Problem:
    return Problem(
        place_of(parsed.number, mapping.column_of(parsed.kind, FILE_KEY)),
        _("Another row, “%(name)s”, has this id already.") % {"name": known.name[:60]},
        _("Give each row an id of its own."),
    )


@dataclass(slots=True)
class Verdict:
    """What the check says about one row."""

    parsed: Parsed
    cells: Cells
    status: str = "new"
    record_id: UUID | None = None
    candidate: dict[str, Any] = field(default_factory=dict)
    changes: dict[str, Any] = field(default_factory=dict)
    compared: list[list[str]] = field(default_factory=list)
    decision: str = ""
    note: str = ""

    def kept(self) -> dict[str, Any]:
        """Clean values for the apply; a wrong row has none."""
        return {} if self.parsed.problems or self.parsed.kind not in kinds_of_rows() else kept_values(self.parsed)


def state_of_directory(actor: Actor, network: Network) -> str:
    """Changes whenever something changes that rows are compared with, and with who may read what."""
    parts: list[Any] = [reach_of(actor, network).as_text()]
    for records in (
        Organization.objects.all(),
        Membership.objects.filter(network=network),
        Offering.objects.filter(network=network),
        Need.objects.filter(network=network),
        Person.objects.all(),
        *(row_kind.compared_with(network) for row_kind in FURTHER.values()),
    ):
        parts.append(sorted(records.order_by().aggregate(n=Count("pk"), last=Max("updated_at")).items()))
    # An undo gives records the times back that they had before.
    parts.append(sorted(ImportBatch.objects.aggregate(n=Count("undone_at"), last=Max("undone_at")).items()))
    custom = CustomField.objects.filter(network=network, archived_at=None)
    parts.append(sorted(custom.values_list("record_kind", "name")))
    return hashlib.sha256(repr(parts).encode()).hexdigest()


class Checker:
    """Compares rows, in file order, organisations before what belongs to them."""

    def __init__(self, actor: Actor, network: Network, mapping: Mapped) -> None:
        self.network = network
        self.mapping = mapping
        self.reach = reach_of(actor, network)
        self.directory: Directory = directory_of(network, self.reach)
        self.others = other_rows.others_of(network, self.reach, [*mapping.columns])
        # Organisations that rows of the file stand for, by their id within the file.
        self.by_file_key: dict[str, Known] = {}
        # What the judges of further kinds of rows remember from one call to the next.
        self.kept: dict[str, Any] = {}

    def end_meant(self, text: str) -> Known | None:
        """The organisation that a row refers to: by its id within the file, else by its key, else by its name."""
        return self.by_file_key.get(text) or self.directory.by_key.get(text) or self.directory.named(text)

    def _named_in_file(self, row: Verdict, known: Known) -> None:
        if row.parsed.file_key:
            self.by_file_key[row.parsed.file_key] = known

    def organizations(self, rows: list[Verdict]) -> None:
        """Judge rows of members and organisations."""
        found: list[tuple[Verdict, Found]] = []
        self.directory.expect([row.parsed for row in rows if not row.parsed.problems])
        for row in rows:
            if (same := self.by_file_key.get(row.parsed.file_key)) is not None:
                row.parsed.problems.append(_id_again(row.parsed, self.mapping, same))
            if row.parsed.problems:
                row.status = "wrong"
                continue
            meant = self.directory.find(row.parsed)
            twin = meant.known is not None and meant.known.taken
            if meant.known is None:
                if meant.candidate is not None:
                    row.status, row.candidate = "decide", meant.candidate
                self._named_in_file(row, self.directory.enter_row(row.parsed))
                if row.parsed.key in self.directory.foreign_keys:
                    row.note = _("An organisation of another network has its key: it comes in without.")
            else:
                meant.known.taken = True
                self._named_in_file(row, meant.known)
                if row.parsed.kind == "member":
                    meant.known.is_member = True
                found.append((row, meant))
                if twin:
                    row.note = _("Another row of the file means the same organisation.")
        now = present(
            self.network,
            self.reach,
            [meant.known.id for _row, meant in found if meant.known and meant.known.id],
            [row.parsed for row, _meant in found],
        )
        for row, meant in found:
            assert meant.known is not None and meant.known.id is not None
            effect = effect_on_organization(
                row.parsed, self.mapping, now, meant.known.id, self.directory, self.network, fill_only=meant.fill_only
            )
            self._settle(row, meant.known, effect)

    def _settle(self, row: Verdict, known: Known, effect: Effect) -> None:
        row.record_id = known.id
        row.status = "update" if effect else "same"
        row.changes, row.compared = effect.summary(), effect.compared()
        if row.note and effect:
            # The twin says something else than the first one did: that is for people to decide.
            row.status, row.record_id = "decide", None
            row.candidate = {
                "record_id": str(known.id), "row": None, "name": known.name, "score": 0.95,
                "reasons": [_("another row of the file means the same organisation")],
            }  # fmt: skip
        elif effect.brings_back:
            row.note = _brought_back()

    def belongings(self, rows: list[Verdict]) -> None:
        """Judge rows of offers, needs, people and further kinds; all organisations of the file come before them."""
        meant: list[tuple[Verdict, list[Known]]] = []
        for row in rows:
            if row.parsed.kind in FURTHER:
                continue
            owners = other_rows.owners_meant(row.parsed, self.directory)
            other_rows.check_link(row.parsed, self.mapping, owners)
            if row.parsed.problems:
                row.status = "wrong"
            else:
                meant.append((row, owners))
        judge = {"offering": self._offerings, "need": self._needs, "person": self._people}
        for kind, of_kind in judge.items():
            if chosen := [(row, owners) for row, owners in meant if row.parsed.kind == kind]:
                of_kind(chosen)
        for name, row_kind in FURTHER.items():
            if further := [row for row in rows if row.parsed.kind == name]:
                row_kind.judge(self, further)

    def _offerings(self, rows: list[tuple[Verdict, list[Known]]]) -> None:
        compared: list[tuple[Verdict, list[Known], UUID]] = []
        for row, owners in rows:
            tokens = frozenset(other_rows.token_of(known) for known in owners)
            known = other_rows.find_offering(row.parsed, tokens, self.others)
            if known is not None and known.id is not None:
                known.taken_by = row.parsed.number
                compared.append((row, owners, known.id))
                continue
            twin = other_rows.repeated_offering(row.parsed, tokens, self.others)
            if twin is not None:
                row.status = "decide"
                row.candidate = {
                    "record_id": str(twin.id) if twin.id else None, "row": twin.row or None,
                    "name": row.parsed.name, "score": 0.95,
                    "reasons": [
                        _("same name and same owner as row %(row)s") % {"row": twin.row or twin.taken_by}
                        if owners else _("same name as row %(row)s, and neither has an owner")
                        % {"row": twin.row or twin.taken_by}
                    ],
                }  # fmt: skip
                continue
            self.others.offerings[other_rows.folded_name(row.parsed.name)].append(
                other_rows.KnownOffering(tokens, row=row.parsed.number)
            )
        records = Offering.objects.prefetch_related("owners").in_bulk([pk for _row, _owners, pk in compared])
        for row, owners, pk in compared:
            row.note = _brought_back() if records[pk].is_archived else row.note
            ids = [known.id for known in owners if known.id is not None]
            change = other_rows.offering_change(row.parsed, self.mapping, records[pk], ids, fill_only=False)
            row.record_id, row.changes = pk, change.changes
            row.status = "update" if change or len(ids) < len(owners) else "same"

    def _needs(self, rows: list[tuple[Verdict, list[Known]]]) -> None:
        found: list[tuple[Verdict, UUID]] = []
        for row, owners in rows:
            place = (other_rows.token_of(owners[0]), row.parsed.name_key)
            known = self.others.needs.get(place)
            if isinstance(known, UUID):
                found.append((row, known))
            elif known is not None:
                row.status, row.note = "left_out", _("Repeats row %(row)s.") % {"row": known}
            else:
                self.others.needs[place] = row.parsed.number
        records = Need.objects.in_bulk([pk for _row, pk in found])
        for row, pk in found:
            row.note = _brought_back() if records[pk].is_archived else row.note
            change = other_rows.need_change(row.parsed, self.mapping, records[pk])
            row.record_id, row.changes, row.status = pk, change.changes, "update" if change else "same"

    def _people(self, rows: list[tuple[Verdict, list[Known]]]) -> None:
        ids = {known.id for _row, owners in rows for known in owners if known.id is not None}
        now = present(self.network, self.reach, ids, [row.parsed for row, _owners in rows])
        for row, owners in rows:
            owner_ids = [known.id for known in owners if known.id is not None]
            person, change, joined = other_rows.person_change(row.parsed, self.mapping, now, owner_ids)
            if person is not None:
                row.record_id, row.changes = person.pk, change.changes if change else {}
                row.note = _brought_back() if person.is_archived else row.note
                row.status = "update" if change or joined or len(owner_ids) < len(owners) else "same"
                continue
            places = [(other_rows.token_of(known), row.parsed.name_key) for known in owners]
            first = next((self.others.people[place] for place in places if place in self.others.people), None)
            if first is not None:
                row.status = "decide"
                row.candidate = {
                    "record_id": None, "row": first, "name": row.parsed.name, "score": 0.9,
                    "reasons": [_("same name and same organisation as row %(row)s") % {"row": first}],
                }  # fmt: skip
            for place in places:
                self.others.people.setdefault(place, row.parsed.number)


@bulk.without_collector()
def check_rows(actor: Actor, batch: ImportBatch, progress: Callable[[int, int | None], None]) -> Counter[str]:
    """Judge all rows of a batch and store them; earlier decisions and mended cells are kept by row number."""
    network = batch.network
    mapping = mapped(network, batch.headers, batch.mapping)
    fixes: dict[str, Cells] = batch.options.get("fixes", {})
    decisions = _keep_decisions(batch)
    _drop_rows(batch)
    checker = Checker(actor, network, mapping)
    imported = kinds_of_rows()
    counts: Counter[str] = Counter()
    total = _number_of_rows(batch)
    done = 0
    progress(0, total)

    def keep(verdicts: list[Verdict]) -> None:
        nonlocal done
        for verdict in verdicts:
            decide(verdict, decisions.get(verdict.parsed.number, ""))
            counts[verdict.status] += 1
        store(batch, verdicts)
        done += len(verdicts)
        progress(done, total)

    with tempfile.TemporaryFile("w+", encoding="utf-8") as later:
        for rows in _chunks(_read(batch, fixes, mapping)):
            judged: list[Verdict] = []
            for number, cells, surplus in rows:
                kind = mapping.kind_of(cells)
                if kind in imported and kind not in _OF_ORGANIZATIONS:
                    later.write(json.dumps([number, cells, surplus]) + "\n")
                else:
                    judged.append(_verdict(number, cells, surplus, mapping=mapping))
            checker.organizations([v for v in judged if v.parsed.kind in _OF_ORGANIZATIONS])
            keep(judged)
        later.seek(0)
        for lines in _chunks(later):
            judged = [_verdict(*json.loads(line), mapping=mapping) for line in lines]
            checker.belongings(judged)
            keep(judged)
    batch.options = {name: value for name, value in batch.options.items() if name != "decisions"}
    batch.save(update_fields=["options"])
    return counts


def _keep_decisions(batch: ImportBatch) -> dict[int, str]:
    """Decisions by row number, noted in the batch as well until all rows are there anew: a check may be stopped."""
    noted: dict[str, list[int]] = batch.options.get("decisions", {})
    decisions = {number: decision for decision, numbers in noted.items() for number in numbers}
    decisions.update(batch.rows.exclude(decision="").values_list("number", "decision"))
    if decisions:
        by_decision: dict[str, list[int]] = defaultdict(list)
        for number, decision in decisions.items():
            by_decision[decision].append(number)
        batch.options = {**batch.options, "decisions": dict(by_decision)}
        batch.save(update_fields=["options"])
    return decisions


def _verdict(number: int, cells: Cells, surplus: int, *, mapping: Mapped) -> Verdict:
    parsed = parse_row(number, cells, mapping, surplus)
    verdict = Verdict(parsed, cells)
    if parsed.kind not in kinds_of_rows():
        verdict.status, verdict.note = "left_out", _("Rows of this kind are not imported.")
    return verdict


def _read(batch: ImportBatch, fixes: dict[str, Cells], mapping: Mapped) -> Iterator[tuple[int, Cells, int]]:
    """(number, filled cells, surplus cells) of every row, with mended cells in place of those of the file."""
    headers = batch.headers
    for row in rows_in(batch):
        cells = {header: text for header, text in zip(headers, row.cells, strict=True) if text.strip()}
        surplus = row.surplus
        if mended := fixes.get(str(row.number)):
            cells = {h: t for h, t in {**cells, **mended}.items() if t.strip()}
            surplus = 0
        yield row.number, cells, surplus


def _chunks(items: Iterable[Any]) -> Iterator[list[Any]]:
    iterator = iter(items)
    while chunk := list(itertools.islice(iterator, _CHUNK)):
        yield chunk


def _number_of_rows(batch: ImportBatch) -> int | None:
    """How many rows there are, where counting is quick."""
    return sum(1 for _row in rows_in(batch)) if Layout(**batch.layout).format == "csv" else None


def _drop_rows(batch: ImportBatch) -> None:
    """Delete the rows of an earlier check, in short transactions."""
    while True:
        last = batch.rows.order_by("pk").values_list("pk", flat=True)[:5_000]
        with transaction.atomic():
            if not batch.rows.filter(pk__in=list(last)).delete()[0]:
                return


def decide(verdict: Verdict, decision: str) -> None:
    """Put a decision on a verdict; one that no longer makes sense is dropped."""
    if not decision or verdict.status == "wrong":
        return
    if decision == "leave_out":
        verdict.status, verdict.decision = "left_out", decision
    elif verdict.candidate:
        verdict.status = "update" if decision == "same" else "new"
        verdict.decision = decision


def store(batch: ImportBatch, verdicts: list[Verdict]) -> None:
    """Write rows in one short transaction."""
    now, workspace_id = timezone.now(), current_workspace_id()
    with transaction.atomic():
        bulk.insert(
            ImportRow,
            _COLUMNS,
            [
                (
                    workspace_id, now, batch.pk, v.parsed.number, v.parsed.kind, v.status, v.cells, v.kept(),
                    v.parsed.name, v.record_id, v.candidate, v.decision,
                    [problem.as_dict() for problem in v.parsed.problems], v.changes, v.compared, v.note,
                )
                for v in verdicts
            ],
        )  # fmt: skip
