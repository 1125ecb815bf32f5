"""The one way out by HTTP: addresses are checked when they are connected to, and nothing is followed.

Whoever may name an address (of a webhook, of a feed) could otherwise make the server speak to machines that only it
can reach. A name is resolved once, every address it stands for is checked, and one of those that were checked is
connected to: a name that says something else a moment later wins nothing. No redirect is followed, no proxy of the
environment is used, and a request as a whole has an end however slowly the other side speaks.
"""

import http.client
import ipaddress
import re
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from django.conf import settings
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, LocationParseError
from urllib3.response import BaseHTTPResponse
from urllib3.util import parse_url

import unisono
from unisono.platform.errors import Invalid
from unisono.platform.messages import Message
from unisono.platform.messages import message as _

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
CONNECT_SECONDS, TOTAL_SECONDS = 5.0, 15.0
MAX_URL = 2000
# What the standard library counts as global and still leads to other networks' addresses: IPv4 in IPv6 clothes
# (mapped, compatible, NAT64, 6to4, Teredo), site-local, and the relays of 6to4.
_NOT_PUBLIC = tuple(
    ipaddress.ip_network(network)
    for network in (
        "::/96", "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/23", "2002::/16", "fec0::/10",
        "5f00::/16", "192.88.99.0/24", "100.64.0.0/10", "0.0.0.0/8", "240.0.0.0/4",
    )
)  # fmt: skip
_NAME = re.compile(r"(?=.{1,253}\Z)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)*[a-z]([a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
# Printable ASCII, without what programs read differently.
_URL = re.compile(r"[!#-;=?-\[\]_a-z~]*", re.ASCII)
_CREDENTIALS = re.compile(r"[^/?#]*//[^/?#]*@")


class OutboundError(Exception):
    """The request was not answered as asked; `reason` is for people, who may read it later."""

    def __init__(self, reason: Message | str) -> None:
        super().__init__(reason)
        self.reason = reason


class Blocked(OutboundError):
    """The address is one that this installation does not speak to."""


class Unreachable(OutboundError):
    """There was no answer, or none that can be understood."""


class TooSlow(OutboundError):
    """The time for the request as a whole was over."""


class TooLarge(OutboundError):
    """The answer is larger than was asked for."""


@dataclass(frozen=True, slots=True)
class Target:
    """An address taken apart, as it will be connected to."""

    scheme: str
    host: str
    port: int
    path: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other side said."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def is_public(address: Address) -> bool:
    """Whether anybody on the internet could be told this address: not private, local, reserved, or one in disguise."""
    if address.is_multicast or address.is_reserved or not address.is_global:
        return False
    return not any(address in network for network in _NOT_PUBLIC)


def may_reach(address: Address, *, only_allowed: bool = False) -> bool:
    """Whether this installation speaks to the address; with `only_allowed` it has to be in a network named for it."""
    if any(address in network for network in settings.OUTBOUND_ALLOW_NETWORKS):
        return True
    return not only_allowed and is_public(address)


def target_of(url: str) -> Target:
    """The address taken apart. Raises Invalid for one that is none, is not https, or is spelled in an odd way.

    Where networks are allowed by OUTBOUND_ALLOW_NETWORKS, http and other ports may lead there; whether they do is seen
    when it is connected to.
    """
    url = url.strip()
    parts = None
    if url and len(url) <= MAX_URL and _URL.fullmatch(url):
        try:
            parts = parse_url(url)
        except LocationParseError:
            parts = None
    if parts is None or not parts.scheme or not parts.host:
        raise Invalid.at(
            "url", _("This is no web address."), _("Write it as https://example.org/path, in plain letters.")
        )
    if parts.auth is not None or _CREDENTIALS.match(url):
        raise Invalid.at("url", _("It holds a name or password."), _("Leave them out; use the signature instead."))
    scheme, host = parts.scheme.lower(), parts.host.lower()
    if scheme != "https" and not (scheme == "http" and settings.OUTBOUND_ALLOW_NETWORKS):
        raise Invalid.at("url", _("It does not begin with https://."), _("Use an address with TLS."))
    literal = _literal(host)
    if literal is None and not _NAME.fullmatch(host):
        raise Invalid.at(
            "url",
            _("“%(h)s” is no host name.") % {"h": host[:100]},
            _("Write the name as it is registered; one with other letters in its xn-- form."),
        )
    port = parts.port or (443 if scheme == "https" else 80)
    if port not in (443, *settings.OUTBOUND_ALLOW_PORTS) and not settings.OUTBOUND_ALLOW_NETWORKS:
        raise Invalid.at("url", _("Port %(p)s is not open for this.") % {"p": port}, _("Use port 443."))
    target = Target(scheme, host.strip("[]"), port, parts.request_uri)
    if literal is not None and not may_reach(literal, only_allowed=_needs_allowing(target)):
        raise Invalid.at("url", _blocked(host), _("Use an address that is open to everyone."))
    return target


def _literal(host: str) -> Address | None:
    """The address that the host is, in its one plain spelling; None for a name."""
    try:
        if host.startswith("["):
            return None if "%" in host else ipaddress.IPv6Address(host.strip("[]"))
        return ipaddress.IPv4Address(host)
    except ValueError:
        return None


def _needs_allowing(target: Target) -> bool:
    """Whether only a network that was named for it may be reached so."""
    return target.scheme != "https" or target.port not in (443, *settings.OUTBOUND_ALLOW_PORTS)


def _blocked(host: str) -> Message | str:
    return _("“%(h)s” leads to an address that is not open to everyone.") % {"h": host[:100]}


class _Deadline:
    """Ends a request that takes too long, whatever it is busy with: it hangs up from another thread."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self._line: socket.socket | None = None
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self._hang_up)
        self._timer.daemon = True
        self.is_over = False

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._timer.cancel()
        with self._lock:
            if self._line is not None:
                self._line.close()
                self._line = None

    @property
    def left(self) -> float:
        """Seconds that are left, at least a little."""
        return max(0.05, self._end - time.monotonic())

    def watch(self, line: socket.socket) -> None:
        """Hang up this line when the time is over; a second handle on it, since TLS takes the first one over."""
        with self._lock:
            if self._line is not None:
                self._line.close()
            self._line = line.dup()

    def _hang_up(self) -> None:
        with self._lock:
            self.is_over = True
            if self._line is not None:
                try:
                    self._line.shutdown(socket.SHUT_RDWR)
                except OSError:
                    return


def _connected(host: str, port: int, deadline: _Deadline, *, only_allowed: bool) -> socket.socket:
    """A connection to one of the addresses that the name stands for, all of which were checked."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Unreachable(_("There is no host “%(h)s”.") % {"h": host[:100]}) from None
    for _family, _kind, _protocol, _name, where in found:
        if not may_reach(ipaddress.ip_address(str(where[0]).partition("%")[0]), only_allowed=only_allowed):
            raise Blocked(_blocked(host))
    for family, kind, protocol, _name, where in found:
        line = socket.socket(family, kind, protocol)
        try:
            deadline.watch(line)
            line.settimeout(min(CONNECT_SECONDS, deadline.left))
            line.connect(where)
            line.settimeout(deadline.left)
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return line
        except OSError:
            line.close()
            if deadline.is_over:
                break
    raise Unreachable(_("“%(h)s” does not take connections.") % {"h": host[:100]})


class _Plain(HTTPConnection):
    """A connection whose address is checked as it is made."""

    deadline: _Deadline

    def _new_conn(self) -> socket.socket:
        return _connected(self.host, self.port or 80, self.deadline, only_allowed=True)


class _Secure(HTTPSConnection):
    """The same with TLS; the certificate has to be good for the host name."""

    deadline: _Deadline
    only_allowed: bool

    def _new_conn(self) -> socket.socket:
        return _connected(self.host, self.port or 443, self.deadline, only_allowed=self.only_allowed)


def _connection_to(target: Target, deadline: _Deadline) -> _Plain | _Secure:
    if target.scheme == "http":
        plain = _Plain(target.host, target.port)
        plain.deadline = deadline
        return plain
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    secure = _Secure(target.host, target.port, ssl_context=context)
    secure.deadline, secure.only_allowed = deadline, _needs_allowing(target)
    return secure


def request(
    method: str,
    url: str,
    *,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    read: int = 0,
    seconds: float = TOTAL_SECONDS,
) -> Answer:
    """Ask once and give the answer, whatever its status; a redirect is an answer like any other.

    At most `read` bytes of its body are taken, by default none; `seconds` is for everything together.
    Raises Invalid for an address that cannot be used, Blocked, Unreachable, TooSlow, TooLarge.
    """
    target = target_of(url)
    sent = {"User-Agent": f"Unisono/{unisono.__version__}", "Accept-Encoding": "identity", **(headers or {})}
    deadline = _Deadline(seconds)
    connection = _connection_to(target, deadline)
    try:
        with deadline:
            connection.request(
                method, target.path, body=body, headers=sent, preload_content=False, decode_content=False
            )
            response = connection.getresponse()
            content = _body_of(response, read)
            answer = Answer(response.status, {k.lower(): v for k, v in response.headers.items()}, content)
    except OutboundError:
        if deadline.is_over:
            raise _too_slow(seconds) from None
        raise
    except ssl.SSLError as error:
        if deadline.is_over:
            raise _too_slow(seconds) from None
        why = getattr(error, "verify_message", "") or error.reason or type(error).__name__
        raise Unreachable(_("The connection is not trusted: %(e)s.") % {"e": str(why)[:200]}) from None
    except (HTTPError, http.client.HTTPException, OSError, ValueError) as error:
        if deadline.is_over or isinstance(error, TimeoutError):
            raise _too_slow(seconds) from None
        raise Unreachable(_("The connection broke off: %(e)s.") % {"e": type(error).__name__}) from None
    finally:
        connection.close()
    if deadline.is_over:
        raise _too_slow(seconds)
    return answer


def _body_of(response: BaseHTTPResponse, limit: int) -> bytes:
    if not limit:
        return b""
    content = response.read(limit + 1, decode_content=False)
    if len(content) > limit:
        raise TooLarge(_("The answer is larger than %(n)s bytes.") % {"n": limit})
    return content


def _too_slow(seconds: float) -> TooSlow:
    return TooSlow(_("There was no whole answer within %(n)s seconds.") % {"n": round(seconds, 1)})
