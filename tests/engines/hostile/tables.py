"""Hostile tables and archives, and files that are something else than their name says."""

import io
import random
import struct
import zipfile
from collections.abc import Iterator

import openpyxl
from tests.engines.hostile.cases import EITHER, READ, REFUSED, SEED, Case, broken, case

_NODES, _EDGES = "Id,Label\n1,A\n2,B\n", "Source,Target\n1,2\n"
_CSV_READ = {
    "quotes-within": 'name,place\na"b"c,d\n"a ""b""",c\n',
    "ragged": "name,place\na\na,b,c,d\n,,\n",
    "formulas": "name,place\n=1+1,@x\n+cmd,-2\n'=1,\t=3\n",
    "only-cr": "name,place\ra,b\r",
    "semicolons-and-commas": "name;a,b\nc;d,e\n",
    "one-column": "name\na\nb\n",
    "headings-again": "name,name,,name\na,b,c,d\n",
    "odd-spaces": "name,place\na\u00a0b,\u2003c\u200b\n",
    "right-to-left": "name,place\n\u202ea,b\n",
    "unclosed-in-the-middle": 'name,place\n"a\nb",c\n',
    "blank-lines": "\n\n\nname,place\n\n\na,b\n\n",
    "windows": "name,place\nÅse,Bø\n".encode("cp1252"),
    "utf-16": "name,place\nÅse,Bø\n".encode("utf-16"),
    "control-z": "name,place\na,b\n\x1a",
}
_CSV_REFUSED = {
    "unclosed-quote": 'name,place\n"a,b\n' + "c,d\n" * 100,
    "unclosed-quote-at-the-end": 'name,place\na,b\n"',
    "noughts": "name,place\na\0b,c\n",
    "blanks-alone": " \n \n",
    "line-ends-alone": "\n" * 1_000,
    "delimiters-alone": ",,,,\n" * 100,
    "mark-alone": b"\xef\xbb\xbf",
    "headings-alone": "name,place\n",
    "broken-utf-8": b"name,place\n" + "Åse,Bø\n".encode() * 20 + b"\xff\xfe\n",
    "half-utf-16": b"\xff\xfen\0a\0m",
    "utf-16-without-mark": "name,place\na,b\n".encode("utf-16-le"),
    "wide": ",".join(f"c{n}" for n in range(600)) + "\n" + "x," * 599 + "x\n",
}
_MAGIC = {
    "pdf": b"%PDF-1.7\n", "png": b"\x89PNG\r\n\x1a\n", "jpeg": b"\xff\xd8\xff\xe0", "gif": b"GIF89a",
    "gzip": b"\x1f\x8b\x08\x00", "elf": b"\x7fELF\x02\x01\x01\0", "sqlite": b"SQLite format 3\0",
    "rtf": b"{\\rtf1\\ansi}", "old-excel": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "parquet": b"PAR1\0\0",
    "seven-zip": b"7z\xbc\xaf\x27\x1c", "font": b"\0\1\0\0\0", "tape": b"x" * 257 + b"ustar\0",
}  # fmt: skip


def packed(entries: dict[str, bytes | str], *, how: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", how) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return out.getvalue()


def workbook(parts: dict[str, bytes] | None = None) -> bytes:
    """A workbook, with some of its parts replaced."""
    out = io.BytesIO()
    book = openpyxl.Workbook()
    book.active.append(["name", "place"])
    for number in range(50):
        book.active.append([f"A {number}", "B"])
    book.save(out)
    if parts is None:
        return out.getvalue()
    with zipfile.ZipFile(out) as old:
        return packed({**{i.filename: old.read(i) for i in old.infolist()}, **parts})


_SHEET = "xl/worksheets/sheet1.xml"
_LAUGHS = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'


def _lying(size: int) -> bytes:
    """An archive whose directory gives the first table another size than it has."""
    data = bytearray(packed({"nodes.csv": _NODES * 1_000, "edges.csv": _EDGES}))
    at = data.find(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<L", size)
    return bytes(data)


def _locked() -> bytes:
    data = bytearray(packed({"nodes.csv": _NODES, "edges.csv": _EDGES}))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(mark)
        while at >= 0:
            data[at + offset] |= 1
            at = data.find(mark, at + 4)
    return bytes(data)


def tables() -> Iterator[Case]:
    """All cases of tables, workbooks, archives and files under a wrong name."""
    for name, text in _CSV_READ.items():
        yield case(f"{name}.csv", READ, text)
    for name, text in _CSV_REFUSED.items():
        yield case(f"{name}.csv", REFUSED, text)
    yield case("line-without-end.csv", REFUSED, lambda: "name,place\n" + "x" * 5_000_000)
    yield case("columns-without-end.csv", REFUSED, lambda: "name,place\n" + "," * 3_000_000)
    yield case("long-cell.csv", REFUSED, lambda: 'name,place\n"' + "x" * 200_000 + '",b\n')
    yield case("many-rows.csv", READ, lambda: "name,place\n" + "a,b\n" * 200_000)
    chance = random.Random(SEED)
    for number in range(10):
        yield case(f"noise-{number}.csv", EITHER, chance.randbytes(chance.randrange(1, 5_000)))
    yield from broken("members", ".csv", ("name,place\n" + 'Åse,"B,ø"\n' * 40).encode())

    yield case("sheet-bomb.xlsx", REFUSED, lambda: workbook({_SHEET: b"<worksheet>" + b" " * 100_000_000}))
    yield case("sheet-entities.xlsx", REFUSED, lambda: workbook({_SHEET: _LAUGHS}))
    yield case("styles-entities.xlsx", REFUSED, lambda: workbook({"xl/styles.xml": _LAUGHS}))
    yield case("sheet-cut.xlsx", REFUSED, lambda: workbook({_SHEET: b"<worksheet><sheetData><row"}))
    yield case("no-book.xlsx", REFUSED, lambda: workbook({"xl/workbook.xml": b""}))
    yield case("types-alone.xlsx", REFUSED, lambda: packed({"[Content_Types].xml": b"<Types/>"}))
    yield case("word.xlsx", REFUSED,
               lambda: packed({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<x/>"}))  # fmt: skip
    yield case("encrypted.xlsx", REFUSED,
               lambda: _MAGIC["old-excel"] + "EncryptedPackage".encode("utf-16-le"))  # fmt: skip
    yield from broken("book", ".xlsx", workbook())

    yield case("bomb.zip", REFUSED, lambda: packed({"nodes.csv": b"a" * 150_000_000, "edges.csv": _EDGES}))
    yield case("zeros.zip", REFUSED, lambda: packed({"nodes.csv": b"\0" * 900_000, "edges.csv": _EDGES}))
    yield case("nested.zip", REFUSED, lambda: packed({"a.zip": packed({"b.zip": packed({"nodes.csv": _NODES})})}))
    yield case("three-tables.zip", REFUSED, packed({"a.csv": _NODES, "b.csv": _EDGES, "c.csv": _NODES}))
    yield case("two-of-members.zip", REFUSED, packed({"a.csv": _NODES, "b.csv": _NODES}))
    yield case("no-tables.zip", REFUSED, packed({"readme.md": "x"}))
    yield case("nothing.zip", REFUSED, packed({}))
    yield case("folders.zip", REFUSED, packed({"a/": "", "b/": ""}))
    yield case("locked.zip", REFUSED, _locked)
    yield case("lying-large.zip", REFUSED, lambda: _lying(4_000_000_000))
    yield case("lying-small.zip", REFUSED, lambda: _lying(10))
    yield case("outside.zip", READ, packed({"../../nodes.csv": _NODES, "/etc/edges.csv": _EDGES}))
    yield case("good.zip", READ, packed({"nodes.csv": _NODES, "edges.csv": _EDGES}))
    yield case("stored.zip", READ, packed({"nodes.csv": _NODES, "edges.csv": _EDGES}, how=zipfile.ZIP_STORED))
    yield case("in-the-air.zip", READ, packed({"nodes.csv": _NODES, "edges.csv": _EDGES + "8,9\n,\n"}))
    yield case("many-entries.zip", REFUSED, lambda: packed({f"{n}.csv": _NODES for n in range(2_000)}))
    yield case("book-within.zip", REFUSED, lambda: packed({"nodes.csv": workbook(), "edges.csv": _EDGES}))
    yield case("pdf-within.zip", REFUSED, packed({"nodes.csv": b"%PDF-1.7", "edges.csv": _EDGES}))
    yield from broken("pair", ".zip", packed({"nodes.csv": _NODES * 50, "edges.csv": _EDGES}))

    for name, magic in _MAGIC.items():
        for ending in (".graphml", ".vcf", ".json"):
            yield case(f"{name}-inside{ending}", REFUSED, magic + b"\0\1\2\3" * 200)
    for ending in (".csv", ".xlsx", ".graphml", ".gexf", ".json", ".vcf", ".zip", ".xml", ".txt"):
        yield case(f"empty{ending}", REFUSED, b"")
    yield case("list-called-graph.graphml", READ, "name,place\na,b\n")
    yield case("json-called-list.csv", READ, '{"elements": [{"label": "a"}]}')
    yield case("cards-called-json.json", READ, "BEGIN:VCARD\nFN:A\nEND:VCARD\n")
    yield case("graph-called-card.vcf", READ, '<graphml><graph><node id="a"/></graph></graphml>')
    yield case("book-called-list.csv", READ, workbook)
    yield case("archive-called-book.xlsx", READ, packed({"nodes.csv": _NODES, "edges.csv": _EDGES}))
