"""Pages of an import: from the file to the records, decided and mended on the way, and taken back."""

import io
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from unisono.areas.network import actions, importing
from unisono.areas.network.kinds import MEMBER, OFFERING, ORGANIZATION
from unisono.areas.network.models import ImportBatch, Membership, Network
from unisono.areas.network.queries import select
from unisono.platform.accounts import create_workspace, ensure_user
from unisono.platform.actor import Actor, actor_of
from unisono.platform.models import Job, User
from unisono.platform.tenancy import workspace_scope

AddMember = Callable[..., Membership]

# A new one, a known one with a new place, one that looks like a known one, a day that February has not.
MEMBERS = """Navn;Sted;Nettside;Nivå;Innmeldt;Antall båter
Ærlig Øl;Ørsta;https://aerlig.example;Silver;02.03.2021;2
Lærdal Smoked Trout;Lærdal i Sogn;;;;
Utsikten Hotell AS;Aurland;https://utsikten.example;Silver;;
Sogn Kajakk;Sogndal;;Gold;31.02.2021;14
""".encode("cp1252")
# Three members; an offer of one, an offer of somebody outside, an offer of nobody.
OF_KINDS = b"""category,name,owner key,id
Members,Fjord Kayak (member),,K1
Members,Hotel Fjord (member),,K2
Members,Fjord Rooms (member),,K3
Tours,Day trip,K1,
Tours,Night trip,https://example.org/organization/vy-buss,
Tours,Left alone,,
Tours,Double room,K2,
Tours,Single room,K2,
"""


class _Form(HTMLParser):
    """Values of one form as a browser would send them."""

    def __init__(self, form_id: str) -> None:
        super().__init__()
        self.form_id, self.inside, self.values = form_id, False, list[tuple[str, str]]()
        self._select, self._options = "", list[tuple[str, bool]]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.inside = given.get("id") == self.form_id
        if not self.inside:
            return
        if tag == "select":
            self._select, self._options = given["name"], []
        elif tag == "option":
            self._options.append((given.get("value", ""), "selected" in given))
        elif tag == "input" and "name" in given and (given.get("type") != "checkbox" or "checked" in given):
            self.values.append((given["name"], given.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        if tag == "select" and self.inside:
            chosen = next((value for value, selected in self._options if selected), self._options[0][0])
            self.values.append((self._select, chosen))


def mapping_of(page: str) -> list[tuple[str, str]]:
    """What the form of step 2 would send if nothing were changed."""
    form = _Form("mapping-form")
    form.feed(page)
    return form.values


def send(client: Client, url: str, values: list[tuple[str, str]]) -> Any:
    return client.post(url, urlencode(values), content_type="application/x-www-form-urlencoded")


def opens(client: Client, url: str, queries: int = 12) -> str:
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(url)
    assert answer.status_code == 200, url
    assert len(asked) <= queries, "\n".join(query["sql"][:90] for query in asked)
    return str(answer.content.decode())


@pytest.fixture
def start(network: Network) -> str:
    return f"/n/{network.slug}/import/"


@pytest.fixture
def known(add_member: AddMember) -> dict[str, Membership]:
    """Two members that the file also speaks of."""
    return {
        "trout": add_member("Lærdal Smoked Trout", place="Lærdal"),
        "hotel": add_member("Hotel Utsikten", website="https://utsikten.example", place="Aurland"),
    }


@pytest.fixture
def upload(
    page_client: Client, start: str, django_capture_on_commit_callbacks: Callable[..., Any]
) -> Callable[..., str]:
    """`upload("members.csv", bytes)` hands a file in and gives the address of its columns."""

    def act(name: str, content: bytes, **options: str) -> str:
        answer = page_client.post(start, {"file": SimpleUploadedFile(name, content), **options})
        assert answer.status_code == 302, answer.content.decode()
        return str(answer.headers["Location"])

    return act


@pytest.fixture
def check(
    page_client: Client, upload: Callable[..., str], django_capture_on_commit_callbacks: Callable[..., Any]
) -> Callable[..., str]:
    """Hand a file in, take the suggested columns, check it; gives the batch's address."""

    def act(name: str, content: bytes) -> str:
        columns = upload(name, content)
        with django_capture_on_commit_callbacks(execute=True):
            answer = send(page_client, columns, mapping_of(page_client.get(columns).content.decode()))
        assert answer.status_code == 302, answer.content.decode()
        return str(answer.headers["Location"])

    return act


@pytest.fixture
def press(page_client: Client, django_capture_on_commit_callbacks: Callable[..., Any]) -> Callable[..., Any]:
    """Post and let the job that it queues be done."""

    def act(url: str, **values: Any) -> Any:
        with django_capture_on_commit_callbacks(execute=True):
            return page_client.post(url, values)

    return act


def counts(network: Network) -> dict[str, int]:
    batch = ImportBatch.objects.filter(network=network).latest("created_at")
    return {name: n for name, n in importing.counts_of(batch).items() if n and name != "rows"}


def names(actor: Actor, network: Network, kind: Any = MEMBER) -> list[str]:
    return [kind.title(record) for record in select(actor, network, kind)]


def test_whole_path(
    page_client: Client, actor: Actor, network: Network, known: Any, check: Any, press: Any, start: str
) -> None:
    batch = check("medlemmer.csv", MEMBERS)
    page = opens(page_client, batch)
    assert counts(network) == {"new": 1, "update": 1, "decide": 1, "wrong": 1}
    assert "Utsikten Hotell AS" in page and "Hotel Utsikten" in page and "same website" in page
    assert "“Same” keeps the name Hotel Utsikten and notes Utsikten Hotell AS as another name of it." in page
    assert "Import 3 rows" in page and "Import 2 rows" in opens(page_client, f"{batch}?undecided=leave_out")
    updates = opens(page_client, f"{batch}?show=update")
    assert "<del>Lærdal</del>" in updates and "<ins>Lærdal i Sogn</ins>" in updates

    wrong = opens(page_client, f"{batch}?show=wrong")
    assert "“31.02.2021” is no date." in wrong and 'value="Innmeldt"' in wrong
    page_client.post(f"{batch}rows/5/fix/", {"column": "Innmeldt", "cell": "30.02.2021"})
    assert counts(network)["wrong"] == 1
    page_client.post(f"{batch}rows/5/fix/", {"column": "Innmeldt", "cell": "28.02.2021"})
    assert counts(network) == {"new": 2, "update": 1, "decide": 1}

    page_client.post(f"{batch}rows/4/decide/", {"decision": "same"})
    assert counts(network) == {"new": 2, "update": 2}
    page_client.post(f"{batch}rows/4/reopen/")
    assert counts(network)["decide"] == 1
    page_client.post(f"{batch}rows/4/decide/", {"decision": "same"})

    press(f"{batch}apply/", undecided="separate")
    assert names(actor, network) == ["Ærlig Øl", "Hotel Utsikten", "Lærdal Smoked Trout", "Sogn Kajakk"]
    done = opens(page_client, batch)
    assert "2 records added, 2 changed" in done and "Undo this import" in done
    assert "Imported" in opens(page_client, start) and f"{batch}undo/" in opens(page_client, start)

    press(f"{batch}undo/")
    assert names(actor, network) == ["Hotel Utsikten", "Lærdal Smoked Trout"]
    trout = select(actor, network, MEMBER).get(pk=known["trout"].pk)
    assert trout.organization.place == "Lærdal"
    assert "This import was undone" in opens(page_client, batch)


def test_what_was_edited_since_stays_and_is_listed(
    page_client: Client, actor: Actor, network: Network, known: Any, check: Any, press: Any
) -> None:
    batch = check("medlemmer.csv", MEMBERS)
    press(f"{batch}apply/", undecided="leave_out")
    new = select(actor, network, MEMBER).get(organization__name="Ærlig Øl")
    actions.edit_record(actor=actor, network=network, kind=MEMBER, record_id=new.pk, values={"tier": "Gold"})
    assert "Ærlig Øl" in opens(page_client, f"{batch}?later=1", queries=27)
    press(f"{batch}undo/")
    page = opens(page_client, batch)
    assert "What stayed" in page and "Ærlig Øl" in page
    assert "Ærlig Øl" in names(actor, network) and "Utsikten Hotell AS" not in names(actor, network)


def test_undecided_rows_come_in_separately_or_not_at_all(
    actor: Actor, network: Network, known: Any, check: Any, press: Any
) -> None:
    press(f"{check('medlemmer.csv', MEMBERS)}apply/", undecided="leave_out")
    assert "Utsikten Hotell AS" not in names(actor, network)
    press(f"{check('again.csv', MEMBERS)}apply/", undecided="separate")
    assert {"Utsikten Hotell AS", "Hotel Utsikten"} <= set(names(actor, network))


def test_all_alike(page_client: Client, network: Network, known: Any, check: Any) -> None:
    batch = check("medlemmer.csv", MEMBERS + "Utsikten Hotel;Aurland;https://utsikten.example;;;\n".encode("cp1252"))
    assert counts(network)["decide"] == 2
    assert "Answer all 2 alike" in opens(page_client, batch)
    page_client.post(f"{batch}decide/", {"decision": "leave_out"})
    assert counts(network) == {"new": 1, "update": 1, "left_out": 2, "wrong": 1}
    assert "Take in again" in opens(page_client, f"{batch}?show=left_out")


def test_rows_of_several_kinds(
    page_client: Client, actor: Actor, network: Network, upload: Any, check: Any, press: Any
) -> None:
    page = opens(page_client, upload("kinds.csv", OF_KINDS))
    values = dict(mapping_of(page))
    assert (values["kind_column"], values["trim"]) == ("category", "(member)")
    assert [v for n, v in mapping_of(page) if n == "kind_value"] == ["Tours", "Members", "*"]
    batch = check("kinds.csv", OF_KINDS)
    press(f"{batch}apply/")
    assert names(actor, network) == ["Fjord Kayak", "Fjord Rooms", "Hotel Fjord"]
    assert sorted(names(actor, network, OFFERING)) == [
        "Day trip", "Double room", "Left alone", "Night trip", "Single room",
    ]  # fmt: skip
    done = opens(page_client, batch)
    assert "1 organisation that rows name is no member" in done and "1 offer has no owner." in done
    assert "Vy Buss" in names(actor, network, ORGANIZATION)
    unowned = opens(page_client, f"/n/{network.slug}/offerings/?owners=none", queries=20)
    assert "Left alone" in unowned and "Day trip" not in unowned


def test_choosing_kinds_brings_their_columns(page_client: Client, network: Network, upload: Any) -> None:
    columns = upload("medlemmer.csv", MEMBERS)
    values = mapping_of(page_client.get(columns).content.decode())
    assert 'name="to_person"' not in page_client.get(columns).content.decode()
    chosen = [(name, "person" if name == "kind" else value) for name, value in values]
    answer = send(page_client, f"{columns}draft/", chosen)
    assert answer.status_code == 200
    page = answer.content.decode()
    assert (
        'name="to_person"' in page and 'name="to_member"' not in page and "Still needed: Name, Organisations." in page
    )
    batch = ImportBatch.objects.get(network=network)
    assert batch.mapping == {} and batch.state == "columns"


def test_left_out_columns_become_fields(
    page_client: Client, actor: Actor, network: Network, upload: Any, press: Any,
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:  # fmt: skip
    columns = upload("medlemmer.csv", MEMBERS)
    values = mapping_of(page_client.get(columns).content.decode())
    page = send(page_client, f"{columns}draft/", [*values, ("keep_rest", "member")]).content.decode()
    kept = mapping_of(f'<form id="mapping-form">{page}</form>')
    assert ("to_member", "custom:Antall båter:integer") in kept
    with django_capture_on_commit_callbacks(execute=True):
        batch = send(page_client, columns, kept).headers["Location"]
    press(f"{batch}apply/")
    assert select(actor, network, MEMBER).get(organization__name="Ærlig Øl").custom == {"antall_bater": 2}


def test_a_name_is_needed(page_client: Client, network: Network, upload: Any) -> None:
    columns = upload("medlemmer.csv", MEMBERS)
    values = mapping_of(page_client.get(columns).content.decode())
    answer = send(page_client, columns, [(n, "" if v == "name" else v) for n, v in values])
    assert answer.status_code == 422
    assert "No column goes to “Name”." in answer.content.decode()
    assert ImportBatch.objects.get(network=network).state == "columns"


def test_file_read_in_another_way(page_client: Client, network: Network, upload: Any) -> None:
    columns = upload("medlemmer.csv", MEMBERS)
    assert "Ørsta" in opens(page_client, columns)
    answer = page_client.post(
        columns.replace("columns/", "reading/"), {"encoding": "cp1252", "delimiter": ",", "header_row": "1"}
    )
    assert answer.headers["Location"] == columns
    assert ImportBatch.objects.get(network=network).headers == ["Navn;Sted;Nettside;Nivå;Innmeldt;Antall båter"]


def test_workbook(page_client: Client, network: Network, upload: Any) -> None:
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content)
    for sheet, rows in (("Old", [["Name"], ["Gone AS"]]), ("New", [["Name", "City"], ["Fjord Kayak", "Flåm"]])):
        page = book.add_worksheet(sheet)
        for at, cells in enumerate(rows):
            page.write_row(at, 0, cells)
    book.close()
    columns = upload("members.xlsx", content.getvalue())
    assert "Gone AS" in opens(page_client, columns)
    page_client.post(columns.replace("columns/", "reading/"), {"sheet": "New", "header_row": "1"})
    page = opens(page_client, columns)
    assert "Fjord Kayak" in page and "Gone AS" not in page


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("list.pdf", b"%PDF-1.7", "Files of this type are not read."),
        ("list.csv", b"", "There are no rows in it."),
        ("list.xlsx", b"PK\x03\x04 and then nothing", "damaged"),
        ("list.csv", b'name,place\n"Fjord', "A quotation mark is opened and never closed."),
    ],
)
def test_a_file_that_cannot_be_read(
    page_client: Client, network: Network, start: str, name: str, content: bytes, said: str
) -> None:
    answer = page_client.post(start, {"file": SimpleUploadedFile(name, content)})
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not ImportBatch.objects.filter(network=network).exists()


def test_a_fault_further_down_can_be_read_around_or_dropped(page_client: Client, network: Network, upload: Any) -> None:
    columns = upload("list.csv", b"name,place\n" + b"Fjord,Voss\n" * 3_000 + b'"Nordli,Voss\n')
    answer = page_client.get(columns)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "A quotation mark is opened and never closed." in page
    assert "Read again" in page and "Drop this import" in page and "Check the rows" not in page


def test_no_file(page_client: Client, network: Network, start: str) -> None:
    answer = page_client.post(start)
    assert answer.status_code == 422 and "No file was chosen." in answer.content.decode()


def test_wrong_rows_to_take_away(page_client: Client, network: Network, known: Any, check: Any) -> None:
    answer = page_client.get(f"{check('medlemmer.csv', MEMBERS)}wrong-rows/")
    assert "attachment" in answer.headers["Content-Disposition"]
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[arg-type]
    assert text.splitlines()[0].endswith('"problem"') and "Sogn Kajakk" in text and "Ærlig" not in text


def test_example_can_be_imported_as_it_is(
    page_client: Client, actor: Actor, network: Network, start: str, check: Any, press: Any
) -> None:
    content = b"".join(page_client.get(f"{start}example/").streaming_content)  # type: ignore[arg-type]
    batch = check("example.csv", content)
    assert counts(network) == {"new": 3}
    press(f"{batch}apply/")
    assert "Vikheim Guesthouse" in names(actor, network)


def test_progress_and_stopping(
    page_client: Client, network: Network, upload: Any, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    columns = upload("medlemmer.csv", MEMBERS)
    batch = columns.removesuffix("columns/")
    values = mapping_of(page_client.get(columns).content.decode())
    with django_capture_on_commit_callbacks():  # no worker takes the job
        send(page_client, columns, values)
    assert "Checking medlemmer.csv" in opens(page_client, batch)
    assert "waiting for its turn" in opens(page_client, f"{batch}progress/")
    Job.objects.update(state="running", done=25, total=100)
    assert "25 %" in opens(page_client, f"{batch}progress/")
    Job.objects.update(state="waiting")
    page_client.post(f"{batch}cancel/")
    over = page_client.get(f"{batch}progress/", headers={"hx-request": "true"})
    assert over.headers["HX-Redirect"] == batch
    assert ImportBatch.objects.get(network=network).state == "columns"


def test_failed_check_says_why(page_client: Client, network: Network, upload: Any) -> None:
    batch = upload("medlemmer.csv", MEMBERS).removesuffix("columns/")
    problem = {"place": "medlemmer.csv, row 3", "rule": "A line is too long.", "remedy": "Write one record per line."}
    ImportBatch.objects.filter(network=network).update(state="failed", problems=[problem])
    page = opens(page_client, batch)
    assert "A line is too long." in page and "Write one record per line." in page and "columns/" in page


def test_second_person_sees_how_it_stands_now(
    page_client: Client, network: Network, known: Any, check: Any, press: Any
) -> None:
    batch = check("medlemmer.csv", MEMBERS)
    press(f"{batch}apply/")
    for late in ("apply/", "rows/4/decide/", "remove/"):
        answer = page_client.post(f"{batch}{late}", {"decision": "same"}, follow=True)
        assert answer.status_code == 200 and "this cannot be done" in answer.content.decode(), late
    assert page_client.get(f"{batch}columns/").headers["Location"] == batch


def test_drop(page_client: Client, network: Network, check: Any, start: str) -> None:
    batch = check("medlemmer.csv", MEMBERS)
    assert page_client.post(f"{batch}remove/").headers["Location"] == start
    assert page_client.get(batch).status_code == 404


@pytest.mark.parametrize("role", ["observer", "contact_person", "representative"])
def test_roles_that_do_not_import(
    page_client: Client, network: Network, make_actor: Callable[..., Actor], check: Any, start: str, role: str
) -> None:
    batch = check("medlemmer.csv", MEMBERS)
    client = Client()
    client.force_login(User.objects.get(pk=make_actor(role).user_id))
    for url in (start, f"{start}example/", batch, f"{batch}columns/", f"{batch}progress/", f"{batch}wrong-rows/"):
        assert client.get(url).status_code == 403, url
    for url in ("columns/", "columns/draft/", "reading/", "apply/", "undo/", "remove/", "decide/", "cancel/"):
        assert client.post(f"{batch}{url}").status_code == 403, url
    for url in ("decide/", "reopen/", "fix/"):
        assert client.post(f"{batch}rows/2/{url}").status_code == 403, url
    assert start not in client.get(f"/n/{network.slug}/members/").content.decode()
    assert start in page_client.get(f"/n/{network.slug}/members/").content.decode()


def test_imports_of_others_do_not_exist(page_client: Client, network: Network, start: str, actor: Actor) -> None:
    stranger = ensure_user(email="stranger@example.org", name="Stranger")
    other = create_workspace(name="Elsewhere", owner_email=stranger.email)[0]
    acting = actor_of(stranger, other)
    assert acting is not None
    with workspace_scope(other.pk):
        elsewhere = actions.create_network(actor=acting, values={"name": "Elsewhere"})
        theirs = importing.start_import(actor=acting, network=elsewhere, file=("m.csv", [MEMBERS]))
    second = actions.create_network(actor=actor, values={"name": "Second"})
    neighbour = importing.start_import(actor=actor, network=second, file=("m.csv", [MEMBERS]))
    for batch in (theirs, neighbour):
        for url in ("", "columns/", "progress/", "wrong-rows/"):
            assert page_client.get(f"{start}{batch.pk}/{url}").status_code == 404
        for url in ("columns/", "reading/", "apply/", "undo/", "remove/", "rows/2/fix/", "rows/2/decide/", "cancel/"):
            assert page_client.post(f"{start}{batch.pk}/{url}", {"decision": "same"}).status_code == 404, url
    assert page_client.get("/n/elsewhere/import/").status_code == 404


def test_columns_of_many_kinds_of_row_are_set_with_few_queries(
    page_client: Client, actor: Actor, network: Network
) -> None:
    kinds = ("member", "organization", "person", "offering", "need", "relationship")
    actions.add_custom_field(actor=actor, network=network, record_kind="member", label="Beds", type="integer")
    content = "Kind,Name,Of,Other,What,Beds\n" + "".join(f"{kind},Ørsta,Ærlig Øl,Sogn,supplies,2\n" for kind in kinds)
    columns = {
        "member": {"Name": "name", "Beds": "custom:Beds"},
        "organization": {"Name": "name"},
        "person": {"Name": "name", "Of": "organizations"},
        "offering": {"Name": "name", "Of": "owners"},
        "need": {"Name": "statement", "Of": "membership"},
        "relationship": {"Of": "first", "Other": "second", "What": "kinds"},
    }
    mapping = {"kind_column": "Kind", "kinds": {kind: kind for kind in kinds}, "columns": columns}
    where: dict[str, Any] = {"actor": actor, "network": network}
    first = importing.start_import(**where, file=("a.csv", [content.encode()]))
    importing.set_mapping(**where, batch_id=first.pk, mapping=mapping)
    # The mapping is remembered for a file with the same headings.
    again = importing.start_import(**where, file=("b.csv", [content.encode()]))
    page = opens(page_client, f"/n/{network.slug}/import/{again.pk}/columns/")
    assert page.count("<select") > 20
