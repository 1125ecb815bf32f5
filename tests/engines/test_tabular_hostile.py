"""Files made to break a reader: each is named, within memory, before anything is done with it."""

import resource
import struct
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from unisono.engines.tabular import TabularError, detect, read_rows

_MAX_MIB = 256
# Without it nobody would look at the part.
_STRINGS = (
    b'<Override PartName="/xl/sharedStrings.xml" '
    b'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/>'
)


def honest(path: Path, rows: int = 3) -> Path:
    book = openpyxl.Workbook()
    book.active.append(["name", "place"])
    for number in range(rows):
        book.active.append([f"Member {number}", "Voss"])
    book.save(path)
    return path


def changed(path: Path, part: str, content: bytes) -> Path:
    """The workbook with one part replaced."""
    honest(path.with_suffix(".honest.xlsx"))
    with (
        zipfile.ZipFile(path.with_suffix(".honest.xlsx")) as old,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for info in old.infolist():
            if info.filename != part:
                named = _STRINGS if part == "xl/sharedStrings.xml" else b""
                new.writestr(info.filename, old.read(info).replace(b"</Types>", named + b"</Types>"))
        new.writestr(part, content)
    return path


def zip_bomb(path: Path) -> Path:
    return changed(path, "xl/worksheets/sheet1.xml", b"<worksheet>" + b" " * 300_000_000)


def billion_laughs(path: Path) -> Path:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    content = (
        f'<?xml version="1.0"?><!DOCTYPE sst [<!ENTITY l0 "lol">{entities}]>'
        '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>&l9;</t></si></sst>'
    )
    return changed(path, "xl/sharedStrings.xml", content.encode())


def laughs_behind_a_comment(path: Path) -> Path:
    content = (
        '<?xml version="1.0"?><!--' + "x" * 200_000 + '--><!DOCTYPE sst [<!ENTITY l "lol">]>'
        '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>&l;</t></si></sst>'
    )
    return changed(path, "xl/sharedStrings.xml", content.encode())


def laughs_in_utf_16(path: Path) -> Path:
    content = (
        '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE sst [<!ENTITY l "lol">]>'
        '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>&l;</t></si></sst>'
    )
    return changed(path, "xl/sharedStrings.xml", content.encode("utf-16"))


def million_columns_of_a_sheet(path: Path) -> Path:
    cells = b'<c t="inlineStr"><is><t>x</t></is></c>' * 1_000_000
    content = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">'
        + cells + b"</row></sheetData></worksheet>"
    )  # fmt: skip
    # Packed without compression, so that no ratio gives it away.
    changed(path, "xl/worksheets/sheet1.xml", b"<worksheet/>")
    with zipfile.ZipFile(path) as old:
        parts = {info.filename: old.read(info) for info in old.infolist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as new:
        for name, part in parts.items():
            new.writestr(name, content if name.endswith("sheet1.xml") else part)
    return path


def far_to_the_right(path: Path, cell: str, rows: int) -> Path:
    """Rows whose only cell lies in the last column that a sheet has."""
    lines = "".join(f'<row r="{n}">{cell % n}</row>' for n in range(3, 3 + rows))
    head = "".join(f'<row r="{n}"><c r="A{n}" t="inlineStr"><is><t>x</t></is></c></row>' for n in (1, 2))
    return changed(
        path,
        "xl/worksheets/sheet1.xml",
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        + (head + lines).encode()
        + b"</sheetData></worksheet>",
    )


def blanks_far_to_the_right(path: Path) -> Path:
    return far_to_the_right(path, '<c r="XFD%d" t="inlineStr"><is><t> </t></is></c>', 2_000)


def colours_far_to_the_right(path: Path) -> Path:
    return far_to_the_right(path, '<c r="XFD%d" s="0"/>', 4_000)


def strings_without_end(path: Path) -> Path:
    return changed(
        path, "xl/sharedStrings.xml", b"<sst>" + b"".join(b"<si>%d</si>" % n for n in range(1_500_000)) + b"</sst>"
    )


def styles_without_end(path: Path) -> Path:
    return changed(path, "xl/styles.xml", b"<styleSheet><cellXfs>" + b"<xf/>" * 1_000_000 + b"</cellXfs></styleSheet>")


def entries_that_overlap(path: Path) -> Path:
    honest(path)
    data = bytearray(path.read_bytes())
    # Let the second entry of the directory point at the data of the first.
    first = data.find(b"PK\x01\x02")
    second = data.find(b"PK\x01\x02", first + 4)
    data[second + 42 : second + 46] = data[first + 42 : first + 46]
    path.write_bytes(data)
    return path


def directory_without_end(path: Path) -> Path:
    honest(path)
    data = bytearray(path.read_bytes())
    end = data.rfind(b"PK\x05\x06")
    data[end + 12 : end + 16] = struct.pack("<L", 200_000_000)
    path.write_bytes(data)
    return path


def truncated(path: Path) -> Path:
    honest(path, rows=500)
    path.write_bytes(path.read_bytes()[:-2_000])
    return path


def bits_flipped(path: Path) -> Path:
    honest(path, rows=2_000)
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo("xl/worksheets/sheet1.xml")
    data = bytearray(path.read_bytes())
    for offset in range(200, 400):
        data[info.header_offset + offset] ^= 0xFF
    path.write_bytes(data)
    return path


def with_a_password(path: Path) -> Path:
    path.write_bytes(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2048 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 512
    )
    return path


def entries_with_a_password(path: Path) -> Path:
    honest(path)
    data = bytearray(path.read_bytes())
    place = data.find(b"PK\x01\x02")
    data[place + 8] |= 1
    path.write_bytes(data)
    return path


def old_excel(path: Path) -> Path:
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 4096)
    return path


def another_zip(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "hello")
    return path


def million_columns(path: Path) -> Path:
    path.write_text(",".join(f"c{n}" for n in range(1_000_000)) + "\n" + "," * 999_999 + "\n", encoding="utf-8")
    return path


def six_hundred_columns(path: Path) -> Path:
    path.write_text(",".join(f"c{n}" for n in range(600)) + "\n" + "1," * 599 + "1\n", encoding="utf-8")
    return path


def one_endless_line(path: Path) -> Path:
    with path.open("wb") as file:
        file.write(b"name,place\n")
        for _ in range(100):
            file.write(b"x" * 1_000_000)
    return path


def a_quote_never_closed(path: Path) -> Path:
    path.write_text('name,place\n"Aurland,Voss\n' + "Member,Voss\n" * 50_000, encoding="utf-8")
    return path


def broken_utf_8(path: Path) -> Path:
    path.write_bytes(b"name,place\n" + "Lærdal Ørret,Ålesund\n".encode() * 50 + b"Voss \xff,Voss\n")
    return path


def broken_everything(path: Path) -> Path:
    path.write_bytes(b"name,place\nA\x81B,Voss\n")
    return path


def a_picture(path: Path) -> Path:
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40)
    return path


def random_bytes(path: Path) -> Path:
    path.write_bytes(bytes(range(256)) * 400)
    return path


def a_nul_far_down(path: Path) -> Path:
    path.write_bytes(b"name,place\n" + b"A,B\n" * 5_000 + b"A\0,B\n")
    return path


def nothing(path: Path) -> Path:
    path.write_bytes(b"")
    return path


def blank(path: Path) -> Path:
    path.write_bytes(b"\n\n  \n,,\n")
    return path


def only_headings(path: Path) -> Path:
    path.write_bytes(b"name,place\n")
    return path


HOSTILE: list[tuple[Callable[[Path], Path], str]] = [
    (zip_bomb, "too_large"),
    (billion_laughs, "entities"),
    (laughs_behind_a_comment, "entities"),
    (laughs_in_utf_16, "entities"),
    (million_columns_of_a_sheet, "too_many_columns"),
    (blanks_far_to_the_right, "too_many_columns"),
    (colours_far_to_the_right, "too_large"),
    (strings_without_end, "too_large"),
    (styles_without_end, "too_large"),
    (entries_that_overlap, "damaged"),
    (directory_without_end, "too_large"),
    (truncated, "damaged"),
    (bits_flipped, "damaged"),
    (with_a_password, "encrypted"),
    (entries_with_a_password, "encrypted"),
    (old_excel, "old_excel"),
    (another_zip, "unknown_format"),
    (million_columns, "too_many_columns"),
    (six_hundred_columns, "too_many_columns"),
    (one_endless_line, "line_too_long"),
    (a_quote_never_closed, "unclosed_quote"),
    (broken_utf_8, "broken_encoding"),
    (broken_everything, "broken_encoding"),
    (a_picture, "binary"),
    (random_bytes, "binary"),
    (a_nul_far_down, "nul"),
    (nothing, "empty"),
    (blank, "empty"),
    (only_headings, "header_only"),
]


@pytest.mark.parametrize(("make", "code"), HOSTILE, ids=lambda value: getattr(value, "__name__", value))
def test_a_hostile_file_is_named(tmp_path: Path, make: Callable[[Path], Path], code: str) -> None:
    path = make(tmp_path / "list.csv")
    with pytest.raises(TabularError) as caught:
        for _row in read_rows(path, detect(path)):
            pass
    assert caught.value.code == code


@pytest.mark.parametrize("make", [blanks_far_to_the_right, colours_far_to_the_right], ids=lambda make: make.__name__)
def test_cells_far_to_the_right_cost_little_time(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    path = make(tmp_path / "list.csv")
    started = time.process_time()
    with pytest.raises(TabularError) as caught:
        for _row in read_rows(path, detect(path)):
            pass
    assert caught.value.code in ("too_many_columns", "too_large")
    assert time.process_time() - started < 5


def test_a_few_coloured_cells_far_to_the_right_do_no_harm(tmp_path: Path) -> None:
    path = far_to_the_right(tmp_path / "list.xlsx", '<c r="XFD%d" s="0"/>', 20)
    assert [row.cells for row in read_rows(path, detect(path))] == [["x"]]


def test_broken_bytes_are_placed(tmp_path: Path) -> None:
    path = broken_utf_8(tmp_path / "list.csv")
    with pytest.raises(TabularError) as caught:
        detect(path)
    assert caught.value.row == 52
    assert path.read_bytes()[caught.value.byte - 1] == 0xFF


_IN_LITTLE_MEMORY = """
import re, sys
from pathlib import Path
from unisono.engines.tabular import TabularError, detect, read_rows
try:
    path = Path(sys.argv[1])
    for row in read_rows(path, detect(path)):
        pass
    print("read")
except TabularError as error:
    # Of this program alone: what the system counts as the greatest use begins with that of whoever started it.
    print(error.code, int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) // 1024)
"""


@pytest.mark.parametrize(
    "make",
    [zip_bomb, billion_laughs, million_columns_of_a_sheet, strings_without_end, styles_without_end, million_columns,
     one_endless_line, a_quote_never_closed],
    ids=lambda make: make.__name__,
)  # fmt: skip
def test_a_hostile_file_does_not_fill_memory(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    path = make(tmp_path / "list.csv")
    answer = subprocess.run(
        [sys.executable, "-c", _IN_LITTLE_MEMORY, str(path)],
        capture_output=True,
        text=True,
        check=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (60, 60)),
    )
    code, peak = answer.stdout.split()
    assert code != "read"
    assert int(peak) <= _MAX_MIB, f"{code} took {peak} MiB"
