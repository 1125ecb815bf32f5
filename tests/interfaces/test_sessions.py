"""One's sessions: seen with device and time, ended one by one or all others, by page, API and command."""

from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from click.testing import CliRunner
from django.test import Client
from django.utils import timezone

from unisono.areas.network.models import Network
from unisono.cli.commands import unisono
from unisono.platform.accounts import make_sign_in_link
from unisono.platform.errors import NotFound
from unisono.platform.models import User
from unisono.platform.sessions import device_of, end_session, sessions_of
from unisono.web.sign_in.sessions import SEEN

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1"


def enter(user: User, agent: str) -> Client:
    client = Client(headers={"user-agent": agent})
    client.post(f"/sign-in/{make_sign_in_link(user)}/")
    return client


def is_in(client: Client) -> bool:
    return client.get("/me/").status_code == 200


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        (FIREFOX, "Firefox on Linux"),
        (SAFARI, "Safari on iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) Chrome/140.0 Safari/537.36", "Chrome on macOS"),
        ("<script>", "unknown device"),
    ],
)
def test_a_device_is_named_in_two_words(agent: str, device: str) -> None:
    assert device_of(agent) == device


def test_sessions_are_shown_and_ended(owner: User, network: Network) -> None:
    desk, phone, third = enter(owner, FIREFOX), enter(owner, SAFARI), enter(owner, "curl")
    page = desk.get("/me/sessions/").content.decode()
    assert "Firefox on Linux" in page and "Safari on iPhone" in page and "this one" in page
    found = {each.device: each for each in sessions_of(owner)}
    desk.post(f"/me/sessions/{found['Safari on iPhone'].id}/end")
    assert (is_in(desk), is_in(phone), is_in(third)) == (True, False, True)
    desk.post("/me/sessions/end-others")
    assert (is_in(desk), is_in(third)) == (True, False)
    assert [each.device for each in sessions_of(owner)] == ["Firefox on Linux"]


def test_somebody_elses_session_is_not_there(owner: User, network: Network, make_actor) -> None:
    observer = User.objects.get(pk=make_actor("observer").user_id)
    desk, other = enter(owner, FIREFOX), enter(observer, SAFARI)
    [mine] = sessions_of(owner)
    answer = other.post(f"/me/sessions/{mine.id}/end", follow=True)
    assert "has ended already" in answer.content.decode()
    other.post("/me/sessions/end-others")
    assert is_in(desk)
    with pytest.raises(NotFound):
        end_session(user_id=observer.pk, session_id=mine.id)


def test_a_session_that_signed_out_is_gone(owner: User, network: Network) -> None:
    desk, phone = enter(owner, FIREFOX), enter(owner, SAFARI)
    phone.post("/sign-out/")
    assert "Safari" not in desk.get("/me/sessions/").content.decode()


def test_when_a_session_was_used_is_noted_every_few_minutes(owner: User, network: Network) -> None:
    desk = enter(owner, FIREFOX)
    long_ago = timezone.now() - timedelta(hours=1)
    UserSession.objects.update(last_seen_at=long_ago)
    desk.get("/me/")
    assert UserSession.objects.get().last_seen_at == long_ago, "not at every page"
    session = desk.session
    session[SEEN] -= 600
    session.save()
    desk.get("/me/")
    assert UserSession.objects.get().last_seen_at > long_ago


def test_the_api_lists_and_ends_ones_own(owner: User, make_api, network: Network) -> None:
    desk = enter(owner, FIREFOX)
    [listed] = make_api("read").get("/api/v1/sessions").json()["items"]
    assert listed["device"] == "Firefox on Linux"
    assert make_api("read").delete(f"/api/v1/sessions/{listed['id']}").status_code == 403
    assert make_api("write").delete(f"/api/v1/sessions/{listed['id']}").status_code == 204
    assert not is_in(desk)


def test_the_commands_list_and_end_them(owner: User, network: Network, make_actor) -> None:
    make_actor("observer")
    desk = enter(owner, FIREFOX)
    runner = CliRunner()
    assert "Firefox on Linux" in runner.invoke(unisono, ["user", "sessions", owner.email]).stdout
    assert runner.invoke(unisono, ["user", "sign-out", owner.email, "--as", "observer@example.org"]).exit_code == 5
    assert is_in(desk)
    assert runner.invoke(unisono, ["user", "sign-out", owner.email]).exit_code == 0
    assert not is_in(desk)
