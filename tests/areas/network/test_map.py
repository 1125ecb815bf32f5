"""The picture of a network: what it says of a small one that a person can work out by hand."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from unisono.areas.network import actions
from unisono.areas.network.graph import sources
from unisono.areas.network.graph.actions import renew_picture
from unisono.areas.network.graph.figures import Figure, figures_of
from unisono.areas.network.graph.jobs import draw
from unisono.areas.network.graph.queries import picture_state, position_of, way_between
from unisono.areas.network.graph.showing import derived_data, map_data
from unisono.areas.network.kinds import AGREEMENT, BY_PLURAL, CAPABILITY, MEMBER, NEED, NOTE, RELATIONSHIP
from unisono.areas.network.models import MemberPosition, Membership, Network, NetworkPicture, Note, Relationship
from unisono.areas.network.queries import select
from unisono.platform import jobs
from unisono.platform.actor import Actor
from unisono.platform.errors import Invalid, NotAllowed
from unisono.platform.models import Event, Job

AddMember = Callable[..., Membership]
Ties = Callable[..., dict[str, Membership]]


@pytest.fixture
def tied(actor: Actor, network: Network, add_member: AddMember) -> Ties:
    """`tied("A-B B-C D")` adds the members A to D, and the relations A-B and B-C."""

    def make(text: str, **values: Any) -> dict[str, Membership]:
        members: dict[str, Membership] = {}
        for part in text.split():
            names = part.split("-")
            for name in names:
                members.setdefault(name, None)  # type: ignore[arg-type]
        for name in members:
            members[name] = add_member(name)
        for part in text.split():
            if "-" in part:
                one, other = part.split("-")
                actions.add_record(
                    actor=actor, network=network, kind=RELATIONSHIP, state="active",
                    values={"first": members[one].pk, "second": members[other].pk, "kinds": ["supply"], **values},
                )  # fmt: skip
        return members

    return make


def drawn(actor: Actor, network: Network) -> dict[str, Figure]:
    """The figures after the job has done its work."""
    job = jobs.run(renew_picture(actor=actor, network=network), actor)
    assert job.state == Job.State.DONE, job.problems
    return {figure.name: figure for figure in figures_of(actor, network)}


def names(actor: Actor, network: Network, **filters: list[str]) -> list[str]:
    return [member.organization.name for member in select(actor, network, MEMBER, filters=filters)]


def test_figures_of_a_network_that_can_be_worked_out_by_hand(actor: Actor, network: Network, tied: Ties) -> None:
    # A triangle with a tail, a pair apart, one alone.
    tied("Anna-Bo Bo-Cato Cato-Anna Cato-Dag Dag-Eli Finn-Gro Hans")
    figures = drawn(actor, network)
    assert {name: figures[name].value for name in ("members", "relations", "largest", "apart", "isolated")} == {
        "members": 8, "relations": 6, "largest": 5, "apart": 1, "isolated": 1,
    }  # fmt: skip
    assert figures["engagement"].value == 6 / 8
    assert figures["mean_degree"].value == 2 * 6 / 8
    assert figures["density"].value == 6 / (8 * 7 / 2)
    # Without Cato, Dag and Eli do not reach the rest; without Dag, Eli does not.
    assert figures["breaking"].value == 2
    assert "If Cato left, 2 others" in figures["breaking"].sentence


def test_a_figure_opens_the_members_it_counts(actor: Actor, network: Network, tied: Ties) -> None:
    tied("Anna-Bo Bo-Cato Cato-Anna Cato-Dag Dag-Eli Finn-Gro Hans")
    figures = drawn(actor, network)
    for name in ("isolated", "core", "edge", "bridging", "breaking", "only_holders", "silent_edge", "members"):
        figure = figures[name]
        assert len(names(actor, network, **figure.records)) == figure.value, name
    assert names(actor, network, position=["isolated", "apart"]) == ["Finn", "Gro", "Hans"]
    assert names(actor, network, position=["edge"]) == ["Dag", "Eli", "Finn", "Gro", "Hans"]
    assert names(actor, network, position=["no such place"]) == []


def test_every_figure_opens_its_records(actor: Actor, network: Network, tied: Ties, add_member: AddMember) -> None:
    members = tied("Anna-Bo Bo-Cato Cato-Anna Cato-Dag Dag-Eli Finn-Gro Hans", coopetition=True)
    left = tied("Ida-Jo", coopetition=True)
    Membership.objects.filter(pk__in=[left["Ida"].pk, left["Jo"].pk]).update(state="exited")
    actions.add_record(
        actor=actor, network=network, kind=NOTE, values={"membership": members["Anna"].pk, "text": "Called"}
    )
    figures = drawn(actor, network)
    assert all(figure.kind and figure.records for figure in figures.values())

    def opened(name: str) -> list[Any]:
        figure = figures[name]
        return list(select(actor, network, BY_PLURAL[figure.kind], filters=figure.records))

    for name in ("members", "relations", "largest", "isolated", "mixed", "attention", "silent_edge"):
        assert len(opened(name)) == figures[name].value, name
    # One of eight leaves: Cato, who has most relations. What figures of the whole count is opened as a whole.
    assert [str(member) for member in opened("robustness")] == ["Cato"]
    assert len(opened("density")) == 6
    assert {str(member) for member in opened("communities")} >= {"Anna", "Bo", "Cato"}


def test_communities_are_a_filter(actor: Actor, network: Network, tied: Ties) -> None:
    tied("Anna-Bo Bo-Cato Cato-Anna Dag-Eli Eli-Finn Finn-Dag Finn-Gro Gro-Dag Hans")
    figures = drawn(actor, network)
    assert figures["communities"].value == 2
    assert names(actor, network, community=["1"]) == ["Dag", "Eli", "Finn", "Gro"]
    assert names(actor, network, community=["2"]) == ["Anna", "Bo", "Cato"]
    assert len(names(actor, network, **figures["communities"].records)) == 7
    assert names(actor, network, community=["none"]) == ["Hans"]
    assert names(actor, network, community=["no such"]) == []


def test_the_figures_are_those_of_the_core(actor: Actor, network: Network, tied: Ties) -> None:
    """M-13: without the middle of a star each of the others is alone. PageRank gives the middle most weight."""
    tied("Anna-Bo Anna-Cato Anna-Dag")
    robustness = drawn(actor, network)["robustness"]
    assert robustness.value == 1 / 4
    assert "by chance" in robustness.sentence
    rank = map_data(actor, network)["members"]["pagerank"]
    assert sum(rank) == pytest.approx(1, abs=1e-5)
    assert max(rank) == rank[0]


def test_one_is_said_otherwise_than_many(actor: Actor, network: Network, tied: Ties) -> None:
    tied("Anna-Bo")
    figures = drawn(actor, network)
    assert figures["relations"].sentence.startswith("1 pair of members has a relation")
    assert figures["isolated"].sentence == "Every member has a relation to some other."


def test_only_those_who_take_part_and_ties_that_hold_count(
    actor: Actor, network: Network, add_member: AddMember, tied: Ties
) -> None:
    members = tied("Anna-Bo Bo-Cato")
    add_member("Prospect", state="prospect")
    tie = Relationship.objects.get(first=members["Bo"], second=members["Cato"])
    actions.change_state(actor=actor, network=network, kind=RELATIONSHIP, record_id=tie.pk, state="ended")
    figures = drawn(actor, network)
    assert (figures["members"].value, figures["relations"].value) == (3, 1)


def test_parallel_relations_tie_once_and_are_told(actor: Actor, network: Network, tied: Ties) -> None:
    members = tied("Anna-Bo")
    again = {"first": members["Bo"].pk, "second": members["Anna"].pk, "kinds": ["data"], "coopetition": True}
    actions.add_record(actor=actor, network=network, kind=RELATIONSHIP, values=again, state="active")
    figures = drawn(actor, network)
    assert figures["relations"].value == 1
    assert "1 further record" in figures["relations"].sentence
    # PERKS-D16
    assert figures["mixed"].value == 1


def test_relations_of_members_that_left_mix_no_interests(actor: Actor, network: Network, tied: Ties) -> None:
    """PERKS-D16, of those who take part."""
    interests = {"coopetition": True, "first_interest": "Guests", "second_interest": "Fish"}
    members = tied("Anna-Bo Bo-Cato", **interests)
    Membership.objects.filter(pk=members["Cato"].pk).update(state="exited")
    figure = drawn(actor, network)["mixed"]
    assert figure.value == 1
    assert "Of 1 relation the interests" in figure.sentence


def test_what_is_lost_when_the_only_one_who_can_do_it_leaves(actor: Actor, network: Network, tied: Ties) -> None:
    """SJODIN-R8: look for a single actor on whom much depends."""
    members = tied("Anna-Bo")
    for name, term in (("Anna", "Smoking fish"), ("Anna", "baking"), ("Bo", "Baking")):
        actions.add_record(
            actor=actor, network=network, kind=CAPABILITY,
            values={"organization": members[name].organization_id, "term": term},
        )  # fmt: skip
    figures = drawn(actor, network)
    assert figures["only_holders"].value == 1
    assert figures["only_holders"].sentence.startswith("1 of 2 capabilities is gone")
    assert names(actor, network, position=["only_holder"]) == ["Anna"]


def test_silence_is_what_the_reader_may_know_of(
    actor: Actor, network: Network, tied: Ties, make_actor: Callable[..., Actor]
) -> None:
    """TREN-R4: whoever is at the edge and not heard from. A care note breaks the silence for the care team alone."""
    members = tied("Anna-Bo")
    add: dict[str, Any] = {"actor": actor, "network": network, "kind": NOTE}
    actions.add_record(**add, values={"membership": members["Anna"].pk, "text": "Called", "visibility": "care_team"})
    assert drawn(actor, network)["silent_edge"].value == 1
    observer = make_actor("observer")
    assert {f.name: f.value for f in figures_of(observer, network)}["silent_edge"] == 2
    # Half a year later nobody has called again.
    Note.objects.update(created_at=timezone.now() - timedelta(days=190))
    assert names(actor, network, position=["silent"]) == ["Anna", "Bo"]


def test_hidden_records_are_in_no_picture(
    actor: Actor, network: Network, tied: Ties, make_actor: Callable[..., Actor]
) -> None:
    members = tied("Anna-Bo Bo-Cato")
    Relationship.objects.filter(first=members["Bo"]).update(visibility="care_team")
    assert drawn(actor, network)["relations"].value == 1
    shown = map_data(make_actor("observer"), network)
    assert shown["ties"]["first"] == [0]
    # A relation that is hidden after the picture was made leaves the map at once.
    Relationship.objects.update(visibility="care_team")
    assert map_data(make_actor("observer"), network)["ties"]["first"] == []
    assert way_between(make_actor("observer"), network, members["Anna"], members["Bo"]) is None


def test_the_picture_knows_how_much_changed_since(actor: Actor, network: Network, tied: Ties) -> None:
    members = tied("Anna-Bo Bo-Cato")
    drawn(actor, network)
    assert picture_state(actor, network).changes == 0
    tie = Relationship.objects.get(first=members["Bo"])
    actions.edit_record(actor=actor, network=network, kind=RELATIONSHIP, record_id=tie.pk, values={"coopetition": True})
    assert picture_state(actor, network).changes == 1
    tie.delete()
    assert picture_state(actor, network).changes == 1
    drawn(actor, network)
    assert picture_state(actor, network).changes == 0


def test_a_member_that_came_since_is_shown_below(
    actor: Actor, network: Network, tied: Ties, add_member: AddMember
) -> None:
    tied("Anna-Bo")
    drawn(actor, network)
    add_member("Cato")
    shown = map_data(actor, network)["members"]
    assert shown["is_new"] == [0, 0, 1]
    assert shown["y"][2] < min(shown["y"][:2])


def test_the_same_network_gives_the_same_picture(actor: Actor, network: Network, tied: Ties) -> None:
    tied("Anna-Bo Bo-Cato Cato-Anna Cato-Dag Dag-Eli")
    seen = []
    for _run in range(2):
        drawn(actor, network)
        rows = MemberPosition.objects.order_by("membership_id").values_list("x", "y", "community", "betweenness")
        seen.append((list(rows), NetworkPicture.objects.get().inputs_hash))
    assert seen[0] == seen[1]
    assert MemberPosition.objects.count() == 5
    assert [e.kind for e in Event.objects.filter(subject_type="networkpicture")] == ["map.drawn"] * 2


def test_two_who_press_at_once_start_one_job(actor: Actor, network: Network) -> None:
    first = renew_picture(actor=actor, network=network)
    assert renew_picture(actor=actor, network=network).pk == first.pk
    assert Job.objects.count() == 1
    jobs.run(first, actor)
    assert renew_picture(actor=actor, network=network).pk != first.pk


def test_an_empty_network_has_a_picture_too(actor: Actor, network: Network) -> None:
    figures = drawn(actor, network)
    assert figures["members"].value == 0
    assert map_data(actor, network)["members"]["id"] == []


def test_who_may_only_look_starts_nothing(network: Network, make_actor: Callable[..., Actor]) -> None:
    observer = make_actor("observer")
    with pytest.raises(NotAllowed):
        renew_picture(actor=observer, network=network)
    picture = NetworkPicture.objects.create(network=network)
    with pytest.raises(NotAllowed):
        draw(observer, picture.pk, jobs.Progress(picture.pk))


def test_the_way_between_two_members(actor: Actor, network: Network, tied: Ties) -> None:
    """PERKS-D16: pressure and help come through indirect ties."""
    members = tied("Anna-Bo Bo-Cato Cato-Dag Anna-Eli Eli-Finn Finn-Gro Gro-Dag Hans")
    way = way_between(actor, network, members["Anna"], members["Dag"])
    assert way is not None
    assert [step.member.organization.name for step in way] == ["Bo", "Cato", "Dag"]
    assert way_between(actor, network, members["Anna"], members["Hans"]) is None
    with pytest.raises(Invalid):
        way_between(actor, network, members["Anna"], members["Anna"])


def test_derived_ties_are_told_apart_and_enter_no_figure(actor: Actor, network: Network, tied: Ties) -> None:
    members = tied("Anna-Bo Cato")
    add: dict[str, Any] = {"actor": actor, "network": network}
    for name in ("Anna", "Cato"):
        actions.add_record(
            **add, kind=CAPABILITY, values={"organization": members[name].organization_id, "term": "Baking"}
        )
    actions.add_record(**add, kind=NEED, values={"membership": members["Anna"].pk, "statement": "Guests in November"})
    actions.add_record(**add, kind=NEED, values={"membership": members["Bo"].pk, "statement": "November is empty."})
    parties = [members[name].pk for name in ("Bo", "Cato")]
    actions.add_record(**add, kind=AGREEMENT, values={"title": "Ferry", "kind": "scope", "parties": parties})
    actions.edit_record(**add, kind=MEMBER, record_id=members["Cato"].pk, values={"referrer": members["Anna"].pk})
    by_id = {member.pk: name for name, member in members.items()}
    found = {}
    # Areas above add theirs.
    for source in map(sources.tie_source, ("relation", "referral", "capability", "need", "agreement")):
        data = derived_data(actor, network, source)
        assert data["is_derived"] == (source.name != "relation")
        found[source.name] = [
            ("".join(sorted(by_id[t[end]][0] for end in ("first", "second"))), t["shared"]) for t in data["ties"]
        ]
    assert found == {
        "relation": [("AB", [])],
        "referral": [("AC", [])],
        "capability": [("AC", ["Baking"])],
        "need": [("AB", ["november"])],
        "agreement": [("BC", ["Ferry"])],
    }
    assert drawn(actor, network)["relations"].value == 1
    two_mode = derived_data(actor, network, sources.tie_source("capability"), two_mode=True)
    assert two_mode["things"] == ["Baking"]
    assert {by_id[member] for member, _thing in two_mode["held"]} == {"Anna", "Cato"}
    with pytest.raises(Invalid):
        sources.tie_source("friendship")


def test_what_nearly_all_have_in_common_ties_nobody(
    actor: Actor, network: Network, tied: Ties, monkeypatch: pytest.MonkeyPatch
) -> None:
    members = tied("Anna Bo Cato")
    for member in members.values():
        values = {"organization": member.organization_id, "term": "Hosting"}
        actions.add_record(actor=actor, network=network, kind=CAPABILITY, values=values)
    source = sources.tie_source("capability")
    assert len(sources.ties_of(actor, network, source)) == 3
    monkeypatch.setattr(sources, "MOST_SHARING", 2)
    assert sources.ties_of(actor, network, source) == {}


def test_the_map_knows_what_members_can_be_coloured_by(actor: Actor, network: Network, add_member: AddMember) -> None:
    add_member("Anna", tier="Gold", tags="food; fish", sides=["provider", "customer"])
    add_member("Bo", tier="Silver")
    shown = map_data(actor, network)
    fields = {field["name"]: field for field in shown["fields"]}
    assert [v["value"] for v in fields["tier"]["values"]] == ["Gold", "Silver"]
    assert fields["tier"]["codes"] == [0, 1]
    assert fields["tags"]["codes"][1] == []
    assert fields["sides"]["many"]
    member = Membership.objects.get(organization__name="Anna")
    assert position_of(network, member.pk) is None
