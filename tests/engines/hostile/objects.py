"""Hostile JSON: nesting and numbers without end, names that come twice, values of the wrong type."""

import json
from collections.abc import Iterator

from tests.engines.hostile.cases import EITHER, READ, REFUSED, Case, broken, case

_GOOD = {
    "elements": [{"_id": str(n), "label": f"Åse {n}", "attributes": {"a": n}, "tags": ["x"]} for n in range(20)],
    "connections": [{"from": "1", "to": "2", "type": "supply"}],
}


def _elements(text: str) -> str:
    return '{"elements": ' + text + "}"


_WRONG_TYPES = {
    "null": "null", "number": "1", "text": '"x"', "object": "{}", "numbers": "[1, 2]", "texts": '["a"]',
    "lists": "[[]]", "nulls": "[null]", "truth": "true",
}  # fmt: skip
_ODD_NODES = {
    "empty": "{}",
    "label-list": '{"label": ["a", ["b", {"c": 1}]]}',
    "label-object": '{"label": {"a": {"b": "c"}}}',
    "label-truth": '{"label": true, "_id": false}',
    "label-null": '{"label": null, "_id": null}',
    "tags-object": '{"label": "a", "tags": {"b": 1}}',
    "attributes-text": '{"label": "a", "attributes": "x"}',
    "attributes-list": '{"label": "a", "attributes": [1]}',
    "empty-name": '{"label": "a", "": "x", " ": "y"}',
    "reserved-names": '{"label": "a", "row": "x", "source": "y", "__proto__": {"z": 1}, "constructor": "c"}',
    "giant-id": f'{{"label": "a", "_id": {"9" * 5_000}}}',
    "giant-float": '{"label": "a", "x": 1e999999999, "y": -1e-999999999, "z": 0.' + "1" * 5_000 + "}",
    "half-character": '{"label": "a\\ud800"}',
    "nought": '{"label": "a\\u0000b"}',
    "formula": '{"label": "=cmd|\' /C calc\'!A0"}',
    "right-to-left": '{"label": "\\u202egnp.exe"}',
}
_NO_JSON = {
    "nan": _elements('[{"label": "a", "x": NaN}]'),
    "infinity": _elements('[{"label": "a", "x": -Infinity}]'),
    "same-name-twice": _elements('[{"label": "a", "label": "b"}]'),
    "elements-twice": '{"elements": [{"label": "a"}], "elements": []}',
    "trailing-comma": _elements('[{"label": "a"},]'),
    "comment": '{/* x */ "elements": []}',
    "single-quotes": "{'elements': []}",
    "bare-names": "{elements: []}",
    "two-documents": _elements("[]") * 2,
    "text-behind": _elements('[{"label": "a"}]') + "x",
    "raw-control": _elements('[{"label": "a\x01"}]'),
    "raw-line-end": _elements('[{"label": "a\nb"}]'),
    "bad-escape": _elements('[{"label": "\\x"}]'),
    "short-escape": _elements('[{"label": "\\u12"}]'),
    "leading-nought": _elements('[{"label": 0123}]'),
    "brace-alone": "{",
    "braces": "{" * 20,
    "javascript": "{}; alert(1)",
    "python": "{'elements': None}",
    "closed-too-often": "{}}}}",
    "wrong-brackets": '{"elements": [}',
    "nothing-in-it": "{}",
    "other-names": '{"people": [], "things": []}',
    "no-elements": '{"elements": [], "connections": []}',
}


def objects() -> Iterator[Case]:
    """All cases of JSON."""
    yield case("deep-lists.json", REFUSED, lambda: _elements("[" * 500_000))
    yield case("deep-lists-closed.json", REFUSED, lambda: _elements("[" * 50_000 + "]" * 50_000))
    yield case("deep-objects.json", REFUSED, lambda: '{"a":' * 200_000)
    yield case("deep-attributes.json", REFUSED,
               _elements('[{"label": "a", "x": ' + '{"b":' * 40 + "1" + "}" * 40 + "}]"))  # fmt: skip
    yield case("nested-a-little.json", READ, _elements('[{"label": "a", "x": ' + '{"b":' * 9 + "1" + "}" * 9 + "}]"))
    yield case("many-empty-lists.json", REFUSED, lambda: _elements("[" + "[]," * 1_500_000 + "[]]"))
    yield case("many-empty-objects.json", REFUSED, lambda: _elements("[" + "{}," * 1_500_000 + "{}]"))
    yield case("many-noughts.json", REFUSED, lambda: _elements("[" + "0," * 2_000_000 + "0]"))
    yield case("many-texts.json", REFUSED, lambda: _elements("[" + '"a",' * 1_500_000 + '"b"]'))
    yield case("many-nodes.json", READ, lambda: _elements(json.dumps([{"label": str(n)} for n in range(60_000)])))
    yield case("one-long-text.json", REFUSED, lambda: _elements(f'[{{"label": "{"x" * 5_000_000}"}}]'))
    yield case("a-text-without-end.json", REFUSED, lambda: _elements('[{"label": "' + "x" * 5_000_000))
    yield case("escapes-without-end.json", REFUSED, lambda: _elements('[{"label": "' + '\\"' * 2_000_000))
    yield case("quotes-without-end.json", REFUSED, lambda: _elements('"' * 2_000_001))
    yield case("backslashes.json", REFUSED, lambda: _elements('"' + "\\" * 2_000_001))
    yield case("one-long-number.json", REFUSED, lambda: _elements(f'[{{"label": {"9" * 2_000_000}}}]'))
    yield case("too-large.json", REFUSED, lambda: _elements('[{"label": "a"}]') + " " * 35_000_000)
    yield case("one-long-name.json", READ, _elements(f'[{{"label": "a", "{"n" * 50_000}": 1}}]'))
    many = ", ".join(f'{{"label": "a", "k{n}": 1}}' for n in range(600))
    yield case("an-attribute-for-each.json", REFUSED, _elements(f"[{many}]"))
    wide = ", ".join(f'"k{n}": 1' for n in range(700))
    yield case("too-many-attributes.json", REFUSED, _elements(f'[{{"label": "a", {wide}}}]'))
    for name, text in _WRONG_TYPES.items():
        yield case(f"elements-{name}.json", REFUSED, _elements(text))
        yield case(f"connections-{name}.json", REFUSED, f'{{"elements": [{{"label": "a"}}], "connections": {text}}}')
    for name, text in _ODD_NODES.items():
        yield case(f"node-{name}.json", READ, _elements(f"[{text}]"))
    for name, text in _NO_JSON.items():
        yield case(f"{name}.json", REFUSED, text)
    for name, text in {
        "in-the-air": '{"from": "x", "to": "y"}', "without-ends": "{}", "to-itself": '{"from": "a", "to": "a"}',
        "of-objects": '{"from": {"x": 1}, "to": [1]}', "of-numbers": '{"from": 1, "to": 1e400}',
    }.items():  # fmt: skip
        yield case(f"tie-{name}.json", READ, f'{{"elements": [{{"label": "a"}}], "connections": [{text}]}}')
    good = json.dumps(_GOOD, ensure_ascii=False)
    yield case("utf-8-mark.json", READ, b"\xef\xbb\xbf" + good.encode())
    yield case("utf-16.json", READ, good.encode("utf-16"))
    yield case("latin.json", EITHER, good.encode("latin-1"))
    yield case("not-utf-8.json", REFUSED, b'{"elements": [{"label": "\xc3\xa5\xc3\xa6\xc3\xb8 \xff"}]}')
    yield case("noughts.json", REFUSED, b"{\0\0\0\0")
    yield from broken("kumu", ".json", good.encode())
