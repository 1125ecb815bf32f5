"""Imports undone in any order leave what those that were not undone, and people, have said."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.areas.network.importing_world import Importer

from unisono.areas.network import importing
from unisono.areas.network.actions import add_record, edit_record
from unisono.areas.network.kinds import MEMBER, NOTE
from unisono.areas.network.models import CustomField, Membership, Need, Network, Organization, Person, Tag
from unisono.platform.actor import Actor

pytestmark = pytest.mark.django_db


@pytest.fixture
def importer(actor: Actor, network: Network) -> Importer:
    return Importer(actor, network)


def members() -> dict[str, tuple[str, str, set[str]]]:
    found = Membership.objects.select_related("organization").prefetch_related("tags")
    return {m.organization.name: (m.tier, m.organization.place, {t.name for t in m.tags.all()}) for m in found}


def edit(importer: Importer, name: str, **values: Any) -> None:
    member = Membership.objects.get(organization__name=name)
    edit_record(**importer.where, kind=MEMBER, record_id=member.pk, values=values)


class TestTwoImports:
    def test_the_newer_one_then_gives_back_what_was_before_both(self, importer: Importer, add_member: Any) -> None:
        add_member("Alfa", tier="Bronze", place="Flåm")
        older = importer.bring_in("Company,Level,City\nAlfa,Silver,Voss\n")
        newer = importer.bring_in("Company,Level\nAlfa,Gold\n")
        importer.undo(older)
        assert members() == {"Alfa": ("Gold", "Flåm", set())}
        assert importing.later_edits_of(importer.actor, importer.network, importer.again(older)) == []
        importer.undo(newer)
        assert members() == {"Alfa": ("Bronze", "Flåm", set())}

    def test_tags_of_the_older_one_go_and_those_of_the_newer_one_stay(self, importer: Importer) -> None:
        importer.bring_in("Company,Tags\nAlfa,own\n")
        older = importer.bring_in("Company,Tags\nAlfa,food\n")
        newer = importer.bring_in("Company,Tags\nAlfa,fruit\n")
        importer.undo(older)
        assert members()["Alfa"][2] == {"own", "fruit"}
        importer.undo(newer)
        assert members()["Alfa"][2] == {"own"}
        assert {tag.name for tag in Tag.objects.all()} == {"own"}

    def test_what_only_undone_imports_touched_goes(self, importer: Importer) -> None:
        first = importer.bring_in("Company,Level\nAlfa,Gold\n")
        importer.undo(importer.bring_in("Company,Level,City\nAlfa,Silver,Voss\n"))
        assert members() == {"Alfa": ("Gold", "", set())}
        assert importing.later_edits_of(importer.actor, importer.network, first) == []
        importer.undo(first)
        assert not Organization.objects.exists()

    def test_what_waited_for_the_newer_one_goes_with_it(self, importer: Importer) -> None:
        mapping = {
            "columns": {"member": {"Company": "name", "Needs": "needs", "Mail": "person.email", "New": "custom:New"}}
        }
        first = importer.bring_in(
            "Company,New\nAlfa,1\n", {"columns": {"member": {"Company": "name", "New": "custom:New"}}}
        )
        second = importer.bring_in("Company,Needs,Mail,New\nAlfa,A hand,a@example.org,2\n", mapping)
        first = importer.undo(first)
        assert set(members()) == {"Alfa"}
        assert importing.later_edits_of(importer.actor, importer.network, first)
        second = importer.undo(second)
        for model in (Organization, Membership, Need, Person, CustomField):
            assert not model._default_manager.exists(), model.__name__
        assert importing.later_edits_of(importer.actor, importer.network, importer.again(first)) == []

    def test_what_people_used_stays_for_good(self, importer: Importer) -> None:
        first = importer.bring_in("Company,Level\nAlfa,Gold\n")
        second = importer.bring_in("Company,Level\nAlfa,Silver\n")
        importer.undo(first)
        add_record(**importer.where, kind=NOTE, values={"membership": Membership.objects.get().pk, "text": "!"})
        importer.undo(second)
        assert members() == {"Alfa": ("Gold", "", set())}

    def test_an_edit_between_two_imports_comes_back(self, importer: Importer, add_member: Any) -> None:
        add_member("Alfa", tier="Bronze")
        older = importer.bring_in("Company,Level\nAlfa,Silver\n")
        edit(importer, "Alfa", tier="Platinum")
        newer = importer.bring_in("Company,Level\nAlfa,Gold\n")
        importer.undo(older)
        importer.undo(newer)
        assert members()["Alfa"][0] == "Platinum"

    def test_a_check_made_before_an_undo_is_made_again(self, importer: Importer, add_member: Any) -> None:
        add_member("Alfa", tier="Bronze")
        batch = importer.bring_in("Company,Level\nAlfa,Silver\n")
        add_member("Beta")
        checked = importer.check("Company,Level\nAlfa,Silver\nGamma,Gold\n")
        importer.undo(batch)
        job = importing.apply_import(**importer.where, batch_id=checked.pk)
        from unisono.platform import jobs

        assert jobs.run(job, importer.actor).state == "failed"


# Against an oracle: each field is a pile of what was said of it, and undoing takes out what the import said.


@dataclass
class Firm:
    creator: int | None
    piles: dict[str, list[tuple[int | None, str]]]
    tags: dict[int | None, set[str]] = field(default_factory=dict)
    touched_by: set[int] = field(default_factory=set)
    handled: bool = False
    is_orphan: bool = False

    def value(self, name: str) -> str:
        return self.piles[name][-1][1]

    def all_tags(self) -> set[str]:
        return set().union(*self.tags.values())


class Oracle:
    def __init__(self) -> None:
        self.firms: dict[str, Firm] = {}

    def bring_in(self, batch: int, rows: dict[str, dict[str, Any]]) -> None:
        for name, row in rows.items():
            firm = self.firms.get(name)
            if firm is None:
                piles = {f: [(None, row[f])] for f in ("tier", "place")}
                self.firms[name] = Firm(batch, piles, {None: set(row["tags"])})
                continue
            for f in ("tier", "place"):
                if row[f] and row[f] != firm.value(f):
                    firm.piles[f].append((batch, row[f]))
                    firm.touched_by.add(batch)
            if new := set(row["tags"]) - firm.all_tags():
                firm.tags[batch] = new
                firm.touched_by.add(batch)

    def edit(self, name: str, f: str, value: str) -> None:
        firm = self.firms[name]
        if firm.value(f) == value:
            return
        firm.handled = True
        pile = firm.piles[f]
        if len(pile) > 1 and pile[-1][0] is None:
            pile.pop()
        if pile[-1][1] != value:
            pile.append((None, value))

    def undo(self, batch: int) -> None:
        for name, firm in list(self.firms.items()):
            for pile in firm.piles.values():
                pile[1:] = [said for said in pile[1:] if said[0] != batch]
            firm.tags.pop(batch, None)
            firm.touched_by.discard(batch)
            firm.is_orphan |= firm.creator == batch
            if firm.is_orphan and not firm.handled and not firm.touched_by:
                del self.firms[name]

    def members(self) -> dict[str, tuple[str, str, set[str]]]:
        return {n: (firm.value("tier"), firm.value("place"), firm.all_tags()) for n, firm in self.firms.items()}


NAMES = ("Alfa", "Brakar seilduk", "Chromatic")
row = st.fixed_dictionaries(
    {
        "tier": st.sampled_from(["", "Gold", "Silver", "Bronze"]),
        "place": st.sampled_from(["", "Voss", "Bergen"]),
        "tags": st.lists(st.sampled_from(["x", "y"]), unique=True),
    }
)
imported = st.tuples(st.just("import"), st.dictionaries(st.sampled_from(NAMES), row, min_size=1))
edited = st.tuples(
    st.just("edit"),
    st.tuples(
        st.sampled_from(NAMES),
        st.one_of(
            st.tuples(st.just("tier"), st.sampled_from(["Gold", "Silver", "Bronze"])),
            st.tuples(st.just("place"), st.sampled_from(["Voss", "Bergen"])),
        ),
    ),
)
noted = st.tuples(st.just("note"), st.sampled_from(NAMES))
undone = st.tuples(st.just("undo"), st.integers(0, 9))
steps = st.lists(st.one_of(imported, imported, imported, edited, noted, undone, undone), min_size=3, max_size=9)


class Run:
    """The same steps on the database and on the oracle."""

    def __init__(self, importer: Importer) -> None:
        self.importer, self.oracle = importer, Oracle()
        self.batches: dict[int, Any] = {}
        self.next = 0

    def take(self, step: tuple[str, Any]) -> None:
        what, of = step
        if what == "import":
            lines = [f"{name},{r['tier']},{r['place']},{';'.join(r['tags'])}" for name, r in of.items()]
            self.batches[self.next] = self.importer.bring_in("\n".join(["Company,Level,City,Tags", *lines]) + "\n")
            self.oracle.bring_in(self.next, of)
            self.next += 1
        elif what == "undo" and self.batches:
            chosen = sorted(self.batches)[of % len(self.batches)]
            self.importer.undo(self.batches.pop(chosen))
            self.oracle.undo(chosen)
        elif what == "edit" and of[0] in self.oracle.firms:
            name, (known, value) = of
            self.oracle.edit(name, known, value)
            edit(self.importer, name, **{known: value})
        elif what == "note" and of in self.oracle.firms:
            member = Membership.objects.get(organization__name=of)
            add_record(**self.importer.where, kind=NOTE, values={"membership": member.pk, "text": "!"})
            self.oracle.firms[of].handled = True
        assert members() == self.oracle.members()


@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)
@given(steps, st.lists(st.integers(0, 9), min_size=9, max_size=9))
def test_any_order_is_right(importer: Importer, story: list[tuple[str, Any]], then: list[int]) -> None:
    with transaction.atomic():
        run = Run(importer)
        for step in story:
            run.take(step)
        for position in then:
            run.take(("undo", position))
        assert {f.creator for f in run.oracle.firms.values() if not f.handled} <= {None}
        transaction.set_rollback(True)
