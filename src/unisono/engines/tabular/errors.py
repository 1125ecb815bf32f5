"""What can be wrong with a file as such: a code and its particulars; whoever shows it words it."""


class TabularError(Exception):
    """A file that cannot be read as a table.

    `code` names the fault (the list is `CODES`); `row`, `byte` and `line` tell where, counted from 1, where that is
    known; `particulars` are the values that a message about it mentions.
    """

    def __init__(
        self,
        code: str,
        *,
        row: int | None = None,
        byte: int | None = None,
        line: int | None = None,
        **particulars: object,
    ) -> None:
        if code not in CODES:
            raise LookupError(code)
        self.code, self.row, self.byte, self.line, self.particulars = code, row, byte, line, particulars
        places = (("row", row), ("byte", byte), ("line", line))
        where = "".join(f", {name} {value}" for name, value in places if value is not None)
        super().__init__(f"{code}{where}")


CODES = frozenset(
    {
        "archive",  # a zip file without tables of members and ties
        "binary",  # not a text file at all
        "broken_card",  # a contact file with a line that is none
        "broken_encoding",  # bytes that the encoding does not know
        "broken_json",
        "broken_xml",
        "cell_too_long",
        "damaged",  # a workbook that ends early or does not match its checksums
        "empty",
        "empty_graph",  # no members in it
        "encrypted",
        "entities",  # XML that declares entities: never needed, and the stuff of bombs
        "header_only",
        "line_too_long",
        "no_sheet",
        "nul",
        "old_excel",
        "too_large",  # a workbook that unpacks to more than is read
        "too_many_columns",
        "too_deep",  # things within things within things
        "too_many_rows",
        "unclosed_card",
        "unclosed_quote",
        "unknown_encoding",
        "unknown_format",
        "unknown_json",
        "unknown_xml",
    }
)
