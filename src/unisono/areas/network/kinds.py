"""The kinds of record of the area and their fields, declared once for every interface."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from unisono.areas.network.derived import derived_of
from unisono.areas.network.models import (
    Agreement,
    Capability,
    Membership,
    Need,
    Network,
    Note,
    Offering,
    Organization,
    Person,
    Relationship,
    Resource,
    RoleAssignment,
)
from unisono.platform.errors import Invalid
from unisono.platform.fields import Field, Label, Type
from unisono.platform.messages import message as say


@dataclass(frozen=True)
class Kind:
    """A kind of record: its table, its fields, how it is found in a network and on whose timeline it stands.

    `parties` are the paths from a record to the organisations that it is about.
    """

    name: str
    plural: str
    label: Label
    label_plural: Label
    model: type[Model]
    fields: tuple[Field, ...]
    in_network: Callable[[Network], Q]
    about: Callable[[Any], Any]
    parties: tuple[str, ...]
    title: Callable[[Any], str] = str
    search_text: Callable[[Any], str] = lambda record: ""
    related: tuple[str, ...] = ()
    prefetched: tuple[str, ...] = ()
    sort_paths: Mapping[str, str] = field(default_factory=dict)
    order: str = "-created_at"
    # Filters that no single field answers; `queries.select` knows what they mean.
    other_filters: tuple[Field, ...] = ()
    has_network: bool = True
    searchable: bool = True
    # What members keep of this kind about themselves: "all" of a record, or its "profile", the fields that it has in
    # whatever network; and the states that only the network's team gives.
    kept_by_members: Literal["", "profile", "all"] = ""
    attested_states: frozenset[str] = frozenset()
    # A rule on more than one field; raises Invalid. It gets the clean values by the fields' names.
    check: Callable[[Mapping[str, Any]], None] = lambda clean: None

    def field(self, name: str) -> Field | None:
        """The built-in field of this name."""
        return next((f for f in self.fields if f.name == name), None)

    @property
    def choosable(self) -> list[Field]:
        """Fields of which the member that keeps the record chooses who reads them; what names a record is not hidden."""
        if not hasattr(self.model, "readers"):
            return []
        named = (Type.REF, Type.REFS)
        return [
            f for f in self.fields
            if not (f.required or f.internal or f.attested) and f.type not in named and f.name != "visibility"
        ]  # fmt: skip

    def custom_key(self, network: Network, name: str) -> str:
        """Key of a custom field's value: of a profile that networks share each has a value of its own."""
        return name if self.has_network else f"{network.pk.hex}-{name}"

    def holders(self, record: Any) -> list[Any]:
        """The rows that hold the record's fields: itself, and parts such as a member's organisation."""
        parts = dict.fromkeys(f.on for f in self.fields if f.on)
        return [record, *(getattr(record, part) for part in parts)]

    def touched_at(self, record: Any) -> datetime:
        """When any of the rows that hold its fields was last changed."""
        return max(holder.updated_at for holder in self.holders(record))

    @property
    def sortable(self) -> list[str]:
        """Names that a list can be ordered by, custom fields aside."""
        reckoned = [name for name, each in derived_of(self.name).items() if each.order]
        names = [f.name for f in self.fields if f.listed and not f.is_many and self.sort_paths.get(f.name, "x")]
        return [*names, *reckoned, *(["state"] if self.has_states else []), "created_at", "updated_at"]

    @property
    def filters(self) -> list[Field]:
        """What lists of this kind can be narrowed by, custom fields and states aside."""
        reckoned = (each.field for each in derived_of(self.name).values() if each.where)
        return [*(f for f in self.fields if f.filtered), *self.other_filters, *reckoned]

    @property
    def has_states(self) -> bool:
        """Whether its records have a life of states."""
        return bool(getattr(self.model, "TRANSITIONS", None))

    @property
    def states(self) -> list[str]:
        """All states, in the order in which they are declared; those that nothing follows come last."""
        following = getattr(self.model, "TRANSITIONS", {})
        return list(dict.fromkeys([*following, *(after for states in following.values() for after in sorted(states))]))


def _two_members(clean: Mapping[str, Any]) -> None:
    if clean.get("first") == clean.get("second"):
        raise Invalid.at("second", say("A relation ties two different members."), say("Choose another member."))


def _somebody(clean: Mapping[str, Any]) -> None:
    if not clean.get("membership") and not clean.get("person"):
        raise Invalid.at("membership", say("Somebody holds a role."), say("Choose a member, a person, or both."))


def _member_ref(**more: Any) -> Field:
    return Field("membership", _("Member"), Type.REF, refers_to="member", **more)


VISIBILITY = Field(
    "visibility",
    _("Who may read it"),
    Type.CHOICE,
    choices=(
        ("network", _("everyone in the network")),
        ("public", _("everyone")),
        ("parties", _("the parties")),
        ("care_team", _("care team only")),
        ("private", _("only me")),
    ),
    default="network",
)

ORGANIZATION_FIELDS: tuple[Field, ...] = (
    Field("name", _("Name"), required=True, listed=True, shown=True,
          synonyms=("organisation", "organization", "company", "member", "firm", "firma", "navn", "bedrift", "account")),
    Field("key", _("Key in the source"), max_length=300, listed=True, internal=True,
          help=_("Number or address by which the source names the organisation; imports match by it first."),
          synonyms=("id", "external id", "crunchbase", "orgnr", "member id", "nummer")),
    Field("kind", _("Kind"), Type.CHOICE, choices=tuple(Organization.Kind.choices), listed=True, filtered=True,
          synonyms=("organisation type", "organization type", "type")),
    Field("sector", _("Sector"), listed=True, filtered=True, synonyms=("industry", "branche", "bransje", "line of business")),
    Field("place", _("Place"), listed=True, shown=True, filtered=True,
          synonyms=("city", "town", "sted", "ort", "location", "municipality", "kommune", "poststed")),
    Field("region", _("Region"), listed=True, filtered=True, synonyms=("county", "fylke", "state", "province")),
    Field("country", _("Country"), max_length=100, listed=True, filtered=True, synonyms=("land", "nation")),
    Field("size_class", _("Size"), Type.CHOICE, choices=tuple(Organization.SizeClass.choices), listed=True,
          filtered=True, synonyms=("size class", "size")),
    Field("staff_count", _("Staff"), Type.INTEGER, minimum=0, listed=True,
          synonyms=("employees", "headcount", "ansatte", "mitarbeiter", "number of employees")),
    Field("website", _("Website"), Type.URL, max_length=300, listed=True,
          synonyms=("homepage", "homepage url", "url", "web", "nettside", "webseite", "site")),
    Field("email", _("E-mail"), Type.EMAIL, max_length=254, listed=True, synonyms=("e-mail", "mail", "epost", "e-post")),
    Field("phone", _("Phone"), max_length=60, listed=True, synonyms=("telephone", "tel", "telefon", "mobile")),
    Field("address", _("Address"), max_length=300, listed=True, synonyms=("street", "adresse", "postal address")),
    Field("register_number", _("Register number"), max_length=60, listed=True,
          synonyms=("organisation number", "vat", "org number", "company number", "handelsregister")),
    Field("corporate_group", _("Corporate group"), listed=True, synonyms=("group", "parent company", "konsern")),
    Field("aliases", _("Other names"), Type.WORDS, listed=True, synonyms=("aliases", "also known as", "alias")),
    Field("description", _("Description"), Type.LONG_TEXT, synonyms=("about", "beskrivelse", "beschreibung", "profile")),
    Field("capacity_baseline", _("Capacity"), max_length=300, help=_("What it can take on, in its own measure."),
          synonyms=("capacity",)),
)  # fmt: skip

_MEMBERSHIP_FIELDS: tuple[Field, ...] = (
    Field("sides", _("Sides"), Type.CHOICES, choices=tuple(Membership.Side.choices), listed=True, filtered=True,
          help=_("A member may stand on several sides."), synonyms=("side",)),
    Field("actor_type", _("Actor type"), Type.CHOICE, choices=tuple(Membership.ActorType.choices), listed=True,
          filtered=True, synonyms=("partner type", "role in ecosystem")),
    Field("tier", _("Tier"), max_length=100, listed=True, shown=True, filtered=True,
          synonyms=("level", "membership level", "subcategory", "class", "membership type", "nivå")),
    Field("origin", _("Origin"), Type.CHOICE, choices=tuple(Membership.Origin.choices), listed=True, filtered=True),
    Field("format", _("Format"), max_length=100, listed=True, help=_("How it takes part, for example on site or online.")),
    Field("wave", _("Wave"), Type.INTEGER, minimum=0, maximum=32_000, listed=True, filtered=True, internal=True,
          help=_("In which round of invitations it is asked.")),
    Field("partner_decision", _("Decision"), Type.CHOICE, choices=tuple(Membership.Decision.choices), internal=True,
          help=_("What is meant to happen with it: noted before it is invited.")),
    Field("expected_gain", _("Expected gain"), Type.LONG_TEXT, help=_("What the member expects to get out of it.")),
    Field("referrer", _("Referred by"), Type.REF, refers_to="member"),
    Field("joined_on", _("Member since"), Type.DATE, listed=True, shown=True,
          synonyms=("joined", "join date", "member since", "since", "start date", "innmeldt", "innmeldt dato", "medlem siden", "eintritt", "mitglied seit")),
    Field("tags", _("Tags"), Type.WORDS, max_length=60, listed=True, shown=True, filtered=True,
          synonyms=("labels", "keywords", "groups", "stikkord")),
)  # fmt: skip


def _on_organization(f: Field) -> Field:
    return Field(**{**{name: getattr(f, name) for name in f.__slots__}, "on": "organization"})


def _organizations_of(network: Network) -> Q:
    return (
        Q(pk__in=Membership.objects.filter(network=network).values("organization_id"))
        | Q(pk__in=Offering.owners.through.objects.filter(offering__network=network).values("organization_id"))
        | Q(recorded_in=network)
    ) & Q(merged_into__isnull=True)


def _held_in(path: str) -> Callable[[Network], Q]:
    """Records of organisations that are in the network, for tables that carry no network of their own."""

    def condition(network: Network) -> Q:
        organizations = Organization.objects.filter(_organizations_of(network)).values("pk")
        return Q(**{f"{path}__in": organizations})

    return condition


def _people_of(network: Network) -> Q:
    # By way of the table between, since a join would bring somebody in two organisations twice.
    organizations = Organization.objects.filter(_organizations_of(network)).values("pk")
    between = Person.organizations.through.objects.filter(organization_id__in=organizations)
    return Q(pk__in=between.values("person_id"))


def _own_network(network: Network) -> Q:
    return Q(network=network)


def _first(records: QuerySet[Any, Any]) -> Any:
    """Id of the first, from what was prefetched if it was."""
    return next((record.pk for record in records.all()), None)


def _words_of_organization(o: Organization) -> str:
    return " ".join((*o.aliases, o.place, o.region, o.sector, o.website, o.description))


def _words_of_member(m: Membership) -> str:
    # On lines of their own: those of the organisation are folded once for both.
    return "\n".join((_words_of_organization(m.organization), m.tier, " ".join(tag.name for tag in m.tags.all())))


MEMBER = Kind(
    "member", "members", _("Member"), _("Members"), Membership,
    fields=(*(_on_organization(f) for f in ORGANIZATION_FIELDS), *_MEMBERSHIP_FIELDS),
    in_network=_own_network,
    about=lambda m: m.organization_id,
    parties=("organization",), kept_by_members="profile",
    title=lambda m: m.organization.name,
    search_text=_words_of_member,
    related=("organization",), prefetched=("tags",), order="organization__name_key",
    sort_paths={"name": "organization__name_key"},
)  # fmt: skip
ORGANIZATION = Kind(
    "organization", "organizations", _("Organisation"), _("Organisations"), Organization,
    parties=("pk", "merged_into"), kept_by_members="profile",
    fields=ORGANIZATION_FIELDS, in_network=_organizations_of, about=lambda o: o.pk,
    search_text=_words_of_organization,
    order="name_key", sort_paths={"name": "name_key"}, has_network=False,
    other_filters=(
        Field("membership", _("Member"), Type.CHOICE, choices=(("yes", _("members")), ("no", _("not members")))),
    ),
)  # fmt: skip
PERSON = Kind(
    "person", "people", _("Person"), _("People"), Person,
    fields=(
        Field("name", _("Name"), required=True, listed=True, shown=True, personal=True,
              synonyms=("contact", "contact name", "person", "full name", "contact person", "kontaktperson")),
        Field("organizations", _("Organisations"), Type.REFS, refers_to="organization", required=True, listed=True,
              shown=True, synonyms=("organisation", "organization", "company", "firm")),
        Field("job_title", _("Title"), listed=True, shown=True, personal=True,
              synonyms=("job title", "position", "title", "function", "stilling", "contact title")),
        Field("email", _("E-mail"), Type.EMAIL, max_length=254, listed=True, shown=True, personal=True,
              synonyms=("e-mail", "mail", "contact email", "contact e-mail", "epost")),
        Field("phone", _("Phone"), max_length=60, listed=True, personal=True,
              synonyms=("telephone", "contact phone", "mobile", "telefon")),
        Field("languages", _("Languages"), Type.WORDS, max_length=40, listed=True, personal=True, synonyms=("language",)),
        Field("decision_authority", _("May decide on"), personal=True,
              help=_("What this person may decide for the organisation.")),
        Field("consent", _("Agreed to be listed"), Type.BOOLEAN, personal=True),
    ),
    parties=("organizations",), kept_by_members="all",
    in_network=_people_of, about=lambda p: _first(p.organizations),
    search_text=lambda p: " ".join((p.job_title, *(o.name for o in p.organizations.all()))),
    prefetched=("organizations",), order="name_key", has_network=False,
    sort_paths={"name": "name_key", "organizations": ""},
)  # fmt: skip
ROLE = Kind(
    "role", "roles", _("Role"), _("Roles"), RoleAssignment,
    fields=(
        Field("role_type", _("Role"), Type.CHOICE, required=True, choices=tuple(RoleAssignment.RoleType.choices),
              listed=True, shown=True, filtered=True),
        _member_ref(listed=True, shown=True, help=_("The member that holds it; or name a person.")),
        Field("person", _("Person"), Type.REF, refers_to="person", listed=True, shown=True),
        Field("scope", _("For what"), listed=True, shown=True, help=_("The whole network, an offering, some members.")),
        Field("tasks", _("Tasks"), Type.LONG_TEXT),
        Field("expected_gain", _("Expected gain"), Type.LONG_TEXT, help=_("What the holder expects to get out of it.")),
        Field("delivery_probability", _("Chance of delivery"), Type.DECIMAL, minimum=0, maximum=1, listed=True, internal=True,
              help=_("From 0 to 1: how sure it is that the holder delivers.")),
    ),
    parties=("membership__organization", "person__organizations"),
    in_network=_own_network, about=lambda r: r.membership.organization_id if r.membership else None,
    title=lambda r: str(r.get_role_type_display()),
    related=("membership__organization", "person"), searchable=False, check=_somebody,
    sort_paths={"membership": "membership__organization__name_key", "person": "person__name_key"},
)  # fmt: skip
RELATIONSHIP = Kind(
    "relationship", "relationships", _("Relation"), _("Relations"), Relationship,
    fields=(
        Field("first", _("One side"), Type.REF, refers_to="member", required=True, listed=True, shown=True),
        Field("second", _("Other side"), Type.REF, refers_to="member", required=True, listed=True, shown=True),
        Field("kinds", _("What they do together"), Type.CHOICES, choices=tuple(Relationship.Kind.choices),
              listed=True, shown=True, filtered=True),
        Field("origin", _("Origin"), Type.CHOICE, choices=tuple(Relationship.Origin.choices), listed=True, filtered=True),
        Field("character", _("Character"), Type.CHOICE, choices=tuple(Relationship.Character.choices), listed=True),
        Field("coopetition", _("They also compete"), Type.BOOLEAN, default=False, listed=True, filtered=True),
        Field("first_interest", _("Interest of the one side"), Type.LONG_TEXT),
        Field("second_interest", _("Interest of the other side"), Type.LONG_TEXT),
        Field("first_trust", _("Trust of the one in the other"), Type.INTEGER, minimum=1, maximum=7, listed=True,
              help=_("1 (none) to 7 (full).")),
        Field("second_trust", _("Trust of the other in the one"), Type.INTEGER, minimum=1, maximum=7, listed=True,
              help=_("1 (none) to 7 (full).")),
        Field("since", _("Since"), Type.DATE, listed=True),
    ),
    parties=("first__organization", "second__organization"),
    in_network=_own_network, about=lambda r: r.first.organization_id,
    related=("first__organization", "second__organization"), searchable=False, check=_two_members,
    sort_paths={"first": "first__organization__name_key", "second": "second__organization__name_key"},
)  # fmt: skip
CAPABILITY = Kind(
    "capability", "capabilities", _("Capability"), _("Capabilities"), Capability,
    fields=(
        Field("organization", _("Organisation"), Type.REF, refers_to="organization", required=True, listed=True, shown=True),
        Field("term", _("Capability"), required=True, max_length=100, listed=True, shown=True),
        Field("level", _("Level"), Type.DECIMAL, minimum=0, maximum=1, listed=True, shown=True,
              help=_("From 0 (a start) to 1 (fully able).")),
        Field("stated_by", _("Stated by"), Type.CHOICE, choices=tuple(Capability.StatedBy.choices), listed=True, filtered=True,
              attested=True),
        Field("is_digital", _("Digital"), Type.BOOLEAN, listed=True),
        Field("evidence", _("Evidence"), Type.LONG_TEXT),
    ),
    parties=("organization",), kept_by_members="all", attested_states=frozenset({"confirmed"}),
    in_network=_held_in("organization_id"), about=lambda c: c.organization_id, related=("organization",),
    search_text=lambda c: c.organization.name, order="term", has_network=False,
    sort_paths={"organization": "organization__name_key"},
)  # fmt: skip
NEED = Kind(
    "need", "needs", _("Need"), _("Needs"), Need,
    fields=(
        _member_ref(required=True, listed=True, shown=True),
        Field("statement", _("Need"), Type.LONG_TEXT, required=True, listed=True, shown=True,
              help=_("In the member's own words."), synonyms=("needs", "wants", "looking for", "behov", "bedarf")),
        Field("kind", _("Kind"), Type.CHOICE, choices=tuple(Need.Kind.choices), listed=True, shown=True, filtered=True),
        Field("level", _("How strong"), Type.INTEGER, minimum=1, maximum=7, listed=True, help=_("1 (weak) to 7 (pressing).")),
        Field("priority", _("Priority"), Type.CHOICE, choices=tuple(Need.Priority.choices), listed=True, shown=True,
              filtered=True),
        VISIBILITY,
    ),
    parties=("membership__organization",), kept_by_members="all",
    in_network=_own_network, about=lambda n: n.membership.organization_id, title=lambda n: n.statement[:120],
    search_text=lambda n: n.membership.organization.name, related=("membership__organization",),
    sort_paths={"membership": "membership__organization__name_key"},
)  # fmt: skip
OFFERING = Kind(
    "offering", "offerings", _("Offer"), _("Offers"), Offering,
    fields=(
        Field("name", _("Name"), required=True, listed=True, shown=True,
              synonyms=("offer", "offering", "product", "service", "tilbud", "angebot")),
        Field("owners", _("Offered by"), Type.REFS, refers_to="organization", listed=True, shown=True,
              help=_("One or more organisations; may be left open."),
              synonyms=("owner", "owner key", "crunchbase", "company", "vendor")),
        Field("category", _("Category"), listed=True, shown=True, filtered=True, synonyms=("group", "product category")),
        Field("proposition", _("What it gives"), Type.LONG_TEXT, listed=True,
              synonyms=("description", "proposition", "about", "beskrivelse")),
        Field("parts", _("Parts"), Type.WORDS),
        Field("website", _("Website"), Type.URL, max_length=300, listed=True,
              synonyms=("homepage", "homepage url", "url", "web")),
        Field("is_new_to_network", _("New to the network"), Type.BOOLEAN, listed=True),
    ),
    parties=("owners",), kept_by_members="all",
    in_network=_own_network, about=lambda o: _first(o.owners),
    search_text=lambda o: " ".join((o.category, o.proposition, *(owner.name for owner in o.owners.all()))),
    prefetched=("owners",), order="name_key", sort_paths={"name": "name_key", "owners": ""},
    other_filters=(Field("owners", _("Offered by"), Type.CHOICE, choices=(("none", _("nobody yet")),)),),
)  # fmt: skip
RESOURCE = Kind(
    "resource", "resources", _("Resource"), _("Resources"), Resource,
    fields=(
        Field("owner", _("Owner"), Type.REF, refers_to="organization", required=True, listed=True, shown=True),
        Field("name", _("Name"), required=True, listed=True, shown=True),
        Field("kind", _("Kind"), Type.CHOICE, choices=tuple(Resource.Kind.choices), listed=True, shown=True, filtered=True),
        Field("is_tangible", _("Tangible"), Type.BOOLEAN, listed=True),
        Field("openness", _("Openness"), Type.CHOICE, choices=tuple(Resource.Openness.choices), listed=True, shown=True,
              filtered=True),
        Field("terms", _("Terms of use"), Type.LONG_TEXT, help=_("Who may use it, on which terms, what it is worth.")),
        Field("tied_from", _("Tied from"), Type.DATE, listed=True),
        Field("tied_until", _("Tied until"), Type.DATE, listed=True),
    ),
    parties=("owner",), kept_by_members="all",
    in_network=_held_in("owner_id"), about=lambda r: r.owner_id, related=("owner",),
    search_text=lambda r: r.owner.name, order="name", has_network=False, sort_paths={"owner": "owner__name_key"},
)  # fmt: skip
AGREEMENT = Kind(
    "agreement", "agreements", _("Agreement"), _("Agreements"), Agreement,
    fields=(
        Field("title", _("Title"), required=True, listed=True, shown=True),
        Field("kind", _("Kind"), Type.CHOICE, required=True, choices=tuple(Agreement.Kind.choices), listed=True, shown=True,
              filtered=True),
        Field("parties", _("Parties"), Type.REFS, refers_to="member", listed=True, shown=True),
        Field("text", _("Text"), Type.LONG_TEXT),
        Field("valid_from", _("In force from"), Type.DATE, listed=True),
        Field("review_on", _("Review on"), Type.DATE, listed=True, shown=True),
        Field("time_zone", _("Time zone"), max_length=60, help=_("For its periods; the network's where left empty.")),
        Field("version", _("Version"), Type.INTEGER, minimum=1, maximum=32_000, default=1, listed=True),
        VISIBILITY,
    ),
    parties=("parties__organization",),
    in_network=_own_network, about=lambda a: None, prefetched=("parties",),
    search_text=lambda a: a.text, sort_paths={"parties": ""},
)  # fmt: skip
NOTE = Kind(
    "note", "notes", _("Note"), _("Notes"), Note,
    fields=(
        _member_ref(required=True, listed=True, shown=True),
        Field("text", _("Note"), Type.LONG_TEXT, required=True, listed=True, shown=True),
        VISIBILITY,
    ),
    parties=("membership__organization",),
    in_network=_own_network, about=lambda n: n.membership.organization_id, title=lambda n: n.text[:120],
    related=("membership__organization", "created_by"), searchable=False,
    sort_paths={"membership": "membership__organization__name_key"},
)  # fmt: skip

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        MEMBER, ORGANIZATION, PERSON, NEED, OFFERING, CAPABILITY, RESOURCE, RELATIONSHIP, ROLE, AGREEMENT, NOTE,
    )
}  # fmt: skip
BY_PLURAL: dict[str, Kind] = {kind.plural: kind for kind in KINDS.values()}


def register_kind(kind: Kind) -> None:
    """Let a higher area declare a kind of its own; every interface then offers it as it does those above.

    Called when the area's app starts, before any interface is made. A name belongs to one kind only.
    """
    if KINDS.get(kind.name, kind) is not kind or BY_PLURAL.get(kind.plural, kind) is not kind:
        raise ValueError(f"There is already a kind called {kind.name} or {kind.plural}.")
    KINDS[kind.name] = BY_PLURAL[kind.plural] = kind
