"""Who may do what in the network area."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from uuid import UUID

from django.db.models import Model, Q

from unisono.areas.network.kinds import Kind
from unisono.areas.network.models import Comment, Network, Record, SavedView
from unisono.areas.network.parties import about_any, organizations_about
from unisono.platform.actor import Actor
from unisono.platform.errors import NotAllowed, NotFound
from unisono.platform.fields import Field
from unisono.platform.messages import message as _
from unisono.platform.models.accounts import Role
from unisono.platform.permissions import Ability, allows, holds, may_write_own
from unisono.platform.policies import can_give_role
from unisono.platform.tenancy import Visibility


def can_see_network(actor: Actor, network: Network) -> bool:
    """Any role in the network opens its directory."""
    return allows(actor, Ability.SEE, network.pk)


def can_edit_records(actor: Actor, network: Network) -> bool:
    """Owners, orchestrators and contact persons add, change, archive and merge records."""
    return allows(actor, Ability.EDIT, network.pk)


def is_team(actor: Actor, network: Network) -> bool:
    """Whether the actor is of those who keep the network's records, through whichever door it comes."""
    return can_see_network(actor, network) and holds(actor, Ability.EDIT, network.pk)


def can_import(actor: Actor, network: Network) -> bool:
    """Owners and orchestrators import and undo imports: one step that touches every member."""
    return allows(actor, Ability.IMPORT, network.pk)


def can_erase(actor: Actor) -> bool:
    """Owners of the workspace erase people: a person belongs to the workspace, whatever networks they are in."""
    return allows(actor, Ability.ERASE, None)


def check_can_erase(actor: Actor) -> None:
    """Raises NotAllowed for everybody but owners of the workspace."""
    if not can_erase(actor):
        raise NotAllowed.at(_("person"), _("Only an owner of the workspace erases people."), _("Ask an owner."))


def can_configure_network(actor: Actor, network: Network) -> bool:
    """Owners and orchestrators change the network itself and its custom fields."""
    return allows(actor, Ability.CONFIGURE, network.pk)


def can_keep_own(actor: Actor, network: Network) -> bool:
    """Whoever sees the network keeps views and writes comments there, with a token only where it may write."""
    return can_see_network(actor, network) and may_write_own(actor)


def can_change_view(actor: Actor, network: Network, view: SavedView) -> bool:
    """A view belongs to the one who saved it; a shared one may also be tidied by those who configure the network."""
    if actor.user_id is not None and view.owner_id == actor.user_id:
        return can_keep_own(actor, network)
    return view.is_shared and can_configure_network(actor, network)


def can_create_network(actor: Actor) -> bool:
    """A network is opened by those who may configure the whole workspace."""
    return allows(actor, Ability.CONFIGURE, None)


def can_read_record(
    actor: Actor, network: Network, record: Record | Comment, *, about: Collection[UUID] | None = None
) -> bool:
    """Whether the visibility class of this record lets the actor read it.

    `about` are the organisations that it is about, for whoever asks for many actors; they are looked up by default.
    """
    if record.visibility == Visibility.PRIVATE:
        return actor.user_id is not None and record.created_by_id == actor.user_id
    if record.visibility == Visibility.CARE_TEAM:
        return allows(actor, Ability.SEE_CARE, network.pk)
    if record.visibility == Visibility.PARTIES:
        return can_edit_records(actor, network) or is_party(actor, network, record, about=about)
    return can_see_network(actor, network)


def represented(actor: Actor, network: Network | None) -> frozenset[UUID]:
    """Organisations for which the actor acts in this network, as far as it sees the network at all."""
    if network is None or not can_see_network(actor, network):
        return frozenset()
    return actor.represents_in(network.pk)


def is_party(
    actor: Actor, network: Network, record: Record | Comment, *, about: Collection[UUID] | None = None
) -> bool:
    """Whether the actor represents an organisation that the record is about."""
    own = represented(actor, network)
    return bool(own) and not own.isdisjoint(organizations_about(record) if about is None else about)


def can_read_comment(
    actor: Actor, network: Network, comment: Comment, *, about: Collection[UUID] | None = None
) -> bool:
    """The same rule, for what was said about a record: its parties are those of the record."""
    return can_read_record(actor, network, comment, about=about)


def can_write_for(actor: Actor, network: Network, visibility: str, record: Record | None = None) -> bool:
    """Whoever writes for a circle of readers is one of them; `record` is what it is written about."""
    if visibility == Visibility.PRIVATE:
        return actor.user_id is not None
    if visibility == Visibility.CARE_TEAM:
        return allows(actor, Ability.SEE_CARE, network.pk)
    if visibility == Visibility.PARTIES:
        return can_edit_records(actor, network) or (record is not None and is_party(actor, network, record))
    return can_see_network(actor, network)


def can_change_comment(actor: Actor, network: Network, comment: Comment) -> bool:
    """What somebody said is changed and taken back by nobody else."""
    return can_keep_own(actor, network) and comment.created_by_id == actor.user_id


def readable(actor: Actor, network: Network | None, model: type[Model]) -> Q:
    """The same rule as `can_read_record`, as a condition on rows of a table; without a network by workspace-wide roles.

    What only the parties read is open to those who edit the network's records, and to the representatives of an
    organisation that the record is about.
    """
    network_id = network.pk if network is not None else None
    condition = Q(visibility__in=[Visibility.PUBLIC, Visibility.NETWORK])
    if allows(actor, Ability.EDIT, network_id):
        condition |= Q(visibility=Visibility.PARTIES)
    elif own := represented(actor, network):
        condition |= Q(visibility=Visibility.PARTIES) & about_any(model, own)
    if allows(actor, Ability.SEE_CARE, network_id):
        condition |= Q(visibility=Visibility.CARE_TEAM)
    if actor.user_id is not None:
        condition |= Q(visibility=Visibility.PRIVATE, created_by_id=actor.user_id)
    return condition


def readable_everywhere(actor: Actor, model: type[Model]) -> Q:
    """What somebody with a role in the whole workspace may read, whatever network it is in."""
    if not allows(actor, Ability.SEE, None):
        return Q(pk__in=[])
    return readable(actor, None, model)


def _refuse(what: str) -> NotAllowed:
    return NotAllowed.at(
        _("your role"),
        _("Your role does not allow you to %(what)s.") % {"what": what},
        _("Ask an owner of the network."),
    )


def check_can_see_network(actor: Actor, network: Network) -> None:
    """Raise NotFound, as if it did not exist, for an actor without a role in it."""
    if not can_see_network(actor, network):
        raise NotFound.at(_("network"), _("There is no such network."), _("Choose one of your networks."))


def check_can_edit_records(actor: Actor, network: Network) -> None:
    """Raise NotAllowed for an actor that may only look."""
    check_can_see_network(actor, network)
    if not can_edit_records(actor, network):
        raise _refuse(_("change records of this network"))


def can_add(actor: Actor, network: Network, kind: Kind) -> bool:
    """Whether the actor may add a record of this kind: any, or one about a member that it represents."""
    if can_edit_records(actor, network):
        return True
    return kind.kept_by_members == "all" and bool(represented(actor, network)) and may_write_own(actor)


def can_edit_record(actor: Actor, network: Network, kind: Kind, record: Record) -> bool:
    """Whether the actor may change this record, as far as `fields_to_set` goes.

    A representative keeps its own firm's records: those that are about no other organisation as well.
    """
    if can_edit_records(actor, network):
        return True
    own = represented(actor, network)
    if not kind.kept_by_members or not own or not may_write_own(actor):
        return False
    about = organizations_about(record)
    return bool(about) and about <= own


def can_lead_record(actor: Actor, network: Network, kind: Kind, record: Record) -> bool:
    """Whether the actor may put this record away, bring it back and move its state: of a profile that is the team's."""
    if can_edit_records(actor, network):
        return True
    return kind.kept_by_members == "all" and can_edit_record(actor, network, kind, record)


def _for_its_readers(field: Field) -> Field:
    """The field; of the classes of readers those that whoever writes about its own firm belongs to."""
    if field.name != "visibility":
        return field
    return replace(field, choices=tuple(each for each in field.choices if each[0] != Visibility.CARE_TEAM))


def fields_to_set(actor: Actor, network: Network, kind: Kind, fields: Iterable[Field]) -> list[Field]:
    """Those of the fields that the actor may fill in, in records that it may change."""
    if can_edit_records(actor, network):
        return list(fields)
    open_ones = [_for_its_readers(field) for field in fields if not (field.internal or field.attested)]
    if kind.kept_by_members == "all":
        return open_ones
    # A profile is what the organisation is in whatever network; how it stands in this one is said by the team.
    return [field for field in open_ones if not field.custom and (field.on or not kind.has_network)]


def check_can_add(actor: Actor, network: Network, kind: Kind) -> None:
    """Raise NotAllowed for an actor that may not add a record of this kind."""
    check_can_see_network(actor, network)
    if not can_add(actor, network, kind):
        raise _refuse(_("change records of this network"))


def check_can_edit_record(actor: Actor, network: Network, kind: Kind, record: Record) -> None:
    """Raise NotAllowed for somebody else's record."""
    check_can_see_network(actor, network)
    if not can_edit_record(actor, network, kind, record):
        raise _refuse(_("change records of this network"))


def check_can_lead_record(actor: Actor, network: Network, kind: Kind, record: Record, *, state: str = "") -> None:
    """Raise NotAllowed for somebody else's record, and for a state that only the team gives."""
    check_can_see_network(actor, network)
    if not can_lead_record(actor, network, kind, record):
        raise _refuse(_("change records of this network"))
    if state in kind.attested_states and not can_edit_records(actor, network):
        raise _refuse(_("say this of your own records"))


def check_can_pass_mandates(actor: Actor, held: Iterable[tuple[UUID, UUID]]) -> None:
    """Raise NotAllowed for a mandate, as user and network, that is neither the actor's own nor its team's to give."""
    for user_id, network_id in held:
        if user_id != actor.user_id and not can_give_role(actor, Role.REPRESENTATIVE, network_id):
            raise NotAllowed.at(
                _("mandate"),
                _("Only whoever holds a mandate, or looks after the team, passes it on."),
                _("Ask an owner or an orchestrator; a token needs the scope “team”."),
            )


def check_stays_own(actor: Actor, network: Network, kind: Kind, record: Record) -> None:
    """Raise NotAllowed where somebody who keeps only its own records has just made one that is not, or not readable.

    Asked after the change and inside its transaction, so that whatever way leads to another firm is closed by one rule.
    """
    if can_edit_records(actor, network):
        return
    if not can_edit_record(actor, network, kind, record):
        raise _refuse(_("write about other organisations than your own"))
    check_can_write_for(actor, network, record.visibility, record)


def check_can_import(actor: Actor, network: Network) -> None:
    """Raise NotAllowed for an actor that may not import."""
    check_can_see_network(actor, network)
    if not can_import(actor, network):
        raise _refuse(_("import into this network"))


def check_can_configure_network(actor: Actor, network: Network) -> None:
    """Raise NotAllowed for an actor that may not configure."""
    check_can_see_network(actor, network)
    if not can_configure_network(actor, network):
        raise _refuse(_("change the settings of this network"))


def check_can_keep_own(actor: Actor, network: Network) -> None:
    """Raise NotAllowed for a token that may only read."""
    check_can_see_network(actor, network)
    if not can_keep_own(actor, network):
        raise _refuse(_("keep anything of your own here"))


def check_can_write_for(actor: Actor, network: Network, visibility: str, record: Record | None = None) -> None:
    """Raise NotAllowed for somebody who could not read it again."""
    if not can_write_for(actor, network, visibility, record):
        raise _refuse(_("write for these readers"))


def check_can_change_comment(actor: Actor, network: Network, comment: Comment) -> None:
    """Raise NotAllowed for what somebody else said."""
    check_can_see_network(actor, network)
    if not can_change_comment(actor, network, comment):
        raise _refuse(_("change what somebody else said"))


def check_can_change_view(actor: Actor, network: Network, view: SavedView) -> None:
    """Raise NotAllowed for an actor that may only use the view."""
    if not can_change_view(actor, network, view):
        raise _refuse(_("change a view of somebody else"))


def check_can_create_network(actor: Actor) -> None:
    """Raise NotAllowed for an actor without a workspace-wide role that configures."""
    if not can_create_network(actor):
        raise _refuse(_("open a network"))
