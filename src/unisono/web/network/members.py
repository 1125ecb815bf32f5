"""The member page and its tabs."""

from collections.abc import Callable, Sequence
from functools import partial, wraps
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from unisono.areas.activities.queries import standing_of
from unisono.areas.network import policies
from unisono.areas.network.kinds import AGREEMENT, KINDS, MEMBER, NEED, NOTE, OFFERING, RELATIONSHIP, RESOURCE, ROLE
from unisono.areas.network.models import Membership, Network
from unisono.areas.network.queries import (
    attachments_of,
    fields_for,
    get_record,
    kept_instead,
    page_of,
    select,
    text_of,
    timeline_of,
    value_of,
)
from unisono.areas.network.queries.members import Belonging, belongings_of, states_of
from unisono.areas.network.queries.records import visible
from unisono.platform.errors import NotFound
from unisono.platform.models.accounts import Role
from unisono.platform.policies import can_give_role
from unisono.web.activities.standing import standing_content
from unisono.web.network.cells import cell_of, url_of
from unisono.web.network.files import size_of
from unisono.web.network.happenings import entries_of
from unisono.web.network.lists import Paged
from unisono.web.network.records import crumbs_of, record_urls
from unisono.web.network.states import state_look
from unisono.web.pages import Page, Request, address, in_network

_CLOSED = {"need": {"met", "lapsed"}, "role": {"ended"}, "agreement": {"ended"}, "offering": {"retired"}}
_TIMELINE_PAGE = 30
_SHOWN = 8
# Said in the header or in cards of their own.
_ELSEWHERE = ("name", "description", "tags", "expected_gain", "visibility")


class Member:
    """A member with what hangs on it, as every tab needs it for the header."""

    def __init__(self, request: Request, network: Network, member: UUID | Membership) -> None:
        self.request, self.network = request, network
        self.membership: Membership = (
            member if isinstance(member, Membership) else get_record(request.actor, network, MEMBER, member)
        )
        self.organization = self.membership.organization
        self.parts = belongings_of(request.actor, network, self.organization.pk, self.membership)
        self.may_edit = policies.can_edit_records(request.actor, network)

    def tab(self, name: str, *place: Any) -> str:
        return reverse(f"web:{name}", args=[self.network.slug, self.membership.pk, *place])

    def add_url(self, plural: str, back: str, **prefilled: Any) -> str:
        return address("record_new", self.network.slug, plural, back=back, **prefilled)

    def contact(self) -> Belonging | None:
        """The contact person's role, if one is assigned."""
        return next((r for r in self.parts["role"] if r.title == "contact_person" and r.state != "ended"), None)

    def frame(self, active: str) -> dict[str, Any]:
        """Header and tabs."""
        count = {name: len(rows) for name, rows in self.parts.items()}
        tabs = [
            ("member", _("Overview"), 0),
            ("member_people", _("People"), count["person"]),
            ("member_exchange", _("Needs & offers"), count["need"] + count["offering"]),
            ("member_relations", _("Relations"), count["relationship"]),
            ("member_gatherings", _("Gatherings"), 0),
            ("member_timeline", _("Timeline"), 0),
            ("member_comments", _("Comments"), 0),
            ("member_notes", _("Notes & files"), count["note"] + count["attachment"]),
        ]
        organization, contact = self.organization, self.contact()
        return {
            "member": self.membership,
            "organization": organization,
            "detail": {
                "kind": organization.sector or organization.get_kind_display(),
                "people": count["person"],
                "place": organization.place,
                "contact": contact.detail if contact else "",
            },
            "state": state_look(self.membership.state),
            "crumbs": crumbs_of(self.network, MEMBER),
            "tabs": [
                {"label": label, "url": self.tab(name), "active": name == active, "count": n} for name, label, n in tabs
            ],
            "urls": record_urls(self.network, MEMBER, self.membership),
            "merge_url": reverse("web:merge", args=[self.network.slug, organization.pk]),
            "may_edit": self.may_edit,
            "here": self.tab(active),
        }

    def named(self) -> dict[UUID, dict[str, str]]:
        """Label and address of everything that hangs on the member, for its timeline."""
        found: dict[UUID, dict[str, str]] = {}
        for name, parts in self.parts.items():
            for part in parts:
                label = str(ROLE.fields[0].label_of(part.title)) if name == "role" else part.title
                if name in KINDS and name != "note":
                    url = reverse("web:record", args=[self.network.slug, KINDS[name].plural, part.id])
                    found[part.id] = {"label": label, "url": url, "visibility": part.visibility}
                elif label:
                    found[part.id] = {"label": label, "url": self.tab("member_notes"), "visibility": part.visibility}
        return found

    def links(self, name: str, *, open_only: bool = True) -> list[dict[str, Any]]:
        """The parts of one kind as links with their state; those whose life is over are left out."""
        kind = KINDS[name]
        second = {"role": "", "agreement": "kind", "need": "priority", "resource": "kind"}.get(name)
        rows = []
        for part in self.parts[name]:
            if open_only and part.state in _CLOSED.get(name, ()):
                continue
            field = kind.field(second) if second else None
            title = part.title
            if name == "role":
                title = str(ROLE.fields[0].label_of(part.title))
                title = title[:1].upper() + title[1:]
            rows.append(
                {
                    "label": title,
                    "detail": field.label_of(part.detail) if field and part.detail else part.detail,
                    "url": reverse("web:record", args=[self.network.slug, kind.plural, part.id]),
                    "state": state_look(part.state) if part.state else None,
                    "visibility": part.visibility,
                }
            )
        return rows


def _of_member(view: Callable[[Request, Network, Member], HttpResponse]) -> Page:
    """A page of one member; the address of one that was merged leads to the one that was kept."""

    @in_network
    @wraps(view)
    def page(request: Request, network: Network, member_id: UUID) -> HttpResponse:
        try:
            member = Member(request, network, member_id)
        except NotFound:
            kept = kept_instead(request.actor, network, MEMBER, member_id)
            if kept is None or request.resolver_match is None:
                raise
            return redirect(request.resolver_match.view_name, network.slug, kept.pk)
        return view(request, network, member)

    return page


@require_safe
@_of_member
def overview(request: Request, network: Network, member: Member) -> HttpResponse:
    """What one should know before picking up the phone."""
    membership = member.membership
    fields = fields_for(request.actor, network, MEMBER)
    facts = [cell_of(network, MEMBER, membership, f) for f in fields if f.name not in _ELSEWHERE and not f.custom]
    custom = [cell_of(network, MEMBER, membership, f) for f in fields if f.custom]
    content = member.frame("member")
    here = content["here"]
    content |= {
        "facts": [cell for cell in facts if cell],
        "custom": [cell for cell in custom if cell],
        "tags": cell_of(network, MEMBER, membership, next(f for f in fields if f.name == "tags")).words,
        "tags_url": address("record_edit", network.slug, "members", membership.pk, only="tags", back=here),
        "cards": _cards(member, here),
        **standing_content(network, standing_of(request.actor, network, membership)),
        "contact_url": member.add_url("roles", here, membership=membership.pk, role_type="contact_person"),
        "history": [
            {"change": change, "after": state_look(change.after)}
            for change in states_of(request.actor, network, membership)
        ],
        "next": [state_look(s) for s in sorted(membership.next_states(), key=MEMBER.states.index)],
    }
    return render(request, "network/member_overview.html", content)


def _cards(member: Member, here: str) -> list[dict[str, Any]]:
    of_member, of_organization = {"membership": member.membership.pk}, member.organization.pk
    plans = [
        (NEED, _("Open needs"), _("What do they miss? Ask, and write it down in their words."), of_member),
        (OFFERING, _("Offers"), _("What could others get from them?"), {"owners": of_organization}),
        (ROLE, _("Roles"), _("No part in the network yet."), of_member),
        (AGREEMENT, _("Agreements"), _("Nothing is agreed with them yet."), {"parties": member.membership.pk}),
        (KINDS["capability"], _("Capabilities"), _("What are they able to do?"), {"organization": of_organization}),
        (RESOURCE, _("Resources"), _("Nothing is noted that they could share."), {"owner": of_organization}),
    ]
    cards = []
    for kind, title, empty, prefilled in plans:
        rows = member.links(kind.name)
        cards.append(
            {
                "title": title,
                "rows": rows[-_SHOWN:],
                "further": max(0, len(rows) - _SHOWN),
                "empty": empty,
                "add_url": member.add_url(kind.plural, here, **prefilled),
            }
        )
    return cards


@require_safe
@_of_member
def people(request: Request, network: Network, member: Member) -> HttpResponse:
    """The people in the organisation and how to reach them."""
    kind = KINDS["person"]
    ids = [part.id for part in member.parts["person"]]
    found = list(visible(request.actor, network, kind).filter(pk__in=ids).order_by("name_key")) if ids else []
    content = member.frame("member_people")
    may_invite = can_give_role(request.actor, Role.REPRESENTATIVE, network.pk) and member.membership.state != "exited"
    about = {"network": network.slug, "role": Role.REPRESENTATIVE.value, "organization": member.membership.pk}
    invite_url = partial(address, "team", **about)
    content |= {
        "people": [
            {
                "record": person,
                "url": url_of(network, person, kind),
                "edit": address("record_edit", network.slug, kind.plural, person.pk, back=content["here"]),
                "state": state_look(person.state),
                "invite": invite_url(person=person.pk) if may_invite and person.state == "active" else "",
            }
            for person in found
        ],
        "invite_url": invite_url() if may_invite else "",
        "add_url": member.add_url("people", content["here"], organizations=member.organization.pk),
    }
    return render(request, "network/member_people.html", content)


@require_safe
@_of_member
def exchange(request: Request, network: Network, member: Member) -> HttpResponse:
    """Needs and offers, also those that are over."""
    content = member.frame("member_exchange")
    here = content["here"]
    content |= {
        "needs": member.links("need", open_only=False)[::-1],
        "offers": member.links("offering", open_only=False)[::-1],
        "add_need_url": member.add_url("needs", here, membership=member.membership.pk),
        "add_offer_url": member.add_url("offerings", here, owners=member.organization.pk),
    }
    return render(request, "network/member_exchange.html", content)


@require_safe
@_of_member
def relations(request: Request, network: Network, member: Member) -> HttpResponse:
    """With whom the member works, and what each side wants from it."""
    ids = [part.id for part in member.parts["relationship"]]
    found = visible(request.actor, network, RELATIONSHIP).filter(pk__in=ids).order_by("-updated_at") if ids else []
    content = member.frame("member_relations")
    content |= {
        "relations": [_relation(network, member.membership, tie) for tie in found],
        "add_url": member.add_url("relationships", content["here"], first=member.membership.pk),
    }
    return render(request, "network/member_relations.html", content)


def _relation(network: Network, membership: Membership, tie: Any) -> dict[str, Any]:
    """A relation as this member sees it."""
    is_first = tie.first_id == membership.pk
    other = tie.second if is_first else tie.first
    ours, theirs = ("first", "second") if is_first else ("second", "first")
    kinds = RELATIONSHIP.field("kinds")
    assert kinds is not None
    return {
        "other": other.organization.name,
        "other_url": url_of(network, other, MEMBER),
        "url": url_of(network, tie, RELATIONSHIP),
        "kinds": text_of(kinds, value_of(RELATIONSHIP, tie, kinds)),
        "state": state_look(tie.state),
        "our_interest": getattr(tie, f"{ours}_interest"),
        "their_interest": getattr(tie, f"{theirs}_interest"),
        "our_trust": getattr(tie, f"{ours}_trust"),
        "their_trust": getattr(tie, f"{theirs}_trust"),
        "coopetition": tie.coopetition,
    }


_FILTERS: Sequence[tuple[str, tuple[str, ...]]] = (
    ("", ()),
    ("member", ("member", "organization")),
    ("person", ("person",)),
    ("exchange", ("need", "offering", "capability", "resource")),
    ("relation", ("relationship", "role", "agreement")),
    ("together", ("participation", "initiative")),
    ("note", ("note", "attachment")),
)


@require_safe
@_of_member
def timeline(request: Request, network: Network, member: Member) -> HttpResponse:
    """What happened, newest first, page by page."""
    chosen = request.GET.get("kind", "")
    kinds = dict(_FILTERS).get(chosen, ())
    given = request.GET.get("from", "")
    start = int(given) if given.isdecimal() and len(given) < 7 else 0
    happenings = timeline_of(
        request.actor, network, member.membership, kinds=kinds, limit=_TIMELINE_PAGE + 1, offset=start
    )
    labels = {
        "": _("Everything"),
        "member": _("The member itself"),
        "person": _("People"),
        "exchange": _("Needs, offers, abilities"),
        "relation": _("Relations, roles, agreements"),
        "together": _("Gatherings and initiatives"),
        "note": _("Notes & files"),
    }
    content = member.frame("member_timeline")
    content |= {
        "entries": entries_of(happenings[:_TIMELINE_PAGE], member.named()),
        "filters": [
            {"label": labels[name], "url": address("member_timeline", network.slug, member.membership.pk, kind=name),
             "active": name == chosen}
            for name, _kinds in _FILTERS
        ],
        "older": start + _TIMELINE_PAGE if len(happenings) > _TIMELINE_PAGE else None,
        "start": start,
    }  # fmt: skip
    return render(request, "network/member_timeline.html", content)


@require_safe
@_of_member
def notes(request: Request, network: Network, member: Member) -> HttpResponse:
    """What people wrote down and the files they keep here, as far as one may read them."""
    every = select(request.actor, network, NOTE, fields=NOTE.fields).filter(membership=member.membership)
    given = request.GET.get("page", "")
    found = page_of(every, number=int(given) if given.isdecimal() and len(given) < 7 else 1)
    content = member.frame("member_notes")
    visibility = NOTE.field("visibility")
    assert visibility is not None
    content |= {
        "page": Paged(found, has_sizes=False),
        "notes": [
            {
                "record": note,
                "edit": address("record_edit", network.slug, NOTE.plural, note.pk, back=content["here"]),
                "archive": reverse("web:record_archive", args=[network.slug, NOTE.plural, note.pk]),
            }
            for note in found.rows
        ],
        "files": [
            {
                "record": attachment,
                "size": size_of(attachment.file.size_bytes),
                "url": reverse("web:file", args=[network.slug, attachment.pk]),
                "remove": reverse("web:file_remove", args=[network.slug, attachment.pk]),
            }
            for attachment in attachments_of(request.actor, network, member.membership.pk)
        ],
        "visibilities": [
            {"value": value, "label": str(label), "selected": value == visibility.default}
            for value, label in visibility.choices
        ],
        "add_note_url": address("record_new", network.slug, NOTE.plural),
        "add_file_url": reverse("web:file_add", args=[network.slug, member.membership.pk]),
    }
    return render(request, "network/member_notes.html", content)
