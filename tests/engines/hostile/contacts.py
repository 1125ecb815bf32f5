"""Odd and broken contact cards: what phones write, and what nobody should."""

from collections.abc import Iterator

from tests.engines.hostile.cases import READ, REFUSED, Case, broken, case


def card(*lines: str, end: str = "\r\n", version: str = "3.0") -> str:
    return end.join(["BEGIN:VCARD", f"VERSION:{version}", *lines, "END:VCARD", ""])


_ODD = {
    "quoted-printable-broken": "FN;ENCODING=QUOTED-PRINTABLE:=ZZ=C3=9",
    "quoted-printable-cut": "FN;ENCODING=QUOTED-PRINTABLE:=C3=",
    "quoted-printable-half": "FN;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:=C3",
    "quoted-printable-lower": "FN;encoding=quoted-printable;charset=utf-8:=c3=a6",
    "quoted-printable-soft": "FN;ENCODING=QUOTED-PRINTABLE:A=\r\nB=\r\n C",
    "unknown-charset": "FN;CHARSET=KLINGON;ENCODING=QUOTED-PRINTABLE:=C3=A6",
    "codec-as-charset": "FN;CHARSET=ZLIB;ENCODING=QUOTED-PRINTABLE:=78=9C",
    "wrong-charset": "FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E6=F8=E5",
    "unclosed-quote": 'TEL;TYPE="work:1\r\nFN:A',
    "colon-in-parameter": 'TEL;X="a:b;c":1\r\nFN:A',
    "many-parameters": "TEL;" + ";".join(f"X{n}=1" for n in range(5_000)) + ":1\r\nFN:A",
    "odd-groups": "item1.item2.TEL:1\r\nitem1.FN:A\r\n.EMAIL:a",
    "unfolded-note": "NOTE:one\r\ntwo without a colon\r\nFN:A",
    "escapes": "FN:A\\\r\nNOTE:\\n\\,\\;\\\\\\x\\",
    "no-name": "TEL:1",
    "nothing": "",
    "firm-of-semicolons": "FN:A\r\nORG:;;;;",
    "name-of-semicolons": "N:;;;;;;;;;;",
    "short-address": "FN:A\r\nADR:x",
    "long-address": "FN:A\r\nADR:" + ";".join("abcdefghijkl"),
    "telephone-uri": "FN:A\r\nTEL;VALUE=uri:tel:",
    "right-to-left": "FN:\u202eA\u202c",
    "emoji": "FN:👩‍👩‍👧‍👦 \U0001f3f4",
    "picture-that-is-none": "FN:A\r\nPHOTO;ENCODING=b;TYPE=JPEG:%%%%",
    "picture-by-address": "FN:A\r\nPHOTO;VALUE=uri:file:///etc/passwd",
    "picture-unfolded": "PHOTO;BASE64:\r\nAAAA\r\nBBBB\r\n\r\nFN:A",
    "card-within": "FN:A\r\nAGENT:\r\nBEGIN:VCARD\r\nFN:B\r\nEND:VCARD",
    "blank-lines": "\r\n\r\nFN:A\r\n\r\n",
    "tabs": "FN:A\r\n\tB\r\n\t\tC",
    "lower-case": "fn:a\r\norg:b",
    "kind-group": "KIND:group\r\nFN:A\r\nMEMBER:urn:uuid:1",
    "formula": "FN:=HYPERLINK(1)\r\nORG:@SUM(1)",
    "many-of-all": "FN:A\r\n" + "\r\n".join(f"TEL:{n}" for n in range(1_500)),
}
_BROKEN = {
    "unclosed": "BEGIN:VCARD\nFN:A\n",
    "unclosed-first": "BEGIN:VCARD\nFN:A\n" + card("FN:B"),
    "begin-alone": "BEGIN:VCARD",
    "begin-twice": "BEGIN:VCARD\nBEGIN:VCARD\nEND:VCARD\nEND:VCARD\n",
    "end-twice": card("FN:A") + "END:VCARD\n",
    "text-between": card("FN:A") + "hello\n" + card("FN:B"),
    "property-between": card("FN:A") + "FN:C\n" + card("FN:B"),
    "calendar-within": card("FN:A").replace("END:VCARD", "BEGIN:VEVENT"),
    "no-properties": "BEGIN:VCARD\nnonsense\nEND:VCARD\n",
    "noughts": card("FN:A\0B"),
    "control-characters": card("FN:A\x01\x02\x03\x04B"),
    "cards-within-cards": "BEGIN:VCARD\nAGENT:\n" * 20 + "END:VCARD\n" * 20,
}


def contacts() -> Iterator[Case]:
    """All cases of contact cards."""
    for name, line in _ODD.items():
        yield case(f"{name}.vcf", READ, card(line))
    for name, text in _BROKEN.items():
        yield case(f"{name}.vcf", REFUSED, text)
    for name, end in (("cr", "\r"), ("lf", "\n"), ("lf-cr", "\n\r")):
        yield case(f"line-ends-{name}.vcf", READ, card("FN:A", "ORG:B", end=end))
    yield case("line-ends-mixed.vcf", READ, card("FN:A") + card("FN:B", end="\n") + card("FN:C", end="\r"))
    for version in ("2.1", "4.0", "9.9", ""):
        yield case(f"version-{version or 'none'}.vcf", READ, card("FN:A", version=version))
    photo = "A" * 74
    yield case("giant-picture-folded.vcf", READ,
               lambda: card("FN:A", "PHOTO;ENCODING=b:", *[f" {photo}"] * 150_000))  # fmt: skip
    yield case("giant-picture-unindented.vcf", READ,
               lambda: card("FN:A", "PHOTO;BASE64:", *[photo] * 50_000, version="2.1"))  # fmt: skip
    yield case("giant-picture-in-a-line.vcf", REFUSED, lambda: card("FN:A", f"PHOTO;ENCODING=b:{'A' * 5_000_000}"))
    yield case("large-picture-in-a-line.vcf", READ, lambda: card("FN:A", f"PHOTO;ENCODING=b:{'A' * 1_500_000}"))
    yield case("giant-sound.vcf", READ, lambda: card("FN:A", "SOUND;ENCODING=b:", *[f" {photo}"] * 50_000))
    yield case("giant-note.vcf", REFUSED, lambda: card("FN:A", "NOTE:", *[f" {photo}"] * 50_000))
    yield case("giant-note-soft.vcf", REFUSED,
               lambda: card("FN:A", "NOTE;ENCODING=QUOTED-PRINTABLE:=", *[f"{photo}="] * 50_000))  # fmt: skip
    yield case("giant-name.vcf", REFUSED, lambda: card(f"FN:{'A' * 500_000}"))
    yield case("too-many-properties.vcf", REFUSED, lambda: card(*["TEL:1"] * 5_000))
    yield case("many-cards.vcf", READ, lambda: card("FN:A", "ORG:B") * 8_000)
    yield case("too-many-cards.vcf", REFUSED, lambda: "BEGIN:VCARD\nEND:VCARD\n" * 100_001)
    yield case("many-firms.vcf", READ, lambda: "".join(card(f"FN:A {n}", f"ORG:B {n}") for n in range(5_000)))
    yield case("utf-16.vcf", READ, card("FN:Åse").encode("utf-16"))
    yield case("utf-8-mark.vcf", READ, b"\xef\xbb\xbf" + card("FN:Åse").encode())
    yield case("windows.vcf", READ, card("FN:Åse").encode("cp1252"))
    yield case("not-utf-8.vcf", REFUSED, card("FN:Åse Bø Æ").encode() + b"\xff")
    yield case("space-before.vcf", READ, "\r\n  " + card("FN:A"))
    good = "".join(card(f"FN:Åse {n}", "ORG:B;C", "TEL;TYPE=cell:1", "NOTE:x\r\n y") for n in range(10))
    yield from broken("cards", ".vcf", good.encode())
