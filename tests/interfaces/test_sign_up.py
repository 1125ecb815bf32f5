"""Opening an account: by invitation only, unless a setting lets anybody in."""

import re
import time
from typing import Any

import pytest
from django.test import Client

from unisono.platform import account_mail
from unisono.platform.account_mail import sign_up_secret
from unisono.platform.models import Outgoing, User, WorkspaceRole

pytestmark = pytest.mark.django_db
NEW = "new@example.org"
PASSWORD = "correct horse battery staple"


@pytest.fixture
def opened(settings: Any) -> None:
    settings.SIGN_UP_OPEN = True


def test_it_is_closed_by_default() -> None:
    Client().post("/sign-in/link/", {"login": NEW})
    assert not Outgoing._base_manager.exists()
    path = f"/sign-up/{sign_up_secret(NEW)}/"
    assert [Client().get(path).status_code, Client().post(path).status_code] == [404, 404]
    assert not User.objects.filter(email=NEW).exists()


def test_where_it_is_open_a_link_opens_an_account_and_a_workspace(opened: None) -> None:
    client = Client()
    answer = client.post("/sign-in/link/", {"login": NEW})
    assert "A link is on its way to new@example.org" in answer.content.decode()
    text = Outgoing._base_manager.get(recipient=NEW).payload["text"]
    path = "/sign-up/" + text.split("/sign-up/")[1].split()[0]
    for _scanner in range(2):
        assert "The account is for new@example.org" in client.get(path).content.decode()
    assert not User.objects.filter(email=NEW).exists()
    assert client.post(path)["Location"] == "/welcome/"
    assert Client().post(path).status_code == 404, "once"
    assert "Open a workspace of your own" in client.get("/team/").content.decode()
    bad = client.post("/welcome/", {"name": "Nina", "workspace": "", "password": "", "repeated": ""})
    assert bad.status_code == 422
    bad = client.post("/welcome/", {"name": "Nina", "workspace": "Ours", "password": "x", "repeated": "x"})
    assert bad.status_code == 422 and not WorkspaceRole.objects.exists(), "all or nothing"
    good = {"name": "Nina", "workspace": "Ours", "password": PASSWORD, "repeated": PASSWORD}
    assert client.post("/welcome/", good)["Location"] == "/"
    assert client.get("/team/").status_code == 200
    assert [(r.role, r.workspace.name, r.user.name) for r in WorkspaceRole.objects.all()] == [("owner", "Ours", "Nina")]


def test_who_has_an_account_gets_a_link_to_sign_in(opened: None) -> None:
    User.objects.create_user(NEW, "Nina")
    pages = []
    for email in (NEW, "nix@example.org"):
        page = Client().post("/sign-in/link/", {"login": email}).content.decode().replace(email, "…")
        pages.append(re.sub(r'name="csrf-token" content="\w+"', "", page))
    assert pages[0] == pages[1]
    assert list(Outgoing._base_manager.order_by("created_at").values_list("purpose", flat=True)) == [
        "sign_in_link",
        "sign_up_link",
    ]


def test_a_secret_is_signed_and_ends(opened: None, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = sign_up_secret(NEW)
    assert account_mail.address_to_sign_up(secret) == NEW
    assert account_mail.address_to_sign_up(secret + "x") is None
    later = time.time() + 3700
    monkeypatch.setattr("django.core.signing.time.time", lambda: later)
    assert account_mail.address_to_sign_up(secret) is None
