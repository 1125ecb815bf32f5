"""The bell: what one was told, read and unread, and which kinds of it one wants."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from unisono.areas.network.kinds import KINDS
from unisono.areas.network.models import Network
from unisono.areas.network.queries import views_of
from unisono.areas.network.queries.comments import readable_records
from unisono.platform import notifications as bell
from unisono.platform.accounts import names_of_users
from unisono.platform.errors import NotFound
from unisono.platform.policies import can_administer
from unisono.platform.webhooks import DISABLED, webhooks_of
from unisono.web.network.comments import comment_url
from unisono.web.network.lists import title_in_list
from unisono.web.network.saved_views import view_url
from unisono.web.pages import Request, address, networks_for, signed_in

_SHOWN = 50
_ICONS = {
    "mention": "at",
    "reply": "message",
    "shared_view": "bookmark",
    "job": "circle-check",
    DISABLED: "alert-triangle",
}


def entries_of(request: Request, found: Sequence[Any]) -> list[dict[str, Any]]:
    """What was told, in words that are put together now: of what one may no longer see, nothing is said."""
    networks = {network.pk: network for network in networks_for(request)}
    names = names_of_users({n.actor_user_id for n in found if n.actor_user_id})
    records: dict[UUID, Any] = {}
    views: dict[UUID, Any] = {}
    for network_id in {n.network_id for n in found} & set(networks):
        mine = [n for n in found if n.network_id == network_id]
        wanted = {(n.details["record_kind"], UUID(n.details["record_id"])) for n in mine if "record_id" in n.details}
        records |= readable_records(request.actor, networks[network_id], wanted)
        if any(n.kind == "shared_view" for n in mine):
            views |= {view.pk: view for view in views_of(request.actor, networks[network_id])}
    hooks: set[str] = set()
    if any(n.kind == DISABLED for n in found) and can_administer(request.actor):
        hooks = {str(endpoint.pk) for endpoint in webhooks_of(request.actor)}
    entries = []
    for told in found:
        network = networks.get(told.network_id)
        if told.kind == DISABLED:
            sentence, url = _webhook_said(told, hooks)
        else:
            sentence, url = _said(told, network, names.get(told.actor_user_id, _("Somebody")), records, views)
        entries.append(
            {
                "row": told,
                "icon": _ICONS.get(told.kind, "bell"),
                "sentence": sentence or _("Something that is no longer there for you."),
                "url": url,
                "network": network.name if network and len(networks) > 1 else "",
                "open": reverse("web:notification_open", args=[told.pk]),
            }
        )
    return entries


def _webhook_said(told: Any, hooks: set[str]) -> tuple[str, str]:
    """Of a webhook that was turned off; empty when it is gone for the reader."""
    key = told.details["endpoint_id"]
    if key not in hooks:
        return "", ""
    return _("A webhook was turned off, since what was sent to it failed."), address("webhook", key)


def _said(
    told: Any, network: Network | None, who: str, records: dict[UUID, Any], views: dict[UUID, Any]
) -> tuple[str, str]:
    """The sentence and where it leads; both empty when it is gone for the reader."""
    if network is None:
        return "", ""
    if told.kind in ("mention", "reply"):
        record = records.get(UUID(told.details["record_id"]))
        if record is None:
            return "", ""
        what = title_in_list(network, KINDS[told.details["record_kind"]], record)[:80]
        text = _("%(who)s mentioned you: %(what)s") if told.kind == "mention" else _("%(who)s answered: %(what)s")
        url = comment_url(network, told.details["record_kind"], told.details["record_id"], told.subject_id)
        return text % {"who": who, "what": what}, url
    if told.kind == "shared_view" and told.subject_id in views:
        view = views[told.subject_id]
        of = str(KINDS[view.record_kind].label_plural)
        return _("%(who)s shared a view of %(list)s: %(name)s") % {"who": who, "list": of, "name": view.name}, (
            view_url(network, view)
        )
    if told.kind == "job":
        texts = {
            ("import.apply", True): _("Your import is done."),
            ("import.apply", False): _("Your import stopped; nothing was imported."),
            ("import.undo", True): _("Your import was undone."),
            ("import.undo", False): _("Undoing your import stopped; nothing was undone."),
            ("bulk.apply", True): _("Your change of many records is made."),
            ("bulk.apply", False): _("Your change of many records stopped; nothing was changed."),
            ("bulk.undo", True): _("Your change of many records was taken back."),
            ("bulk.undo", False): _("Taking back your change of many records stopped; nothing was changed."),
        }
        kind = told.details["job_kind"]
        name = "import" if kind.startswith("import.") else "bulk_edit"
        sentence = texts.get((kind, told.details["state"] == "done"), _("Work that you started is over."))
        return sentence, address(name, network.slug, told.details["subject_id"])
    return "", ""


@require_safe
@signed_in
def notifications(request: Request) -> HttpResponse:
    """What one was told, newest first."""
    unread = request.GET.get("unread") == "1"
    found = bell.notifications_of(request.actor, unread=unread, limit=_SHOWN)
    content = {
        "entries": entries_of(request, found),
        "unread_only": unread,
        "tabs": [
            {"label": _("Everything"), "url": reverse("web:notifications"), "active": not unread},
            {"label": _("Unread"), "url": f"{reverse('web:notifications')}?unread=1", "active": unread,
             "count": request.unread},
        ],
    }  # fmt: skip
    return render(request, "notifications.html", content)


@require_POST
@signed_in
def open_one(request: Request, notification_id: UUID) -> HttpResponse:
    """Go where a notification leads; it then counts as read."""
    found = [told for told in bell.notifications_of(request.actor, limit=500) if told.pk == notification_id]
    if not found:
        raise NotFound.at(_("notification"), _("There is no such notification."), _("It may be somebody else's."))
    bell.mark_read(actor=request.actor, ids=[notification_id])
    [entry] = entries_of(request, found)
    return redirect(entry["url"] or "web:notifications")


@require_POST
@signed_in
def all_read(request: Request) -> HttpResponse:
    """Mark everything as read, or one thing as unread."""
    chosen = request.POST.get("unread", "")
    if chosen:
        known = {str(told.pk): told.pk for told in bell.notifications_of(request.actor, limit=500)}
        bell.mark_read(actor=request.actor, ids=[known[chosen]] if chosen in known else [], read=False)
    else:
        bell.mark_read(actor=request.actor)
    return redirect("web:notifications")


@signed_in
def notification_settings(request: Request) -> HttpResponse:
    """Which kinds of things one wants to be told about."""
    if request.method == "POST":
        chosen, mailed = request.POST.getlist("on"), request.POST.getlist("mail")
        kinds = bell.choices_of(request.actor)
        bell.choose(
            actor=request.actor,
            wanted={each["kind"]: each["kind"] in chosen for each in kinds},
            by_mail={each["kind"]: each["kind"] in mailed for each in kinds if each["by_mail"] is not None},
        )
        messages.success(request, _("Your choice was saved."))
        return redirect("web:notification_settings")
    content = {"tab": "notifications", "kinds": bell.choices_of(request.actor)}
    return render(request, "accounts/notifications.html", content)


@never_cache
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Where a mail leads whoever wants no more of its kind; a mail program may do it by one POST, without a cookie.

    Opening the address changes nothing, since mail scanners open links.
    """
    try:
        if request.method == "POST":
            bell.unsubscribe(token)
        label, wanted = bell.subscription_of(token)
    except NotFound as error:
        return render(request, "unsubscribe.html", {"problem_list": error.problems}, status=404)
    return render(request, "unsubscribe.html", {"label": label, "wanted": wanted})
