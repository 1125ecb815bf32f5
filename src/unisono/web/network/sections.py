"""How the fields of a kind are grouped in its form and on its page."""

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from unisono.areas.network.kinds import Kind
from unisono.platform.fields import Type
from unisono.web.forms import FieldsForm

PROFILE: tuple[tuple[str | Promise, tuple[str, ...], bool], ...] = (
    ("", ("name", "kind", "sector", "description"), True),
    (gettext_lazy("Where and how to reach it"),
     ("place", "region", "country", "address", "website", "email", "phone"), True),
    (gettext_lazy("In the network"),
     ("sides", "actor_type", "tier", "joined_on", "tags", "expected_gain", "format", "referrer"), True),
    (gettext_lazy("Before it joins"), ("origin", "wave", "partner_decision"), False),
    (gettext_lazy("Register and size"),
     ("size_class", "staff_count", "register_number", "corporate_group", "aliases", "key", "capacity_baseline"), False),
)  # fmt: skip
# How many fields a form of a single column may have before the rarer ones are folded away.
_MANY = 8


@dataclass(frozen=True, slots=True)
class Section:
    """Some fields of a form under one heading; a folded one opens when it holds a problem."""

    title: str
    fields: list[dict[str, Any]]
    folded: bool
    open: bool


def _entry(kind: Kind, form: FieldsForm, name: str, holder: str) -> dict[str, Any]:
    field = next(f for f in form.declared if f.name == name)
    return {
        "bound": form[name],
        "wide": field.type in (Type.LONG_TEXT, Type.CHOICES, Type.REF, Type.REFS, Type.WORDS)
        or name in ("name", "title"),
        "group": field.type is Type.CHOICES,
        "visibility": _visibilities(form) if name == holder else None,
    }


def _visibilities(form: FieldsForm) -> list[dict[str, Any]]:
    bound = form["visibility"]
    field = next(f for f in form.declared if f.name == "visibility")
    chosen = str(bound.value() or field.default)
    return [{"value": value, "label": str(label), "selected": value == chosen} for value, label in field.choices]


def sections_of(kind: Kind, form: FieldsForm) -> list[Section]:
    """The form's fields in groups. Who may read a text is asked beside that text, not as a field of its own."""
    names = [f.name for f in form.declared]
    texts = [f.name for f in form.declared if f.type is Type.LONG_TEXT]
    holder = ""
    if "visibility" in names:
        names.remove("visibility")
        holder = texts[0] if texts else ""
    sections: list[Section] = []

    def add(title: str | Promise, chosen: list[str], unfolded: bool) -> None:
        if chosen:
            entries = [_entry(kind, form, name, holder) for name in chosen]
            filled = form.has_problem(chosen)
            sections.append(Section(str(title), entries, not unfolded, filled))

    if kind.name in ("member", "organization"):
        for title, wanted, unfolded in PROFILE:
            add(title, [name for name in wanted if name in names], unfolded or len(names) <= _MANY)
    else:
        built_in = [name for name in names if not name.startswith("custom.")]
        shown = [f.name for f in form.declared if f.name in built_in and (f.required or f.shown)]
        if len(built_in) <= _MANY:
            shown = built_in
        else:
            shown = [name for name in built_in if name in shown or name in texts[:1]]
        add("", shown, True)
        add(_("More about it"), [name for name in built_in if name not in shown], False)
    add(_("Fields of this network"), [name for name in names if name.startswith("custom.")], True)
    return sections
