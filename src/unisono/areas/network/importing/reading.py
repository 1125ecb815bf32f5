"""The file of a batch: how it is read, and what is wrong with it in words."""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from unisono.areas.network.models import ImportBatch
from unisono.engines.importable import detect, read_rows
from unisono.engines.tabular import Layout, ReadOptions, Row, TabularError
from unisono.platform.errors import Invalid, Problem
from unisono.platform.files import path_of
from unisono.platform.messages import message as _
from unisono.platform.models import StoredFile

# Heading of the column that says what is wrong with a row.
PROBLEM = "problem"
_DELIMITERS = {"tab": "\t", "comma": ",", "semicolon": ";", "pipe": "|", "\\t": "\t"}


def problem_of(error: TabularError, name: str) -> Problem:
    """A fault of a file in words: place, rule, remedy."""
    place = name
    if error.row is not None:
        place = _("%(file)s, row %(row)s") % {"file": name, "row": error.row}
    if error.byte is not None:
        place = _("%(file)s, line %(row)s, byte %(byte)s") % {"file": name, "row": error.row, "byte": error.byte}
    if error.line is not None:
        place = _("%(file)s, line %(line)s") % {"file": name, "line": error.line}
    rule, remedy = _WORDS[error.code]()
    return Problem(place, rule % error.particulars, remedy % error.particulars)


_WORDS = {
    "archive": lambda: (
        _("The zip file does not hold one table of members and one of ties."),
        _("Put in a CSV file of members and one of ties with the columns source and target, and nothing else."),
    ),
    "binary": lambda: (
        _("This is no text file."),
        _("Save the list as CSV (UTF-8), as an Excel workbook (.xlsx), or as one of the formats of networks."),
    ),
    "broken_card": lambda: (
        _("This line belongs to no contact card."),
        _("Export the contacts anew as vCard (.vcf), or take the line out."),
    ),
    "broken_encoding": lambda: (
        _("The byte %(value)s is not valid in the encoding %(encoding)s."),
        _("Save the file as UTF-8, or choose the encoding it was written in."),
    ),
    "broken_json": lambda: (
        _("This is not valid JSON: %(said)s."),
        _("Export the file anew, or mend it there."),
    ),
    "broken_xml": lambda: (
        _("This is not valid XML: %(said)s."),
        _("Export the file anew; check that it was saved whole and in the encoding that its first line names."),
    ),
    "cell_too_long": lambda: (
        _("A cell holds more than %(limit)s characters."),
        _("Shorten the text, or look for a quotation mark that is missing."),
    ),
    "damaged": lambda: (
        _("The file is damaged or ends too early."),
        _("Open it in the program it comes from, save it anew, or download it again."),
    ),
    "empty": lambda: (_("There are no rows in it."), _("Choose a file with a row of headings and rows below.")),
    "empty_graph": lambda: (_("There are no members in it."), _("Export the network with its nodes.")),
    "encrypted": lambda: (_("The workbook is protected by a password."), _("Save a copy without a password.")),
    "entities": lambda: (
        _("The file declares a document type or entities, which no program that writes such lists does."),
        _("Open it in the program it comes from and save it anew."),
    ),
    "header_only": lambda: (
        _("There are headings, but no rows below them."),
        _("Add rows; or say which row holds the headings."),
    ),
    "line_too_long": lambda: (
        _("A line is longer than %(limit)s characters."),
        _("Write one record per line."),
    ),
    "no_sheet": lambda: (
        _("There is no sheet “%(sheet)s”."),
        _("Choose one of: %(sheets)s."),
    ),
    "nul": lambda: (
        _("The line holds a character that no text has (NUL)."),
        _("Save the list as CSV (UTF-8) anew."),
    ),
    "old_excel": lambda: (
        _("This is a workbook of the old kind (.xls)."),
        _("Save it as .xlsx or as CSV (UTF-8)."),
    ),
    "too_large": lambda: (
        _("The file unpacks to more than is read (%(what)s)."),
        _("Save only the list itself, or save it as CSV (UTF-8)."),
    ),
    "too_many_columns": lambda: (
        _("There are more than %(limit)s columns."),
        _("Delete columns that are not needed; check the delimiter."),
    ),
    "too_deep": lambda: (
        _("Things lie within each other more than %(limit)s deep."),
        _("Export members and ties as a flat list."),
    ),
    "too_many_rows": lambda: (_("There are more than %(limit)s rows."), _("Split the file.")),
    "unclosed_card": lambda: (
        _("A contact card begins here and does not end (END:VCARD)."),
        _("Export the contacts anew, or add the missing line."),
    ),
    "unclosed_quote": lambda: (
        _("A quotation mark is opened and never closed."),
        _("Close it, or write it twice where it belongs to the text."),
    ),
    "unknown_encoding": lambda: (
        _("There is no encoding “%(encoding)s”."),
        _("Use one such as utf-8, cp1252, iso-8859-1 or utf-16."),
    ),
    "unknown_format": lambda: (
        _("This is neither CSV nor an Excel workbook."),
        _("Save the list as CSV (UTF-8) or as an Excel workbook (.xlsx)."),
    ),
    "unknown_json": lambda: (
        _("This JSON holds no network: “%(what)s” is missing or no list of objects."),
        _('Export it from Kumu, or write {"elements": [...], "connections": [...]}.'),
    ),
    "unknown_xml": lambda: (
        _("This XML is neither GraphML nor GEXF: it begins with “%(root)s”."),
        _("Export the network as GraphML or GEXF."),
    ),
}


def read_options(raw: Mapping[str, Any] | None) -> ReadOptions:
    """Options as somebody gave them; raises Invalid for one that makes no sense."""
    raw = {name: value for name, value in (raw or {}).items() if value not in (None, "")}
    unknown = set(raw) - {"encoding", "delimiter", "sheet", "header_row"}
    if unknown:
        raise Invalid.at(
            ", ".join(sorted(unknown)),
            _("There is no such option."),
            _("Use one of: %(names)s.") % {"names": "encoding, delimiter, sheet, header_row"},
        )
    delimiter = raw.get("delimiter")
    if delimiter is not None:
        delimiter = _DELIMITERS.get(str(delimiter).lower(), str(delimiter))
        if len(delimiter) != 1 or delimiter in '"\r\n':
            raise Invalid.at("delimiter", _("A delimiter is one character."), _("Use , ; | or tab."))
    header_row = raw.get("header_row")
    if header_row is not None:
        try:
            header_row = int(header_row)
        except (TypeError, ValueError):
            header_row = -1
        if not 0 <= header_row <= 1000:
            raise Invalid.at(
                "header_row", _("The row of the headings is a number."), _("Use a number from 0 (no headings) to 1000.")
            )
    encoding, sheet = raw.get("encoding"), raw.get("sheet")
    return ReadOptions(
        encoding=str(encoding) if encoding else None,
        delimiter=delimiter,
        sheet=str(sheet) if sheet else None,
        header_row=header_row,
    )


def detected(file: StoredFile, options: ReadOptions) -> Layout:
    """How a stored file is written; raises Invalid with what is wrong with it."""
    try:
        return detect(path_of(file.sha256), options)
    except TabularError as error:
        raise Invalid(problem_of(error, file.name)) from None


def rows_in(batch: ImportBatch) -> Iterator[Row]:
    """Rows of the batch's file; raises Invalid at the row that cannot be read."""
    try:
        yield from read_rows(path_of(batch.file.sha256), Layout(**batch.layout))
    except TabularError as error:
        raise Invalid(problem_of(error, batch.file.name)) from None
    except FileNotFoundError:
        raise Invalid.at(
            batch.file.name, _("The file is no longer there."), _("Start the import again with the file.")
        ) from None


def signature_of(headers: list[str]) -> str:
    """The same for files with the same headings in the same order; the column of problems that we add aside."""
    told = [header.casefold() for header in headers if header.casefold() != PROBLEM]
    return hashlib.sha256("\x1f".join(told).encode()).hexdigest()
