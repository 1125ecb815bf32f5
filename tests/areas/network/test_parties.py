"""Who reads what is for the parties: on every kind of record, taken from the registry, in both directions."""

from collections.abc import Callable
from typing import Any

import pytest

from unisono.areas.network import actions, policies
from unisono.areas.network.kinds import KINDS
from unisono.areas.network.models import Attachment, Comment, Membership, Network
from unisono.areas.network.parties import about_any, organizations_about, paths_to_parties
from unisono.areas.network.queries import attachments_of, get_record, timeline_of, visible
from unisono.areas.network.queries.comments import comments_of, latest_comments, people_who_may_read
from unisono.platform.actor import Actor
from unisono.platform.errors import NotAllowed, NotFound
from unisono.platform.tenancy import Visibility


@pytest.fixture
def farm(add_member: Callable[..., Membership]) -> Membership:
    return add_member("Lærdal Smoked Trout")


@pytest.fixture
def hotel(add_member: Callable[..., Membership]) -> Membership:
    return add_member("Hotel Utsikten")


@pytest.fixture
def of_farm(make_actor: Callable[..., Actor], network: Network, farm: Membership) -> Actor:
    return make_actor("representative", network=network, of=farm, email="marit@example.org")


@pytest.fixture
def of_hotel(make_actor: Callable[..., Actor], network: Network, hotel: Membership) -> Actor:
    return make_actor("representative", network=network, of=hotel, email="hanna@example.org")


@pytest.fixture
def one_of_each(actor: Actor, network: Network, farm: Membership, hotel: Membership) -> dict[str, Any]:
    """A record of every kind about the farm alone, all of them for the parties only."""
    given: dict[str, Any] = {"actor": actor, "network": network}
    person = actions.add_record(
        **given, kind=KINDS["person"], values={"name": "Marit", "organizations": [farm.organization_id]}
    )
    other = actions.add_member(**given, values={"name": "Aurland Cider"})
    values: dict[str, dict[str, Any]] = {
        "need": {"membership": farm.pk, "statement": "Guests in spring"},
        "offering": {"name": "Smoked trout", "owners": [farm.organization_id]},
        "capability": {"organization": farm.organization_id, "term": "smoking"},
        "resource": {"owner": farm.organization_id, "name": "Smokehouse"},
        "relationship": {"first": other.pk, "second": farm.pk, "kinds": ["supply"]},
        "role": {"person": person.pk, "role_type": "advocate"},
        "agreement": {"title": "Rules", "kind": "participation_rules", "parties": [farm.pk, other.pk]},
        "note": {"membership": farm.pk, "text": "A talk"},
        "initiative": {"name": "Winter pilot", "owner": farm.pk},
        "gathering": {"name": "Spring meeting", "on": "2026-03-12"},
        "participation": {"membership": farm.pk, "gathering": "Spring meeting"},
    }
    found = {"member": farm, "organization": farm.organization, "person": person}
    for name, kind in KINDS.items():
        if name not in found:
            found[name] = actions.add_record(**given, kind=kind, values=values[name])
        kind.model._default_manager.filter(pk=found[name].pk).update(visibility=Visibility.PARTIES)
        found[name].refresh_from_db()
    return found


def test_every_kind_says_whom_its_records_are_about() -> None:
    assert all(paths_to_parties(kind.model) for kind in KINDS.values())
    with pytest.raises(LookupError, match="Say in its kind"):
        paths_to_parties(Network)


def test_parties_read_what_others_do_not(
    subtests: pytest.Subtests, one_of_each: dict[str, Any], actor: Actor, network: Network, of_farm: Actor,
    of_hotel: Actor, make_actor: Callable[..., Actor],
) -> None:  # fmt: skip
    readers = {"editor": actor, "its own": of_farm}
    others = {
        "of another": of_hotel,
        "observer": make_actor("observer", network=network),
        "of nobody": make_actor("representative", network=network),
    }
    for name, kind in KINDS.items():
        record = one_of_each[name]
        for label, who in readers.items():
            with subtests.test(name, who=label):
                assert policies.can_read_record(who, network, record)
                assert get_record(who, network, kind, record.pk) == record
        for label, who in others.items():
            with subtests.test(name, who=label):
                assert not policies.can_read_record(who, network, record)
                with pytest.raises(NotFound):
                    get_record(who, network, kind, record.pk)


def test_what_is_for_the_network_everybody_there_reads(
    subtests: pytest.Subtests, one_of_each: dict[str, Any], network: Network, of_hotel: Actor
) -> None:
    for name, kind in KINDS.items():
        with subtests.test(name):
            record = one_of_each[name]
            kind.model._default_manager.filter(pk=record.pk).update(visibility=Visibility.NETWORK)
            assert visible(of_hotel, network, kind, archived=None).filter(pk=record.pk).exists()


def test_both_directions_say_the_same(
    subtests: pytest.Subtests, one_of_each: dict[str, Any], farm: Membership, hotel: Membership
) -> None:
    for name, kind in KINDS.items():
        with subtests.test(name):
            rows = kind.model._default_manager.all()
            assert farm.organization_id in organizations_about(one_of_each[name])
            for organization in (farm.organization_id, hotel.organization_id):
                found = set(rows.filter(about_any(kind.model, {organization})))
                assert found == {row for row in rows if organization in organizations_about(row)}


def test_a_record_of_several_parties_comes_once(
    one_of_each: dict[str, Any], farm: Membership, hotel: Membership
) -> None:
    model = KINDS["agreement"].model
    one_of_each["agreement"].parties.add(hotel)
    both = {farm.organization_id, hotel.organization_id}
    assert list(model._default_manager.filter(about_any(model, both))) == [one_of_each["agreement"]]


def test_a_mandate_counts_in_its_network_alone(
    actor: Actor, network: Network, one_of_each: dict[str, Any], farm: Membership, of_farm: Actor,
    make_actor: Callable[..., Actor],
) -> None:  # fmt: skip
    elsewhere = actions.create_network(actor=actor, values={"name": "Elsewhere"})
    joined = actions.add_member(actor=actor, network=elsewhere, organization_id=farm.organization_id, values={})
    need = actions.add_record(
        actor=actor, network=elsewhere, kind=KINDS["need"],
        values={"membership": joined.pk, "statement": "More hands", "visibility": "parties"},
    )  # fmt: skip
    both = make_actor("observer", network=elsewhere, email="marit@example.org")
    assert both.represents == of_farm.represents == {farm.organization_id}
    assert not policies.can_read_record(both, elsewhere, need)
    assert not visible(both, elsewhere, KINDS["need"]).exists()
    assert get_record(both, network, KINDS["need"], one_of_each["need"].pk)


def test_files_for_the_parties(
    actor: Actor, network: Network, farm: Membership, of_farm: Actor, of_hotel: Actor
) -> None:
    kept = actions.attach_file(actor=actor, network=network, membership_id=farm.pk, name="plan.txt", chunks=[b"plan"])
    Attachment.objects.filter(pk=kept.pk).update(visibility=Visibility.PARTIES)
    assert attachments_of(of_farm, network, farm.pk) == [kept]
    assert attachments_of(of_hotel, network, farm.pk) == []


def test_talk_for_the_parties_has_those_of_its_record(
    actor: Actor, network: Network, farm: Membership, hotel: Membership, of_farm: Actor, of_hotel: Actor
) -> None:
    """A representative says something to the network's team; another firm's neither reads it nor is named."""
    said = actions.write_comment(
        actor=of_farm, network=network, kind=KINDS["member"], record_id=farm.pk, text="We may have to leave.",
        visibility="parties",
    )  # fmt: skip
    for who in (actor, of_farm):
        assert [thread.comment for thread in comments_of(who, network, farm)] == [said]
        assert policies.can_read_comment(who, network, said)
    assert comments_of(of_hotel, network, farm) == latest_comments(of_hotel, network) == []
    assert not policies.can_read_comment(of_hotel, network, said)
    people = people_who_may_read(network, farm, "parties", author_id=actor.user_id)
    assert {user.email for user in people} == {"ingrid@example.org", "marit@example.org"}
    assert Comment.objects.filter(about_any(Comment, {hotel.organization_id})).count() == 0


def test_nobody_writes_for_parties_without_being_one(network: Network, farm: Membership, of_hotel: Actor) -> None:
    with pytest.raises(NotAllowed, match="write for these readers"):
        actions.write_comment(
            actor=of_hotel, network=network, kind=KINDS["member"], record_id=farm.pk, text="Hm.", visibility="parties"
        )


def test_what_was_told_of_a_record_is_hidden_with_it(
    actor: Actor, network: Network, farm: Membership, of_farm: Actor, make_actor: Callable[..., Actor],
    one_of_each: dict[str, Any],
) -> None:  # fmt: skip
    """What happened while everybody could read a record is told by timelines as long as they can."""
    observer = make_actor("observer")
    told = {happening.record_id for happening in timeline_of(observer, network, farm, limit=200)}
    hidden = {record.pk for name, record in one_of_each.items() if name not in ("member", "organization")}
    assert not told & hidden
    assert {one_of_each["need"].pk, one_of_each["offering"].pk} <= {
        happening.record_id for happening in timeline_of(of_farm, network, farm, limit=200)
    }
