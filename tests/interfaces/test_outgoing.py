"""Webhooks and the outbox through page, API and command: the same things happen, and the same words say so."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner
from django.core import mail as django_mail
from django.test import Client
from tests.interfaces.page_forms import controls_of

from unisono.areas.network.models import Network
from unisono.cli.commands import unisono
from unisono.platform import delivery, outbox, webhooks
from unisono.platform.actor import Actor
from unisono.platform.models import Notification, Outgoing, WebhookEndpoint

pytestmark = pytest.mark.django_db
URL = "https://example.org/hook"


def run(*arguments: str, status: int = 0) -> Any:
    result = CliRunner().invoke(unisono, [*arguments, "--json"], catch_exceptions=False)
    assert result.exit_code == status, result.output
    return json.loads(result.stdout) if result.stdout else json.loads(result.stderr)


@pytest.fixture
def hook(actor: Actor) -> WebhookEndpoint:
    return webhooks.add_webhook(actor=actor, name="Our site", url=URL)[0]


@pytest.fixture
def api(make_api: Callable[..., Client]) -> Client:
    return make_api("read", "administer")


def post(client: Client, path: str, body: dict[str, Any] | None = None) -> Any:
    return client.post(path, json.dumps(body or {}), content_type="application/json")


def test_a_webhook_is_added_through_each_door(page_client: Client, network: Network, api: Client) -> None:
    form = {"name": "Page", "url": URL, "kinds": ["member.*", "need.*"]}
    page = page_client.post("/webhooks/", form).content.decode()
    answer = post(api, "/api/v1/webhooks", {**form, "name": "API"})
    assert answer.status_code == 201
    added = run("webhook", "add", "Command", URL, "--kind", "member.*", "--kind", "need.*")
    assert added["secret"].startswith("whsec_")
    assert answer.json()["secret"].startswith("whsec_")
    assert 'value="whsec_' in page
    kept = WebhookEndpoint.objects.order_by("pk")
    assert [(each.name, each.url, each.kinds) for each in kept] == [
        (name, URL, ["member.*", "need.*"]) for name in ("Page", "API", "Command")
    ]
    for shown in (
        page_client.get("/webhooks/").content.decode(),
        api.get("/api/v1/webhooks").content.decode(),
        str(run("webhook", "list")),
    ):
        assert "whsec_" not in shown
        assert all(name in shown for name in ("Page", "API", "Command"))


def test_a_wrong_one_is_refused_through_each_door(page_client: Client, network: Network, api: Client) -> None:
    inside = "https://169.254.169.254/"
    page = page_client.post("/webhooks/", {"name": "x", "url": inside, "everything": "1"})
    assert (page.status_code, "not open to everyone" in page.content.decode()) == (422, True)
    assert inside in page.content.decode(), "what was typed is still there"
    answer = post(api, "/api/v1/webhooks", {"name": "x", "url": inside})
    assert (answer.status_code, answer.json()["problems"][0]["place"]) == (422, "url")
    assert run("webhook", "add", "x", inside, status=2)["problems"][0]["place"] == "url"
    assert not WebhookEndpoint.objects.exists()


def test_the_page_of_one_keeps_what_it_is_told_of(page_client: Client, network: Network, actor: Actor) -> None:
    """Saving the form as it stands changes nothing, also not a finer choice than the boxes offer."""
    kinds = ["member.edited", "need.*"]
    endpoint, _secret = webhooks.add_webhook(actor=actor, name="Our site", url=URL, kinds=kinds)
    address = f"/webhooks/{endpoint.pk}/"
    form = {**controls_of(page_client.get(address).content.decode())}
    page_client.post(address, form)
    endpoint.refresh_from_db()
    assert sorted(endpoint.kinds) == kinds
    page_client.post(address, {**form, "name": "Another"})
    endpoint.refresh_from_db()
    assert endpoint.name == "Another"


def test_change_rotate_switch_and_remove(
    page_client: Client, network: Network, api: Client, hook: WebhookEndpoint
) -> None:
    address = f"/api/v1/webhooks/{hook.pk}"
    changed = api.patch(address, '{"kinds": ["need.*"]}', content_type="application/json").json()
    assert changed["kinds"] == ["need.*"]
    assert run("webhook", "change", str(hook.pk), "--off")["is_active"] is False
    page_client.post(f"/webhooks/{hook.pk}/switch", {"to": "on"})
    assert api.get(address).json()["is_active"] is True
    page = page_client.post(f"/webhooks/{hook.pk}/rotate").content.decode()
    assert 'value="whsec_' in page
    assert post(api, f"{address}/rotate").status_code == 409, "the former one still signs"
    assert run("webhook", "rotate", str(hook.pk), status=4)
    assert api.delete(address).status_code == 204
    assert run("webhook", "remove", str(hook.pk), status=2)
    assert page_client.post(f"/webhooks/{hook.pk}/remove").status_code == 404


def test_try_it_see_it_send_it_again(
    page_client: Client, network: Network, api: Client, hook: WebhookEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    monkeypatch.setitem(
        outbox._channels, "webhook", outbox.Channel(send=lambda each: seen.append(str(each.pk)), wipes=False)
    )
    page_client.post(f"/webhooks/{hook.pk}/test")
    by_api = post(api, f"/api/v1/webhooks/{hook.pk}/test").json()
    by_command = run("webhook", "test", str(hook.pk))
    assert delivery.deliver_due() == 3
    listed = api.get(f"/api/v1/webhooks/{hook.pk}/deliveries").json()["items"]
    assert [each["id"] for each in listed] == [each["id"] for each in run("webhook", "deliveries", str(hook.pk))]
    assert {each["state"] for each in listed} == {"sent"}
    assert json.loads(listed[0]["body"])["type"] == "ping"
    assert "webhook-id: msg_" in page_client.get(f"/webhooks/{hook.pk}/").content.decode()
    page_client.post(f"/webhooks/{hook.pk}/deliveries/{by_api['id']}/replay")
    again = post(api, f"/api/v1/webhooks/{hook.pk}/deliveries/{by_command['id']}/replay")
    assert again.json()["webhook_id"] == by_command["webhook_id"]
    delivery.deliver_due()
    run("webhook", "replay", str(hook.pk), by_api["id"])
    delivery.deliver_due()
    assert seen.count(by_api["id"]) == 3
    assert seen.count(by_command["id"]) == 2


def test_the_outbox_shows_what_waits_and_why(
    page_client: Client, network: Network, api: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    queued = run("outbox", "test-mail", "marit@example.org")

    def away(self: Any, **more: Any) -> None:
        raise ConnectionRefusedError

    with monkeypatch.context() as patch:
        patch.setattr("django.core.mail.EmailMultiAlternatives.send", away)
        delivery.deliver_due()
    why = "The mail server cannot be reached or used: ConnectionRefusedError."
    assert [each["why"] for each in run("outbox", "list", "--state", "waiting")] == [why]
    assert [each["why"] for each in api.get("/api/v1/outbox", {"state": "waiting"}).json()["items"]] == [why]
    for path in ("/outbox/", f"/outbox/{queued['id']}/"):
        page = page_client.get(path).content.decode()
        assert why in page
        assert "marit@example.org" in page
    post(api, f"/api/v1/outbox/{queued['id']}/retry")
    delivery.deliver_due()
    assert [sent.to for sent in django_mail.outbox] == [["marit@example.org"]]
    assert run("outbox", "show", queued["id"])["state"] == "sent"
    assert page_client.post(f"/outbox/{queued['id']}/retry").status_code == 409, "what it said is gone"
    assert run("outbox", "retry", queued["id"], status=4)


@pytest.mark.parametrize("door", ["page", "api", "command"])
def test_a_message_is_dropped_through_each_door(
    door: str, page_client: Client, network: Network, api: Client, hook: WebhookEndpoint, actor: Actor
) -> None:
    sent = webhooks.test_webhook(actor=actor, webhook_id=hook.pk)
    if door == "page":
        page_client.post(f"/outbox/{sent.pk}/drop")
    elif door == "api":
        assert post(api, f"/api/v1/outbox/{sent.pk}/drop").json()["state"] == "dropped"
    else:
        assert run("outbox", "drop", str(sent.pk))["state"] == "dropped"
    assert Outgoing.objects.get().state == "dropped"


def test_a_wrong_state_is_named(api: Client, network: Network) -> None:
    answer = api.get("/api/v1/outbox", {"state": "lost"})
    assert (answer.status_code, answer.json()["problems"][0]["place"]) == (422, "state")


def test_mail_of_accounts_is_seen_by_the_operator_alone(page_client: Client, network: Network, api: Client) -> None:
    from django.db import transaction

    from unisono.platform import mail

    with transaction.atomic():
        queued = mail.send(to="marit@example.org", template="test")
    assert str(queued.pk) in str(run("outbox", "list"))
    assert "marit@example.org" not in page_client.get("/outbox/").content.decode()
    assert api.get("/api/v1/outbox").json()["items"] == []
    assert api.get(f"/api/v1/outbox/{queued.pk}").status_code == 404


def test_owners_are_told_under_the_bell(page_client: Client, network: Network, hook: WebhookEndpoint) -> None:
    owner = Notification.objects.model._meta.get_field("user").related_model.objects.get(email="ingrid@example.org")
    Notification.objects.create(
        user=owner, kind=webhooks.DISABLED, subject_id=hook.pk, details={"endpoint_id": str(hook.pk)}
    )
    page = page_client.get("/notifications/").content.decode()
    assert "A webhook was turned off" in page
    told = Notification.objects.get()
    assert page_client.post(f"/notifications/{told.pk}/open")["Location"] == f"/webhooks/{hook.pk}/"
    hook.delete()
    assert "A webhook was turned off" not in page_client.get("/notifications/").content.decode()


def test_who_is_no_owner_sees_no_way_there(network: Network, make_actor: Callable[..., Actor]) -> None:
    acting = make_actor("orchestrator")
    client = Client()
    client.force_login(Notification._meta.get_field("user").related_model.objects.get(pk=acting.user_id))
    assert "/webhooks/" not in client.get(f"/n/{network.slug}/members/").content.decode()
    for path in ("/webhooks/", "/outbox/"):
        assert client.get(path).status_code == 403
