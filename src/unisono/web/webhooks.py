"""Webhooks: which programs are told what happens, what was sent to them, a new secret."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from unisono.platform import webhooks as hooks
from unisono.platform.errors import Conflict, Invalid
from unisono.platform.models import WebhookEndpoint
from unisono.platform.policies import check_can_administer
from unisono.web.outbox import frame, look_of
from unisono.web.pages import Request, signed_in, status_of


def _choices(chosen: list[str]) -> list[dict[str, Any]]:
    """What a webhook can be told of; with all of it none need be ticked."""
    return [
        {"value": kind, "label": label, "selected": kind in chosen}
        for kind, label in sorted(hooks.known_kinds().items(), key=lambda entry: entry[1])
    ]


def _asked_kinds(request: Request) -> list[str]:
    """The kinds of a form: everything, or those that are ticked and those of a finer choice that no box stands for."""
    if request.POST.get("everything"):
        return ["*"]
    return [*request.POST.getlist("kinds"), *request.POST.getlist("finer")]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def webhooks(request: Request) -> HttpResponse:
    """The workspace's webhooks, and a form that adds one; its secret is shown this once."""
    check_can_administer(request.actor)
    content, status = frame("webhooks") | {"everything": True, "choices": _choices([])}, 200
    if request.method == "POST":
        given: dict[str, Any] = {"name": request.POST.get("name", ""), "url": request.POST.get("url", "")}
        kinds = _asked_kinds(request)
        try:
            endpoint, secret = hooks.add_webhook(actor=request.actor, **given, kinds=kinds)
        except (Invalid, Conflict) as error:
            content |= {"problems": error.problems, **given, "everything": "*" in kinds, "choices": _choices(kinds)}
            status = status_of(error)
        else:
            content |= {"made": endpoint, "secret": secret}
    content["endpoints"] = [_look(endpoint) for endpoint in hooks.webhooks_of(request.actor)]
    return render(request, "outgoing/webhooks.html", content, status=status)


def _look(endpoint: WebhookEndpoint) -> dict[str, Any]:
    """A webhook as pages show it."""
    known = hooks.known_kinds()
    if not endpoint.is_active:
        state, tone = _("off"), "bad" if endpoint.disabled_why else ""
    elif endpoint.failing_since:
        state, tone = _("failing"), "warn"
    else:
        state, tone = _("on"), "good"
    told = [_("everything")] if "*" in endpoint.kinds else [known.get(kind, kind) for kind in endpoint.kinds]
    return {"row": endpoint, "state": state, "tone": tone, "told": told}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def webhook(request: Request, webhook_id: UUID) -> HttpResponse:
    """One webhook: change it, and what was sent to it."""
    endpoint, status = hooks.webhook_of(request.actor, webhook_id), 200
    given: dict[str, Any] = {"name": endpoint.name, "url": endpoint.url}
    kinds: list[str] = endpoint.kinds
    content: dict[str, Any] = frame("webhooks")
    if request.method == "POST":
        given = {"name": request.POST.get("name", ""), "url": request.POST.get("url", "")}
        kinds = _asked_kinds(request)
        try:
            endpoint = hooks.change_webhook(actor=request.actor, webhook_id=webhook_id, **given, kinds=kinds)
        except Invalid as error:
            content["problems"], status = error.problems, status_of(error)
        else:
            messages.success(request, _("The webhook was saved."))
            return redirect("web:webhook", webhook_id)
    return _shown(request, content | given, endpoint, kinds, status)


def _shown(
    request: Request, content: dict[str, Any], endpoint: WebhookEndpoint, kinds: list[str], status: int = 200
) -> HttpResponse:
    known = hooks.known_kinds()
    content |= {
        "entry": _look(endpoint),
        "everything": "*" in kinds,
        "choices": _choices(kinds),
        "finer": [kind for kind in kinds if kind != "*" and kind not in known],
        "sent": [
            look_of(each) | {"message_id": hooks.plain_delivery(each)["webhook_id"], "body": each.payload.get("body")}
            for each in hooks.deliveries_of(request.actor, endpoint.pk, limit=50)
        ],
    }
    return render(request, "outgoing/webhook.html", content, status=status)


@never_cache
@require_POST
@signed_in
def webhook_rotate(request: Request, webhook_id: UUID) -> HttpResponse:
    """A new secret, shown this once."""
    endpoint, secret = hooks.rotate_secret(actor=request.actor, webhook_id=webhook_id)
    content = frame("webhooks") | {"secret": secret, "name": endpoint.name, "url": endpoint.url}
    return _shown(request, content, endpoint, endpoint.kinds)


@require_POST
@signed_in
def webhook_switch(request: Request, webhook_id: UUID) -> HttpResponse:
    """Turn it on or off."""
    endpoint = hooks.change_webhook(actor=request.actor, webhook_id=webhook_id, active=request.POST.get("to") == "on")
    said = _("“%(n)s” is on.") if endpoint.is_active else _("“%(n)s” is off; what waited for it was given up.")
    messages.success(request, said % {"n": endpoint.name})
    return redirect("web:webhook", webhook_id)


@require_POST
@signed_in
def webhook_test(request: Request, webhook_id: UUID) -> HttpResponse:
    """Send a message that says nothing."""
    hooks.test_webhook(actor=request.actor, webhook_id=webhook_id)
    messages.success(request, _("A test is on its way; look again in a few seconds."))
    return redirect("web:webhook", webhook_id)


@require_POST
@signed_in
def webhook_remove(request: Request, webhook_id: UUID) -> HttpResponse:
    """Remove it for good."""
    hooks.remove_webhook(actor=request.actor, webhook_id=webhook_id)
    messages.success(request, _("The webhook was removed."))
    return redirect("web:webhooks")


@require_POST
@signed_in
def webhook_replay(request: Request, webhook_id: UUID, delivery_id: UUID) -> HttpResponse:
    """Send one message again."""
    hooks.replay_delivery(actor=request.actor, webhook_id=webhook_id, delivery_id=delivery_id)
    messages.success(request, _("It is sent again within seconds, under its own id."))
    return redirect("web:webhook", webhook_id)
