"""The words of each kind's pages: what a list is for, how its rows are counted, what an empty one teaches."""

from dataclasses import dataclass
from typing import Any

from django.utils import formats
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Wording:
    """Words and looks of one kind's list, pages and forms."""

    icon: str
    about: Text
    add: Text
    empty: Text
    teaches: Text
    title_field: str
    finds: Text
    bar: tuple[str, ...] = ()


WORDING: dict[str, Wording] = {
    "member": Wording(
        "building", _("Who belongs to the network, and who might."), _("Add member"),
        _("No members yet"),
        _("Here you will find every organisation of your network: who it is, who is there, what it needs and offers. "
          "Bring the list you already have, or start with one."),
        "name", _("Find by name, place, tag…"), ("tier", "tags"),
    ),
    "organization": Wording(
        "building-community",
        _("Organisations that you know of and that are no members: owners of offers, partners, prospects."),
        _("Add organisation"), _("No other organisations"),
        _("Organisations that play a part without being members are kept here, for example the owner of an offer. "
          "Any of them can be made a member."),
        "name", _("Find by name, place, sector…"), ("kind", "country"),
    ),
    "person": Wording(
        "user", _("The people in the organisations, and how to reach them."), _("Add person"), _("No people yet"),
        _("An organisation acts through people. Note who they are, what they decide and how to reach them."),
        "name", _("Find by name, title, organisation…"),
    ),
    "need": Wording(
        "message-circle", _("What members miss, hope for or are held back by, in their own words."), _("Add need"),
        _("No needs yet"),
        _("Needs are what you bring members together for. Write one down in the member's own words when you hear it."),
        "statement", _("Find by words, member…"), ("kind", "priority"),
    ),
    "offering": Wording(
        "gift", _("What members and others offer, alone or together."), _("Add offer"), _("No offers yet"),
        _("Products, services and help that others in the network could use. Offers meet needs."),
        "name", _("Find by name, category, owner…"), ("category",),
    ),
    "relationship": Wording(
        "affiliate", _("Who works with whom, and what each side gets out of it."), _("Add relation"),
        _("No relations yet"),
        _("A relation says that two members work together, how, and what each of them wants from it."),
        "first", _("Find by member…"), ("kinds", "origin"),
    ),
    "capability": Wording(
        "bolt", _("What organisations are able to do, how well, and who says so."), _("Add capability"),
        _("No capabilities yet"),
        _("Capabilities show what the network can do and where it hangs on a single organisation."),
        "term", _("Find by capability, organisation…"), ("stated_by",),
    ),
    "resource": Wording(
        "packages", _("What organisations own and may tie to the network for a time."), _("Add resource"),
        _("No resources yet"),
        _("Machines, data, rooms, money, people's time: what could be shared, and on which terms."),
        "name", _("Find by name, owner…"), ("kind", "openness"),
    ),
    "role": Wording(
        "user-circle", _("Which part members and people play in the network."), _("Add role"), _("No roles yet"),
        _("Who is the contact person of a member, who leads, who advocates: roles make responsibility visible."),
        "role_type", _("Find by member, person, scope…"), ("role_type",),
    ),
    "agreement": Wording(
        "gavel", _("Rules, scope, terms: what members agreed on, and when to look at it again."), _("Add agreement"),
        _("No agreements yet"),
        _("Participation rules and scope are agreed before a member is active. Keep the text and its parties here."),
        "title", _("Find by title, text…"), ("kind",),
    ),
    "note": Wording(
        "note", _("What people wrote down about members."), _("Add note"), _("No notes yet"),
        _("Notes keep what you know about a member. Each says who may read it."),
        "text", _("Find by words…"),
    ),
    "gathering": Wording(
        "calendar-event", _("Where members meet: workshops, visits, general meetings, and who was there."),
        _("Plan gathering"), _("No gatherings yet"),
        _("A network lives from meeting each other and from the time between. Note who came, or import the list you "
          "have, and see who has not been seen for long."),
        "name", _("Find by name, place, series…"), ("kind",),
    ),
    "initiative": Wording(
        "bulb", _("What members run together for a time: pilots, programmes, groups."), _("Add initiative"),
        _("No initiatives yet"),
        _("Coming to meetings is not yet taking part. Initiatives are what members do together: who drives one, who is "
          "in it and where it stands."),
        "name", _("Find by name, place, series…"), ("kind",),
    ),
    "participation": Wording(
        "list-check", _("Who took part in what."), _("Add participation"), _("No participations yet"),
        _("Each says that a member is invited to a gathering or an initiative, signed up, or was there."),
        "membership", _("Find by member, gathering, initiative…"),
    ),
}  # fmt: skip

_COUNTED: dict[str, Any] = {
    "member": ngettext_lazy("%(said)s member", "%(said)s members", "n"),
    "organization": ngettext_lazy("%(said)s organisation", "%(said)s organisations", "n"),
    "person": ngettext_lazy("%(said)s person", "%(said)s people", "n"),
    "need": ngettext_lazy("%(said)s need", "%(said)s needs", "n"),
    "offering": ngettext_lazy("%(said)s offer", "%(said)s offers", "n"),
    "relationship": ngettext_lazy("%(said)s relation", "%(said)s relations", "n"),
    "capability": ngettext_lazy("%(said)s capability", "%(said)s capabilities", "n"),
    "resource": ngettext_lazy("%(said)s resource", "%(said)s resources", "n"),
    "role": ngettext_lazy("%(said)s role", "%(said)s roles", "n"),
    "agreement": ngettext_lazy("%(said)s agreement", "%(said)s agreements", "n"),
    "note": ngettext_lazy("%(said)s note", "%(said)s notes", "n"),
    "gathering": ngettext_lazy("%(said)s gathering", "%(said)s gatherings", "n"),
    "initiative": ngettext_lazy("%(said)s initiative", "%(said)s initiatives", "n"),
    "participation": ngettext_lazy("%(said)s participation", "%(said)s participations", "n"),
}


def counted(kind_name: str, n: int) -> str:
    """So many records of a kind, in words."""
    return str(_COUNTED[kind_name] % {"n": n, "said": formats.number_format(n, force_grouping=True)})
