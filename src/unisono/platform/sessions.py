"""Sessions of a user in browsers: which device, when it was last seen, ending them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from allauth.usersessions.models import UserSession
from django.utils.translation import gettext as _

from unisono.platform.errors import NotFound
from unisono.platform.models import User

# The first that is found is right: each names itself after those before it too.
_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrom", "Chrome"), ("Safari", "Safari"))
_SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "macOS"),
    ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class BrowserSession:
    """A session that is open."""

    id: int
    device: str
    ip: str
    begun_at: datetime
    last_seen_at: datetime
    is_this: bool


def device_of(user_agent: str) -> str:
    """What a browser says of itself, in two words."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or _("unknown device")


def sessions_of(user: User, *, this: str = "") -> list[BrowserSession]:
    """Open sessions, the one with the key `this` first, then those seen last."""
    found = [
        BrowserSession(
            each.pk, device_of(each.user_agent), each.ip, each.created_at, each.last_seen_at, each.session_key == this
        )
        for each in UserSession.objects.purge_and_list(user)
    ]
    return sorted(found, key=lambda each: (not each.is_this, -each.last_seen_at.timestamp()))


def end_session(*, user_id: UUID | None, session_id: int) -> None:
    """End one session of a user, at once. Raises NotFound."""
    found = UserSession.objects.filter(user_id=user_id, pk=session_id).first()
    if found is None:
        raise NotFound.at("session", _("There is no such session."), _("It may have ended meanwhile."))
    found.end()


def end_sessions(*, user_id: UUID | None, but: str = "") -> int:
    """End every session of a user but the one with this key; gives how many they were."""
    others = list(UserSession.objects.filter(user_id=user_id).exclude(session_key=but))
    for each in others:
        each.end()
    return len(others)
