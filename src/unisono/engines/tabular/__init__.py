"""Tables in files: find out how a CSV or XLSX file is written, read its rows one by one, write lists safely."""

from unisono.engines.tabular.encoding import ENCODINGS
from unisono.engines.tabular.errors import CODES, TabularError
from unisono.engines.tabular.layout import Layout, ReadOptions, Row
from unisono.engines.tabular.read import detect, read_rows
from unisono.engines.tabular.write import FORMATS, Format, write_csv, write_json, write_xlsx

__all__ = [
    "CODES",
    "ENCODINGS",
    "FORMATS",
    "Format",
    "Layout",
    "ReadOptions",
    "Row",
    "TabularError",
    "detect",
    "read_rows",
    "write_csv",
    "write_json",
    "write_xlsx",
]
