"""Pages of the directory: they open with few queries, write what they are told, and refuse what they must."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from unisono.areas.network import actions
from unisono.areas.network.kinds import KINDS, MEMBER, NEED, NOTE, OFFERING, ORGANIZATION, PERSON, RELATIONSHIP
from unisono.areas.network.models import Membership, Network
from unisono.areas.network.queries import finding, get_record, timeline_of, visible
from unisono.platform.accounts import create_workspace, ensure_user
from unisono.platform.actor import Actor, actor_of
from unisono.platform.models import Event, User
from unisono.platform.tenancy import workspace_scope

AddMember = Callable[..., Membership]


def url(name: str, *place: Any) -> str:
    return reverse(f"web:{name}", args=place)


@pytest.fixture
def member(actor: Actor, network: Network, add_member: AddMember) -> Membership:
    """A member with something of everything."""
    trout = add_member("Lærdal Smoked Trout", place="Lærdal", tags="producer; host")
    hotel = add_member("Hotel Utsikten", place="Aurland")
    for kind, values in (
        (PERSON, {"name": "Marit Bø", "organizations": [trout.organization_id]}),
        (NEED, {"membership": trout.pk, "statement": "More guests in spring"}),
        (OFFERING, {"name": "Smoked trout", "owners": [trout.organization_id]}),
        (RELATIONSHIP, {"first": trout.pk, "second": hotel.pk, "kinds": "supply"}),
        (NOTE, {"membership": trout.pk, "text": "Call before eight"}),
        (KINDS["capability"], {"organization": trout.organization_id, "term": "smoking"}),
        (KINDS["resource"], {"owner": trout.organization_id, "name": "Van"}),
        (KINDS["role"], {"membership": trout.pk, "role_type": "advocate"}),
        (KINDS["agreement"], {"title": "Rules", "kind": "scope", "parties": [trout.pk]}),
        (ORGANIZATION, {"name": "Vy Buss"}),
        (KINDS["initiative"], {"name": "Winter pilot", "owner": trout.pk}),
        (KINDS["gathering"], {"name": "Spring meeting", "on": "2026-03-12"}),
        (KINDS["participation"], {"membership": trout.pk, "gathering": "Spring meeting"}),
    ):
        actions.add_record(actor=actor, network=network, kind=kind, values=values)
    return trout


@pytest.fixture
def observer(make_actor: Callable[..., Actor]) -> Client:
    """A browser of somebody who may only look."""
    client = Client()
    client.force_login(User.objects.get(pk=make_actor("observer").user_id))
    return client


def opens(client: Client, path: str, queries: int = 12) -> str:
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(path)
    assert answer.status_code == 200, path
    assert 0 < len(asked.captured_queries) <= queries, (path, [q["sql"][:120] for q in asked.captured_queries])
    return answer.content.decode()


@pytest.mark.parametrize("kind", [kind for kind in KINDS.values() if kind is not NOTE], ids=lambda k: k.name)
def test_lists_details_and_forms_open_with_few_queries(
    page_client: Client, actor: Actor, network: Network, member: Membership, kind: Any
) -> None:
    record = visible(actor, network, kind).first()
    page = opens(page_client, url("records", network.slug, kind.plural))
    if kind is not ORGANIZATION:
        assert str(record.pk) in page
    place = (network.slug, kind.plural, record.pk)
    if kind is not ORGANIZATION:
        opens(page_client, url("record", *place))
        opens(page_client, url("record_edit", *place))
        opens(page_client, url("record_state", *place))
    opens(page_client, url("record_new", network.slug, kind.plural))
    opens(page_client, url("filters", network.slug, kind.plural), queries=16)
    opens(page_client, url("pick", network.slug, kind.plural) + "?q=a")


@pytest.mark.parametrize("tab", ["", "_people", "_exchange", "_relations", "_gatherings", "_timeline", "_notes"])
def test_every_tab_of_a_member_opens(page_client: Client, network: Network, member: Membership, tab: str) -> None:
    page = opens(page_client, url(f"member{tab}", network.slug, member.pk))
    assert "Lærdal Smoked Trout" in page
    expected = {"": "More guests in spring", "_people": "Marit Bø", "_exchange": "Smoked trout",
                "_relations": "Hotel Utsikten", "_gatherings": "Spring meeting",
                "_timeline": "Member added", "_notes": "Call before eight"}  # fmt: skip
    assert expected[tab] in page


@pytest.mark.parametrize(
    "name", ["network_settings", "network_fields", "network_tags", "settings", "tokens", "network_new"]
)
def test_settings_open(page_client: Client, network: Network, name: str) -> None:
    opens(page_client, url(name, *([network.slug] if name.startswith("network_") and name != "network_new" else [])))


def test_search_finds_without_the_letters_of_the_name(
    page_client: Client, network: Network, member: Membership
) -> None:
    page = opens(page_client, url("records", network.slug, "members") + "?q=laerdal")
    assert "Lærdal Smoked Trout" in page and "Hotel Utsikten" not in page
    assert "Lærdal Smoked Trout" in opens(page_client, f"/palette/?network={network.slug}&q=Laerdal")


def test_names_come_before_mentions(page_client: Client, network: Network, add_member: AddMember) -> None:
    for number in range(8):
        add_member(f"Aurland {number}", place="Lærdal")
    trout = add_member("Lærdal Smoked Trout")
    assert str(trout.pk) in opens(page_client, f"/palette/?network={network.slug}&q=laerd")
    page = opens(page_client, url("pick", network.slug, "members") + "?q=laerd")
    assert page.index("Lærdal Smoked Trout") < page.index("Aurland 0")


def test_palette_asks_few_questions_when_more_match_than_can_be_sorted(
    page_client: Client, actor: Actor, network: Network, add_member: AddMember, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names that begin with the words come first, then names that hold them, then mentions; a question each kind."""
    monkeypatch.setattr(finding, "_FEW", 3)
    members = [add_member(name) for name in ("Vik Fjord", "Fjord Kayak", "Zebra")]
    add_member("Aurland Inn", place="Fjord")
    for kind, values in (
        (PERSON, {"name": "Kari Fjord", "organizations": [members[0].organization_id]}),
        (NEED, {"membership": members[2].pk, "statement": "A way to the fjord"}),
        (OFFERING, {"name": "Fjord tour", "owners": [members[1].organization_id]}),
        (ORGANIZATION, {"name": "Fjord Bus"}),
    ):
        actions.add_record(actor=actor, network=network, kind=kind, values=values)
    page = opens(page_client, f"/palette/?network={network.slug}&q=fjord")
    places = [page.index(name) for name in ("Fjord Kayak", "Vik Fjord", "Aurland Inn")]
    assert places == sorted(places)
    assert all(name in page for name in ("Kari Fjord", "A way to the fjord", "Fjord tour", "Fjord Bus"))


def test_palette_names_a_member_once(
    page_client: Client, actor: Actor, network: Network, add_member: AddMember
) -> None:
    for number in range(7):
        add_member(f"Fjord {number}")
    actions.add_record(actor=actor, network=network, kind=ORGANIZATION, values={"name": "Fjord Zebra"})
    page = opens(page_client, f"/palette/?network={network.slug}&q=fjord")
    assert page.count("Fjord Zebra") == 1 and "Fjord 0" in page and "Fjord 6" not in page


def test_organisations_are_those_that_are_no_members(page_client: Client, network: Network, member: Membership) -> None:
    page = opens(page_client, url("records", network.slug, "organizations"))
    assert "Vy Buss" in page and "Lærdal Smoked Trout" not in page
    answer = page_client.get(url("record", network.slug, "organizations", member.organization_id), follow=True)
    assert answer.redirect_chain[-1][0] == url("member", network.slug, member.pk)


def test_export_is_the_list_as_filtered(page_client: Client, network: Network, member: Membership) -> None:
    path = url("records_export", network.slug, "members")
    body = b"".join(page_client.get(f"{path}?format=csv&tags=host").streaming_content).decode()  # type: ignore[attr-defined]
    assert "Lærdal Smoked Trout" in body and "Hotel Utsikten" not in body
    assert page_client.get(f"{path}?format=exe").status_code == 422


def test_columns_are_kept(page_client: Client, network: Network, member: Membership) -> None:
    path = url("records", network.slug, "members")
    assert page_client.get(f"{path}?columns=region&columns=tier&q=hotel")["Location"] == f"{path}?q=hotel"
    page = opens(page_client, path)
    assert 'data-label="Region"' in page and 'data-label="Tags"' not in page


def test_add_keeps_what_was_typed_until_it_is_right(page_client: Client, network: Network, actor: Actor) -> None:
    path = url("record_new", network.slug, "members")
    answer = page_client.post(path, {"name": "Fjord Kayak", "joined_on": "31.02.2021", "tier": "<b>Gold</b>"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "31.02.2021" in page and "Write it as 2021-02-28." in page and "&lt;b&gt;Gold&lt;/b&gt;" in page
    assert not visible(actor, network, MEMBER).exists()
    answer = page_client.post(path, {"name": "Fjord Kayak", "joined_on": "2021-02-28", "state": "prospect"})
    member = visible(actor, network, MEMBER).get()
    assert answer["Location"] == url("record", network.slug, "members", member.pk)
    assert (member.state, str(member.joined_on)) == ("prospect", "2021-02-28")


def test_same_name_is_asked_about(page_client: Client, network: Network, actor: Actor) -> None:
    known = actions.add_record(actor=actor, network=network, kind=ORGANIZATION, values={"name": "Vy", "place": "Oslo"})
    path = url("record_new", network.slug, "members")
    answer = page_client.post(path, {"name": "vy", "tier": "Basic"})
    assert answer.status_code == 409 and "Make that one a member" in answer.content.decode()
    assert not visible(actor, network, MEMBER).exists()
    page_client.post(path, {"name": "vy", "tier": "Basic", "place": "", "organization_id": str(known.pk)})
    member = visible(actor, network, MEMBER).get()
    assert (member.organization_id, member.tier, member.organization.place) == (known.pk, "Basic", "Oslo")
    page_client.post(path, {"name": "Vy", "same_name": "1"})
    assert visible(actor, network, MEMBER).count() == 2


def test_edit_meets_a_change_by_somebody_else(
    page_client: Client, network: Network, actor: Actor, member: Membership
) -> None:
    path = url("record_edit", network.slug, "members", member.pk)
    seen = {"seen_at": get_record(actor, network, MEMBER, member.pk).updated_at.isoformat()}
    actions.edit_record(actor=actor, network=network, kind=MEMBER, record_id=member.pk, values={"tier": "Gold"})
    only = f"{path}?only=tier"
    answer = page_client.post(only, {"tier": "Silver", **seen})
    page = answer.content.decode()
    assert answer.status_code == 409 and "Gold" in page and 'value="Silver"' in page
    assert get_record(actor, network, MEMBER, member.pk).tier == "Gold"
    fresh = get_record(actor, network, MEMBER, member.pk).updated_at.isoformat()
    assert f'value="{fresh}"' in page
    assert page_client.post(only, {"tier": "Silver", "seen_at": fresh}).status_code == 302
    assert get_record(actor, network, MEMBER, member.pk).tier == "Silver"


def test_archive_and_undo(page_client: Client, network: Network, actor: Actor, member: Membership) -> None:
    place = (network.slug, "members", member.pk)
    answer = page_client.post(url("record_archive", *place), follow=True)
    assert url("record_restore", *place) in answer.content.decode()
    assert get_record(actor, network, MEMBER, member.pk).is_archived
    page_client.post(url("record_restore", *place))
    assert not get_record(actor, network, MEMBER, member.pk).is_archived


def test_state_names_what_is_missing_and_leaving_needs_a_reason(
    page_client: Client, network: Network, actor: Actor, add_member: AddMember
) -> None:
    member = add_member("Aurland Cider", state="prospect")
    path = url("record_state", network.slug, "members", member.pk)
    page = opens(page_client, path)
    assert "An invitation belongs to a wave." in page
    assert page_client.post(path, {"state": "exited"}).status_code == 409
    assert page_client.post(path, {"state": "exited", "reason": "Closed down"}).status_code == 302
    assert get_record(actor, network, MEMBER, member.pk).state == "exited"
    assert "Closed down" in opens(page_client, url("member", network.slug, member.pk))


def test_merge_shows_what_stays_and_merges(
    page_client: Client, network: Network, actor: Actor, member: Membership
) -> None:
    twin = actions.add_record(
        actor=actor, network=network, kind=ORGANIZATION, values={"name": "Lærdal Trout AS", "phone": "57 00 00 00"}
    )
    path = url("merge", network.slug, member.organization_id)
    page = opens(page_client, f"{path}?other={twin.pk}")
    assert "57 00 00 00" in page and "Lærdal Trout AS" in page
    assert get_record(actor, network, ORGANIZATION, twin.pk).merged_into_id is None
    page_client.post(path, {"other": str(twin.pk)})
    kept = get_record(actor, network, MEMBER, member.pk).organization
    assert kept.phone == "57 00 00 00" and "Lærdal Trout AS" in kept.aliases


@pytest.mark.parametrize("asked", ["state=courting", "actor_type=wizard", "sides=foe"])
def test_a_filter_by_what_is_no_value_says_so(
    page_client: Client, network: Network, member: Membership, asked: str
) -> None:
    assert "is no value of" in opens(page_client, f"{url('records', network.slug, 'members')}?{asked}")
    assert "is no value of" not in opens(page_client, f"{url('records', network.slug, 'members')}?state=active")


def test_many_notes_are_paged(page_client: Client, network: Network, actor: Actor, member: Membership) -> None:
    for number in range(50):
        actions.add_record(
            actor=actor, network=network, kind=NOTE, values={"membership": member.pk, "text": f"Call {number}."}
        )
    path = url("member_notes", network.slug, member.pk)
    first, second = opens(page_client, path), opens(page_client, f"{path}?page=2")
    assert "Call 49." in first and "Call before eight" not in first and "page=2" in first
    assert "Call before eight" in second and "Call 49." not in second


def test_the_address_of_a_merged_member_leads_on(
    page_client: Client, network: Network, actor: Actor, member: Membership, add_member: AddMember
) -> None:
    old = add_member("Lærdal Trout AS")
    actions.merge_organizations(
        actor=actor, network=network, keep_id=member.organization_id, absorb_id=old.organization_id
    )
    answer = page_client.get(url("member_notes", network.slug, old.pk))
    assert answer.headers["Location"] == url("member_notes", network.slug, member.pk)


def test_who_may_only_look_changes_nothing(
    observer: Client, network: Network, actor: Actor, member: Membership
) -> None:
    before = Event.objects.count()
    place = (network.slug, "members", member.pk)
    page = opens(observer, url("member", network.slug, member.pk))
    assert url("record_edit", *place) not in page and url("record_archive", *place) not in page
    assert "Add member" not in opens(observer, url("records", network.slug, "members"))
    tag = member.tags.first()
    writes = [
        (url("record_new", network.slug, "members"), {"name": "Sneaked in"}),
        (url("record_new", network.slug, "notes"), {"membership": member.pk, "text": "x"}),
        (url("record_edit", *place), {"name": "Other"}),
        (url("record_state", *place), {"state": "paused"}),
        (url("record_archive", *place), {}),
        (url("merge", network.slug, member.organization_id), {"other": member.organization_id}),
        (url("network_settings", network.slug), {"name": "Mine"}),
        (url("network_state", network.slug), {"state": "paused"}),
        (url("network_fields", network.slug), {"label": "x", "record_kind": "member", "type": "text"}),
        (url("network_tag", network.slug, tag.pk), {"name": "other"}),
        (url("network_new"), {"name": "Second"}),
    ]
    for path, values in writes:
        assert observer.post(path, values).status_code == 403, path
    assert Event.objects.count() == before
    again = get_record(actor, network, MEMBER, member.pk)
    assert (again.organization.name, again.state, again.is_archived) == ("Lærdal Smoked Trout", "active", False)


def test_care_notes_are_not_shown_to_others(
    observer: Client, page_client: Client, network: Network, actor: Actor, member: Membership
) -> None:
    actions.add_record(
        actor=actor, network=network, kind=NOTE,
        values={"membership": member.pk, "text": "Worried about the bank", "visibility": "care_team"},
    )  # fmt: skip
    path = url("member_notes", network.slug, member.pk)
    assert "Worried about the bank" in opens(page_client, path) and "care team only" in opens(page_client, path)
    assert "Worried about the bank" not in opens(observer, path)
    for tab in ("member", "member_timeline"):
        assert "Worried" not in opens(observer, url(tab, network.slug, member.pk))
    assert len(timeline_of(actor, network, member, kinds=["note"])) == 2


def test_another_workspace_is_not_there(network: Network, member: Membership, page_client: Client) -> None:
    stranger = ensure_user(email="stranger@example.org", name="Stranger")
    other, _owner = create_workspace(name="Elsewhere", owner_email=stranger.email)
    acting = actor_of(stranger, other)
    assert acting is not None
    with workspace_scope(other.pk):
        theirs = actions.create_network(actor=acting, values={"name": "Theirs"})
    client = Client()
    client.force_login(stranger)
    for slug in (network.slug, theirs.slug):
        for path in (
            url("member", slug, member.pk),
            url("record", slug, "people", member.pk),
            url("record_edit", slug, "members", member.pk),
            url("merge", slug, member.organization_id),
        ):
            assert client.get(path).status_code == 404, path
        assert client.post(url("record_archive", slug, "members", member.pk)).status_code == 404
    assert page_client.get(url("records", theirs.slug, "members")).status_code == 404


def test_confused_addresses_are_not_found(page_client: Client, network: Network, member: Membership) -> None:
    assert page_client.get(f"/n/{network.slug}/nonsense/").status_code == 404
    assert page_client.get(url("record", network.slug, "needs", member.pk)).status_code == 404
    assert page_client.get(url("record_archive", network.slug, "members", member.pk)).status_code == 405
