"""What a browser would send: the controls of the forms on a page, filled in as the page has them."""

from html.parser import HTMLParser

_UNSENT = ("button", "submit", "reset", "file", "image")


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[list[tuple[str, str]]] = []
        self._form: list[tuple[str, str]] | None = None
        self._select = self._area = ""
        self._options: list[tuple[str, bool]] = []
        self._text = ""
        self._templates = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._templates += tag == "template"
        if tag == "form":
            self._form = []
            self.forms.append(self._form)
        if self._form is None or self._templates or "disabled" in given:
            return
        if tag == "input" and given.get("name") and given.get("type", "text") not in _UNSENT:
            if given.get("type") not in ("checkbox", "radio") or "checked" in given:
                self._form.append((given["name"], given.get("value", "")))
        elif tag == "select":
            self._select, self._options = given.get("name", ""), []
        elif tag == "option" and self._select:
            self._options.append((given.get("value", ""), "selected" in given))
        elif tag == "textarea":
            self._area, self._text = given.get("name", ""), ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self._text += data

    def handle_endtag(self, tag: str) -> None:
        self._templates -= tag == "template"
        if tag == "select" and self._select and self._form is not None:
            chosen = [value for value, selected in self._options if selected] or [v for v, _s in self._options[:1]]
            self._form += [(self._select, value) for value in chosen]
            self._select = ""
        elif tag == "textarea" and self._area and self._form is not None:
            # Browsers send the ends of lines as CR LF.
            self._form.append((self._area, self._text.removeprefix("\n").replace("\n", "\r\n")))
            self._area = ""
        elif tag == "form":
            self._form = None


def controls_of(page: str) -> dict[str, list[str]]:
    """Names and values of the largest form of a page."""
    reader = _Forms()
    reader.feed(page)
    found: dict[str, list[str]] = {}
    for name, value in max(reader.forms, key=len, default=[]):
        found.setdefault(name, []).append(value)
    return found
