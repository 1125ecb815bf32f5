"""Read XML piece by piece within fixed memory: no document types, no entities, nothing without end."""

from pathlib import Path
from xml.sax import SAXParseException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl, Locator

from defusedxml.common import DefusedXmlException
from defusedxml.expatreader import DefusedExpatParser

from unisono.engines.graph_files.records import Record, Records, named
from unisono.engines.tabular import TabularError
from unisono.engines.tabular.layout import MAX_CELL, MAX_ROWS

_CHUNK = 64 * 1024
# The parser keeps what it has not yet understood: a tag or comment that runs on for longer is refused.
_MAX_GAP = 2 * 1024 * 1024
_MAX_DEPTH = 64


class Reader(ContentHandler):
    """Turns elements into records; what is read of one format is said by `opened` and `closed`.

    Names come without their prefix: files declare namespaces wrongly too often to insist on them.
    """

    root = ""

    def __init__(self) -> None:
        super().__init__()
        self.happened = 0
        self.path: list[str] = []
        self._records: list[Record] = []
        self._count = 0
        self._text: list[str] | None = None
        self._length = 0
        self._locator: Locator | None = None

    def setDocumentLocator(self, locator: Locator) -> None:
        self._locator = locator

    @property
    def line(self) -> int | None:
        """Line at which the parser stands."""
        return self._locator.getLineNumber() if self._locator else None

    def opened(self, name: str, attributes: AttributesImpl) -> None:
        """An element begins."""

    def closed(self, name: str, text: str) -> None:
        """An element ends; `text` is what stood in it, if `listen` was called when it began."""

    def listen(self) -> None:
        """Keep the text from here to the end of the element that has just begun."""
        self._text, self._length = [], 0

    def emit(self, record: Record) -> None:
        """A record is complete."""
        self._count += 1
        if self._count > MAX_ROWS:
            raise TabularError("too_many_rows", line=self.line, limit=MAX_ROWS)
        self._records.append(named(record))

    def taken(self) -> list[Record]:
        """Records since the last call."""
        records, self._records = self._records, []
        return records

    def startElement(self, name: str, attrs: AttributesImpl) -> None:
        self.happened += 1
        plain = name.rpartition(":")[2]
        if not self.path and plain != self.root:
            raise TabularError("unknown_xml", line=self.line, root=plain[:60])
        self.path.append(plain)
        if len(self.path) > _MAX_DEPTH:
            raise TabularError("too_deep", line=self.line, limit=_MAX_DEPTH)
        self.opened(plain, attrs)

    def endElement(self, name: str) -> None:
        self.happened += 1
        text, self._text = "".join(self._text or ()).strip(), None
        self.closed(self.path.pop(), text)

    def characters(self, content: str) -> None:
        self.happened += 1
        if self._text is not None:
            self._length += len(content)
            if self._length > MAX_CELL:
                raise TabularError("cell_too_long", line=self.line, limit=MAX_CELL)
            self._text.append(content)


def xml_records(path: Path, reader: Reader) -> Records:
    """The records that the reader makes of the file; raises TabularError with the line where it stops."""
    parser = DefusedExpatParser(forbid_dtd=True, forbid_entities=True, forbid_external=True)
    parser.setContentHandler(reader)
    try:
        since = 0
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                before = reader.happened
                parser.feed(chunk)
                since = 0 if reader.happened > before else since + len(chunk)
                if since > _MAX_GAP:
                    raise TabularError("cell_too_long", line=reader.line, limit=_MAX_GAP)
                yield from reader.taken()
        parser.close()
    except DefusedXmlException:
        raise TabularError("entities", line=reader.line) from None
    except SAXParseException as error:
        said = str(error.getMessage()).partition(":")[0][:80]
        raise TabularError("broken_xml", line=error.getLineNumber(), said=said) from None
    except (LookupError, ValueError):
        # An encoding that is declared and that nobody knows, or that is none of single bytes.
        raise TabularError("broken_xml", line=1, said="unknown encoding") from None
    yield from reader.taken()
