"""What each permission role may do. Areas build their policies on `allows`."""

from enum import StrEnum
from uuid import UUID

from unisono.platform.actor import Actor
from unisono.platform.models.accounts import Role


class Ability(StrEnum):
    """Something an actor may be allowed to do in a network."""

    SEE = "see"
    EDIT = "edit"
    IMPORT = "import"
    CONFIGURE = "configure"
    SEE_CARE = "see_care"
    MANAGE_TEAM = "manage_team"
    ADMINISTER = "administer"
    AUDIT = "audit"
    ERASE = "erase"


_STAFF = frozenset({Ability.SEE, Ability.EDIT, Ability.SEE_CARE})
_ALL = frozenset(Ability)
_ABILITIES: dict[str, frozenset[Ability]] = {
    Role.OWNER: _ALL,
    Role.ORCHESTRATOR: _ALL - {Ability.ADMINISTER, Ability.AUDIT, Ability.ERASE},
    Role.CONTACT_PERSON: _STAFF,
    Role.SPECIALIST: frozenset({Ability.SEE, Ability.SEE_CARE}),
    Role.CURATOR: frozenset({Ability.SEE}),
    Role.REPRESENTATIVE: frozenset({Ability.SEE}),
    Role.OBSERVER: frozenset({Ability.SEE}),
}
# A token with scope "read" sees, one with "write" edits too; the others are asked for by name.
_SCOPE_OF: dict[Ability, str] = {
    Ability.SEE: "read",
    Ability.SEE_CARE: "care",
    Ability.EDIT: "write",
    Ability.IMPORT: "import",
    Ability.CONFIGURE: "configure",
    Ability.MANAGE_TEAM: "team",
    Ability.ADMINISTER: "administer",
    Ability.AUDIT: "audit",
    Ability.ERASE: "erase",
}
SCOPES: tuple[str, ...] = tuple(_SCOPE_OF.values())
# Nobody gives a role that ranks above the own; those not named here rank lowest, all alike.
_RANKS: dict[str, int] = {Role.OWNER: 2, Role.ORCHESTRATOR: 1}


def rank_of(role: str) -> int:
    """How high a role ranks when roles are given and taken."""
    return _RANKS.get(role, 0)


def allows(actor: Actor, ability: Ability, network_id: UUID | None) -> bool:
    """Whether the actor's roles in the network, and its token's scopes, allow `ability`."""
    if actor.scopes is not None and _SCOPE_OF[ability] not in actor.scopes:
        return False
    return holds(actor, ability, network_id)


def holds(actor: Actor, ability: Ability, network_id: UUID | None) -> bool:
    """Whether the actor's roles allow `ability`, whatever a token narrows: who it is, not what this door may do."""
    return any(ability in _ABILITIES[role] for role in actor.roles_in(network_id))


def may_write_own(actor: Actor) -> bool:
    """Whether what is the actor's own (a view, a comment) may be written: by anybody, unless a token narrows it."""
    return actor.user_id is not None and (actor.scopes is None or _SCOPE_OF[Ability.EDIT] in actor.scopes)
