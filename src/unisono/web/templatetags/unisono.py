"""Tags and filters of every template: icons, addresses, times, money, form controls."""

from datetime import date, datetime
from decimal import Decimal
from itertools import count
from typing import Any
from zlib import crc32

from django import template
from django.conf import settings
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect, Select
from django.http import QueryDict
from django.template import Context
from django.utils import formats, timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from unisono.web.bundle import bundle_url, is_known_icon

register = template.Library()
register.simple_tag(bundle_url, name="bundle")
_numbers = count(1)


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """An icon of the sprite; silent for screen readers unless it has a label."""
    if settings.DEBUG and not is_known_icon(name):
        raise template.TemplateSyntaxError(f"No icon '{name}' in the sprite: add it to frontend/icons.txt.")
    said = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html('<svg class="icon" {}><use href="{}#{}"/></svg>', said, bundle_url("icons.svg"), name)


@register.simple_tag
def unique_id(stem: str) -> str:
    """An id that no other element of the page has."""
    return f"{stem}-{next(_numbers)}"


# -- addresses ---------------------------------------------------------------------------------------------------


def _parameters(context: Context) -> QueryDict:
    request = context.get("request")
    return request.GET.copy() if request else QueryDict(mutable=True)


def _address(context: Context, path: str, parameters: QueryDict) -> str:
    path = path or (context["request"].path if context.get("request") else "")
    return f"{path}?{parameters.urlencode()}" if parameters else path


@register.simple_tag(takes_context=True)
def url_with(context: Context, path: str = "", **changes: Any) -> str:
    """This page's address (or `path`) with this page's parameters, some changed; None takes one away."""
    parameters = _parameters(context)
    for name, value in changes.items():
        if value is None or value == "":
            parameters.pop(name, None)
        elif isinstance(value, list | tuple):
            parameters.setlist(name, [str(each) for each in value])
        else:
            parameters[name] = str(value)
    return _address(context, path, parameters)


@register.simple_tag(takes_context=True)
def url_without(context: Context, name: str, value: Any = "") -> str:
    """This page's address without one value of a parameter, from the first page on."""
    parameters = _parameters(context)
    kept = [each for each in parameters.getlist(name) if value not in ("", None) and each != str(value)]
    parameters.setlist(name, kept)
    if not kept:
        del parameters[name]
    parameters.pop("page", None)
    return _address(context, "", parameters)


@register.simple_tag(takes_context=True)
def kept_parameters(context: Context, names: str = "", but: str = "", form: str = "") -> SafeString:
    """Hidden inputs that carry this page's parameters (only `names`, or all `but` some) through a form."""
    only, left_out = set(filter(None, names.split(","))), set(but.split(","))
    owner = format_html(' form="{}"', form) if form else ""
    return format_html_join(
        "",
        '<input type="hidden" name="{}" value="{}"{}>',
        (
            (name, value, owner)
            for name, values in _parameters(context).lists()
            if name not in left_out and (not only or name in only)
            for value in values
        ),
    )


@register.simple_tag(takes_context=True)
def sort_heading(context: Context, key: str, sort: str = "") -> dict[str, str]:
    """Where a column's heading leads and how it is sorted now."""
    states = {key: ("ascending", "sort-ascending", f"-{key}"), f"-{key}": ("descending", "sort-descending", key)}
    aria, symbol, following = states.get(sort, ("none", "selector", key))
    return {"aria": aria, "icon": symbol, "url": url_with(context, sort=following, page=None)}


# -- people ------------------------------------------------------------------------------------------------------


@register.filter
def initials(name: str) -> str:
    """One or two letters for a name: "Lærdal Smoked Trout" is LS."""
    words = [word for word in str(name).split() if word[:1].isalnum()]
    if len(words) == 1:
        return words[0][:2].capitalize()
    return "".join(word[0] for word in words[:2]).upper() or "?"


@register.filter
def hue(name: str) -> str:
    """The class of a name's colour, the same wherever the name stands."""
    return f"hue-{crc32(str(name).encode()) % 8}"


# -- times and figures -------------------------------------------------------------------------------------------


def _spoken_day(days: int) -> str:
    """A distance in days as people say it; negative is past."""
    if days == 0:
        return _("today")
    if days in (-1, 1):
        return _("tomorrow") if days == 1 else _("yesterday")
    size = abs(days)
    if size < 14:
        past, coming = (
            ngettext("%(n)d day ago", "%(n)d days ago", size),
            ngettext("in %(n)d day", "in %(n)d days", size),
        )
    elif size < 60:
        size //= 7
        past, coming = (
            ngettext("%(n)d week ago", "%(n)d weeks ago", size),
            ngettext("in %(n)d week", "in %(n)d weeks", size),
        )
    elif size < 365:
        size //= 30
        past, coming = (
            ngettext("%(n)d month ago", "%(n)d months ago", size),
            ngettext("in %(n)d month", "in %(n)d months", size),
        )
    else:
        size //= 365
        past, coming = (
            ngettext("%(n)d year ago", "%(n)d years ago", size),
            ngettext("in %(n)d year", "in %(n)d years", size),
        )
    return (coming if days > 0 else past) % {"n": size}


def _spoken_moment(moment: datetime, now: datetime) -> str:
    days = (timezone.localdate(moment) - timezone.localdate(now)).days
    seconds = (moment - now).total_seconds()
    if abs(seconds) < 60:
        return _("just now")
    if abs(seconds) < 3600:
        minutes = int(abs(seconds) // 60)
        coming = ngettext("in %(n)d minute", "in %(n)d minutes", minutes)
        past = ngettext("%(n)d minute ago", "%(n)d minutes ago", minutes)
        return (coming if seconds > 0 else past) % {"n": minutes}
    if days == 0:
        return _("today at %(time)s") % {"time": formats.time_format(timezone.localtime(moment), "H:i")}
    return _spoken_day(days)


@register.simple_tag
def human_time(moment: date | datetime | None, now: datetime | None = None) -> SafeString | str:
    """A time as people say it, with the exact one on hover and for machines."""
    if moment is None or moment == "":
        return ""
    now = now or timezone.now()
    if isinstance(moment, datetime):
        local = timezone.localtime(moment)
        spoken, exact = _spoken_moment(moment, now), formats.date_format(local, "DATETIME_FORMAT")
        stamp = local.isoformat(timespec="seconds")
    else:
        spoken, exact = _spoken_day((moment - timezone.localdate(now)).days), formats.date_format(moment, "DATE_FORMAT")
        stamp = moment.isoformat()
    return format_html('<time datetime="{}" title="{}">{}</time>', stamp, exact, spoken)


@register.simple_tag
def money(amount: Decimal | None, currency: str, places: int = 2) -> SafeString | str:
    """An amount with its currency, grouped as the reader's language does; a minus sign, never a hyphen."""
    if amount is None:
        return ""
    figure = formats.number_format(abs(amount), places, use_l10n=True, force_grouping=True)
    sign = "−" if amount < 0 else ""
    return format_html('<span class="money">{}{} <small>{}</small></span>', sign, figure, currency)


# -- forms and messages ------------------------------------------------------------------------------------------


@register.filter
def control(field: BoundField, extra_class: str = "") -> SafeString:
    """A form field's control, with its looks and the ids of its help and error."""
    widget = field.field.widget
    if isinstance(widget, CheckboxInput | CheckboxSelectMultiple | RadioSelect):
        kind = "form-check-input"
    else:
        kind = "form-select" if isinstance(widget, Select) else "form-control"
    described = [f"{field.auto_id}_help"] if field.help_text else []
    attributes: dict[str, str | bool] = {"class": f"{kind} {extra_class} {widget.attrs.get('class', '')}".strip()}
    if field.errors:
        described.append(f"{field.auto_id}_error")
        attributes["aria-invalid"] = "true"
    if described:
        attributes["aria-describedby"] = " ".join(described)
    return field.as_widget(attrs=attributes)


@register.filter
def undo_url(message: Any) -> str:
    """Where a message's undo posts to: messages.success(request, text, extra_tags=f"undo:{url}")."""
    tags = (message.extra_tags or "").split()
    return next((tag.removeprefix("undo:") for tag in tags if tag.startswith("undo:")), "")
