"""Where ties come from: relations as recorded, and ties derived from what members have in common.

Areas above register theirs: `register_tie_source("gathering", label, is_derived=True, things=..., provider=...)`.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from unisono.areas.network import policies
from unisono.areas.network.graph.members import belonging, holding
from unisono.areas.network.graph.queries import on_the_map
from unisono.areas.network.models import Agreement, Capability, Membership, Need, Network, Relationship
from unisono.core.text import name_key
from unisono.platform.actor import Actor
from unisono.platform.errors import Invalid
from unisono.platform.fields import Label

# What more members than this have in common says nothing about any two of them.
MOST_SHARING = 25
# Words of needs that are long enough to mean something, and rare enough to tell one need from another.
_WORD = re.compile(r"[^\W\d_]{6,}")
_MOST_NEEDS_OF_A_WORD = 6
_CHUNK = 20_000


@dataclass(frozen=True, slots=True)
class Tie:
    """Two members that a source ties, by the ids of their memberships."""

    first: UUID
    second: UUID


@dataclass(frozen=True, slots=True)
class Sharing:
    """A member and something that others may have as well: a capability, a need, an agreement, a gathering."""

    member: UUID
    key: str
    label: str


Provider = Callable[[Actor, Network], Iterable[Tie] | Iterable[Sharing]]


@dataclass(frozen=True, slots=True)
class TieSource:
    """A kind of tie. One with `things` gives sharings and can be seen two-mode: members beside what they share."""

    name: str
    label: Label
    is_derived: bool
    provider: Provider
    things: Label = ""


_sources: dict[str, TieSource] = {}


def register_tie_source(name: str, label: Label, is_derived: bool, provider: Provider, *, things: Label = "") -> None:
    """Add a kind of tie. `provider(actor, network)` gives only what the actor may read."""
    _sources[name] = TieSource(name, label, is_derived, provider, things)


def tie_sources() -> list[TieSource]:
    """All kinds of tie, in the order in which they were registered."""
    return list(_sources.values())


def tie_source(name: str) -> TieSource:
    """The kind of tie of this name; Invalid when there is none."""
    if name not in _sources:
        raise Invalid.at(
            "source", str(_("There is no such kind of tie.")),
            str(_("Use one of: %(names)s.")) % {"names": ", ".join(_sources)},
        )  # fmt: skip
    return _sources[name]


def sharings_of(actor: Actor, network: Network, source: TieSource) -> list[Sharing]:
    """What members on the map have in common: things of two of them at least, each once a member."""
    shown = _shown(actor, network)
    given = (s for s in source.provider(actor, network) if isinstance(s, Sharing))
    found = {(s.member, s.key): s for s in given if s.member in shown}
    held = Counter(key for _member, key in found)
    return [sharing for (_member, key), sharing in found.items() if held[key] > 1]


def _shown(actor: Actor, network: Network) -> set[UUID]:
    members = on_the_map(actor, network).order_by().prefetch_related(None).values_list("pk", flat=True)
    return set(members.iterator(chunk_size=_CHUNK))


def ties_of(
    actor: Actor, network: Network, source: TieSource, limit: int | None = None
) -> dict[tuple[UUID, UUID], list[str]]:
    """Pairs of members on the map that the source ties, smaller id first, each with what they share.

    What more than `MOST_SHARING` of them have in common ties nobody. At `limit` pairs reading stops.
    """
    pairs: dict[tuple[UUID, UUID], list[str]] = {}
    if not source.things:
        shown = _shown(actor, network)
        for tie in source.provider(actor, network):
            if len(pairs) == limit:
                break
            if isinstance(tie, Tie) and tie.first != tie.second and tie.first in shown and tie.second in shown:
                pairs.setdefault((min(tie.first, tie.second), max(tie.first, tie.second)), [])
        return pairs
    holders: dict[str, list[Sharing]] = {}
    for sharing in sharings_of(actor, network, source):
        holders.setdefault(sharing.key, []).append(sharing)
    for shared in holders.values():
        if len(shared) > MOST_SHARING:
            continue
        for one, other in combinations(sorted(shared, key=lambda s: s.member), 2):
            pair = (one.member, other.member)
            if pair in pairs or len(pairs) != limit:
                pairs.setdefault(pair, []).append(one.label)
    return pairs


def _relations(actor: Actor, network: Network) -> Iterator[Tie]:
    ties = Relationship.objects.filter(holding(network), policies.readable(actor, network, Relationship)).order_by()
    for first, second in ties.values_list("first_id", "second_id").iterator(chunk_size=_CHUNK):
        yield Tie(first, second)


def _referrals(actor: Actor, network: Network) -> Iterator[Tie]:
    referred = Membership.objects.filter(
        belonging(network), policies.readable(actor, network, Membership), referrer__isnull=False
    )
    for member, referrer in referred.order_by().values_list("pk", "referrer_id"):
        yield Tie(member, referrer)


def _capabilities(actor: Actor, network: Network) -> Iterator[Sharing]:
    stated = Capability.objects.filter(
        policies.readable(actor, network, Capability), archived_at=None, organization__memberships__network=network
    ).exclude(state="outdated")
    for member, term in stated.order_by("term", "pk").values_list("organization__memberships__id", "term"):
        yield Sharing(member, name_key(term), term)


def _agreements(actor: Actor, network: Network) -> Iterator[Sharing]:
    agreed = Agreement.objects.filter(
        policies.readable(actor, network, Agreement), network=network, archived_at=None, parties__isnull=False
    ).exclude(state="ended")
    for member, key, title in agreed.order_by("title", "pk").values_list("parties", "pk", "title"):
        yield Sharing(member, str(key), title)


def _needs(actor: Actor, network: Network) -> Iterator[Sharing]:
    """Needs have no term of their own, so two of them are alike when they share an uncommon word."""
    voiced = Need.objects.filter(policies.readable(actor, network, Need), network=network, archived_at=None).exclude(
        state__in=("met", "lapsed")
    )
    words: dict[str, dict[UUID, str]] = {}
    for member, statement in voiced.order_by("pk").values_list("membership_id", "statement"):
        for word in _WORD.findall(statement):
            words.setdefault(name_key(word), {}).setdefault(member, word.lower())
    for key, members in words.items():
        if 1 < len(members) <= _MOST_NEEDS_OF_A_WORD:
            label = next(iter(members.values()))
            for member in members:
                yield Sharing(member, key, label)


def register() -> None:
    """Name the sources of this area; called once when the app starts."""
    register_tie_source("relation", _("Relations"), False, _relations)
    register_tie_source("referral", _("Referred by"), True, _referrals)
    register_tie_source("capability", _("Shared capability"), True, _capabilities, things=_("Capabilities"))
    register_tie_source("need", _("Similar need"), True, _needs, things=_("Words of needs"))
    register_tie_source("agreement", _("Shared agreement"), True, _agreements, things=_("Agreements"))
