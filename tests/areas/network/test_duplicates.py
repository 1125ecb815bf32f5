"""Duplicates of a network: found by a job, decided by people once, and never asked again."""

import json
import threading
import time
from typing import Any

import pytest
from click.testing import CliRunner
from django.db import connection

from unisono.areas.network import duplicates
from unisono.areas.network.actions import add_member as join
from unisono.areas.network.actions import (
    add_record,
    create_network,
    edit_record,
    merge_organizations,
    unmerge_organizations,
)
from unisono.areas.network.kinds import MEMBER, ORGANIZATION
from unisono.areas.network.models import DuplicatePair, Membership, MergeRecord, Organization
from unisono.cli.commands import unisono
from unisono.platform import jobs
from unisono.platform.errors import Conflict, Invalid, NotAllowed, NotFound, UseCaseError
from unisono.platform.models import Event
from unisono.platform.tenancy import workspace_scope


def find(actor, network) -> dict[str, Any]:
    job = jobs.run(duplicates.find_duplicates(actor=actor, network=network), actor)
    assert job.state == "done", job.problems
    return dict(job.result)


def the_pair(actor, network) -> DuplicatePair:
    [pair] = duplicates.pairs_of(actor, network).rows
    return pair


@pytest.fixture
def alphas(actor, network, add_member) -> tuple[Membership, Membership]:
    add_member("Hotel Utsikten", website="https://utsikten.example")
    add_record(actor=actor, network=network, kind=ORGANIZATION, values={"name": "Dal Bakery"})
    return (
        add_member("Alpha Boats", website="https://alpha.example", place="Voss"),
        add_member("Alpha Boats AS", place="Voss", sector="Boats"),
    )


@pytest.mark.django_db
class TestFinding:
    def test_the_likely_pair_and_its_reasons(self, actor, network, alphas) -> None:
        assert find(actor, network) == {"organizations": 4, "pairs": 1, "open": 1}
        pair = the_pair(actor, network)
        assert {pair.first_id, pair.second_id} == {m.organization_id for m in alphas}
        speaks_for, against = duplicates.reasons_of(pair)
        assert speaks_for[0] == "same name but for the legal form: – / AS" or "same name" in speaks_for[0]
        assert "same place" in speaks_for and against == []
        assert 0.9 < pair.score <= 1

    def test_again_changes_nothing_and_what_is_none_any_more_goes(self, actor, network, alphas) -> None:
        find(actor, network)
        before = the_pair(actor, network).pk
        find(actor, network)
        assert the_pair(actor, network).pk == before
        edit = {"actor": actor, "network": network, "kind": MEMBER, "record_id": alphas[1].pk}
        edit_record(**edit, values={"name": "Something Else", "place": "", "sector": ""})
        assert find(actor, network)["open"] == 0
        assert not DuplicatePair.objects.exists()

    def test_one_search_at_a_time(self, actor, network) -> None:
        first = duplicates.find_duplicates(actor=actor, network=network)
        assert duplicates.find_duplicates(actor=actor, network=network) == first

    def test_who_may_not_read_both_sees_no_pair(self, actor, make_actor, network, alphas) -> None:
        find(actor, network)
        assert duplicates.pairs_of(make_actor("observer"), network).total == 1
        Organization.objects.filter(pk=alphas[1].organization_id).update(visibility="care_team")
        observer = make_actor("observer")
        assert duplicates.pairs_of(observer, network).total == 0
        with pytest.raises(NotFound):
            duplicates.get_pair(observer, network, DuplicatePair.objects.get().pk)
        with pytest.raises(NotAllowed):
            duplicates.find_duplicates(actor=observer, network=network)

    def test_who_may_change_one_network_only_sees_nothing_of_the_other(
        self, actor, make_actor, network, alphas
    ) -> None:
        """Neither the pair, nor by its key, nor in what a search of theirs compares."""
        elsewhere = create_network(actor=actor, values={"name": "Another network"})
        add_record(actor=actor, network=elsewhere, kind=ORGANIZATION, values={"name": "Alpha Boats Ltd"})
        assert find(actor, network) == {"organizations": 5, "pairs": 3, "open": 3}
        there = make_actor("orchestrator", network=elsewhere, email="there@example.org")
        here = make_actor("orchestrator", network=network, email="here@example.org")
        looking = make_actor("observer", email="looking@example.org")
        assert duplicates.pairs_of(actor, network).total == 3
        assert duplicates.pairs_of(there, elsewhere).total == 0
        assert duplicates.pairs_of(here, network).total == duplicates.pairs_of(looking, network).total == 1
        across = next(
            p for p in duplicates.pairs_of(actor, network).rows if duplicates.elsewhere_of(actor, network, [p])
        )
        for one, where in ((there, elsewhere), (here, network), (looking, network)):
            with pytest.raises(NotFound):
                duplicates.get_pair(one, where, across.pk)
        assert find(there, elsewhere) == {"organizations": 1, "pairs": 0, "open": 0}
        assert find(here, network) == {"organizations": 4, "pairs": 1, "open": 1}
        # What was found for those who may see it is still there.
        assert duplicates.pairs_of(actor, network).total == 3

    def test_separate_entries_of_two_networks_are_found_and_merged_from_either(
        self, actor, make_actor, network, alphas, page_client, make_api
    ) -> None:
        """For who may change both: by page, API and command, with the network's name; taken back as ever."""
        elsewhere = create_network(actor=actor, values={"name": "Another network"})
        twin = join(actor=actor, network=elsewhere, values={"name": "Alpha Boats Ltd", "place": "Voss"})
        assert find(actor, elsewhere)["pairs"] == 2
        kept = alphas[0].organization_id
        pairs = duplicates.pairs_of(actor, elsewhere).rows
        pair = next(p for p in pairs if kept in (p.first_id, p.second_id))
        assert duplicates.elsewhere_of(actor, elsewhere, [pair]) == {kept: network}
        page = page_client.get(f"/n/{elsewhere.slug}/duplicates/").content.decode()
        assert ">Network</th>" in page and f'href="/n/{network.slug}/organizations/{kept}/"' in page
        items = make_api("read", "write").get(f"/api/v1/networks/{elsewhere.slug}/duplicates").json()["items"]
        assert {o["network"] for item in items for o in item["organizations"]} == {None, network.slug}
        listed = CliRunner().invoke(
            unisono, ["duplicates", "list", "--network", elsewhere.slug], catch_exceptions=False
        )
        assert f"({network.slug})" in listed.stdout
        # A role in both networks is as good as one in the workspace; in one of them it changes nothing.
        where = {"network": elsewhere, "pair_id": pair.pk, "decision": "same", "keep_id": kept}
        one = make_actor("orchestrator", network=elsewhere, email="one@example.org")
        with pytest.raises(NotFound):
            duplicates.decide_duplicate(actor=one, **where)
        with pytest.raises(NotFound):
            merge_organizations(actor=one, network=elsewhere, keep_id=kept, absorb_id=twin.organization_id)
        duplicates.decide_duplicate(actor=actor, **where)
        assert Organization.objects.get(pk=twin.organization_id).merged_into_id == kept
        assert Membership.objects.get(network=elsewhere, archived_at=None).organization_id == kept
        unmerge_organizations(actor=actor, network=elsewhere, merge_id=MergeRecord.objects.get().pk)
        assert Membership.objects.get(network=elsewhere, archived_at=None).organization_id == twin.organization_id

    def test_two_of_other_networks_are_not_merged_from_here(self, actor, network, alphas) -> None:
        elsewhere = create_network(actor=actor, values={"name": "Another network"})
        keep, absorb = (alpha.organization_id for alpha in alphas)
        with pytest.raises(NotFound):
            merge_organizations(actor=actor, network=elsewhere, keep_id=keep, absorb_id=absorb)


@pytest.mark.django_db
class TestDeciding:
    def test_same_merges_and_can_be_taken_back(self, actor, network, alphas) -> None:
        find(actor, network)
        keep, absorb = (m.organization_id for m in alphas)
        pair = duplicates.decide_duplicate(
            actor=actor, network=network, pair_id=the_pair(actor, network).pk, decision="same", keep_id=keep,
            take=["name"],
        )  # fmt: skip
        kept = Organization.objects.get(pk=keep)
        assert (pair.state, kept.name, kept.sector, kept.aliases) == (
            "same",
            "Alpha Boats AS",
            "Boats",
            ["Alpha Boats"],
        )
        assert find(actor, network)["open"] == 0
        unmerge_organizations(actor=actor, network=network, merge_id=MergeRecord.objects.get().pk)
        kept.refresh_from_db()
        assert (kept.name, kept.aliases) == ("Alpha Boats", [])
        # Taken back means that somebody saw they are two.
        assert find(actor, network)["open"] == 0
        assert Organization.objects.get(pk=absorb).name == "Alpha Boats AS"

    def test_different_is_never_asked_again_until_somebody_opens_it(self, actor, network, alphas) -> None:
        find(actor, network)
        where = {"actor": actor, "network": network, "pair_id": the_pair(actor, network).pk}
        pair = duplicates.decide_duplicate(**where, decision="different")
        assert (pair.state, pair.decided_by_id) == ("different", actor.user_id)
        find(actor, network)
        assert duplicates.number_of_pairs(actor, network) == 0
        assert Event.objects.filter(kind="organization.told_apart").count() == 2
        duplicates.decide_duplicate(**where, decision="open")
        assert duplicates.number_of_pairs(actor, network) == 1

    def test_what_cannot_be(self, actor, make_actor, network, alphas) -> None:
        find(actor, network)
        where = {"actor": actor, "network": network, "pair_id": the_pair(actor, network).pk}
        for wrong in ({"decision": "same"}, {"decision": "perhaps"}):
            with pytest.raises(Invalid):
                duplicates.decide_duplicate(**where, **wrong)
        with pytest.raises(Invalid):
            keep = alphas[0].organization_id
            duplicates.decide_duplicate(**where, decision="same", keep_id=keep, take=["state"])
        with pytest.raises(Conflict):
            duplicates.decide_duplicate(**where, decision="open")
        with pytest.raises(NotAllowed):
            duplicates.decide_duplicate(**{**where, "actor": make_actor("observer")}, decision="different")
        assert the_pair(actor, network).state == "open"


@pytest.mark.django_db
class TestDoors:
    """Page, API and command do the same, and refuse the same."""

    def test_the_page_shows_reasons_decides_and_takes_back(self, actor, network, alphas, page_client) -> None:
        base = f"/n/{network.slug}"
        assert "Is somebody here twice?" in page_client.get(f"{base}/duplicates/").content.decode()
        find(actor, network)
        page = page_client.get(f"{base}/duplicates/").content.decode()
        assert "Alpha Boats AS" in page and "same name" in page and 'class="nav-count">1<' in page
        pair, keep = the_pair(actor, network), alphas[0].organization_id
        answer = page_client.post(f"{base}/duplicates/{pair.pk}/decide", {"keep": str(keep)}, follow=True)
        merge = MergeRecord.objects.get()
        assert f"{base}/merges/{merge.pk}/undo" in answer.content.decode()
        answer = page_client.post(f"{base}/duplicates/{pair.pk}/decide", {"decision": "different"}, follow=True)
        assert "There is no such pair" in answer.content.decode()
        answer = page_client.post(f"{base}/merges/{merge.pk}/undo", follow=True)
        assert "are two again" in answer.content.decode()
        assert "Alpha Boats AS" in page_client.get(f"{base}/duplicates/?show=different").content.decode()

    def test_the_api(self, actor, network, alphas, make_api) -> None:
        client, base = make_api("read", "write"), f"/api/v1/networks/{network.slug}"
        send = {"content_type": "application/json"}
        assert client.post(f"{base}/duplicates/find", {}, **send).status_code == 202
        DuplicatePair.objects.all().delete()
        jobs.run(duplicates.find_duplicates(actor=actor, network=network), actor)
        [pair] = client.get(f"{base}/duplicates").json()["items"]
        assert pair["state"] == "open" and pair["reasons"] and len(pair["organizations"]) == 2
        keep = str(alphas[0].organization_id)
        body = {"decision": "same", "keep": keep, "take": ["name"]}
        assert client.post(f"{base}/duplicates/{pair['id']}/decide", body, **send).json()["state"] == "same"
        [merge] = client.get(f"{base}/merges").json()["items"]
        assert merge["kept"] == {"id": keep, "name": "Alpha Boats AS"}
        undone = client.post(f"{base}/merges/{merge['id']}/undo", {}, **send)
        assert undone.status_code == 200 and undone.json()["left"] == []
        assert client.post(f"{base}/merges/{merge['id']}/undo", {}, **send).status_code == 409

    def test_the_command(self, actor, network, alphas) -> None:
        def run(*words: str) -> Any:
            return CliRunner().invoke(unisono, ["duplicates", *words, "--json"], catch_exceptions=False)

        assert json.loads(run("find").stdout)["open"] == 1
        [pair] = json.loads(run("list").stdout)
        assert run("decide", pair["id"], "same").exit_code == 2
        keep = str(alphas[0].organization_id)
        assert run("decide", pair["id"], "same", "--keep", keep).exit_code == 0
        [merge] = json.loads(run("merges").stdout)
        assert json.loads(run("undo-merge", merge["id"]).stdout)["left"] == []
        assert run("undo-merge", merge["id"]).exit_code == 4


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite lets one write at a time")
def test_two_people_decide_at_once(actor, network, alphas) -> None:
    find(actor, network)
    pair, keep = the_pair(actor, network).pk, alphas[0].organization_id
    together, answers = threading.Barrier(2), []

    def decide(**decision: Any) -> None:
        try:
            with workspace_scope(actor.workspace_id):
                together.wait()
                duplicates.decide_duplicate(actor=actor, network=network, pair_id=pair, **decision)
                answers.append("done")
        except UseCaseError:
            answers.append("refused")
        finally:
            connection.close()

    threads = [
        threading.Thread(target=decide, kwargs={"decision": "same", "keep_id": keep}),
        threading.Thread(target=decide, kwargs={"decision": "different"}),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["done", "refused"]
    decided = DuplicatePair.objects.get()
    assert MergeRecord.objects.exists() == (decided.state == "same")


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite lets one write at a time")
def test_two_people_look_at_once(actor, network, alphas, monkeypatch) -> None:
    """The second finds the search of the first, though that is not committed when it begins."""
    together, started, start = threading.Barrier(2), [], jobs.start

    def slowly(**what: Any) -> Any:
        job = start(**what)
        time.sleep(0.5)
        return job

    monkeypatch.setattr("unisono.platform.jobs.start", slowly)

    def look() -> None:
        try:
            with workspace_scope(actor.workspace_id):
                together.wait()
                started.append(duplicates.find_duplicates(actor=actor, network=network).pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=look) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(started) == 2 and len(set(started)) == 1
