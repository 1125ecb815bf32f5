"""Demo networks: full, labelled, the same every time, and gone without a trace when cleared."""

import os
import re
from collections import Counter
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django_tasks_db import DatabaseBackend

from unisono import demo
from unisono.areas.network.actions import add_record, create_network
from unisono.areas.network.kinds import KINDS, MEMBER, NOTE
from unisono.areas.network.models import Attachment, Network
from unisono.areas.network.queries import fields_of, page_of, select, text_of, value_of
from unisono.demo import stories
from unisono.platform import files, jobs
from unisono.platform.accounts import create_token, create_workspace, make_sign_in_link
from unisono.platform.actor import Actor, actor_of
from unisono.platform.errors import Conflict, Invalid
from unisono.platform.models import Event, Job, SearchEntry, User, Workspace
from unisono.platform.tenancy import workspace_scope

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")


def _actor(email: str = "ingrid@example.org") -> Actor:
    acting = actor_of(User.objects.get(email=email), Workspace.objects.get(slug="synthetic-demo-networks"))
    assert acting is not None
    return acting


def _content(network: Network) -> dict[str, list[Any]]:
    """All that people can read of a network, ids left out."""
    content: dict[str, list[Any]] = {}
    with workspace_scope(network.workspace_id):
        for kind in KINDS.values():
            records = kind.model._default_manager.filter(kind.in_network(network)).distinct()
            content[kind.plural] = sorted(
                [text_of(f, value_of(kind, record, f), localize=False) for f in fields_of(network, kind)]
                + [str(getattr(record, "state", "")), str(record.created_at), record.visibility]
                for record in records
            )
        events = Event.objects.filter(network_id=network.pk).values_list("kind", "at", "changes")
        content["events"] = sorted(_ID.sub("id", f"{at} {kind} {changes}") for kind, at, changes in events)
        content["words"] = sorted(SearchEntry.objects.values_list("record_kind", "folded"))
    return content


def _texts() -> list[str]:
    """Every sentence of the data files that a reader could take for somebody's own."""
    found = []
    for name in demo.names():
        story = stories.story_of(name)
        for member in story.members:
            found += [member["about"], *(line.split(": ", 1)[1] for line in member.get("needs", []))]
            found += [stories.columns(line)[2] for line in member.get("offers", [])]
        found += [interest for tie in story.ties for interest in tie.get("interests", [])]
        found += [agreement["text"] for agreement in story.agreements]
    return found


def test_texts_are_written_one_by_one() -> None:
    texts = _texts()
    assert len(texts) > 300
    assert [text for text, times in Counter(texts).items() if times > 1] == []
    assert [text for text in texts if "lorem" in text.lower() or len(text) < 5] == []


@pytest.mark.parametrize("name", demo.names())
def test_a_story_holds_together(name: str) -> None:
    story = stories.story_of(name)
    members = [member["name"] for member in story.members]
    assert len(set(members)) == len(members)
    assert {side for tie in story.ties for side in tie["between"]} <= set(members)
    days = [day for member in story.members for day in re.findall(r"\d{4}-\d\d-\d\d", str(member.get("life", "")))]
    assert max(date.fromisoformat(day) for day in days) <= story.now


@pytest.mark.django_db
def test_fjord_and_valley_is_full_and_labelled() -> None:
    network = demo.load("fjord-and-valley")
    assert network.is_synthetic
    content = _content(network)
    assert len(content["members"]) == 60
    assert {len(rows) > 0 for rows in content.values()} == {True}
    with workspace_scope(network.workspace_id):
        states = Counter(network.memberships.values_list("state", flat=True))
        assert set(states) == {"prospect", "invited", "onboarding", "active", "paused", "exited"}
        found = page_of(select(_actor(), network, MEMBER, query="Laerdal smoked")).rows
        assert [member.organization.name for member in found] == ["Lærdal Smoked Trout"]
        latest = Event.objects.order_by("-at").first()
        assert latest.at < datetime(2026, 3, 10, tzinfo=UTC)


@pytest.mark.django_db
def test_harvester_has_a_lead_with_trust_each_way_and_agreements() -> None:
    network = demo.load("harvester")
    with workspace_scope(network.workspace_id):
        lead = network.role_assignments.get(role_type="lead")
        assert lead.membership.actor_type == "oem"
        kinds = set(network.agreements.filter(state="in_force").values_list("kind", flat=True))
        assert {"sla", "data_terms", "revenue", "participation_rules"} <= kinds
        tie = network.relationships.get(first=lead.membership, second__organization__name="Norrlanda Maskin")
        assert (tie.first_trust, tie.second_trust) == (5, 3)
        assert tie.first_interest and tie.second_interest and tie.first_interest != tie.second_interest


@pytest.mark.django_db
def test_demo_accounts_see_what_their_role_lets_them() -> None:
    network = demo.load("harvester")
    assert [account.role for account in demo.sign_in_accounts()] == [
        "owner", "contact_person", "representative", "observer",
    ]  # fmt: skip
    with workspace_scope(network.workspace_id):
        notes = {
            account.role: select(_actor(account.email), network, NOTE).count() for account in demo.sign_in_accounts()
        }
    assert notes == {"owner": 3, "contact_person": 3, "representative": 2, "observer": 2}


@pytest.mark.django_db
def test_two_loads_give_the_same_content() -> None:
    first = _content(demo.load("harvester", members=40))
    demo.clear()
    assert _content(demo.load("harvester", members=40)) == first


@pytest.mark.django_db
def test_loading_again_changes_nothing_and_more_members_are_added() -> None:
    network = demo.load("harvester")
    before = _content(network)
    assert demo.load("harvester").pk == network.pk
    assert _content(network) == before
    demo.load("harvester", members=40)
    demo.load("harvester", members=40)
    with workspace_scope(network.workspace_id):
        assert network.memberships.count() == 40


@pytest.mark.django_db
def test_made_up_members_have_events_and_are_found() -> None:
    network = demo.load("harvester", members=50)
    with workspace_scope(network.workspace_id):
        made_up = list(network.memberships.select_related("organization").order_by("-pk")[:20])
        names = {member.organization.name for member in network.memberships.select_related("organization")}
        assert len(names) == 50
        for member in made_up:
            event = Event.objects.get(subject_id=member.pk)
            assert (event.kind, event.about_id) == ("member.added", member.organization_id)
            assert event.changes["name"] == [None, member.organization.name]
            found = page_of(select(_actor(), network, MEMBER, query=member.organization.name)).rows
            assert member.pk in {row.pk for row in found}
        # Names of people are in the log as changed, never as values.
        person = Event.objects.filter(kind="person.added").order_by("-pk").first()
        assert person.changes["name"] == [None, None]


@pytest.mark.django_db
def test_a_story_can_be_moved_in_time() -> None:
    network = demo.load("harvester", at=datetime(2027, 3, 9, 12, tzinfo=UTC))
    with workspace_scope(network.workspace_id):
        lead = network.memberships.get(organization__name="Granhult Skogsmaskiner")
        assert lead.joined_on == date(2023, 1, 17)


@pytest.mark.django_db
def test_a_demo_in_ones_own_workspace_lets_nobody_else_in(workspace: Workspace) -> None:
    demo.load("harvester", workspace=workspace)
    assert [role.user.email for role in workspace.roles.select_related("user")] == ["ingrid@example.org"]
    assert not User.objects.filter(email="ola@example.org").exists()


@pytest.mark.django_db
def test_unknown_names_and_sizes_are_refused() -> None:
    with pytest.raises(Invalid, match="fjord-and-valley, harvester"):
        demo.load("atlantis")
    with pytest.raises(Invalid, match="at most"):
        demo.load("harvester", members=10**9)
    assert not Workspace.objects.exists()


# Tables that a demo in use surely fills, some of them by ways that no foreign key to the workspace shows.
_FILLED = {
    "platform_event", "platform_searchentry", "platform_token", "platform_storedfile", "platform_signinlink",
    "platform_job", "platform_user", "django_session", "django_tasks_database_dbtaskresult",
    "network_attachment", "network_membership_tags", "network_agreement_parties",
}  # fmt: skip


def _rows() -> dict[str, int]:
    """Rows of every table that the database has; the index's own blocks are looked at by their words."""
    with connection.cursor() as cursor:
        tables = [
            name
            for name in connection.introspection.table_names(cursor)
            if not name.endswith(("_fts_data", "_fts_idx"))
        ]
        counts = {}
        for table in tables:
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")
            counts[table] = cursor.fetchone()[0]
        return counts


def _index_mentions(end_of_word: bytes) -> bool:
    """Whether the blocks of the index hold these letters; words that begin alike share their beginning there."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT block FROM platform_search_fts_data")
        return any(end_of_word in bytes(block) for (block,) in cursor.fetchall())


@pytest.mark.django_db
def test_clear_leaves_no_row_and_no_file(django_capture_on_commit_callbacks: Any) -> None:
    other, user = create_workspace(name="Own", owner_email="own@example.org")
    with workspace_scope(other.pk):
        acting = actor_of(user, other)
        assert acting is not None
        own = create_network(actor=acting, values={"name": "Own network"})
        add_record(actor=acting, network=own, kind=KINDS["organization"], values={"name": "Vindmølle AS"})
        files.store(name="kept.txt", chunks=[b"in both"])
    before = _rows()

    network = demo.load("fjord-and-valley", members=70)
    ingrid = _actor()
    session = SessionStore()
    session["_auth_user_id"] = str(ingrid.user_id)
    session.create()
    make_sign_in_link(User.objects.get(pk=ingrid.user_id))
    with workspace_scope(network.workspace_id):
        create_token(actor=ingrid, name="script")
        stored = files.store(name="plan.txt", chunks=[b"only here"])
        both = files.store(name="kept.txt", chunks=[b"in both"])
        member = network.memberships.first()
        Attachment.objects.create(network=network, membership=member, file=stored)
        job = Job.objects.create(kind="import", started_by_id=ingrid.user_id)
        with django_capture_on_commit_callbacks(execute=True):
            DatabaseBackend("default", {}).enqueue(jobs.run_job, [str(network.workspace_id), str(job.pk)], {})
    during = _rows()
    assert {table for table, count in during.items() if count > before[table]} >= _FILLED
    if connection.vendor == "sqlite":
        assert _index_mentions(b"sikten")

    with django_capture_on_commit_callbacks(execute=True):
        assert demo.clear()

    assert {table: count for table, count in _rows().items() if count != before[table]} == {}
    assert files.path_of(stored.sha256).exists()
    for file in (stored, both):
        os.utime(files.path_of(file.sha256), (0, 0))
    files.sweep()
    assert not files.path_of(stored.sha256).exists()
    assert files.path_of(both.sha256).exists()
    if connection.vendor == "sqlite":
        assert not _index_mentions(b"sikten")
        assert _index_mentions(b"molle")
    assert not demo.clear()


@pytest.mark.django_db
def test_clear_spares_a_network_that_is_no_demo() -> None:
    network = demo.load("harvester")
    with workspace_scope(network.workspace_id):
        create_network(actor=_actor(), values={"name": "Our real one"})
    with pytest.raises(Conflict, match="Our real one"):
        demo.clear()
    assert Workspace.objects.filter(slug="synthetic-demo-networks").exists()
