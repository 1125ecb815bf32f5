"""Forms made from field declarations: they show and keep what was typed; the use case decides what is right."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.forms.utils import ErrorDict
from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from unisono.platform.errors import Problem
from unisono.platform.fields import Field, Type

_WORDS_HELP = gettext_lazy("Separate several with a semicolon.")


class Picker(forms.Widget):
    """Finds records by name while one types. Without scripts the exact name does, which the use case resolves."""

    def __init__(self, url: str, many: bool, labels: Mapping[str, str]) -> None:
        super().__init__()
        self.url, self.many, self.labels = url, many, labels

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        found = data.getlist(name) if isinstance(data, QueryDict) else data.get(name, [])
        return [value for value in found if str(value).strip()]

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> str:  # type: ignore[override]
        chosen, typed = [], ""
        for each in map(str, value or []):
            if each in self.labels:
                chosen.append({"value": each, "label": self.labels[each]})
            else:
                typed = each
        given = attrs or {}
        content = {
            "name": name,
            "url": self.url,
            "many": self.many,
            "chosen": chosen,
            "typed": typed,
            "attrs": given,
            "described": given.get("aria-describedby", ""),
            "invalid": given.get("aria-invalid", ""),
        }
        return render_to_string("network/picker.html", content)


class DayInput(forms.DateInput):
    """A day; a text box while it holds something that is no day, so that what was typed stays to be mended."""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        shown = context["widget"]["value"]
        context["widget"]["type"] = "text" if shown and not _looks_iso(str(shown)) else "date"
        return context


def _looks_iso(text: str) -> bool:
    return len(text) == 10 and text[4] == text[7] == "-" and text.replace("-", "").isdecimal()


def _choices(field: Field) -> list[tuple[str, str]]:
    options = [(value, str(label)[:1].upper() + str(label)[1:]) for value, label in field.choices]
    return options if field.default else [("", "–"), *options]


def _widget(field: Field, pickers: Mapping[str, str], labels: Mapping[str, str]) -> forms.Widget:
    attrs: dict[str, Any] = {"maxlength": field.max_length}
    match field.type:
        case Type.LONG_TEXT:
            return forms.Textarea(attrs={"rows": 3})
        case Type.CHOICE:
            return forms.Select(choices=_choices(field))
        case Type.CHOICES:
            return forms.CheckboxSelectMultiple(choices=_choices(field)[1:], attrs={"class": "form-check-input"})
        case Type.BOOLEAN:
            answers = [("yes", pgettext("a field's value", "yes")), ("no", pgettext("a field's value", "no"))]
            unknown = [] if field.default is not None else [("", _("not known"))]
            return forms.Select(choices=[*unknown, *answers])
        case Type.DATE:
            return DayInput(format="%Y-%m-%d", attrs={"autocomplete": "off"})
        case Type.INTEGER:
            return forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})
        case Type.DECIMAL:
            return forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        case Type.URL:
            return forms.TextInput(attrs={**attrs, "inputmode": "url", "placeholder": "https://"})
        case Type.EMAIL:
            return forms.EmailInput(attrs={**attrs, "autocomplete": "off"})
        case Type.REF | Type.REFS:
            return Picker(pickers.get(field.refers_to, ""), field.type is Type.REFS, labels)
        case Type.WORDS:
            return forms.TextInput(attrs={"autocomplete": "off"})
    return forms.TextInput(attrs={**attrs, "autocomplete": "off"})


def shown_value(field: Field, value: Any) -> Any:
    """A stored value as the control of its field holds it; references are given as ids."""
    if value is None:
        return ""
    if field.type is Type.BOOLEAN:
        return "yes" if value else "no"
    if field.type is Type.WORDS:
        return "; ".join(value)
    if field.type is Type.REF:
        return [str(value)]
    if field.type is Type.REFS:
        return [str(each) for each in value]
    return value


class FieldsForm(forms.Form):
    """Controls for declared fields. It parses nothing: `raw` goes to the use case, `mark` shows what that refused."""

    def __init__(
        self,
        declared: Sequence[Field],
        data: QueryDict | None = None,
        initial: Mapping[str, Any] | None = None,
        *,
        pickers: Mapping[str, str] | None = None,
        labels: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(data, initial=dict(initial or {}))
        self.declared = list(declared)
        self.other_problems: list[Problem] = []
        for field in self.declared:
            help_text = str(field.help) or (str(_WORDS_HELP) if field.type is Type.WORDS else "")
            self.fields[field.name] = forms.Field(
                label=str(field.label),
                required=field.required or field.default is not None,
                help_text=help_text,
                widget=_widget(field, pickers or {}, labels or {}),
            )
            self.fields[field.name].widget.is_required = False
        # Nothing is checked here, so that one rule has one place.
        self._errors = ErrorDict()

    def raw(self, only: Iterable[str] | None = None) -> dict[str, Any]:
        """What was typed, by field; a field whose control sent nothing was emptied."""
        names = set(only) if only is not None else None
        values: dict[str, Any] = {}
        for field in self.declared:
            if names is not None and field.name not in names:
                continue
            value = self.fields[field.name].widget.value_from_datadict(self.data, {}, self.add_prefix(field.name))
            if field.type is Type.REF:
                # What was typed after the choice replaces it.
                value = value[-1] if value else ""
            values[field.name] = "" if value is None else value
        return values

    def mark(self, problems: Iterable[Problem]) -> None:
        """Put each problem at the field that it names; the rest stand above the form."""
        errors = ErrorDict()
        for problem in problems:
            if problem.place in self.fields:
                said = format_html("{} <span>{}</span>", problem.rule, problem.remedy)
                errors.setdefault(problem.place, self.error_class(error_class="")).append(said)
            else:
                self.other_problems.append(problem)
        self._errors = errors

    def has_problem(self, names: Iterable[str]) -> bool:
        """Whether one of these fields has to be mended."""
        return any(name in (self._errors or {}) for name in names)
