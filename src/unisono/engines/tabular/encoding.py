"""Which encoding a text file is in: byte order mark, strict UTF-8, then Windows-1252; never a silent guess."""

import codecs
from pathlib import Path

from unisono.engines.tabular.errors import TabularError

# Offered in lists to choose from.
ENCODINGS = ("utf-8", "cp1252", "iso-8859-1", "iso-8859-15", "cp1250", "cp1251", "utf-16", "cp437", "mac_roman")
# What may be asked for. Python knows more codecs, some of which are no encodings of text or take long.
_TAKEN = frozenset(
    codecs.lookup(name).name
    for name in (
        *ENCODINGS,
        *(f"iso-8859-{part}" for part in range(1, 17) if part != 12),
        *(f"cp125{page}" for page in range(9)),
        *("ascii", "utf-8-sig", "utf-16-le", "utf-16-be", "utf-32", "cp850", "cp852", "cp866", "koi8-r", "koi8-u"),
        *("big5", "euc_jp", "euc_kr", "gb18030", "gbk", "shift_jis"),
    )
)
_CHUNK = 1024 * 1024
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Control characters that no text has; tab, line ends and form feed aside.
_CONTROL = frozenset(range(32)) - {9, 10, 11, 12, 13, 26, 27}


def detected_encoding(path: Path, asked: str | None = None) -> str:
    """Name of the encoding under which the whole file decodes; raises TabularError with row and byte.

    The file is read once, in pieces. `asked` is used as it is, and checked.
    """
    with path.open("rb") as file:
        start = file.read(8192)
    if asked:
        try:
            name = codecs.lookup(asked).name
        except (LookupError, ValueError):
            name = ""
        if name not in _TAKEN:
            raise TabularError("unknown_encoding", encoding=asked[:40])
        if name == "utf-8" and start.startswith(codecs.BOM_UTF8):
            name = "utf-8-sig"
        _check(path, name)
        return name
    for mark, name in _MARKS:
        if start.startswith(mark):
            _check(path, name)
            return name
    if looks_binary(start):
        raise TabularError("binary")
    try:
        _check(path, "utf-8")
        return "utf-8"
    except TabularError as error:
        if _is_mostly_utf8(path):
            raise
        broken = error
    try:
        _check(path, "cp1252")
    except TabularError:
        raise broken from None
    return "cp1252"


def looks_binary(start: bytes) -> bool:
    """Whether the first bytes of a file cannot be text in an encoding without a byte order mark."""
    if b"\0" in start:
        return True
    return sum(byte in _CONTROL for byte in start) * 50 > len(start)


def _check(path: Path, encoding: str) -> None:
    """Decode the whole file; raise TabularError at the first byte that the encoding does not know."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    lines, before = 1, 0
    with path.open("rb") as file:
        while True:
            chunk = file.read(_CHUNK)
            try:
                lines += decoder.decode(chunk, final=not chunk).count("\n")
            except UnicodeDecodeError as error:
                # What the error holds is the chunk with the bytes kept back from the one before it.
                kept = len(error.object) - len(chunk)
                line = lines + bytes(error.object[: error.start]).count(b"\n")
                byte = before - kept + error.start + 1
                value = error.object[error.start] if error.start < len(error.object) else 0
                raise TabularError(
                    "broken_encoding", row=line, byte=byte, encoding=encoding, value=f"0x{value:02X}"
                ) from None
            if not chunk:
                return
            before += len(chunk)


def _is_mostly_utf8(path: Path) -> bool:
    """Whether most non-ASCII characters are valid UTF-8, so that a few broken ones are damage, not another encoding."""
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    good = broken = 0
    with path.open("rb") as file:
        while True:
            chunk = file.read(_CHUNK)
            text = decoder.decode(chunk, final=not chunk)
            if not text.isascii():
                bad = sum("\udc80" <= c <= "\udcff" for c in text)
                broken += bad
                good += sum(not c.isascii() for c in text) - bad
            if not chunk:
                return good > broken
