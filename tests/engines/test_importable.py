"""Networks and contacts of the formats that other tools write, as rows."""

import zipfile
from pathlib import Path

import pytest

from unisono.engines.importable import detect, read_rows
from unisono.engines.tabular import TabularError
from unisono.platform.fields import words_of

_SAMPLES = Path("../shared/data/import-samples")
with_samples = pytest.mark.skipif(not _SAMPLES.exists(), reason="needs ../shared/data/import-samples")


def records(path: Path) -> list[dict[str, str]]:
    layout = detect(path)
    return [
        {heading: text for heading, text in zip(layout.headers, row.cells, strict=True) if text}
        for row in read_rows(path, layout)
    ]


def written(tmp_path: Path, content: str | bytes, name: str = "file") -> Path:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@with_samples
@pytest.mark.parametrize(
    ("name", "nodes", "edges"),
    [
        ("graph/celegans.gexf", 306, 2345),
        ("graph/les_miserables.gexf", 77, 254),
        ("graph/miserables.graphml", 77, 254),
        ("graph/v1_3.gexf", 2, 1),
        ("kumu/kumu_network.json", 5, 3),
    ],
)
def test_networks_of_other_tools_are_read_whole(name: str, nodes: int, edges: int) -> None:
    found = records(_SAMPLES / name)
    kinds = [record["row"] for record in found]
    assert (kinds.count("node"), kinds.count("edge")) == (nodes, edges)
    ids = {record["id"] for record in found if record["row"] == "node"}
    assert len(ids) == nodes
    assert all(record["label"] for record in found if record["row"] == "node")
    assert all({record["source"], record["target"]} <= ids for record in found if record["row"] == "edge")


@with_samples
@pytest.mark.parametrize(
    ("name", "person", "organisation"),
    [
        ("rfc6350-example", "Simon Perreault", "Viagenie"),
        ("John_Doe_GMAIL", "Mr. John Richter, James Doe Sr.", "IBM"),
        ("John_Doe_MS_OUTLOOK", "Mr. John Richter James Doe Sr.", "IBM"),
    ],
)
def test_contacts_of_phones_and_mail_programs(name: str, person: str, organisation: str) -> None:
    firm, card = records(_SAMPLES / f"vcard/{name}.vcf")
    assert (firm["row"], firm["name"]) == ("organisation", organisation)
    assert (card["row"], card["name"], card["organisation"]) == ("person", person, organisation)
    assert "@" in card["email"] and card["phone"]


@with_samples
def test_quoted_printable_of_a_phone_over_several_lines() -> None:
    cards = [r for r in records(_SAMPLES / "vcard/John_Doe_ANDROID.vcf") if r["row"] == "person"]
    assert len(cards) == 6
    assert cards[0]["name"] == "john.doe@company.com", "who has an address only is called by it"
    assert set(cards[2]["name"]) <= {"Ñ", " "}


def test_graphml_with_defaults_groups_and_labels_of_yed(tmp_path: Path) -> None:
    text = """<graphml><key id="k" for="node" attr.name="tier"><default>basic</default></key>
      <key id="g" for="node" yfiles.type="nodegraphics"/>
      <graph><node id="a"><data key="g"><y:ShapeNode xmlns:y="y"><y:NodeLabel>Fjord</y:NodeLabel>
      </y:ShapeNode></data><graph><node id="b"><data key="k">gold</data></node></graph></node>
      <edge source="a" target="b"/></graph></graphml>"""
    assert records(written(tmp_path, text)) == [
        {"row": "node", "id": "b", "part of": "a", "tier": "gold", "label": "b"},
        {"row": "node", "id": "a", "label": "Fjord", "tier": "basic"},
        {"row": "edge", "source": "a", "target": "b"},
    ]


def test_utf_16_and_other_declared_encodings(tmp_path: Path) -> None:
    text = '<?xml version="1.0" encoding="{}"?><graphml><graph><node id="Bømlo"/></graph></graphml>'
    for encoding in ("utf-16", "iso-8859-1", "windows-1252"):
        path = written(tmp_path, text.format(encoding).encode(encoding))
        assert records(path)[0]["id"] == "Bømlo"


def test_nodes_and_links_as_other_tools_write_json(tmp_path: Path) -> None:
    path = written(
        tmp_path, '{"nodes": [{"id": 1, "name": "A"}, {"id": 2}], "links": [{"source": {"id": 1}, "target": 2}]}'
    )
    assert records(path) == [
        {"row": "node", "id": "1", "name": "A"},
        {"row": "node", "id": "2", "label": "2"},
        {"row": "edge", "source": "1", "target": "2"},
    ]


def test_two_tables_in_a_zip_file(tmp_path: Path) -> None:
    path = tmp_path / "both.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("ties.csv", "Source;Target\n1;2\n")
        archive.writestr("__MACOSX/._ties.csv", "x")
        archive.writestr("members.csv", "Id,Label\n1,Fjord\n2,Valley\n")
    assert records(path) == [
        {"row": "node", "Id": "1", "Label": "Fjord"},
        {"row": "node", "Id": "2", "Label": "Valley"},
        {"row": "edge", "Source": "1", "Target": "2"},
    ]


def test_a_card_of_a_firm_and_people_in_it(tmp_path: Path) -> None:
    text = (
        "BEGIN:VCARD\nVERSION:3.0\nN:;;;;\nFN:Fjord AS\nORG:Fjord AS;\nitem1.URL:https\\://fjord.example\n"
        "ADR:;;Kaien 1;Bergen;;5003;Norway\nEND:VCARD\r\n\r\n"
        'BEGIN:VCARD\rVERSION:4.0\rN:Li;Anna;;;\rORG:Fjord AS;Sales\rTEL;TYPE="voice,fax":1\rTEL;PREF=1:tel:+47 2\r'
        "NOTE:one\\, two\\n th\r ree\rEND:VCARD\r"
    )
    firm, person = records(written(tmp_path, text))
    assert firm == {"row": "organisation", "name": "Fjord AS", "website": "https://fjord.example",
                    "address": "Kaien 1, 5003", "place": "Bergen", "country": "Norway"}  # fmt: skip
    assert person == {"row": "person", "name": "Anna Li", "organisation": "Fjord AS", "department": "Sales",
                      "phone": "+47 2", "note": "one, two\n three"}  # fmt: skip


def test_a_semicolon_after_a_backslash_belongs_to_the_name(tmp_path: Path) -> None:
    """RFC 6350, 3.4: a card of the firm and one of somebody in it name one firm; an escaped backslash ends nothing."""
    text = (
        "BEGIN:VCARD\nVERSION:4.0\nKIND:org\nFN:Fjord\\; Valley\nORG:Fjord\\; Valley\nEND:VCARD\n"
        "BEGIN:VCARD\nVERSION:4.0\nFN:Bo\nN:Bo;;;;\nORG:Fjord\\; Valley;Sales\\\\;North\nCATEGORIES:a\\,b,c\\;d\n"
        "END:VCARD\n"
    )
    firm, person = records(written(tmp_path, text))
    assert firm["name"] == "Fjord; Valley"
    assert (person["organisation"], person["department"]) == ("Fjord\\; Valley", "Sales\\, North")
    assert words_of(person["organisation"]) == ["Fjord; Valley"]
    assert words_of(person["tags"]) == ["a,b", "c;d"]


def test_an_unknown_document_is_named(tmp_path: Path) -> None:
    with pytest.raises(TabularError) as caught:
        detect(written(tmp_path, "<?xml version='1.0'?><html><body/></html>"))
    assert (caught.value.code, caught.value.particulars["root"]) == ("unknown_xml", "html")
