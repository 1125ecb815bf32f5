"""Finding out how a file is written, and reading it row by row."""

import zipfile
from datetime import date, datetime
from pathlib import Path

import openpyxl
import openpyxl.chart
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unisono.engines.tabular import ENCODINGS, ReadOptions, TabularError, detect, read_rows, write_csv, write_xlsx


def written(tmp_path: Path, content: bytes, name: str = "list.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content)
    return path


def cells_of(path: Path, options: ReadOptions | None = None) -> list[list[str]]:
    layout = detect(path, options or ReadOptions())
    return [row.cells for row in read_rows(path, layout)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_delimiter_and_encoding_are_found(tmp_path: Path, delimiter: str, encoding: str) -> None:
    lines = ["name|place", "Lærdal Ørret|Lærdal", "Ålesund Båt, AS|Ålesund"]
    text = "\r\n".join('"' + line.replace("|", f'"{delimiter}"') + '"' for line in lines)
    path = written(tmp_path, text.encode(encoding))

    layout = detect(path)

    assert layout.delimiter == delimiter
    assert layout.headers == ["name", "place"]
    assert [row.cells for row in read_rows(path, layout)] == [
        ["Lærdal Ørret", "Lærdal"],
        ["Ålesund Båt, AS", "Ålesund"],
    ]


@pytest.mark.parametrize("asked", ["unicode_escape", "utf-7", "idna", "punycode", "zip", "rot13", "a\0b", "klingon"])
def test_only_encodings_of_texts_may_be_asked_for(tmp_path: Path, asked: str) -> None:
    path = written(tmp_path, b"name,place\nA,B\n")
    with pytest.raises(TabularError) as caught:
        detect(path, ReadOptions(encoding=asked))
    assert caught.value.code == "unknown_encoding"


@pytest.mark.parametrize("asked", [*ENCODINGS, "UTF8", "latin-1", "utf-8-sig", "windows-1252"])
def test_an_encoding_has_many_names(tmp_path: Path, asked: str) -> None:
    path = written(tmp_path, "name,place\nA,B\n".encode(asked))
    assert cells_of(path, ReadOptions(encoding=asked)) == [["A", "B"]]


def test_commas_in_texts_do_not_outvote_semicolons(tmp_path: Path) -> None:
    path = written(tmp_path, b"name;about\nA;one, two, three\nB;four\nC;five, six\n")
    assert detect(path).delimiter == ";"


def test_rows_are_numbered_as_a_spreadsheet_does(tmp_path: Path) -> None:
    path = written(tmp_path, b'Our members 2026,,\n\nname,note,place\nA,"two\nlines",X\n\nB,,Y\n')
    layout = detect(path)
    assert (layout.header_row, layout.headers) == (3, ["name", "note", "place"])
    assert [(row.number, row.cells) for row in read_rows(path, layout)] == [
        (4, ["A", "two\nlines", "X"]),
        (6, ["B", "", "Y"]),
    ]


def test_headings_are_made_distinct(tmp_path: Path) -> None:
    path = written(tmp_path, b"name,,Name,name (2)\n1,2,3,4\n")
    assert detect(path).headers == ["name", "column 2", "Name (2)", "name (2) (2)"]


def test_a_row_tells_how_many_cells_it_has_too_many(tmp_path: Path) -> None:
    rows = b"".join(b"x,y\n" for _ in range(30))
    path = written(tmp_path, b"a,b\n" + rows + b"x,y,z,w\n")
    assert [row.surplus for row in read_rows(path, detect(path))] == [0] * 30 + [2]


def test_options_win_over_detection(tmp_path: Path) -> None:
    path = written(tmp_path, "a;b\nø;1\n".encode("cp1252"))
    assert detect(path).encoding == "cp1252"
    options = ReadOptions(encoding="iso-8859-5", delimiter=",", header_row=0)
    layout = detect(path, options)
    assert (layout.encoding, layout.delimiter, layout.headers) == ("iso8859-5", ",", ["column 1"])
    assert [row.cells for row in read_rows(path, layout)] == [["a;b"], ["ј;1"]]


def test_a_workbook_gives_days_and_whole_numbers_as_people_type_them(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "Cover"
    sheet = book.create_sheet("Members")
    sheet.append(["name", "joined", "staff", "share", "at", "listed"])
    sheet.append(["A", date(2021, 2, 28), 12.0, 0.5, datetime(2021, 2, 28, 9, 30), True])  # noqa: DTZ001 - workbooks know no zones
    sheet.append([])
    sheet.append(["B"])
    book.save(tmp_path / "list.xlsx")

    layout = detect(tmp_path / "list.xlsx")

    assert (layout.sheet, layout.sheets) == ("Members", ["Cover", "Members"])
    rows = list(read_rows(tmp_path / "list.xlsx", layout))
    assert rows[0].cells == ["A", "2021-02-28", "12", "0.5", "2021-02-28 09:30", "yes"]
    assert (rows[1].number, rows[1].cells) == (4, ["B", "", "", "", "", ""])
    with pytest.raises(TabularError) as caught:
        detect(tmp_path / "list.xlsx", ReadOptions(sheet="People"))
    assert caught.value.code == "no_sheet"


_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
# What reading leaves out by design: blank rows, and blank cells at the end of rows.
_CELL = _TEXT.filter(lambda text: bool(text.strip()))
_HEADERS = st.lists(
    st.text(st.characters(categories=["L", "Nd"]), min_size=1, max_size=10).filter(
        lambda text: text == " ".join(text.split())
    ),
    min_size=1,
    max_size=5,
    unique_by=str.casefold,
)


@st.composite
def _tables(draw: st.DrawFn) -> tuple[list[str], list[list[str]]]:
    headers = draw(_HEADERS)
    row = st.lists(_CELL, min_size=len(headers), max_size=len(headers))
    return headers, draw(st.lists(row, min_size=1, max_size=6))


@settings(deadline=None, max_examples=150)
@given(_tables())
def test_what_is_written_as_csv_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, table: tuple[list[str], list[list[str]]]
) -> None:
    headers, rows = table
    path = tmp_path_factory.getbasetemp() / "round.csv"
    path.write_bytes(b"".join(write_csv(headers, rows)))
    layout = detect(path, ReadOptions(header_row=1))
    assert layout.headers == headers
    assert [row.cells for row in read_rows(path, layout)] == rows


def test_what_is_written_as_xlsx_is_read_back(tmp_path: Path) -> None:
    rows = [["=1+1", "'a", "+47 123", "æøå", 12, date(2021, 2, 28)]]
    path = written(tmp_path, b"".join(write_xlsx(["a", "b", "c", "d", "e", "f"], rows)), "list.xlsx")
    assert cells_of(path) == [["=1+1", "'a", "+47 123", "æøå", "12", "2021-02-28"]]


def test_a_sheet_of_more_links_than_excel_makes_is_read(tmp_path: Path) -> None:
    """The list of where links lead is larger than the sheet, and nobody needs it."""
    path, rows = tmp_path / "links.xlsx", 72_000
    honest = tmp_path / "honest.xlsx"
    book = openpyxl.Workbook()
    book.active.append(["name"])
    for number in range(rows):
        book.active.append([f"Member {number}"])
    book.save(honest)
    links = "".join(
        f'<Relationship Id="r{n}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink"'
        f' Target="https://example.org/{n}" TargetMode="External"/>'
        for n in range(rows)
    )
    uses = "".join(f'<hyperlink ref="A{n + 2}" r:id="r{n}"/>' for n in range(rows))
    with zipfile.ZipFile(honest) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            content = old.read(info)
            if info.filename == "xl/worksheets/sheet1.xml":
                space = b' xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
                content = content.replace(b"<worksheet", b"<worksheet" + space, 1)
                content = content.replace(b"</sheetData>", f"</sheetData><hyperlinks>{uses}</hyperlinks>".encode())
            new.writestr(info.filename, content)
        start = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        new.writestr("xl/worksheets/_rels/sheet1.xml.rels", f"{start}{links}</Relationships>")
    layout = detect(path)
    assert sum(1 for _row in read_rows(path, layout)) == rows


def test_a_sheet_that_is_a_chart_is_passed_over(tmp_path: Path) -> None:
    """What charts point at is still read, since the reader asks for it."""
    path = tmp_path / "chart.xlsx"
    book = openpyxl.Workbook()
    book.active.append(["name", "staff"])
    book.active.append(["Voss Kayak", 3])
    chart = openpyxl.chart.BarChart()
    chart.add_data(openpyxl.chart.Reference(book.active, min_col=2, min_row=1, max_row=2), titles_from_data=True)
    book.create_chartsheet("Chart").add_chart(chart)
    book.save(path)
    assert [row.cells for row in read_rows(path, detect(path))] == [["Voss Kayak", "3"]]
