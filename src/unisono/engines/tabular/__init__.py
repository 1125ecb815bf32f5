"""Tables in files: find out how a CSV or XLSX file is written, read its rows one by one, write lists safely."""

from unisono.engines.tabular.errors import TabularError
from unisono.engines.tabular.write import FORMATS, Format, write_csv, write_json, write_xlsx

__all__ = ["FORMATS", "Format", "TabularError", "write_csv", "write_json", "write_xlsx"]
