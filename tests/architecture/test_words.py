"""Words: every text that people read goes through gettext, so that it can be translated."""

import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from django.utils.translation import trans_real
from tests.architecture.test_doors_web import PAGES, path_of
from tests.architecture.world import World

# A translator that marks what it translated: anything else in Latin letters was written into the code.
OPENED, CLOSED = "⟦", "⟧"
# Data of the test world, product names and what browsers and formats call things.
DATA = re.compile(
    r"Unisono|Lærdal Smoked Trout|Hotel Utsikten|Aurland Cider|Balestrand Boats|Sogndal(?: kommune)?|Marit|"
    r"Guests in spring|Smoked trout|smoking|Smokehouse|Rules|Beds|Fjord and valley|Fjord cluster|Ingrid Solheim|"
    r"\bObserver\b|(?:ingrid|observer|newcomer)@example\.org|"
    r"Gold|Our site|Spring meeting|Winter pilot|GraphML|GEXF|Gephi|Kumu|vCard|"
    r"kanarifugl-\d+|"
    r"plan\.txt|members\.csv|Joined|\bName\b|bridge|walk|[Ff]ood|fish|Europe/\w+|a1|English|"
    r"\b(?:read|write|import|configure|team|administer|audit|erase)\b|"
    r"CSV|XLSX|JSON|UTC|Ctrl|Cmd|[Ee]sc|Enter|https?://\S*|unisono [\w-]+|"
    r"utf-8|utf-16|cp\d+|iso-8859-\d+|mac_roman|[0-9a-f-]{36}|\b[A-Z][A-Za-z]?\b|\b[a-z]\b"
)
TEXT_ATTRIBUTES = {"placeholder", "title", "aria-label", "alt"}


class Reader(HTMLParser):
    """Collects what a person reads or hears on a page."""

    def __init__(self) -> None:
        super().__init__()
        self.silent = 0
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent += tag in ("script", "style", "code", "svg")
        self.texts += [value for name, value in attrs if name in TEXT_ATTRIBUTES and value]

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in ("script", "style", "code", "svg")

    def handle_data(self, data: str) -> None:
        if not self.silent and data.strip():
            self.texts.append(data)


def untranslated(html: str) -> list[str]:
    """Words on the page that no translator has seen."""
    # Before the page is read, since a translated text may hold tags; marks nest where it holds a translated value.
    while (shorter := re.sub(f"{OPENED}[^{OPENED}{CLOSED}]*{CLOSED}", " ", html)) != html:
        html = shorter
    reader = Reader()
    reader.feed(html)
    found = []
    for text in reader.texts:
        rest = DATA.sub(" ", text)
        if re.search(r"[A-Za-zæøåÆØÅ]{2,}", rest):
            found.append(" ".join(text.split())[:100])
    return found


@pytest.fixture
def marked(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every translated text stands between marks."""

    def mark(translate: Callable[..., str]) -> Callable[..., str]:
        def marking(self: Any, *args: Any) -> str:
            # A message with a context comes as "context\x04message"; where no catalogue has it, so does the answer.
            text = translate(self, *args).rpartition("\x04")[2]
            return text if not text.strip() else f"{OPENED}{text}{CLOSED}"

        return marking

    kind = trans_real.DjangoTranslation
    for name in ("gettext", "ngettext", "pgettext", "npgettext"):
        monkeypatch.setattr(kind, name, mark(getattr(kind, name)))
    yield


def test_the_reader_finds_a_word_that_was_written_into_a_page() -> None:
    page = f'<p>{OPENED}Members{CLOSED} of the club</p><input placeholder="Find it"><script>var x = "code"</script>'
    assert untranslated(page) == ["of the club", "Find it"]
    assert untranslated(f"<p>{OPENED}a {OPENED}nested{CLOSED} <b>text</b>{CLOSED} 42</p>") == []


@pytest.mark.django_db
def test_no_page_has_words_that_cannot_be_translated(marked: None, world: World, subtests: pytest.Subtests) -> None:
    client = world.page_client(world.owner)
    seen = 0
    for address in PAGES:
        if address.startswith("/styleguide/") or address.endswith("/export") or "file_id" in address:
            continue
        with subtests.test(address):
            answer = client.get(path_of(address, world), {"q": "a"})
            if answer.status_code == 200 and "text/html" in answer["Content-Type"]:
                seen += 1
                assert untranslated(answer.content.decode()) == []
    assert seen > 30
