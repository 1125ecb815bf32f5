"""Webhooks: what is told and what never, signed as the standard says, tried for three days, turned off in the end."""

import ipaddress
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from tests.platform.receiving import Receiver, is_signed

from unisono.areas.network import actions
from unisono.areas.network.bulk import edit_many
from unisono.areas.network.kinds import KINDS, MEMBER
from unisono.areas.network.models import Membership, Network
from unisono.platform import delivery, outbox, webhooks
from unisono.platform.accounts import create_token
from unisono.platform.actor import Actor
from unisono.platform.errors import Conflict, Invalid, NotAllowed, NotFound
from unisono.platform.models import Event, Notification, Outgoing, WebhookEndpoint, Workspace
from unisono.platform.tenancy import workspace_scope
from unisono.platform.webhooks import events, signing

pytestmark = pytest.mark.django_db
Add = Callable[..., Membership]
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    """A receiver on this machine, which is allowed."""
    settings.OUTBOUND_ALLOW_NETWORKS = (ipaddress.ip_network("127.0.0.0/8"),)
    receiving = Receiver()
    yield receiving
    receiving.end()


@pytest.fixture
def hook(actor: Actor, receiver: Receiver) -> tuple[WebhookEndpoint, str]:
    """A webhook that is told of everything, and its secret."""
    return webhooks.add_webhook(actor=actor, name="Our site", url=receiver.url)


def test_signatures_are_those_of_the_published_example() -> None:
    """The test vector of the libraries of Standard Webhooks."""
    given = {"message_id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "timestamp": 1614265330, "body": b'{"test": 2432232314}'}
    assert signing.signatures([SECRET], **given) == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    both = signing.signatures([SECRET, signing.new_secret()], **given).split()
    assert both[0] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert len(set(both)) == 2


def test_a_change_is_told_with_keys_and_names_of_fields_alone(
    actor: Actor, network: Network, add_member: Add, receiver: Receiver, hook: tuple[WebhookEndpoint, str]
) -> None:
    member = add_member("Hotel Utsikten", place="Aurland")
    actions.edit_record(actor=actor, network=network, kind=MEMBER, record_id=member.pk, values={"place": "Kanarifugl"})
    delivery.deliver_due()
    added, edited = (each for each in receiver.said() if each["type"].startswith("member."))
    assert added["type"] == "member.added"
    event = Event.objects.get(subject_id=member.pk, kind="member.edited")
    assert edited == {
        "type": "member.edited",
        "timestamp": event.at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "data": {
            "event_id": str(event.pk),
            "network_id": str(network.pk),
            "about_id": str(member.organization_id),
            "subject": {"kind": "member", "id": str(member.pk)},
            "changed": ["place"],
        },
    }
    everything = b" ".join(body for _headers, body in receiver.taken)
    for word in (b"Utsikten", b"Kanarifugl", b"Aurland", b"Ingrid", str(actor.user_id).encode()):
        assert word not in everything
    for headers, body in receiver.taken:
        assert is_signed(hook[1], headers, body)
        assert not is_signed(SECRET, headers, body)
        assert headers["content-type"] == "application/json"
        assert abs(int(headers["webhook-timestamp"]) - timezone.now().timestamp()) < 60
    assert len(set(receiver.ids())) == len(receiver.ids())


def test_what_only_few_may_read_is_told_to_no_machine(
    actor: Actor, network: Network, add_member: Add, receiver: Receiver, hook: tuple[WebhookEndpoint, str]
) -> None:
    """Nothing about notes, comments and tokens, and nothing about a record of the care team or of one person."""
    member = add_member("Hotel Utsikten")
    Outgoing.objects.all().delete()
    where: dict[str, Any] = {"actor": actor, "network": network}
    for visibility in ("network", "care_team", "private"):
        note = {"membership": member.pk, "text": "kanarifugl", "visibility": visibility}
        actions.add_record(**where, kind=KINDS["note"], values=note)
        actions.write_comment(**where, kind=MEMBER, record_id=member.pk, text="kanarifugl", visibility=visibility)
    for visibility in ("care_team", "private"):
        need = {"membership": member.pk, "statement": "kanarifugl", "visibility": visibility}
        hidden = actions.add_record(**where, kind=KINDS["need"], values=need)
        actions.edit_record(**where, kind=KINDS["need"], record_id=hidden.pk, values={"statement": "else"})
    attached = {"membership_id": member.pk, "name": "kanarifugl.txt", "chunks": [b"x"]}
    actions.attach_file(**where, **attached, visibility="care_team")
    actions.save_view(**where, kind=MEMBER, name="kanarifugl")
    create_token(actor=actor, name="kanarifugl")
    assert not Outgoing.objects.exists()
    need = {"membership": member.pk, "statement": "Guests", "visibility": "parties"}
    open_need = actions.add_record(**where, kind=KINDS["need"], values=need)
    actions.edit_record(**where, kind=KINDS["need"], record_id=open_need.pk, values={"visibility": "care_team"})
    assert [each.purpose for each in Outgoing.objects.all()] == ["need.added"]


def test_of_many_changes_at_once_one_is_told(
    actor: Actor, network: Network, add_member: Add, hook: tuple[WebhookEndpoint, str]
) -> None:
    ids = [add_member(name).pk for name in ("Hotel Utsikten", "Aurland Cider", "Balestrand Boats")]
    Outgoing.objects.all().delete()
    edit_many(actor=actor, network=network, kind=MEMBER, selection={"ids": ids}, change={"set": {"tier": "Gold"}})
    assert [each.purpose.partition(".")[0] for each in Outgoing.objects.all()] == ["bulk"]


def test_an_endpoint_is_told_of_what_it_asked_for(actor: Actor, add_member: Add, receiver: Receiver) -> None:
    for name, kinds in (("all", ["*"]), ("members", ["member.*"]), ("edits", ["member.edited"]), ("needs", ["need.*"])):
        webhooks.add_webhook(actor=actor, name=name, url=receiver.url, kinds=kinds)
    member = add_member("Hotel Utsikten")
    told = Outgoing.objects.filter(purpose="member.added")
    assert all(str(member.pk) in each.payload["body"] for each in told)
    assert sorted(each.recipient for each in told) == ["all", "members"]


def test_nothing_is_told_of_what_was_not_kept(add_member: Add, hook: tuple[WebhookEndpoint, str]) -> None:
    from django.db import transaction

    with pytest.raises(ZeroDivisionError), transaction.atomic():
        add_member("Hotel Utsikten")
        raise ZeroDivisionError
    assert not Outgoing.objects.exists()


def test_another_workspace_is_told_nothing(
    actor: Actor, add_member: Add, receiver: Receiver, hook: tuple[WebhookEndpoint, str], make_actor: Any
) -> None:
    other = Workspace.objects.create(name="Next door", slug="next-door")
    with workspace_scope(other.pk):
        WebhookEndpoint.objects.create(name="theirs", url=receiver.url, kinds=["*"], secret=SECRET)
    add_member("Hotel Utsikten")
    assert set(Outgoing._base_manager.values_list("recipient", flat=True)) == {"Our site"}
    theirs = WebhookEndpoint._base_manager.get(name="theirs")
    for call in (webhooks.webhook_of, webhooks.deliveries_of):
        with pytest.raises(NotFound):
            call(actor, theirs.pk)
    with pytest.raises(NotFound):
        webhooks.remove_webhook(actor=actor, webhook_id=theirs.pk)


@pytest.mark.parametrize("role", ["orchestrator", "contact_person", "observer"])
def test_only_owners_have_to_do_with_webhooks(
    role: str, make_actor: Callable[..., Actor], receiver: Receiver, hook: tuple[WebhookEndpoint, str]
) -> None:
    acting = make_actor(role)
    where: dict[str, Any] = {"actor": acting, "webhook_id": hook[0].pk}
    with pytest.raises(NotAllowed):
        webhooks.add_webhook(actor=acting, name="x", url=receiver.url)
    for call in (webhooks.change_webhook, webhooks.rotate_secret, webhooks.remove_webhook, webhooks.test_webhook):
        with pytest.raises(NotAllowed):
            call(**where)


def test_everything_wrong_is_named_at_once(actor: Actor, settings: Any) -> None:
    with pytest.raises(Invalid) as error:
        webhooks.add_webhook(actor=actor, name=" ", url="https://127.0.0.1/", kinds=["note.*"])
    assert [problem.place for problem in error.value.problems] == ["name", "url", "kinds"]
    for url in ("http://example.org/", "https://user:pw@example.org/", "https://169.254.169.254/"):
        with pytest.raises(Invalid):
            webhooks.add_webhook(actor=actor, name="x", url=url)
    for kinds in ([], ["token.*"], ["member"], ["member."]):
        with pytest.raises(Invalid):
            webhooks.add_webhook(actor=actor, name="x", url="https://example.org/", kinds=kinds)
    assert not WebhookEndpoint.objects.exists()


def test_both_secrets_sign_for_a_day(actor: Actor, receiver: Receiver, hook: tuple[WebhookEndpoint, str]) -> None:
    endpoint, former = hook
    _endpoint, secret = webhooks.rotate_secret(actor=actor, webhook_id=endpoint.pk)
    assert secret != former
    webhooks.test_webhook(actor=actor, webhook_id=endpoint.pk)
    delivery.deliver_due()
    headers, body = receiver.taken[-1]
    assert is_signed(secret, headers, body) and is_signed(former, headers, body)
    with pytest.raises(Conflict):
        webhooks.rotate_secret(actor=actor, webhook_id=endpoint.pk)
    WebhookEndpoint.objects.update(former_until=timezone.now() - timedelta(seconds=1))
    webhooks.test_webhook(actor=actor, webhook_id=endpoint.pk)
    delivery.deliver_due()
    headers, body = receiver.taken[-1]
    assert is_signed(secret, headers, body)
    assert not is_signed(former, headers, body)


def test_secrets_are_in_no_list_and_no_log(actor: Actor, hook: tuple[WebhookEndpoint, str]) -> None:
    endpoint, secret = hook
    _endpoint, newer = webhooks.rotate_secret(actor=actor, webhook_id=endpoint.pk)
    webhooks.change_webhook(actor=actor, webhook_id=endpoint.pk, url="https://example.org/kanarifugl")
    shown = f"{webhooks.plain_webhook(endpoint)} {[e.changes for e in Event.objects.all()]}"
    for word in (secret, newer, "kanarifugl"):
        assert word not in shown
    kinds = Event.objects.filter(subject_id=endpoint.pk).order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["webhook.added", "webhook.rotated", "webhook.changed"]


class Days:
    """A clock that is set forward from one try to the next."""

    def __init__(self) -> None:
        self.now = timezone.now()

    def __call__(self) -> datetime:
        return self.now

    def go_on(self, *, until: datetime | None = None) -> int:
        """Send what is due, and on to the next moment, until nothing waits; gives how many tries there were."""
        tries = 0
        while True:
            tries += delivery.deliver_due(clock=self)
            waiting = Outgoing._base_manager.filter(state="waiting").order_by("next_at").first()
            if waiting is None or (until and waiting.next_at > until):
                return tries
            self.now = max(self.now, waiting.next_at)


def test_a_failure_is_tried_again_with_the_same_id_and_a_new_signature(
    actor: Actor, receiver: Receiver, hook: tuple[WebhookEndpoint, str]
) -> None:
    receiver.answers = [500, 503, 200]
    sent = webhooks.test_webhook(actor=actor, webhook_id=hook[0].pk)
    assert Days().go_on() == 3
    assert len(set(receiver.ids())) == 1
    assert len({body for _headers, body in receiver.taken}) == 1
    assert all(is_signed(hook[1], headers, body) for headers, body in receiver.taken)
    sent.refresh_from_db()
    assert (sent.state, [entry["status"] for entry in sent.tries]) == ("sent", [500, 503, 200])


def test_a_receiver_may_ask_for_patience(actor: Actor, receiver: Receiver, hook: tuple[WebhookEndpoint, str]) -> None:
    receiver.answers, receiver.more = [429], {"Retry-After": "3600"}
    sent = webhooks.test_webhook(actor=actor, webhook_id=hook[0].pk)
    days = Days()
    delivery.deliver_due(clock=days)
    sent.refresh_from_db()
    assert sent.next_at == days.now + timedelta(hours=1)


@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 404, 500])
def test_every_other_answer_is_a_failure(
    status: int, actor: Actor, receiver: Receiver, hook: tuple[WebhookEndpoint, str]
) -> None:
    receiver.answers, receiver.more = [status], {"Location": receiver.url}
    sent = webhooks.test_webhook(actor=actor, webhook_id=hook[0].pk)
    delivery.deliver_due()
    sent.refresh_from_db()
    assert (sent.state, len(receiver.taken)) == ("waiting", 1)
    assert str(status) in outbox.why(sent)


def test_after_three_days_of_failure_it_is_turned_off_and_the_owners_are_told(
    actor: Actor, add_member: Add, receiver: Receiver, hook: tuple[WebhookEndpoint, str]
) -> None:
    receiver.answers = [500]
    add_member("Hotel Utsikten")
    days = Days()
    begun = days.now
    days.go_on()
    endpoint = webhooks.webhook_of(actor, hook[0].pk)
    assert not endpoint.is_active
    assert timedelta(hours=71) < days.now - begun < timedelta(hours=73)
    assert "500" in endpoint.disabled_why
    assert set(Outgoing.objects.values_list("state", flat=True)) == {"given_up"}
    told = Notification.objects.get(kind=webhooks.DISABLED)
    assert (told.user_id, told.details) == (actor.user_id, {"endpoint_id": str(endpoint.pk)})
    add_member("Aurland Cider")
    assert not Outgoing.objects.filter(state="waiting").exists(), "nothing more is kept for it"
    webhooks.change_webhook(actor=actor, webhook_id=endpoint.pk, active=True)
    add_member("Balestrand Boats")
    receiver.answers = [200]
    assert delivery.deliver_due() > 0
    assert not Outgoing.objects.filter(state="waiting").exists()


def test_a_failing_receiver_is_not_asked_for_each_message(
    actor: Actor, add_member: Add, receiver: Receiver, hook: tuple[WebhookEndpoint, str]
) -> None:
    """What waits for one that is away would otherwise keep the worker from everything else."""
    receiver.answers = [500]
    for number in range(30):
        add_member(f"Member {number}")
    days = Days()
    begun = days.now
    tries = days.go_on(until=begun + timedelta(hours=1))
    assert tries < 60, "each by itself they would be some 180"
    receiver.answers = [200]
    days.now = begun + timedelta(hours=2)
    days.go_on()
    assert set(Outgoing.objects.values_list("state", flat=True)) == {"sent"}
    assert webhooks.webhook_of(actor, hook[0].pk).failing_since is None


def test_one_message_that_is_refused_does_not_turn_it_off(
    actor: Actor, add_member: Add, receiver: Receiver, hook: tuple[WebhookEndpoint, str]
) -> None:
    add_member("Hotel Utsikten")
    bad = Outgoing.objects.order_by("pk").first()
    days = Days()

    def answer() -> None:
        receiver.answers = [500 if receiver.ids()[-1] == f"msg_{bad.pk.hex}" else 200]

    receiver.on_request = answer
    while not Outgoing.objects.get(pk=bad.pk).is_over:
        days.go_on(until=days.now + timedelta(hours=6))
        add_member(f"Member {days.now.timestamp()}")
        days.now += timedelta(hours=1)
    assert Outgoing.objects.get(pk=bad.pk).state == "given_up"
    assert webhooks.webhook_of(actor, hook[0].pk).is_active
    assert not Notification.objects.exists()


def test_gone_turns_it_off_at_once(
    actor: Actor, add_member: Add, receiver: Receiver, hook: tuple[WebhookEndpoint, str]
) -> None:
    receiver.answers = [410]
    add_member("Hotel Utsikten")
    delivery.deliver_due()
    assert not webhooks.webhook_of(actor, hook[0].pk).is_active
    assert len(receiver.taken) == 1
    assert Notification.objects.filter(kind=webhooks.DISABLED).count() == 1


def test_a_message_is_sent_again_under_its_own_id(
    actor: Actor, receiver: Receiver, hook: tuple[WebhookEndpoint, str]
) -> None:
    endpoint, _secret = hook
    sent = webhooks.test_webhook(actor=actor, webhook_id=endpoint.pk)
    delivery.deliver_due()
    webhooks.replay_delivery(actor=actor, webhook_id=endpoint.pk, delivery_id=sent.pk)
    delivery.deliver_due()
    [first, second] = receiver.taken
    assert (first[0]["webhook-id"], first[1]) == (second[0]["webhook-id"], second[1])
    [shown] = webhooks.deliveries_of(actor, endpoint.pk)
    assert (shown.state, len(shown.tries)) == ("sent", 2)
    other, _secret = webhooks.add_webhook(actor=actor, name="Other", url=receiver.url)
    with pytest.raises(NotFound):
        webhooks.replay_delivery(actor=actor, webhook_id=other.pk, delivery_id=sent.pk)


def test_turned_off_it_gives_up_what_waits_and_can_still_be_tried(
    actor: Actor, add_member: Add, receiver: Receiver, hook: tuple[WebhookEndpoint, str]
) -> None:
    endpoint, _secret = hook
    add_member("Hotel Utsikten")
    webhooks.change_webhook(actor=actor, webhook_id=endpoint.pk, active=False)
    assert delivery.deliver_due() == 0
    webhooks.test_webhook(actor=actor, webhook_id=endpoint.pk)
    delivery.deliver_due()
    assert [said["type"] for said in receiver.said()] == ["ping"]


def test_removed_nothing_of_it_is_left(
    actor: Actor, add_member: Add, receiver: Receiver, hook: tuple[WebhookEndpoint, str]
) -> None:
    add_member("Hotel Utsikten")
    webhooks.remove_webhook(actor=actor, webhook_id=hook[0].pk)
    assert not WebhookEndpoint._base_manager.exists()
    assert not Outgoing._base_manager.exists()
    assert delivery.deliver_due() == 0
    assert receiver.taken == []


def test_an_address_that_leads_inside_is_not_spoken_to(
    actor: Actor, add_member: Add, receiver: Receiver, hook: tuple[WebhookEndpoint, str], settings: Any
) -> None:
    """The network was allowed when the webhook was made, and is no more."""
    settings.OUTBOUND_ALLOW_NETWORKS = ()
    add_member("Hotel Utsikten")
    delivery.deliver_due()
    assert receiver.taken == []
    assert set(Outgoing.objects.values_list("state", flat=True)) == {"waiting"}


def test_what_an_area_did_not_declare_is_told_to_nobody(actor: Actor) -> None:
    """Fail-closed: a kind of event that somebody invents tomorrow goes nowhere until it is declared."""
    assert "*" not in events.known_kinds()
    for kind in ("note.added", "comment.added", "token.added", "view.added", "live_link.added", "webhook.added", "x.y"):
        assert not events.is_told(Event(kind=kind, subject_type="x", changes={}))
    assert events.is_told(Event(kind="member.edited", subject_type="membership", changes={}))


def test_what_the_how_to_says_verifies_what_is_sent(
    actor: Actor, receiver: Receiver, hook: tuple[WebhookEndpoint, str]
) -> None:
    page = Path(__file__).parents[2] / "docs" / "how-to" / "send-mail-and-webhooks.md"
    [code] = re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    scope: dict[str, Any] = {}
    exec(code, scope)
    webhooks.test_webhook(actor=actor, webhook_id=hook[0].pk)
    delivery.deliver_due()
    [(headers, body)] = receiver.taken
    verify = scope["is_from_unisono"]
    assert verify(hook[1], headers, body)
    assert not verify(SECRET, headers, body)
    assert not verify(hook[1], headers, body + b" ")
    assert not verify(hook[1], {**headers, "webhook-id": "msg_other"}, body)
    assert not verify(hook[1], {**headers, "webhook-timestamp": "1614265330"}, body)
