"""Any text is hostile: whatever people write, in every field that there is, leaves as text through every way out.

Fields are taken from the declared kinds of record, ways out from what is registered (formats of lists, commands, mail
templates, addresses of pages): a new one is walked or asked for here. There is neither PDF nor iCalendar yet; when one
is registered as a format, this test asks how to look into it.
"""

import csv
import io
import json
import logging
import re
import zipfile
from collections.abc import Callable, Iterator
from email import message_from_string
from pathlib import Path
from typing import Any

import defusedxml.ElementTree as SafeXml
import openpyxl
import pytest
from click.testing import CliRunner
from django.apps import apps
from django.core.mail import EmailMultiAlternatives
from tests.architecture.test_doors_web import PAGES, path_of
from tests.architecture.world import World, build
from tests.interfaces.hostile import TEXTS, TEXTUAL, URLS, Markup, controls_in, fill, start_import, value_of

import unisono
from unisono.areas.network import actions
from unisono.areas.network.exporting import export, formats_of
from unisono.areas.network.kinds import KINDS, MEMBER
from unisono.areas.network.models import Network
from unisono.cli.commands import unisono as unisono_command
from unisono.cli.reference import commands
from unisono.platform.accounts import create_workspace
from unisono.platform.actor import Actor, actor_of
from unisono.platform.fields import Field, FieldError, Type
from unisono.platform.files import TYPES
from unisono.platform.logging import JsonFormatter
from unisono.platform.mail import render
from unisono.platform.models import StoredFile, User, Workspace
from unisono.platform.tenancy import workspace_scope

NUMBER = len(TEXTS)


@pytest.fixture
def filled(
    actor: Actor, workspace: Workspace, network: Network, make_actor: Callable[..., Actor],
    django_capture_on_commit_callbacks: Any,
) -> World:  # fmt: skip
    """The world that doors are tried in, with a hostile text wherever one can be written."""
    other, user = create_workspace(name="Next door", owner_email="stranger@example.com")
    stranger = actor_of(user, other)
    assert stranger is not None
    with workspace_scope(other.pk):
        actions.create_network(actor=stranger, values={"name": "Somewhere else"})
    with django_capture_on_commit_callbacks(execute=True):
        world = build(actor, network, make_actor("observer"), stranger)
        ids = fill(actor, workspace, network)
        world.ids["member_id"] = ids["member"][0]
        for name in KINDS:
            world.ids[name] = ids[name][0]
        world.ids["hostile"] = ids
        world.ids["batch_id"] = start_import(actor, network).pk
    return world


def test_every_field_that_holds_text_is_filled() -> None:
    """Each takes each text, as it is or cut to its length; those that ask for an address take hostile addresses."""
    for kind in KINDS.values():
        for field in kind.fields:
            if field.type in TEXTUAL and field.name not in ("visibility", "time_zone"):
                assert all(value_of(field, number) for number in range(NUMBER)), f"{kind.name}.{field.name}"


@pytest.mark.django_db
def test_every_page_shows_it_as_text(filled: World, subtests: pytest.Subtests) -> None:
    """Every page and part of a page that there is: nothing in it runs, is a form of others, or leads astray."""
    client = filled.page_client(filled.owner)
    walked = 0
    for address in PAGES:
        if "download" in address or "sign-out" in address:
            continue
        path = path_of(address, filled)
        with subtests.test(address):
            for query in ({}, {"q": TEXTS[1]}, {"q": "nul\x00byte"}):
                answer = client.get(path, query)
                assert answer.status_code < 500
                if answer["Content-Type"].startswith("text/html") and not answer.streaming:
                    walked += 1
                    assert Markup(answer.content.decode()).found == []
                    # A template in a text was not filled in.
                    assert b"49${7*7}" not in answer.content
    assert walked > 100
    shown = client.get(f"/n/{filled.network.slug}/members/").content
    assert b"&lt;script&gt;window.__ran" in shown and b"{{7*7}}{% load x %}" in shown, "control: the texts are there"


@pytest.mark.django_db
def test_each_record_is_shown_as_text(filled: World) -> None:
    """The page of every record with every text, and its form."""
    client = filled.page_client(filled.owner)
    for name, kind in KINDS.items():
        for key in filled.ids["hostile"][name][:: 1 if kind is MEMBER else 6]:
            for form in ("", "edit"):
                answer = client.get(f"/n/{filled.network.slug}/{kind.plural}/{key}/{form}")
                assert answer.status_code in (200, 302), (name, form)
                assert Markup(answer.content.decode()).found == []


def test_the_reader_of_pages_finds_what_runs() -> None:
    """Control: each text that holds markup, put into a page as it is, is found."""
    for text in TEXTS[:5]:
        assert Markup(f"<p>{text}</p>").found, text
    assert Markup('<a href=" JavaScript:x">').found
    assert not Markup("<p>&lt;script&gt;</p><script src=/static/a.js></script>").found


def test_no_address_runs_anything() -> None:
    """A field for an address takes web addresses alone; what is left cannot leave its place."""
    field = Field("website", "Website", Type.URL, max_length=300)
    for bad in (
        "javascript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        " java\nscript:alert(1)",
        "file:///etc/passwd",
    ):
        with pytest.raises(FieldError):
            field.parse(bad)
    for good in URLS:
        assert str(field.parse(good)).startswith("https://")


def _texts_of_csv(content: bytes) -> Iterator[str]:
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert len({len(row) for row in rows}) == 1, "no cell broke out of its row"
    for row in rows:
        yield from row


def _look_csv(content: bytes) -> None:
    for cell in _texts_of_csv(content):
        assert not re.match(r"[=+\-@\t\r\n]", cell) or re.fullmatch(r"-?\d+(\.\d+)?", cell), cell


def _look_xlsx(content: bytes) -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    assert sheet is not None
    for row in sheet.iter_rows():
        assert all(cell.data_type != "f" and cell.hyperlink is None for cell in row)
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        for name in parts.namelist():
            assert "external" not in name.lower() and "<f>" not in parts.read(name).decode("utf-8", "replace")


def _look_json(content: bytes) -> None:
    assert json.loads(content)
    assert not re.search(rb"[\x00-\x08\x0b-\x1f]", content)


def _look_xml(content: bytes) -> None:
    tree = SafeXml.fromstring(content)
    names = {element.tag.rpartition("}")[2] for element in tree.iter()}
    assert names <= {
        "graphml", "key", "graph", "node", "edge", "data", "gexf", "attributes", "attribute", "nodes", "edges",
        "attvalues", "attvalue",
    }  # fmt: skip


def _look_zip(content: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        for name in parts.namelist():
            assert re.fullmatch(r"[\w-]+\.csv", name)
            _look_csv(parts.read(name))


def _look_vcf(content: bytes) -> None:
    lines = content.decode().split("\r\n")
    assert lines.count("BEGIN:VCARD") == lines.count("END:VCARD") >= NUMBER
    allowed = {
        "BEGIN", "VERSION", "UID", "KIND", "FN", "N", "ORG", "TITLE", "EMAIL", "TEL", "URL", "ADR", "LANG",
        "CATEGORIES", "END", "",
    }  # fmt: skip
    assert {re.split(r"[:;]", line)[0] for line in lines if not line.startswith(" ")} <= allowed
    assert not any(set(line) & {"\n", "\r", "\x00"} for line in lines)


LOOK: dict[str, Callable[[bytes], None]] = {
    "csv": _look_csv, "xlsx": _look_xlsx, "json": _look_json, "graphml": _look_xml, "gexf": _look_xml,
    "kumu": _look_json, "zip": _look_zip, "vcf": _look_vcf,
}  # fmt: skip


def test_every_format_can_be_looked_into() -> None:
    """A format that joins the lists has to say here how one sees that it carries nothing that runs."""
    assert set().union(*(formats_of(kind) for kind in KINDS.values())) == set(LOOK)
    assert not {"pdf", "ics"} & set(LOOK), "none of these is written yet"


@pytest.mark.django_db
def test_every_file_format_keeps_its_shape(filled: World, subtests: pytest.Subtests) -> None:
    """Every kind of record in every format: no formula, no link, no further element, line or cell."""
    for kind in KINDS.values():
        for format in formats_of(kind):
            with subtests.test(f"{kind.plural}.{format}"):
                made = export(filled.owner, filled.network, kind, format=format)
                LOOK[format](b"".join(made.content))
                assert re.fullmatch(r"[\w.-]+", made.name)


@pytest.mark.django_db
def test_the_api_answers_json_alone(filled: World) -> None:
    """Every kind of record, as a list and as files; what a browser is told keeps it from showing it as a page."""
    client = filled.api_client(filled.owner, "read", "care")
    for kind in KINDS.values():
        answer = client.get(f"/api/v1/networks/{filled.network.slug}/{kind.plural}", {"limit": 100})
        assert answer.status_code == 200
        assert answer["Content-Type"].startswith("application/json")
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert len(answer.json()["items"]) >= NUMBER


def _mail_templates() -> list[str]:
    folder = Path(unisono.__file__).parent / "platform" / "templates" / "mail"
    return sorted(path.stem for path in folder.glob("*.txt"))


@pytest.mark.parametrize("template", _mail_templates())
def test_a_mail_keeps_its_headers(template: str) -> None:
    """In every mail that is sent, whatever fills it: the same headers, one subject, nothing in it runs."""
    folder = Path(unisono.__file__).parent / "platform" / "templates" / "mail"
    names = set(re.findall(r"{{\s*(\w+)", "".join(path.read_text() for path in folder.glob(f"{template}.*"))))
    texts = names - {"site", "link", "url", "unsubscribe", "subject", "language", "day"}
    for text in TEXTS:
        subject, plain, html = render(template, dict.fromkeys(texts, text.replace("\ud800", "")))
        mail = EmailMultiAlternatives(subject, plain, to=["somebody@example.org"])
        mail.attach_alternative(html, "text/html")
        read = message_from_string(mail.message().as_string())
        assert set(read.keys()) == {"Content-Type", "MIME-Version", "Subject", "From", "To", "Date", "Message-ID"}
        assert read["To"] == "somebody@example.org"
        assert [part for part in Markup(html).found if part != "<style>"] == []


def _quiet_commands() -> Iterator[tuple[str, ...]]:
    """Commands that show something and need no more to be told."""
    for path, command in commands(unisono_command):
        needed = [each for each in command.params if each.required]
        if path[-1] in ("list", "log", "fields", "figures", "show", "silent", "tags", "tokens") and not needed:
            yield path


@pytest.mark.django_db
def test_a_terminal_obeys_nothing(filled: World, owner: User, workspace: Workspace) -> None:
    """What commands print holds no escape, neither as tables nor as JSON, nor when they repeat what they were given."""
    base = ["--as", owner.email, "--workspace", workspace.slug]
    listed = list(_quiet_commands())
    assert len(listed) >= len(KINDS)
    shown = [(kind.name, "show", str(filled.ids["hostile"][name][19])) for name, kind in KINDS.items()]
    for path in [*listed, *shown]:
        command = dict(commands(unisono_command))[tuple(path[:2])]
        options = {option for each in command.params for option in each.opts}
        where = ["--network", filled.network.slug] if "--network" in options else []
        for last in ([], ["--json"]):
            who = base if "--as" in options else []
            done = CliRunner().invoke(unisono_command, [*path, *where, *who, *last])
            assert done.exit_code == 0, (path, done.output)
            assert not list(controls_in(done.output)), path
    wrong = CliRunner().invoke(
        unisono_command, ["member", "show", "\x1b[2Jnobody\x9b", *base, "--network", filled.network.slug]
    )
    assert wrong.exit_code == 2 and not list(controls_in(wrong.output))


@pytest.mark.django_db
def test_names_of_files_lead_nowhere(filled: World) -> None:
    """Files lie under their hash; the name they are saved under adds no header and names no folder."""
    client = filled.page_client(filled.owner)
    answer = client.get(f"/n/{filled.network.slug}/members/{filled.ids['member']}/notes/")
    links = re.findall(rf"/n/{filled.network.slug}/files/[0-9a-f-]+", answer.content.decode())
    assert len(set(links)) >= NUMBER
    for link in set(links):
        given = client.get(link)
        header = given["Content-Disposition"]
        assert header.startswith("attachment; filename")
        assert not set(header) & {"\r", "\n", "\x00", "\x1b"}
        b"".join(given)  # type: ignore[arg-type]
    for stored in StoredFile.objects.all():
        assert re.fullmatch(r"[0-9a-f]{64}", stored.sha256) and "/" not in stored.name


def test_pictures_that_run_are_not_taken() -> None:
    """Nothing that a browser would show as a page or run is among the types of files that are kept."""
    assert not {".svg", ".html", ".htm", ".xhtml", ".js", ".mjs", ".exe", ".xlsm", ".docm"} & set(TYPES)
    assert not any("svg" in kind or "html" in kind or "script" in kind for kind in TYPES.values())


@pytest.mark.django_db
def test_names_are_kept_without_what_nobody_sees(filled: World) -> None:
    """What is no field of a kind (views, links, tokens, webhooks, files, accounts) is cleaned all the same."""
    models = [model for model in apps.get_models() if model.__module__.startswith("unisono.")]
    names = [model for model in models if {"name", "title", "label"} & {field.name for field in model._meta.fields}]
    assert len(names) > 10
    for model in names:
        for row in model._base_manager.all():
            for field in ("name", "title", "label"):
                assert not list(controls_in(str(getattr(row, field, "")))), (model.__name__, field)


def test_a_line_of_the_log_stays_one_line() -> None:
    """Whatever is in a message: one JSON object a line, its moment in UTC."""
    for text in TEXTS:
        record = logging.LogRecord("unisono.test", logging.INFO, __file__, 1, text, None, None)
        line = JsonFormatter().format(record)
        assert len(line.split("\n")) == 1 and "\r" not in line and "\x1b" not in line
        assert json.loads(line)["at"].endswith("+00:00")
