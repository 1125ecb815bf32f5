"""The figures of a network (M-15, M-13): each with what it means here, and where its records are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Count
from django.utils import formats
from django.utils.translation import ngettext

from unisono.areas.network.graph.contacts import heard_in_a_year
from unisono.areas.network.graph.members import belonging
from unisono.areas.network.graph.queries import PictureState, on_the_map, picture_state
from unisono.areas.network.graph.standing import standing
from unisono.areas.network.hiding import as_shown
from unisono.areas.network.kinds import MEMBER, ORGANIZATION_FIELDS, RELATIONSHIP
from unisono.areas.network.models import MemberPosition, Network
from unisono.platform.actor import Actor
from unisono.platform.messages import message as _

Place = MemberPosition.Place


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure. `records` are filters of the list of members, or of relations, that opens what it counts."""

    name: str
    group: str
    label: str
    value: float
    text: str
    sentence: str
    measure: str = ""
    construct_id: str = ""
    kind: str = ""
    records: Mapping[str, list[str]] = field(default_factory=dict)


def figures_of(actor: Actor, network: Network, state: PictureState | None = None) -> list[Figure]:
    """Figures of the picture, then those of being in touch, which depend on who asks; empty without a picture."""
    state = state or picture_state(actor, network)
    if state.picture is None or not state.is_there:
        return []
    raw = state.picture.figures
    names = _names(actor, network, [*raw["top_bridging"], *raw["top_breaking"]])
    return [
        *_size(raw),
        *_holding_together(raw),
        *_places(raw, names),
        *_breaking(raw, names),
        *_interests(raw),
        *_attention(actor, network),
    ]


def _names(actor: Actor, network: Network, keys: list[str]) -> dict[UUID, str]:
    """Names of the members that figures mention, as far as the actor sees them."""
    wanted = {UUID(key) for key in keys}
    found = on_the_map(actor, network).filter(pk__in=wanted).prefetch_related(None)
    return dict(found.values_list("pk", "organization__name")) if wanted else {}


def _number(value: float, places: int = 0) -> str:
    return str(formats.number_format(round(value, places), places, use_l10n=True, force_grouping=True))


def _percent(share: float) -> str:
    """A share as whole percent; something never looks like nothing, nor nearly all like all."""
    percent = round(share * 100)
    if 0 < share < 0.01:
        return _("under 1 %")
    return _("%(n)d %%") % {"n": min(percent, 99) if share < 1 else percent}


def _named(keys: list[str], names: Mapping[UUID, str], total: int) -> str:
    """The first names, and how many more there are."""
    shown = [names[UUID(key)] for key in keys if UUID(key) in names][:3]
    rest = total - len(shown)
    if not shown:
        return ""
    listed = ", ".join(shown)
    if rest <= 0:
        return listed
    return ngettext("%(names)s and %(n)s other", "%(names)s and %(n)s others", rest) % {
        "names": listed, "n": _number(rest),
    }  # fmt: skip


_RELATIONS = {"on_map": ["yes"]}
_MEMBERS = {"state": ["onboarding", "active", "paused"]}


def _at(place: str) -> dict[str, list[str]]:
    return {"position": [str(place)]}


def _size(raw: Mapping[str, Any]) -> list[Figure]:
    n, relations = raw["members"], raw["relations"]
    again = raw["records"] - relations
    more = (
        ngettext(
            "%(n)s further record tells of a pair that is counted already.",
            "%(n)s further records tell of pairs that are counted already.",
            again,
        )
        % {"n": _number(again)}
        if again
        else _("Each pair is counted once.")
    )
    return [
        Figure("members", "size", _("Members"), n, _number(n),
               ngettext("%(n)s member takes part: taken on, active or paused.",
                        "%(n)s members take part: taken on, active or paused.", n) % {"n": _number(n)},
               "M-15", "", MEMBER.plural, _MEMBERS),
        Figure("relations", "size", _("Relations"), relations, _number(relations),
               ngettext("%(n)s pair of members has a relation that holds.",
                        "%(n)s pairs of members have a relation that holds.", relations) % {"n": _number(relations)}
               + " " + more, "M-15", "", RELATIONSHIP.plural, _RELATIONS),
    ]  # fmt: skip


def _holding_together(raw: Mapping[str, Any]) -> list[Figure]:
    n, degree, density = raw["members"], raw["mean_degree"], raw["density"]
    largest = raw["largest"] / n if n else 0.0
    possible = n * (n - 1) // 2
    return [
        Figure("engagement", "together", _("Engagement"), raw["engagement"], _number(raw["engagement"], 2),
               _("Relations for each member: enough for all to hang together.")
               if raw["engagement"] >= 1
               else _("Fewer relations than members: the network cannot hang together as a whole."),
               "M-15", "", RELATIONSHIP.plural, _RELATIONS),
        Figure("mean_degree", "together", _("Partners of a member"), degree, _number(degree, 1),
               _("With so many others a member works on average; the potential that a newcomer meets."), "M-15", "",
               RELATIONSHIP.plural, _RELATIONS),
        Figure("density", "together", _("Density"), density, _percent(density),
               _("Of %(possible)s pairs that could know each other, %(relations)s do. Large networks are never dense; "
                 "watch how it changes.") % {"possible": _number(possible), "relations": _number(raw["relations"])},
               "M-15", "", RELATIONSHIP.plural, _RELATIONS),
        Figure("linking", "together", _("Linking"), raw["mean_betweenness"], _number(raw["mean_betweenness"], 4),
               _("How much a member lies between others on average, from 0 to 1. It rises where many ways lead "
                 "through few.") + (" " + _("Estimated from some of the members.") if raw["is_sampled"] else ""),
               "M-15", "", MEMBER.plural, _MEMBERS),
        Figure("largest", "together", _("Largest group"), raw["largest"], _number(raw["largest"]),
               _("%(share)s of all members reach each other over relations.") % {"share": _percent(largest)},
               "M-15", "", MEMBER.plural, _at(Place.LARGEST)),
        Figure("apart", "together", _("Groups apart"), raw["groups_apart"], _number(raw["groups_apart"]),
               _groups_apart(raw), "M-15", "KIJIMA-R6", MEMBER.plural, _at(Place.APART)),
        Figure("isolated", "together", _("Without relations"), raw["isolated"], _number(raw["isolated"]),
               ngettext("%(n)s member has no relation to any other. Whom would you introduce it to?",
                        "%(n)s members have no relation to any other. Whom would you introduce them to?",
                        raw["isolated"]) % {"n": _number(raw["isolated"])}
               if raw["isolated"] else _("Every member has a relation to some other."),
               "M-15", "KIJIMA-R6", MEMBER.plural, _at(Place.ISOLATED)),
    ]  # fmt: skip


def _groups_apart(raw: Mapping[str, Any]) -> str:
    groups, members = raw["groups_apart"], raw["members_apart"]
    if not groups:
        return _("No group of members goes on separately from the rest.")
    return ngettext(
        "%(groups)s group of together %(members)s members goes on separately; one introduction would connect it.",
        "%(groups)s groups of together %(members)s members go on separately; one introduction each would connect them.",
        groups,
    ) % {"groups": _number(groups), "members": _number(members)}


def _places(raw: Mapping[str, Any], names: Mapping[UUID, str]) -> list[Figure]:
    n, communities = raw["members"], raw["communities"]
    inside = raw["inside"] / raw["relations"] if raw["relations"] else 0.0
    bridging = _named(raw["top_bridging"], names, raw["bridging"])
    return [
        Figure("core", "places", _("Core"), raw["core"], _number(raw["core"]),
               ngettext("%(n)s member works closely with the others of the core, %(share)s of all.",
                        "%(n)s members work closely with each other, %(share)s of all.", raw["core"])
               % {"n": _number(raw["core"]), "share": _percent(raw["core"] / n if n else 0)},
               "", "", MEMBER.plural, _at(Place.CORE)),
        Figure("edge", "places", _("Edge"), raw["edge"], _number(raw["edge"]),
               ngettext("%(n)s member hangs on by at most one relation; whoever is silent there is soon gone.",
                        "%(n)s members hang on by at most one relation; whoever is silent there is soon gone.",
                        raw["edge"]) % {"n": _number(raw["edge"])},
               "", "TREN-R4", MEMBER.plural, _at(Place.EDGE)),
        Figure("bridging", "places", _("Bridging members"), raw["bridging"], _number(raw["bridging"]),
               _("The shortest ways between others lead through them far more often than through most: %(names)s.")
               % {"names": bridging} if bridging else _("No member stands out between the others."),
               "M-15", "PERKS-D16", MEMBER.plural, _at(Place.BRIDGING)),
        Figure("communities", "places", _("Communities"), len(communities), _number(len(communities)),
               ngettext("%(n)s community of members that keep to each other; %(share)s of relations lie within it.",
                        "%(n)s communities of members that keep to each other; %(share)s of relations lie within one.",
                        len(communities)) % {"n": _number(len(communities)), "share": _percent(inside)}
               if communities else _("No three members keep to each other yet."),
               "", "", MEMBER.plural, {"community": ["any"]}),
    ]  # fmt: skip


def _breaking(raw: Mapping[str, Any], names: Mapping[UUID, str]) -> list[Figure]:
    worst, left, n = raw["worst_cut_off"], raw["left_after_5_percent"], raw["members"]
    first = next((names[UUID(key)] for key in raw["top_breaking"] if UUID(key) in names), "")
    if worst and first:
        cut = ngettext(
            "If %(name)s left, %(n)s other would lose its way to the rest; it is the one on whom most depends.",
            "If %(name)s left, %(n)s others would lose their way to the rest; it is the one on whom most depends.",
            worst,
        ) % {"name": first, "n": _number(worst)}
    else:
        cut = _("Whoever leaves, the others still reach each other.")
    alone = raw["terms_only_here"]
    return [
        Figure("breaking", "breaking", _("Others hang on them"), raw["breaking"], _number(raw["breaking"]), cut,
               "M-13", "SJODIN-R8", MEMBER.plural, _at(Place.BREAKING)),
        Figure("only_holders", "breaking", _("Alone with a capability"), raw["only_holders"],
               _number(raw["only_holders"]),
               ngettext("%(alone)s of %(terms)s capabilities is gone when the only member that has it leaves.",
                        "%(alone)s of %(terms)s capabilities are gone when the only member that has each leaves.",
                        alone) % {"alone": _number(alone), "terms": _number(raw["terms"])}
               if raw["terms"] else _("No capabilities are recorded yet, so nobody knows what would be lost."),
               "M-13", "SJODIN-R8", MEMBER.plural, _at(Place.ONLY_HOLDER)),
        Figure("robustness", "breaking", _("Robustness"), left, _percent(left),
               _robustness(raw) if n > 1 else _("Robustness needs two members at least."), "M-13", "SJODIN-R8",
               MEMBER.plural, _at(Place.BEST_CONNECTED)),
    ]  # fmt: skip


def _robustness(raw: Mapping[str, Any]) -> str:
    said = ngettext(
        "If the member with most relations left, so much of the largest group would still hang together.",
        "If the %(n)s members with most relations left, so much of the largest group would still hang together.",
        raw["removed"],
    ) % {"n": _number(raw["removed"])}
    # Pictures that were made before this was worked out do not have it.
    if (by_chance := raw.get("left_at_random")) is None:
        return said + " " + _("What is left when as many leave by chance is missing in this picture: draw it again.")
    return said + " " + _("If as many left by chance: %(share)s.") % {"share": _percent(by_chance)}


def _interests(raw: Mapping[str, Any]) -> list[Figure]:
    """PERKS-D16: every tie mixes shared and opposed interests; is that written down?"""
    mixed, both = raw["mixed"], raw["both_interests"]
    return [
        Figure("mixed", "interests", _("Partners that compete"), mixed, _number(mixed),
               ngettext("In %(n)s relation the two sides also compete.",
                        "In %(n)s relations the two sides also compete.", mixed) % {"n": _number(mixed)}
               + " " + ngettext("Of %(both)s relation the interests of both sides are written down.",
                                "Of %(both)s relations the interests of both sides are written down.",
                                both) % {"both": _number(both)},
               "", "PERKS-D16", RELATIONSHIP.plural, {"coopetition": ["yes"], **_RELATIONS}),
    ]  # fmt: skip


_GROUPED = {f"of_{f.name}": f for f in MEMBER.fields if f.name in ("size_class", "region")}


def _attention(actor: Actor, network: Network) -> list[Figure]:
    """TREN-R4 and TREN-R3: who is silent at the edge, and who gets attention, compared by size and region."""
    members = on_the_map(actor, network).prefetch_related(None).select_related(None).order_by()
    heard = heard_in_a_year(actor, network)
    silent = members.filter(standing(actor, network, [Place.SILENT_EDGE])).count()
    by_both = (
        members.filter(belonging(network))
        .annotate(**{name: as_shown(actor, network, MEMBER, field) for name, field in _GROUPED.items()})
        .values(*_GROUPED)
        .annotate(all=Count("pk"), heard=Count("pk", filter=heard))
        .values_list(*_GROUPED, "all", "heard")
    )
    sizes: dict[str, list[int]] = {}
    regions: dict[str, list[int]] = {}
    for size, region, of, n in by_both:
        for group, key in ((sizes, size), (regions, region)):
            so_far = group.setdefault(key, [0, 0])
            so_far[0] += of
            so_far[1] += n
    total, met = sum(of for of, _n in sizes.values()), sum(n for _of, n in sizes.values())
    return [
        Figure("silent_edge", "attention", _("Silent at the edge"), silent, _number(silent),
               ngettext("%(n)s member hangs on by at most one relation and was not heard from for %(months)s months.",
                        "%(n)s members hang on by at most one relation and were not heard from for %(months)s months.",
                        silent) % {"n": _number(silent), "months": network.silent_after_months}
               if silent else _("Everyone at the edge was heard from lately."),
               "", "TREN-R4", MEMBER.plural, _at(Place.SILENT_EDGE)),
        Figure("attention", "attention", _("Heard from in a year"), met, _number(met),
               _("%(share)s of members were heard from in the last 12 months.")
               % {"share": _percent(met / total if total else 0)} + _compared(sizes, regions),
               "", "TREN-R3", MEMBER.plural, _at(Place.HEARD)),
    ]  # fmt: skip


def _compared(sizes: Mapping[str, list[int]], regions: Mapping[str, list[int]]) -> str:
    """The shares of each size and of the regions that differ most, where there is something to compare."""
    size_field = next(f for f in ORGANIZATION_FIELDS if f.name == "size_class")
    said = []
    order = {value: at for at, (value, _label) in enumerate(size_field.choices)}
    named = sorted((key for key in sizes if key), key=lambda key: order.get(key, 9))
    if len(named) > 1:
        parts = [_share_of(size_field.label_of(key).split(" (")[0], sizes[key]) for key in named]
        said.append(_("By size: %(parts)s.") % {"parts": ", ".join(parts)})
    places = [key for key, (of, _n) in regions.items() if key and of >= 5]
    if len(places) > 1:
        places.sort(key=lambda key: regions[key][1] / regions[key][0])
        chosen = [places[0], places[-1]] if len(places) > 2 else places
        parts = [_share_of(key, regions[key]) for key in chosen]
        said.append(_("By region: %(parts)s.") % {"parts": ", ".join(parts)})
    return "".join(f" {sentence}" for sentence in said)


def _share_of(name: str, pair: list[int]) -> str:
    of, n = pair
    return _("%(name)s %(n)s of %(of)s") % {"name": name, "n": _number(n), "of": _number(of)}
