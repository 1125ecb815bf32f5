"""A representative keeps its own firm's records, through every door, and nobody else's."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner
from django.test import Client

from unisono.areas.network import actions, policies
from unisono.areas.network.kinds import KINDS, MEMBER, ORGANIZATION
from unisono.areas.network.models import Capability, Membership, Network, Organization
from unisono.areas.network.queries import get_record
from unisono.cli.commands import unisono as cli
from unisono.platform.accounts import ensure_user
from unisono.platform.actor import Actor
from unisono.platform.errors import Invalid, NotAllowed, NotFound
from unisono.platform.models import Event, WorkspaceRole

KEPT = ("need", "offering", "capability", "resource", "person")


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
def given(of_farm: Actor, network: Network) -> dict[str, Any]:
    return {"actor": of_farm, "network": network}


def values_about(member: Membership) -> dict[str, dict[str, Any]]:
    firm = member.organization_id
    return {
        "need": {"membership": str(member.pk), "statement": "Guests in spring"},
        "offering": {"name": "Tasting", "owners": [str(firm)]},
        "capability": {"organization": str(firm), "term": "smoking"},
        "resource": {"owner": str(firm), "name": "Smokehouse"},
        "person": {"name": "Marit", "organizations": [str(firm)]},
    }


def test_what_members_keep_is_said_by_the_kinds() -> None:
    assert {name for name, kind in KINDS.items() if kind.kept_by_members == "all"} == set(KEPT)
    assert {name for name, kind in KINDS.items() if kind.kept_by_members == "profile"} == {"member", "organization"}


def test_a_representative_keeps_its_own(
    subtests: pytest.Subtests, given: dict[str, Any], farm: Membership, of_farm: Actor
) -> None:
    changed = {"need": "statement", "offering": "name", "capability": "term", "resource": "name", "person": "name"}
    for name in KEPT:
        kind = KINDS[name]
        with subtests.test(name):
            record = actions.add_record(**given, kind=kind, values=values_about(farm)[name])
            assert record.created_by_id == of_farm.user_id
            where: dict[str, Any] = {**given, "kind": kind, "record_id": record.pk}
            edited = actions.edit_record(**where, values={changed[name]: "Another"})
            assert getattr(edited, changed[name]) == "Another"
            assert actions.archive_record(**where).is_archived
            assert not actions.restore_record(**where).is_archived
            state = next(s for s in edited.next_states() if s not in kind.attested_states)
            assert actions.change_state(**where, state=state).state == state


def test_a_representative_keeps_nobody_elses(
    subtests: pytest.Subtests, actor: Actor, given: dict[str, Any], farm: Membership, hotel: Membership
) -> None:
    """Neither about another firm, nor its own handed to another one, nor what several firms have in common."""
    network = given["network"]
    shared = {
        "offering": {"name": "Dinner", "owners": [str(farm.organization_id), str(hotel.organization_id)]},
        "person": {"name": "Kari", "organizations": [str(farm.organization_id), str(hotel.organization_id)]},
    }
    for name in KEPT:
        kind = KINDS[name]
        theirs = actions.add_record(actor=actor, network=network, kind=kind, values=values_about(hotel)[name])
        both = [theirs]
        if name in shared:
            both += [actions.add_record(actor=actor, network=network, kind=kind, values=shared[name])]
        before = Event.objects.count()
        with subtests.test(f"add: {name}"), pytest.raises(NotAllowed, match="other organisations"):
            actions.add_record(**given, kind=kind, values=values_about(hotel)[name])
        for record in both:
            where: dict[str, Any] = {**given, "kind": kind, "record_id": record.pk}
            with subtests.test(f"change: {name}"):
                for attempt in (
                    lambda w=where: actions.edit_record(**w, values={}),
                    lambda w=where: actions.archive_record(**w),
                    lambda w=where, r=record: actions.change_state(**w, state=r.next_states()[0]),
                    lambda w=where: actions.choose_readers(**w, readers={}),
                ):
                    with pytest.raises(NotAllowed):
                        attempt()
        assert Event.objects.count() == before
        own = actions.add_record(**given, kind=kind, values=values_about(farm)[name])
        to_them = {key: value for key, value in values_about(hotel)[name].items() if isinstance(value, list) or (
            key in ("membership", "organization", "owner"))}  # fmt: skip
        with subtests.test(f"hand away: {name}"), pytest.raises(NotAllowed, match="other organisations"):
            actions.edit_record(**given, kind=kind, record_id=own.pk, values=to_them)
        if name == "offering":
            with pytest.raises(NotAllowed):
                actions.edit_record(**given, kind=kind, record_id=own.pk, values={"owners": []})


def test_other_kinds_are_the_teams(
    subtests: pytest.Subtests, actor: Actor, given: dict[str, Any], farm: Membership, hotel: Membership
) -> None:
    values: dict[str, dict[str, Any]] = {
        "organization": {"name": "New"}, "member": {"name": "New"},
        "relationship": {"first": farm.pk, "second": hotel.pk, "kinds": ["supply"]},
        "role": {"membership": farm.pk, "role_type": "advocate"},
        "agreement": {"title": "Rules", "kind": "participation_rules", "parties": [farm.pk]},
        "note": {"membership": farm.pk, "text": "A note"},
        "gathering": {"name": "Spring meeting", "on": "2026-03-12"},
        "initiative": {"name": "Winter pilot", "owner": farm.pk},
        "participation": {"membership": farm.pk, "gathering": "Spring meeting"},
    }  # fmt: skip
    for name in set(KINDS) - set(KEPT):
        with subtests.test(name), pytest.raises(NotAllowed):
            actions.add_record(**given, kind=KINDS[name], values=values[name])
    with pytest.raises(NotAllowed):
        actions.add_member(**given, values={"name": "New"})
    for kind, pk in ((MEMBER, farm.pk), (ORGANIZATION, farm.organization_id)):
        for attempt in (actions.archive_record, actions.restore_record):
            with pytest.raises(NotAllowed):
                attempt(**given, kind=kind, record_id=pk)
        with pytest.raises(NotAllowed):
            actions.change_state(**given, kind=kind, record_id=pk, state="exited", reason="?")


def test_a_profile_is_edited_by_its_firm_and_no_more_than_the_profile(
    actor: Actor, given: dict[str, Any], farm: Membership, hotel: Membership
) -> None:
    network = given["network"]
    actions.edit_record(
        actor=actor, network=network, kind=MEMBER, record_id=farm.pk,
        values={"tier": "Gold", "key": "a1", "wave": 3, "partner_decision": "partner", "tags": "food"},
    )  # fmt: skip
    for kind, record in ((MEMBER, farm), (ORGANIZATION, farm.organization)):
        actions.edit_record(**given, kind=kind, record_id=record.pk, values={"phone": "57 66 00 00"})
        for name in ("tier", "wave", "partner_decision", "key", "joined_on", "tags", "custom.beds"):
            with pytest.raises(Invalid, match="no such field"):
                actions.edit_record(**given, kind=kind, record_id=record.pk, values={name: "1"})
    farm.refresh_from_db()
    assert (farm.organization.phone, farm.organization.key) == ("57 66 00 00", "a1")
    assert (farm.tier, farm.wave, farm.partner_decision) == ("Gold", 3, "partner")
    assert [tag.name for tag in farm.tags.all()] == ["food"], "what a form did not show stays"
    for kind, pk in ((MEMBER, hotel.pk), (ORGANIZATION, hotel.organization_id)):
        with pytest.raises(NotAllowed):
            actions.edit_record(**given, kind=kind, record_id=pk, values={"phone": "1"})


def test_what_only_others_can_say_of_a_firm(actor: Actor, given: dict[str, Any], farm: Membership) -> None:
    """Its capabilities are stated by itself, and confirmed by somebody else."""
    kind, values = KINDS["capability"], values_about(farm)["capability"]
    own = actions.add_record(**given, kind=kind, values=values)
    assert own.stated_by == Capability.StatedBy.SELF
    with pytest.raises(Invalid, match="no such field"):
        actions.edit_record(**given, kind=kind, record_id=own.pk, values={"stated_by": "lead"})
    with pytest.raises(NotAllowed, match="your own records"):
        actions.change_state(**given, kind=kind, record_id=own.pk, state="confirmed")
    with pytest.raises(NotAllowed, match="your own records"):
        actions.add_record(**given, kind=kind, values=values, state="confirmed")
    network = given["network"]
    assert actions.change_state(actor=actor, network=network, kind=kind, record_id=own.pk, state="confirmed")


def test_what_the_team_confirmed_is_a_claim_again_once_the_firm_changes_it(
    actor: Actor, given: dict[str, Any], farm: Membership
) -> None:
    """Nobody raises what was confirmed: with the change the confirmation is gone, and the log has it."""
    kind, network = KINDS["capability"], given["network"]
    own = actions.add_record(**given, kind=kind, values=values_about(farm)["capability"])
    by_team: dict[str, Any] = {"actor": actor, "network": network, "kind": kind, "record_id": own.pk}
    actions.edit_record(**by_team, values={"stated_by": "lead"})
    actions.change_state(**by_team, state="confirmed")
    assert actions.edit_record(**by_team, values={"level": "0.5"}).state == "confirmed"
    actions.edit_record(**given, kind=kind, record_id=own.pk, values={"level": "0.50"})
    own.refresh_from_db()
    assert (own.state, own.stated_by) == ("confirmed", "lead"), "nothing was changed"
    actions.edit_record(**given, kind=kind, record_id=own.pk, values={"level": "1"})
    own.refresh_from_db()
    assert (own.state, own.stated_by) == ("claimed", "self")
    noted = Event.objects.filter(subject_id=own.pk, kind="capability.edited").latest("at").changes
    assert (noted["state"], noted["stated_by"]) == (["confirmed", "claimed"], ["lead", "self"])


def test_a_reference_does_not_tell_of_what_is_hidden(
    given: dict[str, Any], farm: Membership, hotel: Membership
) -> None:
    """An organisation that one may not read is answered like one that is not there, by its name and by its id."""
    Organization.objects.filter(pk=hotel.organization_id).update(visibility="care_team")
    for named in ("Hotel Utsikten", str(hotel.organization_id), "Nobody at all"):
        values = {"name": "Marit", "organizations": [str(farm.organization_id), named]}
        with pytest.raises(Invalid, match="There is no"):
            actions.add_record(**given, kind=KINDS["person"], values=values)


def test_a_need_is_written_for_readers_one_belongs_to(given: dict[str, Any], farm: Membership) -> None:
    kind, values = KINDS["need"], values_about(farm)["need"]
    for level in ("network", "parties", "private"):
        need = actions.add_record(**given, kind=kind, values={**values, "visibility": level})
        assert get_record(given["actor"], given["network"], kind, need.pk) == need
    with pytest.raises(Invalid, match="none of the choices"):
        actions.add_record(**given, kind=kind, values={**values, "visibility": "care_team"})
    with pytest.raises(Invalid, match="none of the choices"):
        actions.edit_record(**given, kind=kind, record_id=need.pk, values={"visibility": "care_team"})


def test_one_profile_in_several_networks(
    actor: Actor, given: dict[str, Any], farm: Membership, make_actor: Callable[..., Actor]
) -> None:
    """It is edited once; what differs by network, and who let the representative in, stays apart."""
    elsewhere = actions.create_network(actor=actor, values={"name": "Elsewhere"})
    joined = actions.add_member(actor=actor, network=elsewhere, organization_id=farm.organization_id, values={})
    actions.edit_record(**given, kind=MEMBER, record_id=farm.pk, values={"phone": "57 66 00 00"})
    assert get_record(actor, elsewhere, MEMBER, joined.pk).organization.phone == "57 66 00 00"
    with pytest.raises(NotFound):
        get_record(given["actor"], elsewhere, MEMBER, joined.pk)
    both = make_actor("representative", network=elsewhere, of=joined, email="marit@example.org")
    need = actions.add_record(actor=both, network=elsewhere, kind=KINDS["need"], values=values_about(joined)["need"])
    assert need.network_id == elsewhere.pk
    with pytest.raises(Invalid):
        actions.add_record(actor=both, network=elsewhere, kind=KINDS["need"], values=values_about(farm)["need"])


def test_a_token_that_only_reads_changes_nothing(
    network: Network, of_farm: Actor, farm: Membership, make_api: Callable[..., Client]
) -> None:
    body, base = json.dumps(values_about(farm)["need"]), f"/api/v1/networks/{network.slug}"
    reading, writing = make_api("read", acting=of_farm), make_api("read", "write", acting=of_farm)
    assert reading.post(f"{base}/needs", body, content_type="application/json").status_code == 403
    added = writing.post(f"{base}/needs", body, content_type="application/json")
    assert added.status_code == 201
    profile = f"{base}/organizations/{farm.organization_id}"
    assert writing.patch(profile, '{"phone": "1"}', content_type="application/json").json()["phone"] == "1"
    assert writing.patch(profile, '{"key": "1"}', content_type="application/json").status_code == 422
    need = f"{base}/needs/{added.json()['id']}"
    assert writing.post(f"{need}/state", '{"state": "lapsed"}', content_type="application/json").status_code == 200
    assert writing.post(f"{need}/archive").json()["archived_at"]


def test_the_command_and_the_page_do_the_same(
    network: Network, of_farm: Actor, farm: Membership, hotel: Membership
) -> None:
    as_marit = ["--as", "marit@example.org", "--json"]
    command = ["need", "add", "--membership", str(farm.pk), "--statement", "Guests in spring", *as_marit]
    assert CliRunner().invoke(cli, command).exit_code == 0
    assert (
        CliRunner().invoke(cli, ["need", "add", "--membership", str(hotel.pk), "--statement", "?", *as_marit]).exit_code
        == 5
    )
    client = Client()
    client.force_login(ensure_user(email="marit@example.org"))
    page = f"/n/{network.slug}/needs/new"
    assert client.get(page).status_code == 200
    answer = client.post(page, {"membership": str(farm.pk), "statement": "More hands", "visibility": "parties"})
    assert answer.status_code == 302
    assert client.post(page, {"membership": str(hotel.pk), "statement": "?"}).status_code == 403
    profile = f"/n/{network.slug}/organizations/{farm.organization_id}/edit"
    form = client.get(profile)
    assert b'name="phone"' in form.content
    assert b'name="key"' not in form.content
    assert client.post(f"{profile}?only=phone", {"phone": "57 66"}).status_code == 302
    assert Organization.objects.get(pk=farm.organization_id).phone == "57 66"
    assert client.get(f"/n/{network.slug}/organizations/{hotel.organization_id}/edit").status_code == 403


def test_a_mandate_follows_its_organisation_through_a_merge_and_back(
    actor: Actor, network: Network, farm: Membership, add_member: Callable[..., Membership], of_farm: Actor
) -> None:
    twin = add_member("Laerdal Trout")
    actions.merge_organizations(
        actor=actor, network=network, keep_id=twin.organization_id, absorb_id=farm.organization_id
    )
    held = WorkspaceRole.objects.filter(user_id=of_farm.user_id).values_list("organization_id", flat=True)
    assert set(held) == {farm.organization_id, twin.organization_id}
    from unisono.areas.network.models import MergeRecord

    actions.unmerge_organizations(actor=actor, network=network, merge_id=MergeRecord.objects.get().pk)
    assert set(held.all()) == {farm.organization_id}


def test_what_may_be_filled_in_is_asked_of_one_rule(actor: Actor, network: Network, of_farm: Actor) -> None:
    names = {f.name for f in policies.fields_to_set(of_farm, network, MEMBER, MEMBER.fields)}
    assert "phone" in names
    assert not names & {"key", "tier", "sides", "joined_on"}
    assert policies.fields_to_set(actor, network, MEMBER, MEMBER.fields) == list(MEMBER.fields)
