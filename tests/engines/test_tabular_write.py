"""Lists in files: nothing in them runs, and numbers stay numbers."""

import csv
import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal

import openpyxl
import pytest

from unisono.engines.tabular import FORMATS, write_csv, write_json, write_xlsx

RISKY = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\r=1", '=HYPERLINK("http://x")']


@pytest.mark.parametrize("text", RISKY)
def test_a_text_is_never_a_formula(text: str) -> None:
    content = b"".join(write_csv(["a"], [[text]])).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(content, newline="")))[1] == [f"'{text}"]

    book = openpyxl.load_workbook(io.BytesIO(b"".join(write_xlsx(["a"], [[text.strip()]]))))
    assert book.active["A2"].data_type == "s"


def test_numbers_stay_numbers() -> None:
    row = [-5, Decimal("-1.50"), date(2021, 2, 28), datetime(2021, 2, 28, 9, tzinfo=UTC), None, True, ["a", "b"]]
    columns = ["int", "decimal", "day", "moment", "nothing", "truth", "list"]

    line = b"".join(write_csv(columns, [row])).decode("utf-8-sig").splitlines()[1]
    assert line == '-5,-1.50,"2021-02-28","2021-02-28T09:00:00+00:00","","yes","a;b"'

    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(write_xlsx(columns, [row])))).active
    assert [cell.value for cell in sheet[2]] == [
        -5, -1.5, datetime(2021, 2, 28),  # noqa: DTZ001 - workbooks know no zones
        "2021-02-28T09:00:00+00:00", None, "yes", "a;b",
    ]  # fmt: skip

    assert json.loads(b"".join(write_json(columns, [row]))) == [
        {
            "int": -5, "decimal": "-1.50", "day": "2021-02-28", "moment": "2021-02-28T09:00:00+00:00",
            "nothing": None, "truth": True, "list": ["a", "b"],
        }
    ]  # fmt: skip


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_an_empty_list_is_a_file_with_headings(name: str) -> None:
    assert b"".join(FORMATS[name].write(["a", "b"], []))


def test_rows_are_taken_one_by_one() -> None:
    taken = 0

    def rows() -> object:
        nonlocal taken
        for number in range(10_000):
            taken += 1
            yield [number]

    pieces = write_csv(["n"], rows())  # type: ignore[arg-type]
    next(pieces), next(pieces)
    assert taken < 1_000
