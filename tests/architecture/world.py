"""A small world with one of everything, to walk through every door of the product."""

from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.test import Client
from django.utils import timezone

from unisono.areas.network import actions, importing
from unisono.areas.network.bulk import edit_many
from unisono.areas.network.kinds import BY_PLURAL, KINDS
from unisono.areas.network.live_links import make_live_link
from unisono.areas.network.models import DuplicatePair, MergeRecord, Network
from unisono.platform.accounts import create_token
from unisono.platform.actor import Actor
from unisono.platform.invitations import invite
from unisono.platform.models import Job, Notification, User, WorkspaceRole
from unisono.platform.tenancy import workspace_scope
from unisono.platform.webhooks import add_webhook, test_webhook

# Rows that come and go with every request: sessions, the moment a token was last used.
_PASSING = {"session", "usersession", "cacherow", "contenttype", "dbtaskresult"}
WRITING = ("read", "write", "import", "configure", "team", "administer")
_PASSING_COLUMNS = {"last_used_at", "last_login"}


def fingerprint() -> dict[str, list[str]]:
    """All rows of all tables, as text."""
    rows: dict[str, list[str]] = {}
    for model in apps.get_models(include_auto_created=True):
        if model._meta.model_name in _PASSING:
            continue
        columns = [f.attname for f in model._meta.concrete_fields if f.attname not in _PASSING_COLUMNS]
        rows[model._meta.db_table] = sorted(map(str, model._base_manager.values_list(*columns)))
    return rows


@dataclass
class World:
    """The owner's network with one record of every kind, an observer of it, and a stranger from next door."""

    owner: Actor
    observer: Actor
    stranger: Actor
    network: Network
    canary: str = "kanarifugl-7315"
    ids: dict[str, Any] = field(default_factory=dict)
    # What the owner could send to add a record of each kind.
    values: dict[str, dict[str, Any]] = field(default_factory=dict)
    clients: dict[Any, Client] = field(default_factory=dict)

    def value_for(self, path: str, name: str) -> Any:
        """What to put for a part of an address; a new name has to be added here, so that no door is forgotten."""
        if name in ("network", "slug", "network_slug"):
            return self.network.slug
        if name == "plural":
            return "members"
        if name in ("secret", "token"):
            return "no-such-link"
        if name in ("pk", "session_id"):
            return 1
        if name in self.ids:
            return self.ids[name]
        for plural, kind in BY_PLURAL.items():
            if f"/{plural}/" in path and name in ("record_id", f"{kind.name}_id"):
                return self.ids[kind.name]
        raise AssertionError(f"Say in tests/architecture/world.py what <{name}> of {path} stands for.")

    def is_hidden_from_observer(self, path: str) -> bool:
        """What an observer does not read: notes of the care team, imports, views, bulk edits, live links, the log."""
        return (
            path.startswith(("/api/v1/audit", "/api/v1/erasures"))
            or path.endswith(("/erasure", "/everything"))
            or "/notes/{record_id}" in path
            or path.endswith("/readers")
            or "/views/{view_id}" in path
            or "/bulk/{edit_id}" in path
            or "/comments/{comment_id}" in path
            or "/live-links" in path
            or "/webhooks" in path
            or "/outbox" in path
            or "/team" in path
            or "/imports" in path
            or "/import/" in path
        )

    def api_client(self, actor: Actor, *scopes: str) -> Client:
        key = (actor.user_id, scopes)
        if key not in self.clients:
            with workspace_scope(actor.workspace_id):
                _token, secret = create_token(actor=actor, name="walk", scopes=scopes)
            self.clients[key] = Client(headers={"authorization": f"Bearer {secret}"})
        return self.clients[key]

    def page_client(self, actor: Actor) -> Client:
        if actor.user_id not in self.clients:
            self.clients[actor.user_id] = Client()
            self.clients[actor.user_id].force_login(User.objects.get(pk=actor.user_id))
        return self.clients[actor.user_id]


def build(
    owner: Actor, network: Network, observer: Actor, stranger: Actor, *, canary: str = World.canary, mark: str = ""
) -> World:
    """Fill the network with one record of every kind; `mark` tells its names from those of another world."""
    world = World(owner=owner, observer=observer, stranger=stranger, network=network, canary=canary)
    add: dict[str, Any] = {"actor": owner, "network": network}
    values_of_member = {"name": f"Lærdal Smoked Trout{mark}", "key": f"a1{mark}", "tags": "food"}
    member = actions.add_member(**add, values=values_of_member)
    other = actions.add_member(**add, values={"name": f"Hotel Utsikten{mark}"})
    organization = actions.add_record(
        **add, kind=KINDS["organization"], values={"name": f"Sogndal{mark}", "kind": "city"}
    )
    values: dict[str, dict[str, Any]] = {
        "person": {"name": "Marit", "organizations": [member.organization_id]},
        "need": {"membership": member.pk, "statement": "Guests in spring"},
        "offering": {"name": "Smoked trout", "owners": [member.organization_id]},
        "capability": {"organization": member.organization_id, "term": "smoking"},
        "resource": {"owner": member.organization_id, "name": "Smokehouse"},
        "relationship": {"first": member.pk, "second": other.pk, "kinds": ["supply"]},
        "role": {"membership": member.pk, "role_type": "contact_person"},
        "agreement": {"title": "Rules", "kind": "participation_rules", "parties": [member.pk]},
        "initiative": {"name": "Winter pilot"},
        "gathering": {"name": "Spring meeting", "on": "2026-03-12"},
        "participation": {"membership": member.pk, "gathering": "Spring meeting"},
        "note": {"membership": member.pk, "text": world.canary, "visibility": "care_team"},
    }
    world.ids = {"member": member.pk, "organization": organization.pk}
    world.values = {"member": {"name": "New"}, "organization": {"name": "New"}, **values}
    for name in KINDS:
        if name in values:
            world.ids[name] = actions.add_record(**add, kind=KINDS[name], values=values[name]).pk
    # Somebody takes part once, so what one could still add is another's part.
    world.values["participation"] = {"membership": other.pk, "gathering": "Spring meeting"}
    custom = actions.add_custom_field(**add, record_kind="member", label="Beds", type="integer")
    attachment = actions.attach_file(**add, membership_id=member.pk, name="plan.txt", chunks=[b"plan"])
    job = Job.objects.create(kind="nothing", started_by_id=owner.user_id, state="done", started_at=timezone.now())
    token, _secret = create_token(actor=owner, name="bridge", scopes=["read"])
    for who in (owner, observer, stranger):
        world.page_client(who)
        world.api_client(who, "read")
        world.api_client(who, *WRITING)
    rows = b"Name;Joined\nAurland Cider;2021-02-28\nBalestrand Boats;31.02.2021\n"
    batch = importing.start_import(**add, file=("members.csv", [rows]))
    mapping = {"columns": {"member": {"Name": "name", "Joined": "joined_on"}}}
    importing.set_mapping(**add, batch_id=batch.pk, mapping=mapping)
    tag = member.tags.get()
    change = {"set": {"tier": "Gold"}}
    edit = edit_many(**add, kind=KINDS["member"], selection={"ids": [other.pk]}, change=change)
    comment = actions.write_comment(
        **add, kind=KINDS["member"], record_id=member.pk, text=world.canary, visibility="care_team"
    )
    over = {"job_kind": "import.check", "state": "done", "subject_id": str(batch.pk)}
    told = Notification.objects.create(
        user_id=owner.user_id, kind="job", subject_id=job.pk, network_id=network.pk, details=over
    )
    link, _address = make_live_link(**add, name="Our site")
    view = actions.save_view(**add, kind=KINDS["member"], name=world.canary, query=world.canary)
    world.ids |= {
        "member_id": member.pk,
        "organization_id": organization.pk,
        "file_id": attachment.pk,
        "tag_id": tag.pk,
        "view_id": view.pk,
        "comment_id": comment.pk,
        "notification_id": told.pk,
        "edit_id": edit.pk,
        "batch_id": batch.pk,
        "link_id": link.pk,
        "number": 3,
    }
    hook, _secret = add_webhook(actor=owner, name="Our site", url="https://example.org/hook")
    sent = test_webhook(actor=owner, webhook_id=hook.pk)
    world.ids |= {"webhook_id": hook.pk, "delivery_id": sent.pk, "outgoing_id": sent.pk}
    first, second = sorted((member.organization_id, other.organization_id))
    pair = DuplicatePair.objects.create(first_id=first, second_id=second, score=0.7, found_at=timezone.now())
    gone = actions.add_record(**add, kind=KINDS["organization"], values={"name": f"Sogndal kommune{mark}"})
    where = {"keep_id": organization.pk, "absorb_id": gone.pk}
    actions.merge_organizations(**add, **where)
    invitation = invite(actor=owner, email=f"newcomer{mark.strip().lower()}@example.org", role="curator")
    role = WorkspaceRole.objects.get(workspace_id=owner.workspace_id, user_id=observer.user_id)
    world.ids |= {"invitation_id": invitation.pk, "role_id": role.pk}
    world.ids |= {"pair_id": pair.pk, "merge_id": MergeRecord.objects.latest("created_at").pk}
    world.ids["person_id"] = world.ids["person"]
    world.ids |= {"field_id": custom.pk, "attachment_id": attachment.pk, "job_id": job.pk, "token_id": token.pk}
    return world
