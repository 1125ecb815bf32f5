"""The HTTP API: shape of answers, pages by cursor, preconditions, files, who may see what."""

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from unisono.areas.network import actions
from unisono.areas.network.kinds import KINDS, NEED, NOTE
from unisono.areas.network.models import Membership, Network
from unisono.platform.accounts import create_token, create_workspace, revoke_token
from unisono.platform.actor import Actor, actor_of
from unisono.platform.jobs import register, start
from unisono.platform.models import Job
from unisono.platform.tenancy import workspace_scope

BASE = "/api/v1/networks/fjord-and-valley"
AddMember = Callable[..., Membership]


@pytest.fixture
def client(make_api: Callable[..., Client], network: Network) -> Client:
    return make_api("read", "write", "configure", "care", "import")


def send(client: Client, method: str, path: str, body: Any = None, **headers: str) -> Any:
    return getattr(client, method)(
        path if path.startswith("/api") else f"{BASE}{path}",
        json.dumps(body or {}),
        content_type="application/json",
        headers=headers,
    )


def assert_problem(answer: Any, status: int, *places: str) -> None:
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    body = json.loads(answer.content)
    assert body["status"] == status
    assert all(set(problem) == {"place", "rule", "remedy"} for problem in body["problems"])
    assert all(problem["rule"] and problem["remedy"] for problem in body["problems"])
    if places:
        assert {problem["place"] for problem in body["problems"]} == set(places)


def test_a_record_goes_round(client: Client) -> None:
    made = send(client, "post", "/members", {"name": "Lærdal Smoked Trout", "tags": ["food"], "wave": 2})
    assert made.status_code == 201
    data = made.json()
    assert made["Location"] == f"{BASE}/members/{data['id']}"
    assert (data["name"], data["tags"], data["wave"], data["state"]) == ("Lærdal Smoked Trout", ["food"], 2, "active")
    assert client.get(made["Location"]).json() == data
    need = send(client, "post", "/needs", {"membership": data["id"], "statement": "Cold storage"}).json()
    assert need["membership"] == {"id": data["id"], "name": "Lærdal Smoked Trout"}
    timeline = client.get(f"{made['Location']}/timeline?limit=1").json()
    assert [event["kind"] for event in timeline["items"]] == ["need.added"]
    assert [event["kind"] for event in client.get(timeline["next"]).json()["items"]] == ["member.added"]
    assert send(client, "post", f"/members/{data['id']}/archive").json()["archived_at"]
    assert client.get(f"{BASE}/members").json()["items"] == []
    assert len(client.get(f"{BASE}/members?archived=true").json()["items"]) == 1
    assert send(client, "post", f"/members/{data['id']}/restore").json()["archived_at"] is None


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_every_kind_has_an_empty_list_and_an_export(client: Client, kind: Any) -> None:
    assert client.get(f"{BASE}/{kind.plural}").json() == {"items": [], "next": None}
    exported = client.get(f"{BASE}/{kind.plural}/export?format=json")
    assert json.loads(exported.getvalue()) == []
    assert exported["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize("sort", ["", "name", "-name", "joined_on", "-joined_on", "state", "-updated_at"])
def test_pages_hold_every_record_once(client: Client, add_member: AddMember, sort: str) -> None:
    for number in range(7):
        # Two share a date and two have none: neither ties nor gaps may lose or repeat a record.
        date = {0: "2020-01-01", 1: "2020-01-01", 2: "2019-05-05", 3: "2021-02-02", 4: "2018-01-01"}.get(number, "")
        add_member(f"Firm {number}", joined_on=date)
    whole = [m["id"] for m in client.get(f"{BASE}/members?sort={sort}").json()["items"]]
    seen: list[str] = []
    address: str | None = f"{BASE}/members?sort={sort}&limit=2"
    while address:
        page = client.get(address)
        seen += [member["id"] for member in page.json()["items"]]
        address = page.json()["next"]
        assert (address is None) == ("Link" not in page)
    assert len(seen) == 7
    assert seen == whole


def test_a_page_stays_right_while_records_come_and_go(client: Client, add_member: AddMember) -> None:
    members = {name: add_member(name) for name in ("B", "D", "F", "H")}
    first = client.get(f"{BASE}/members?sort=name&limit=2").json()
    add_member("A")
    add_member("E")
    send(client, "post", f"/members/{members['B'].pk}/archive")
    second = client.get(first["next"]).json()
    assert [m["name"] for m in second["items"]] == ["E", "F"]


@pytest.mark.parametrize(
    "query",
    ["cursor=abc", "cursor=W10", "limit=0", "limit=1000", "limit=x", "sort=nope", "teir=Gold", "sides=nope",
     "state=nope", "archived=perhaps"],
)  # fmt: skip
def test_a_list_refuses_what_it_does_not_know(client: Client, query: str) -> None:
    assert_problem(client.get(f"{BASE}/members?{query}"), 422, query.partition("=")[0])


def test_a_cursor_of_another_order_is_refused(client: Client, add_member: AddMember) -> None:
    for name in "ABC":
        add_member(name)
    cursor = client.get(f"{BASE}/members?sort=name&limit=1").json()["next"].partition("cursor=")[2].split("&")[0]
    assert_problem(client.get(f"{BASE}/members?sort=-name&cursor={cursor}"), 422, "cursor")


def test_filters_and_words_choose(client: Client, add_member: AddMember, network: Network, actor: Actor) -> None:
    actions.add_custom_field(
        actor=actor, network=network, record_kind="member", label="Bank", type="choice", choices=["DNB", "Nordea"]
    )
    add_member("Lærdal Smoked Trout", sides="provider", tags="food", **{"custom.bank": "DNB"})
    add_member("Hotel Utsikten", sides="customer", **{"custom.bank": "Nordea"})

    def names(query: str) -> list[str]:
        return [m["name"] for m in client.get(f"{BASE}/members?{query}").json()["items"]]

    assert names("q=laerdal") == ["Lærdal Smoked Trout"]
    assert names("sides=customer") == ["Hotel Utsikten"]
    assert names("sides=customer&sides=provider") == ["Hotel Utsikten", "Lærdal Smoked Trout"]
    assert names("tags=food&sides=customer") == []
    assert names("custom.bank=DNB") == ["Lærdal Smoked Trout"]
    found = client.get(f"{BASE}/search?q=utsik").json()["items"]
    assert [(f["kind"], f["title"]) for f in found] == [
        ("member", "Hotel Utsikten"), ("organization", "Hotel Utsikten"),
    ]  # fmt: skip


def test_a_change_on_an_old_state_is_refused(client: Client, add_member: AddMember) -> None:
    path = f"/members/{add_member('Hotel Utsikten').pk}"
    seen = client.get(f"{BASE}{path}")["ETag"]
    changed = send(client, "patch", path, {"place": "Aurland"}, **{"If-Match": seen})
    assert changed.status_code == 200
    assert changed["ETag"] != seen
    assert_problem(send(client, "patch", path, {"place": "Flåm"}, **{"If-Match": seen}), 412, "If-Match")
    assert client.get(f"{BASE}{path}").json()["place"] == "Aurland"
    # The organisation is part of the member: a change there is a change too.
    organization = changed.json()["organization_id"]
    send(client, "patch", f"/organizations/{organization}", {"region": "Vestland"})
    assert_problem(send(client, "patch", path, {"place": "Flåm"}, **{"If-Match": changed["ETag"]}), 412, "If-Match")
    assert send(client, "patch", path, {"place": "Flåm"}, **{"If-Match": "*"}).status_code == 200


def test_everything_the_framework_says_is_a_problem_too(client: Client, db: None) -> None:
    assert_problem(client.get("/api/v1/no/such/address"), 404)
    assert_problem(client.get("/api/v2/me"), 404)
    refused = client.put(f"{BASE}/members", "{}", content_type="application/json")
    assert_problem(refused, 405)
    assert "POST" in refused["Allow"]
    assert "Content-Security-Policy" in refused
    assert_problem(client.post(f"{BASE}/members", "{", content_type="application/json"), 400)
    assert_problem(client.post(f"{BASE}/members", b"\xff", content_type="application/json"), 400)
    assert_problem(client.post(f"{BASE}/members", "[]", content_type="application/json"), 422)
    assert_problem(client.get(f"{BASE}/members/not-an-id"), 404)
    assert_problem(client.get("/api/v1/networks/nowhere/members"), 404, "network")


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer uni_nonsense", "Basic dTpw", "Token x"])
def test_without_a_good_token_nobody_comes_in(db: None, header: str) -> None:
    answer = Client(headers={"authorization": header} if header else {}).get("/api/v1/me")
    assert_problem(answer, 401, "Authorization")
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_session_is_no_token(page_client: Client) -> None:
    assert page_client.get("/api/v1/me").status_code == 401


def test_a_revoked_token_is_no_token(actor: Actor) -> None:
    token, secret = create_token(actor=actor, name="old")
    client = Client(headers={"authorization": f"Bearer {secret}"})
    assert client.get("/api/v1/me").status_code == 200
    revoke_token(actor=actor, token_id=token.pk)
    assert client.get("/api/v1/me").status_code == 401


def test_scopes_narrow(make_api: Callable[..., Client], network: Network) -> None:
    reading = make_api("read")
    assert reading.get(f"{BASE}/members").status_code == 200
    assert_problem(send(reading, "post", "/members", {"name": "X"}), 403)
    assert_problem(send(reading, "patch", "", {"purpose": "x"}), 403)
    assert_problem(make_api("write").get(f"{BASE}/members"), 404)


def test_a_care_note_stays_with_the_care_team(
    client: Client, make_api: Callable[..., Client], add_member: AddMember, actor: Actor, network: Network
) -> None:
    member = add_member("Hotel Utsikten")
    values = {"membership": member.pk, "text": "Thinks of giving up", "visibility": "care_team"}
    note = actions.add_record(actor=actor, network=network, kind=NOTE, values=values)
    assert [n["id"] for n in client.get(f"{BASE}/notes").json()["items"]] == [str(note.pk)]
    outside = make_api("read", "write")
    assert outside.get(f"{BASE}/notes").json()["items"] == []
    assert_problem(outside.get(f"{BASE}/notes/{note.pk}"), 404)
    assert "note.added" not in outside.get(f"{BASE}/members/{member.pk}/timeline").content.decode()
    # No file holds it, whoever asks.
    assert b"giving up" not in client.get(f"{BASE}/notes/export?format=csv").getvalue()


def test_another_workspace_does_not_exist(client: Client, add_member: AddMember, db: None) -> None:
    member = add_member("Hotel Utsikten")
    other, stranger = create_workspace(name="Elsewhere", owner_email="s@example.org")
    acting = actor_of(stranger, other)
    assert acting is not None
    with workspace_scope(other.pk):
        actions.create_network(actor=acting, values={"name": "Fjord and valley"})
        _token, secret = create_token(actor=acting, name="t", scopes=["read", "write"])
    foreign = Client(headers={"authorization": f"Bearer {secret}"})
    assert foreign.get(f"{BASE}/members").json()["items"] == []
    assert_problem(foreign.get(f"{BASE}/members/{member.pk}"), 404)
    assert_problem(send(foreign, "patch", f"/members/{member.pk}", {"place": "x"}), 404)


def test_exports_are_whole_files(client: Client, add_member: AddMember) -> None:
    add_member("=1+1 Ltd", joined_on="2019-03-12", staff_count=12)
    add_member("Lærdal Smoked Trout")
    lines = client.get(f"{BASE}/members/export?format=csv&columns=name,staff_count").getvalue().decode("utf-8-sig")
    assert lines.splitlines()[0].startswith('"Name","Staff"')
    assert "'=1+1 Ltd" in lines
    only = client.get(f"{BASE}/members/export?format=json&q=laerdal").getvalue()
    assert [row["name"] for row in json.loads(only)] == ["Lærdal Smoked Trout"]
    book = client.get(f"{BASE}/members/export?format=xlsx").getvalue()
    from openpyxl import load_workbook

    rows = list(load_workbook(io.BytesIO(book), read_only=True).active.values)  # type: ignore[union-attr]
    assert len(rows) == 3
    assert_problem(client.get(f"{BASE}/members/export?format=pdf"), 422, "format")
    assert_problem(client.get(f"{BASE}/members/export?columns=nope"), 422, "columns")


def test_files_are_downloads_for_those_who_may_read_them(
    client: Client, make_api: Callable[..., Client], add_member: AddMember
) -> None:
    path = f"{BASE}/members/{add_member('Hotel Utsikten').pk}/attachments"

    def upload(name: str, content: bytes, **form: str) -> Any:
        return client.post(path, {"file": SimpleUploadedFile(name, content), **form})

    kept = upload("menu.txt", b"<script>alert(1)</script>", title="Menu", visibility="care_team")
    assert kept.status_code == 201, kept.content
    address = f"{BASE}/attachments/{kept.json()['id']}"
    file = client.get(address)
    assert file.getvalue() == b"<script>alert(1)</script>"
    assert file["Content-Disposition"] == 'attachment; filename="menu.txt"'
    assert file["X-Content-Type-Options"] == "nosniff"
    assert_problem(make_api("read", "write").get(address), 404)
    assert_problem(upload("run.exe", b"MZ"), 422, "run.exe")
    assert_problem(upload("a.txt", b"", visibility="nobody"), 422, "visibility")
    assert client.delete(address).status_code == 204
    assert_problem(client.delete(address), 409, "attachment")
    assert_problem(client.get(address), 404)
    assert client.get(path).json()["items"] == []
    assert send(client, "post", f"/attachments/{kept.json()['id']}/restore").status_code == 200
    assert len(client.get(path).json()["items"]) == 1


def test_two_organisations_become_one(client: Client, add_member: AddMember) -> None:
    keep, absorb = add_member("Hotel Utsikten"), add_member("Utsikten Hotell")
    path = f"/organizations/{keep.organization_id}/merge"
    merged = send(client, "post", path, {"absorb": str(absorb.organization_id)})
    assert merged.json()["aliases"] == ["Utsikten Hotell"]
    assert_problem(send(client, "post", path, {"absorb": str(keep.organization_id)}), 422, "absorb")


def test_networks_and_fields_are_configured(client: Client, make_api: Callable[..., Client]) -> None:
    made = send(client, "post", "/api/v1/networks", {"name": "Harvester", "time_zone": "Europe/Helsinki"})
    assert made["Location"] == "/api/v1/networks/harvester"
    assert send(client, "patch", made["Location"], {"purpose": "Wood"}).json()["purpose"] == "Wood"
    assert send(client, "post", f"{made['Location']}/state", {"state": "paused"}).json()["state"] == "paused"
    assert_problem(send(client, "patch", made["Location"], {"time_zone": "Mars"}), 422, "time_zone")
    field = send(client, "post", "/fields", {"record_kind": "member", "label": "House bank"}).json()
    assert field["name"] == "house_bank"
    member = send(client, "post", "/members", {"name": "A", "custom": {"house_bank": "DNB"}})
    assert member.json()["custom"] == {"house_bank": "DNB"}
    assert send(client, "post", f"/fields/{field['custom_id']}/archive").status_code == 204
    assert_problem(send(client, "post", "/members", {"name": "B", "custom": {"house_bank": "x"}}), 422)


def test_tokens_are_listed_and_revoked_but_never_made(client: Client) -> None:
    [token] = client.get("/api/v1/tokens").json()["items"]
    assert "secret" not in json.dumps(token)
    assert client.post("/api/v1/tokens").status_code == 405
    assert client.delete(f"/api/v1/tokens/{token['id']}").status_code == 204
    assert client.get("/api/v1/tokens").status_code == 401


def test_jobs_are_ones_own(
    client: Client, actor: Actor, make_actor: Callable[..., Actor], make_api: Callable[..., Client]
) -> None:
    register("test.nothing", lambda acting, subject, progress: {})
    job = start(actor=actor, kind="test.nothing")
    assert client.get(f"/api/v1/jobs/{job.pk}").json()["state"] == "waiting"
    assert_problem(make_api("read", acting=make_actor("orchestrator")).get(f"/api/v1/jobs/{job.pk}"), 404)
    assert send(client, "post", f"/api/v1/jobs/{job.pk}/cancel").json()["state"] == "cancelled"
    assert [j["id"] for j in client.get("/api/v1/jobs").json()["items"]] == [str(job.pk)]


def test_odd_values_are_problems_and_never_faults(client: Client, add_member: AddMember) -> None:
    member = str(add_member("Hotel Utsikten").pk)
    for value in (None, True, 5, 1e400, "\x00", "x" * 30_000, [], {}, [None], {"a": [1]}, "\ud800", 10**30):
        body: dict[str, Any] = {f.name: value for f in NEED.fields} | {"membership": member}
        assert send(client, "post", "/needs", body).status_code in (201, 400, 422), value
        for kind in KINDS.values():
            answer = send(client, "post", f"/{kind.plural}", {f.name: value for f in kind.fields})
            assert answer.status_code in (201, 400, 409, 422), (kind.name, value, answer.content)
    for query in ("q=%00", "q=" + "x" * 3000, "tier=%00", "cursor=%00", "q=%ED%A0%80"):
        for kind in KINDS.values():
            answer = client.get(f"{BASE}/{kind.plural}?{query}")
            assert answer.status_code in (200, 400, 422), (kind.name, query)


def test_offers_without_an_owner_and_organisations_that_are_no_members_can_be_listed(
    actor: Actor, network: Network, add_member: Callable[..., Membership], make_api: Callable[..., Client]
) -> None:
    member = add_member("Hotel Utsikten")
    for name, owners in (("Room", [member.organization_id]), ("Left alone", [])):
        actions.add_record(
            actor=actor, network=network, kind=KINDS["offering"], values={"name": name, "owners": owners}
        )
    actions.add_record(actor=actor, network=network, kind=KINDS["organization"], values={"name": "Sogndal"})
    client = make_api("read")
    base = f"/api/v1/networks/{network.slug}"
    names = [item["name"] for item in client.get(f"{base}/offerings?owners=none").json()["items"]]
    assert names == ["Left alone"]
    names = [item["name"] for item in client.get(f"{base}/organizations?membership=no").json()["items"]]
    assert names == ["Sogndal"]
    assert client.get(f"{base}/organizations?membership=perhaps").status_code == 422


def test_a_token_that_reads_revokes_itself_alone_and_stops_no_job(
    actor: Actor, make_api: Callable[..., Client]
) -> None:
    """What it may not start it may not stop either; to give itself up it may."""
    client, (other, _secret) = make_api("read"), create_token(actor=actor, name="other")
    job = Job.objects.create(kind="test.work", started_by_id=actor.user_id)
    assert client.delete(f"/api/v1/tokens/{other.pk}").status_code == 403
    assert client.post(f"/api/v1/jobs/{job.pk}/cancel").status_code == 403
    job.refresh_from_db()
    assert not job.cancel_requested
    writing = make_api("read", "write")
    assert writing.post(f"/api/v1/jobs/{job.pk}/cancel").status_code == 200
    assert writing.delete(f"/api/v1/tokens/{other.pk}").status_code == 204
    itself = next(each for each in client.get("/api/v1/tokens").json()["items"] if each["scopes"] == ["read"]
                  and each["name"] == "test")  # fmt: skip
    assert client.delete(f"/api/v1/tokens/{itself['id']}").status_code == 204
    assert client.get("/api/v1/me").status_code == 401
