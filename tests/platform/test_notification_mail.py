"""Being told by mail: only whoever chose so, once, in a mail that names nobody, and with one click no more."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner
from django.core import mail as django_mail
from django.test import Client
from django.urls import reverse

from unisono.areas.network import actions
from unisono.areas.network.kinds import MEMBER
from unisono.areas.network.models import Membership, Network
from unisono.cli.commands import unisono
from unisono.platform import delivery, notifications
from unisono.platform.actor import Actor
from unisono.platform.errors import Invalid, NotFound
from unisono.platform.models import NotificationChoice, Outgoing, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def mention(
    actor: Actor, network: Network, add_member: Callable[..., Membership], make_actor: Callable[..., Actor]
) -> Callable[[], Any]:
    """`mention()` lets Ola, a contact person, mention the owner in a comment on a member."""
    member, ola = add_member("Hotel Utsikten"), make_actor("contact_person")

    def write() -> Any:
        return actions.write_comment(
            actor=ola, network=network, kind=MEMBER, record_id=member.pk, text="Kanarifugl @Ingrid Solheim"
        )

    return write


def test_nobody_gets_mail_who_did_not_choose_so(mention: Callable[[], Any]) -> None:
    mention()
    assert not Outgoing.objects.exists()


def test_whoever_chose_so_gets_one_mail_that_names_nobody(
    actor: Actor, network: Network, mention: Callable[[], Any]
) -> None:
    notifications.choose(actor=actor, wanted={}, by_mail={"mention": True})
    mention()
    delivery.deliver_due()
    [sent] = django_mail.outbox
    assert sent.to == ["ingrid@example.org"]
    assert sent.subject == "Somebody mentioned you in a comment"
    message = sent.message().as_string()
    for word in ("Kanarifugl", "Utsikten", "Contact person", network.name):
        assert word not in message
    assert sent.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_what_was_told_already_is_not_mailed_again(actor: Actor, network: Network, mention: Callable[[], Any]) -> None:
    notifications.choose(actor=actor, wanted={}, by_mail={"mention": True})
    said = mention()
    assert Outgoing.objects.count() == 1
    again = {"kind": "mention", "user_ids": [actor.user_id], "subject_id": said.pk, "by": None}
    notifications.notify(**again)
    assert Outgoing.objects.count() == 1


def test_off_is_off_by_mail_too_and_a_closed_account_gets_none(actor: Actor, mention: Callable[[], Any]) -> None:
    notifications.choose(actor=actor, wanted={"mention": False}, by_mail={"mention": True})
    mention()
    notifications.choose(actor=actor, wanted={"mention": True})
    User.objects.filter(pk=actor.user_id).update(is_active=False)
    mention()
    assert not Outgoing.objects.exists()


def test_with_one_click_no_more(actor: Actor, mention: Callable[[], Any]) -> None:
    """As RFC 8058 has it: one POST without a cookie; opening the address alone changes nothing."""
    notifications.choose(actor=actor, wanted={}, by_mail={"mention": True, "reply": True})
    mention()
    delivery.deliver_due()
    address = re.sub(r"^<https?://[^/]+|>$", "", django_mail.outbox[0].extra_headers["List-Unsubscribe"])
    client = Client(enforce_csrf_checks=True)
    for _scanner in range(2):
        assert "No more of these mails?" in client.get(address).content.decode()
    assert NotificationChoice.objects.get(kind="mention").by_mail
    for _twice in range(2):
        answer = client.post(address, {"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
    chosen = {each["kind"]: each for each in notifications.choices_of(actor)}
    assert (chosen["mention"]["by_mail"], chosen["mention"]["on"], chosen["reply"]["by_mail"]) == (False, True, True)
    mention()
    assert Outgoing.objects.filter(state="waiting").count() == 0


def test_an_address_that_was_made_up_opens_nothing(actor: Actor) -> None:
    for token in ("nonsense", "a:b:c"):
        with pytest.raises(NotFound):
            notifications.unsubscribe(token)
        assert Client().post(reverse("web:unsubscribe", args=[token])).status_code == 404


def test_one_chooses_through_each_door(
    actor: Actor, network: Network, page_client: Client, make_api: Callable[..., Client]
) -> None:
    def mailed() -> bool:
        return bool(NotificationChoice.objects.filter(kind="mention", by_mail=True).exists())

    page_client.post("/me/notifications/", {"on": ["mention"], "mail": ["mention"]})
    assert mailed()
    assert 'name="mail" value="mention" checked' in page_client.get("/me/notifications/").content.decode()
    answer = make_api("read", "write").patch(
        "/api/v1/notifications/kinds", json.dumps({"by_mail": {"mention": False}}), content_type="application/json"
    )
    assert answer.status_code == 200
    assert not mailed()
    result = CliRunner().invoke(unisono, ["told", "--choose", "mention=mail"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    assert mailed()
    wrong = CliRunner().invoke(unisono, ["told", "--choose", "mention=pigeon"], catch_exceptions=False)
    assert wrong.exit_code == 2
    with pytest.raises(Invalid):
        notifications.choose(actor=actor, wanted={}, by_mail={"job": True})
