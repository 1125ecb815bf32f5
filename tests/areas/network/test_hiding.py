"""What a firm keeps to itself and what is the team's own: through no list, filter, order, file or search."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner
from django.test import Client

from unisono.areas.network import actions
from unisono.areas.network.exporting import export, formats_of
from unisono.areas.network.graph.showing import map_data
from unisono.areas.network.hiding import classes_for
from unisono.areas.network.kinds import KINDS, MEMBER, ORGANIZATION, Kind
from unisono.areas.network.live_links import make_live_link, reading_of
from unisono.areas.network.models import Membership, Network, Organization
from unisono.areas.network.models.base import MaskedRecordError
from unisono.areas.network.queries import (
    fields_for,
    filter_options,
    find,
    get_record,
    gone_from,
    page_of,
    select,
    timeline_of,
    value_of,
    visible,
)
from unisono.areas.network.queries.members import belongings_of
from unisono.areas.network.queries.plain import plain_record
from unisono.areas.network.queries.timeline import history_of
from unisono.cli.commands import unisono as cli
from unisono.platform.actor import Actor
from unisono.platform.errors import Invalid, NotAllowed
from unisono.platform.fields import Field, Type

CHOSEN = [kind for kind in KINDS.values() if kind.choosable]


def canary_of(kind: Kind, field: Field) -> Any:
    """A value of the field that occurs nowhere else, where its type allows one."""
    word = f"zzkanari{kind.name}{field.name.replace('_', '')}"
    return {
        Type.URL: f"https://{word}.example.org", Type.EMAIL: f"{word}@example.org", Type.WORDS: [word],
        Type.CHOICE: field.choices[-1][0] if field.choices else "", Type.INTEGER: field.maximum or 73151,
        Type.DECIMAL: "0.73", Type.DATE: "2031-07-31", Type.BOOLEAN: True,
    }.get(field.type, word)  # fmt: skip


@pytest.fixture
def farm(add_member: Callable[..., Membership]) -> Membership:
    add_member("Hotel Utsikten", place="Aurland", sector="hotel")
    return add_member("Lærdal Smoked Trout")


@pytest.fixture
def of_farm(make_actor: Callable[..., Actor], network: Network, farm: Membership) -> Actor:
    return make_actor("representative", network=network, of=farm, email="marit@example.org")


@pytest.fixture
def observer(make_actor: Callable[..., Actor], network: Network) -> Actor:
    return make_actor("observer", network=network)


@pytest.fixture
def kept(actor: Actor, network: Network, farm: Membership) -> dict[str, Any]:
    """A record of each kind that members keep, every field of it filled in and for the parties."""
    given: dict[str, Any] = {"actor": actor, "network": network}
    needed: dict[str, dict[str, Any]] = {
        "person": {"name": "Marit", "organizations": [farm.organization_id]},
        "need": {"membership": farm.pk, "statement": "Guests in spring"},
        "offering": {"name": "Smoked trout", "owners": [farm.organization_id]},
        "capability": {"organization": farm.organization_id, "term": "smoking"},
        "resource": {"owner": farm.organization_id, "name": "Smokehouse"},
    }
    found: dict[str, Any] = {}
    for kind in CHOSEN:
        values = {field.name: canary_of(kind, field) for field in kind.choosable}
        if kind is ORGANIZATION:
            record = actions.edit_record(**given, kind=kind, record_id=farm.organization_id, values=values)
        else:
            record = actions.add_record(**given, kind=kind, values=needed[kind.name] | values)
        found[kind.name] = record
    return found


def keep(actor: Actor, network: Network, kept: dict[str, Any], level: str = "parties") -> None:
    for kind in CHOSEN:
        readers = {field.name: level for field in kind.choosable}
        actions.choose_readers(actor=actor, network=network, kind=kind, record_id=kept[kind.name].pk, readers=readers)


def everything_read(who: Actor, network: Network, kept: dict[str, Any], farm: Membership) -> str:
    """All that somebody reads through the area's reading functions, as one text."""
    told: list[Any] = []
    for kind in (*CHOSEN, MEMBER):
        fields = fields_for(who, network, kind)
        for record in visible(who, network, kind):
            told += [plain_record(who, network, kind, record), *(value_of(kind, record, f) for f in fields)]
        told += [plain_record(who, network, kind, record) for record in page_of(select(who, network, kind)).rows]
        for name in formats_of(kind):
            content = b"".join(export(who, network, kind, format=name).content)
            told += [content.decode(errors="replace")] if name != "xlsx" else []
        told += [filter_options(who, network, kind, field) for field in fields if field.filtered]
    for record in kept.values():
        told += [repr(history_of(who, network, record))]
    told += [repr(timeline_of(who, network, farm)), repr(belongings_of(who, network, farm.organization_id, farm))]
    told += [map_data(who, network)]
    return repr(told)


def words(kind: Kind) -> list[str]:
    return [f"zzkanari{kind.name}{field.name.replace('_', '')}" for field in kind.choosable
            if field.type in (Type.TEXT, Type.LONG_TEXT, Type.WORDS, Type.URL, Type.EMAIL)]  # fmt: skip


def test_no_reading_tells_what_is_kept(
    subtests: pytest.Subtests, actor: Actor, network: Network, farm: Membership, of_farm: Actor, observer: Actor,
    kept: dict[str, Any],
) -> None:  # fmt: skip
    before = everything_read(observer, network, kept, farm)
    keep(of_farm, network, kept)
    after, own, team = (everything_read(who, network, kept, farm) for who in (observer, of_farm, actor))
    for kind in CHOSEN:
        for word in words(kind):
            with subtests.test(word):
                assert word in before, "the control: an open value is read"
                assert word not in after
                assert word in own
                assert word in team


def test_nobody_finds_by_what_is_kept(
    subtests: pytest.Subtests, network: Network, of_farm: Actor, observer: Actor, kept: dict[str, Any],
) -> None:  # fmt: skip
    def hits(word: str) -> int:
        return len(find(observer, network, word))

    indexed = [word for kind in CHOSEN for word in words(kind) if hits(word)]
    assert len(indexed) > 8, "the control: open values are found"
    keep(of_farm, network, kept)
    for word in indexed:
        with subtests.test(word):
            assert hits(word) == 0


def test_no_filter_or_order_tells_what_is_kept(
    subtests: pytest.Subtests, actor: Actor, network: Network, of_farm: Actor, observer: Actor, farm: Membership,
    kept: dict[str, Any],
) -> None:  # fmt: skip
    """To a filter and an order a kept value is none, whatever it is; for the firm and the team nothing changes."""

    def listed(who: Actor, kind: Kind, **asked: Any) -> list[str]:
        return [str(pk) for pk in select(who, network, kind, **asked).values_list("pk", flat=True)]

    keep(of_farm, network, kept)
    for kind in (*CHOSEN, MEMBER):
        choosable = ORGANIZATION.choosable if kind is MEMBER else kind.choosable
        mine = str(farm.pk) if kind is MEMBER else str(kept[kind.name].pk)
        for field in choosable:
            value = value_of(ORGANIZATION if kind is MEMBER else kind,
                             farm.organization if kind is MEMBER else kept[kind.name], field)  # fmt: skip
            if kind is MEMBER:
                value = value_of(ORGANIZATION, Organization.objects.get(pk=farm.organization_id), field)
            if not field.is_many:
                with subtests.test(f"{kind.name} by {field.name}"):
                    asked = {"filters": {field.name: [str(value)]}}
                    assert mine not in listed(observer, kind, **asked)
                    assert mine in listed(observer, kind, filters={field.name: [""]})
                    assert mine in listed(of_farm, kind, **asked)
                    assert mine in listed(actor, kind, **asked)
            with subtests.test(f"{kind.name} in the order of {field.name}"):
                for way in ("", "-"):
                    here = listed(observer, kind, sort=f"{way}{field.name}")
                    assert mine in here
                    changed = kind.model._default_manager.get(pk=mine)
                    holder = changed.organization if kind is MEMBER else changed
                    was = getattr(holder, field.name)
                    type(holder).objects.filter(pk=holder.pk).update(**{field.name: field.empty})
                    assert listed(observer, kind, sort=f"{way}{field.name}") == here
                    type(holder).objects.filter(pk=holder.pk).update(**{field.name: was})


def test_a_saved_view_asks_for_nothing_that_is_kept(
    actor: Actor, network: Network, observer: Actor, of_farm: Actor, kept: dict[str, Any]
) -> None:
    """Whether a value "no longer exists" would tell whether it does."""
    filters = {"sector": ["zzkanariorganizationsector"]}
    asked = (network, MEMBER, MEMBER.fields, filters)
    assert gone_from(observer, *asked) == []
    keep(of_farm, network, kept)
    assert [problem.place for problem in gone_from(observer, *asked)] == ["Sector"]
    assert gone_from(actor, *asked) == gone_from(of_farm, *asked) == []


def test_a_live_link_gives_nothing_that_is_kept(
    actor: Actor, network: Network, of_farm: Actor, kept: dict[str, Any]
) -> None:
    link, _secret = make_live_link(actor=actor, network=network, name="Our site", filters={"wave": [""]})
    before = reading_of(link)
    assert "zzkanariorganizationphone" in b"".join(before.content).decode()
    keep(of_farm, network, kept)
    after = reading_of(link)
    assert "zzkanari" not in b"".join(after.content).decode()
    assert after.etag != before.etag


def test_a_page_of_the_api_ends_where_the_next_begins(
    network: Network, make_api: Callable[..., Client], observer: Actor, of_farm: Actor, kept: dict[str, Any],
    add_member: Callable[..., Membership],
) -> None:  # fmt: skip
    """In the order of a field that some keep; the cursor holds no kept value either."""
    for name in ("Aurland Cider", "Balestrand Boats"):
        add_member(name, phone=name[:3])
    keep(of_farm, network, kept)
    client = make_api("read", acting=observer)
    address = f"/api/v1/networks/{network.slug}/members?sort=phone&limit=1"
    names = []
    while address:
        page = client.get(address).json()
        names += [item["name"] for item in page["items"]]
        address = page["next"] or ""
    assert sorted(names) == ["Aurland Cider", "Balestrand Boats", "Hotel Utsikten", "Lærdal Smoked Trout"]
    assert names[-1] == "Lærdal Smoked Trout"


INTERNAL = [(kind, field) for kind in KINDS.values() for field in kind.fields if field.internal]


def test_the_teams_own_fields_are_for_the_team(
    subtests: pytest.Subtests, actor: Actor, network: Network, farm: Membership, of_farm: Actor, observer: Actor
) -> None:
    assert {field.name for _kind, field in INTERNAL} >= {"key", "partner_decision", "wave", "delivery_probability"}
    actions.edit_record(
        actor=actor, network=network, kind=MEMBER, record_id=farm.pk,
        values={"key": "zzkey", "wave": 7, "partner_decision": "invest"},
    )  # fmt: skip
    for kind, field in INTERNAL:
        for who in (of_farm, observer):
            with subtests.test(f"{kind.name} {field.name}"):
                assert field.name not in {f.name for f in fields_for(who, network, kind)}
                assert field.name in {f.name for f in fields_for(actor, network, kind)}
    for who in (of_farm, observer):
        member = get_record(who, network, MEMBER, farm.pk)
        assert (member.organization.key, member.wave, member.partner_decision) == ("", None, "")
        assert select(who, network, MEMBER, filters={"wave": ["7"]}).count() == 2, "no such filter"
        assert "zzkey" not in repr(timeline_of(who, network, farm))
        assert "Decision" not in repr(timeline_of(who, network, farm))
        with pytest.raises(Invalid, match="no field"):
            export(who, network, MEMBER, format="csv", columns=["wave"])
    assert "zzkey" in repr(timeline_of(actor, network, farm))


def test_a_token_that_only_reads_is_its_owners(
    actor: Actor, network: Network, farm: Membership, of_farm: Actor, make_api: Callable[..., Client],
    kept: dict[str, Any],
) -> None:  # fmt: skip
    keep(of_farm, network, kept)
    address = f"/api/v1/networks/{network.slug}/members/{farm.pk}"
    assert make_api("read").get(address).json()["phone"] == "zzkanariorganizationphone"
    assert make_api("read", acting=of_farm).get(address).json()["phone"] == "zzkanariorganizationphone"


def test_what_was_read_without_all_of_it_is_never_saved(
    network: Network, farm: Membership, observer: Actor, of_farm: Actor, kept: dict[str, Any]
) -> None:
    keep(of_farm, network, kept)
    for kind in CHOSEN:
        for record in (
            get_record(observer, network, kind, kept[kind.name].pk),
            page_of(select(observer, network, kind)).rows[0],
            next(iter(select(observer, network, kind).iterator(chunk_size=10))),
        ):
            with pytest.raises(MaskedRecordError):
                record.save()
    member = get_record(observer, network, MEMBER, farm.pk)
    for part in (member, member.organization):
        with pytest.raises(MaskedRecordError):
            part.save()
    assert Organization.objects.get(pk=farm.organization_id).phone == "zzkanariorganizationphone"


def test_readers_are_chosen_by_those_who_keep_the_record(
    actor: Actor, network: Network, farm: Membership, of_farm: Actor, observer: Actor,
    make_actor: Callable[..., Actor], add_member: Callable[..., Membership],
) -> None:  # fmt: skip
    other = make_actor("representative", network=network, of=add_member("Aurland Cider"), email="a@example.org")
    where: dict[str, Any] = {"network": network, "kind": ORGANIZATION, "record_id": farm.organization_id}
    for who in (observer, other):
        with pytest.raises(NotAllowed):
            actions.choose_readers(actor=who, **where, readers={"phone": "parties"})
    changed = actions.choose_readers(actor=of_farm, **where, readers={"phone": "parties", "place": "network"})
    assert changed.readers == {"phone": "parties"}, "the record's own class is not kept twice"
    assert actions.choose_readers(actor=actor, **where, readers={"phone": "network"}).readers == {}
    for wrong in ({"key": "parties"}, {"name": "parties"}, {"phone": "public"}, {"phone": "care_team"}):
        with pytest.raises(Invalid):
            actions.choose_readers(actor=of_farm, **where, readers=wrong)


def test_a_field_is_never_wider_than_its_record() -> None:
    assert classes_for("public") == ("public", "network", "parties")
    assert classes_for("network") == ("network", "parties")
    assert classes_for("parties") == ("parties",)
    assert classes_for("private") == ("private",)


def test_readers_through_the_api_and_the_command(
    network: Network, farm: Membership, of_farm: Actor, make_api: Callable[..., Client], observer: Actor
) -> None:
    address = f"/api/v1/networks/{network.slug}/organizations/{farm.organization_id}/readers"
    body = json.dumps({"readers": {"phone": "parties"}})
    for client, status in ((make_api("read", acting=of_farm), 403), (make_api("write", "read", acting=observer), 403)):
        assert client.patch(address, body, content_type="application/json").status_code == status
    client = make_api("read", "write", acting=of_farm)
    assert client.patch(address, body, content_type="application/json").json()["readers"]["phone"] == "parties"
    assert client.get(address).json()["readers"]["place"] == "network"
    command = ["organization", "readers", str(farm.organization_id), "--as", "marit@example.org", "--json"]
    run = CliRunner().invoke(cli, [*command, "phone=network", "email=parties"])
    assert run.exit_code == 0, run.output
    assert Organization.objects.get(pk=farm.organization_id).readers == {"email": "parties"}
    assert json.loads(CliRunner().invoke(cli, command).stdout)["email"] == "parties"


def test_a_merge_keeps_to_the_parties_what_was_so(
    actor: Actor, network: Network, farm: Membership, add_member: Callable[..., Membership]
) -> None:
    twin = add_member("Laerdal Trout", phone="99 88 77")
    actions.choose_readers(
        actor=actor, network=network, kind=ORGANIZATION, record_id=twin.organization_id, readers={"phone": "parties"}
    )
    merged = actions.merge_organizations(
        actor=actor, network=network, keep_id=farm.organization_id, absorb_id=twin.organization_id
    )
    assert (merged.phone, merged.readers) == ("99 88 77", {"phone": "parties"})
