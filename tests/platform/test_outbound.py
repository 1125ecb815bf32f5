"""Outgoing HTTP: what it does not speak to, however the address is spelled, and that each request has an end.

All servers are real and listen on the loopback of this machine, which the tests open by OUTBOUND_ALLOW_NETWORKS.
"""

import ipaddress
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from unisono.platform import outbound
from unisono.platform.errors import Invalid

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)
PUBLIC = "93.184.215.14"
Talk = Callable[[socket.socket], None]


class Server:
    """Answers every connection by `talk`; keeps what was sent to it."""

    def __init__(self, talk: Talk | bytes, context: ssl.SSLContext | None = None) -> None:
        self.heard: list[bytes] = []
        self._talk, self._context, self._over = talk, context, threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.1)
        self.port: int = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._listen, daemon=True)]
        self._threads[0].start()

    def _listen(self) -> None:
        while not self._over.is_set():
            with suppress(TimeoutError):
                line, _where = self._listener.accept()
                threading.Thread(target=self._serve, args=(line,), daemon=True).start()

    def _serve(self, line: socket.socket) -> None:
        with suppress(OSError), line:
            line.settimeout(20)
            if self._context:
                line = self._context.wrap_socket(line, server_side=True)
            request = b""
            while b"\r\n\r\n" not in request:
                piece = line.recv(4096)
                if not piece:
                    return
                request += piece
            self.heard.append(request)
            if callable(self._talk):
                self._talk(line)
            else:
                line.sendall(self._talk)
            line.close()

    def end(self) -> None:
        self._over.set()
        self._threads[0].join()
        self._listener.close()


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    """`serve(talk)` is a server on the loopback."""
    running: list[Server] = []

    def start(talk: Talk | bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", **more: Any) -> Server:
        running.append(Server(talk, **more))
        return running[-1]

    yield start
    for server in running:
        server.end()


@pytest.fixture
def loopback(settings: Any) -> None:
    """The loopback is allowed."""
    settings.OUTBOUND_ALLOW_NETWORKS = LOOPBACK


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """`resolver([...], [...])` answers the first question about a name with the first list, the next with the next."""

    def answering(*answers: list[str]) -> list[str]:
        asked: list[str] = []

        def getaddrinfo(host: str, port: int, *given: Any, **more: Any) -> list[Any]:
            found = answers[min(len(asked), len(answers) - 1)]
            asked.append(host)
            return [
                (socket.AF_INET6 if ":" in ip else socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port))
                for ip in found
            ]

        monkeypatch.setattr(outbound.socket, "getaddrinfo", getaddrinfo)
        return asked

    return answering


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Where connections were tried; none is made."""
    tried: list[Any] = []

    class Line(socket.socket):
        def connect(self, where: Any) -> None:
            tried.append(where)
            raise ConnectionRefusedError

    monkeypatch.setattr(outbound.socket, "socket", Line)
    return tried


def test_an_answer_is_given_whole(serve: Callable[..., Server], loopback: None) -> None:
    server = serve()
    answer = outbound.request("POST", f"http://127.0.0.1:{server.port}/hook?a=b", body=b"{}", read=100)
    assert (answer.status, answer.body) == (200, b"ok")
    [heard] = server.heard
    assert heard.startswith(b"POST /hook?a=b HTTP/1.1\r\n")
    assert f"Host: 127.0.0.1:{server.port}".encode() in heard


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1", "192.168.1.1",
        "169.254.169.254", "100.64.0.1",
        "192.0.0.1", "192.0.2.1",
        "198.18.0.1", "198.51.100.1", "203.0.113.1", "192.88.99.1", "224.0.0.1",
        "239.255.255.255", "240.0.0.1", "255.255.255.255",
        "::", "::1", "::ffff:127.0.0.1", "::ffff:93.184.215.14", "::7f00:1", "64:ff9b::7f00:1", "64:ff9b::5db8:d70e",
        "64:ff9b:1::1", "2002:7f00:1::1", "2001::1", "2001:db8::1", "fc00::1", "fd12:3456::1", "fe80::1", "fec0::1",
        "ff02::1", "100::1", "5f00::1",
    ],
)  # fmt: skip
def test_only_public_addresses_are_spoken_to(
    address: str, resolver: Callable[..., list[str]], connected: list[Any]
) -> None:
    assert not outbound.is_public(ipaddress.ip_address(address))
    resolver([address])
    with pytest.raises(outbound.Blocked):
        outbound.request("GET", "https://example.org/")
    resolver([PUBLIC, address])
    with pytest.raises(outbound.Blocked):
        outbound.request("GET", "https://example.org/")
    assert connected == [], "one bad address among good ones is enough"


@pytest.mark.parametrize("address", [PUBLIC, "1.1.1.1", "2606:4700:4700::1111", "2a00:1450:400f::1"])
def test_public_addresses_are(address: str) -> None:
    assert outbound.is_public(ipaddress.ip_address(address))


def test_a_name_that_changes_its_mind_wins_nothing(resolver: Callable[..., list[str]], connected: list[Any]) -> None:
    """DNS rebinding: what is connected to is what was checked, and nobody asks a second time."""
    asked = resolver([PUBLIC], ["127.0.0.1"])
    with pytest.raises(outbound.Unreachable):
        outbound.request("GET", "https://rebind.example.org/")
    assert asked == ["rebind.example.org"]
    assert connected == [(PUBLIC, 443)]


def test_a_client_that_asks_twice_would_be_fooled(resolver: Callable[..., list[str]]) -> None:
    """The control: the resolver of the test does rebind; checking first and connecting by name would lead inside."""
    resolver([PUBLIC], ["127.0.0.1"])
    checked = socket.getaddrinfo("rebind.example.org", 443)[0][4][0]
    assert outbound.is_public(ipaddress.ip_address(checked))
    assert socket.getaddrinfo("rebind.example.org", 443)[0][4][0] == "127.0.0.1"


@pytest.mark.parametrize(
    "url",
    [
        "https://2130706433/", "https://0x7f000001/", "https://0x7f.1/", "https://0177.0.0.1/", "https://127.1/",
        "https://127.0.0.1/", "https://127.0.0.1./", "https://0/", "https://[::1]/", "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:7f00:1]/", "https://[fe80::1%25eth0]/", "https://[64:ff9b::7f00:1]/", "https://１２７.0.0.1/",
        "https://ⓛocalhost/", "https://127。0。0。1/", "https://example.org@127.0.0.1/", "https://user:pw@example.org/",
        "https://@example.org/", "https://example.org\\@127.0.0.1/", "https://127.0.0.1\\.example.org/",
        "https://exa mple.org/", "https://example.org\r\nHost: x/", "https://example.org/\r\nX-A: b", "https:///x",
        "https://", "//example.org/", "example.org", "ftp://example.org/", "file:///etc/passwd", "gopher://example.org",
        "javascript:alert(1)", "http://example.org/", "https://example.org:22/", "https://example.org:0x1bb/",
        "https://example.org:99999/", "https://example..org/", "https://-a.org/", "https://example.org.:443@x/",
        "https://169.254.169.254/latest/meta-data/", "https://" + "a" * 2100 + ".org/", "",
    ],
)  # fmt: skip
def test_odd_addresses_are_refused_before_anything_is_resolved(
    url: str, monkeypatch: pytest.MonkeyPatch, connected: list[Any]
) -> None:
    def asked(*given: Any, **more: Any) -> Any:
        raise AssertionError("resolved")

    monkeypatch.setattr(outbound.socket, "getaddrinfo", asked)
    with pytest.raises(Invalid) as error:
        outbound.request("GET", url)
    assert error.value.problems[0].remedy
    assert connected == []


@pytest.mark.parametrize(
    "spelling", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "[::ffff:127.0.0.1]", "[::1]", "0", "localhost"]
)
def test_no_spelling_of_the_loopback_reaches_a_server_there(spelling: str, serve: Callable[..., Server]) -> None:
    """Were one taken for a name, the system would still resolve it to an address that is refused."""
    server = serve()
    with pytest.raises((Invalid, outbound.OutboundError)):
        outbound.request("GET", f"https://{spelling}:{server.port}/")
    deadline = outbound._Deadline(5)
    with pytest.raises((outbound.Blocked, outbound.Unreachable)), deadline:
        outbound._connected(spelling.strip("[]"), server.port, deadline, only_allowed=False)
    assert server.heard == []


def test_allowing_one_network_opens_no_other(
    serve: Callable[..., Server], settings: Any, resolver: Callable[..., list[str]], connected: list[Any]
) -> None:
    settings.OUTBOUND_ALLOW_NETWORKS = (ipaddress.ip_network("10.20.0.0/16"),)
    for url, address in (
        ("https://example.org/", "10.21.0.1"),
        ("https://example.org/", "::ffff:10.20.0.1"),
        # Without TLS, or at another port, not even public addresses.
        ("http://example.org/", PUBLIC),
        ("https://example.org:8443/", PUBLIC),
    ):
        resolver([address])
        with pytest.raises(outbound.Blocked):
            outbound.request("GET", url)
    assert connected == []
    resolver(["10.20.0.1"])
    with pytest.raises(outbound.Unreachable):
        outbound.request("GET", "http://example.org:8080/")
    assert connected == [("10.20.0.1", 8080)]


def test_a_port_can_be_opened(settings: Any, resolver: Callable[..., list[str]], connected: list[Any]) -> None:
    settings.OUTBOUND_ALLOW_PORTS = (8443,)
    resolver([PUBLIC])
    with pytest.raises(outbound.Unreachable):
        outbound.request("GET", "https://example.org:8443/")
    assert connected == [(PUBLIC, 8443)]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_and_is_not_followed(status: int, serve: Callable[..., Server], loopback: None) -> None:
    inside = serve()
    moved = f"HTTP/1.1 {status} Moved\r\nLocation: http://127.0.0.1:{inside.port}/latest/meta-data/\r\n\r\n"
    server = serve(moved.encode())
    answer = outbound.request("POST", f"http://127.0.0.1:{server.port}/", body=b"{}")
    assert answer.status == status
    assert inside.heard == []


def test_proxies_of_the_environment_are_not_used(
    serve: Callable[..., Server], loopback: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy, server = serve(), serve()
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
    assert outbound.request("GET", f"http://127.0.0.1:{server.port}/").status == 200
    assert proxy.heard == []


def _drip(before: bytes, drop: bytes) -> Talk:
    def talk(line: socket.socket) -> None:
        line.sendall(before)
        while True:
            time.sleep(0.05)
            line.sendall(drop)

    return talk


@pytest.mark.parametrize(
    "talk",
    [
        _drip(b"", b"H"),
        _drip(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n"),
        _drip(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        _drip(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b"x"),
        _drip(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        lambda line: time.sleep(10),
    ],
    ids=["status line", "headers", "continue", "body", "chunks", "silence"],
)
def test_whoever_drips_is_hung_up_on(talk: Talk, serve: Callable[..., Server], loopback: None) -> None:
    server = serve(talk)
    begun = time.monotonic()
    with pytest.raises((outbound.TooSlow, outbound.Unreachable)):
        outbound.request("GET", f"http://127.0.0.1:{server.port}/", read=10_000, seconds=0.6)
    assert time.monotonic() - begun < 3


def test_a_handshake_that_never_ends_is_hung_up_on(serve: Callable[..., Server], loopback: None) -> None:
    server = serve(lambda line: time.sleep(10))
    begun = time.monotonic()
    with pytest.raises(outbound.TooSlow):
        outbound.request("GET", f"https://127.0.0.1:{server.port}/", seconds=0.6)
    assert time.monotonic() - begun < 3


def test_a_huge_body_is_not_taken(serve: Callable[..., Server], loopback: None) -> None:
    sent = []

    def talk(line: socket.socket) -> None:
        line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        for _number in range(1000):
            line.sendall(b"x" * 1_000_000)
            sent.append(1)

    server = serve(talk)
    assert outbound.request("POST", f"http://127.0.0.1:{server.port}/").body == b"", "not even looked at"
    with pytest.raises(outbound.TooLarge):
        outbound.request("GET", f"http://127.0.0.1:{server.port}/", read=1000)
    assert len(sent) < 200


def test_a_body_that_unpacks_to_more_is_not_unpacked(serve: Callable[..., Server], loopback: None) -> None:
    import gzip

    packed = gzip.compress(b"0" * 10_000_000)
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n\r\n"
    server = serve(head.encode() + packed)
    assert outbound.request("GET", f"http://127.0.0.1:{server.port}/", read=100_000).body == packed


@pytest.mark.parametrize("talk", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 99999 x\r\n\r\n", b"\x00" * 100_000])
def test_what_is_no_http_is_no_answer(talk: bytes, serve: Callable[..., Server], loopback: None) -> None:
    server = serve(talk)
    with pytest.raises(outbound.Unreachable) as error:
        outbound.request("GET", f"http://127.0.0.1:{server.port}/")
    assert "nonsense" not in str(error.value)


def test_nobody_there(loopback: None, serve: Callable[..., Server]) -> None:
    server = serve()
    server.end()
    with pytest.raises(outbound.Unreachable, match="does not take connections"):
        outbound.request("GET", f"http://127.0.0.1:{server.port}/")


@pytest.mark.parametrize("header", ["a\r\nX-Evil: 1", "a\nX-Evil: 1"])
def test_a_header_holds_no_second_one(header: str, serve: Callable[..., Server], loopback: None) -> None:
    server = serve()
    with pytest.raises(outbound.OutboundError):
        outbound.request("GET", f"http://127.0.0.1:{server.port}/", headers={"X-A": header})
    assert all(b"X-Evil" not in heard for heard in server.heard)


@pytest.fixture
def certified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ssl.SSLContext]:
    """`certified("good.example.org")` is the TLS of a server with a certificate for this name, which is trusted."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl makes the certificates of this test")

    def make(name: str) -> ssl.SSLContext:
        key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
        subprocess.run(
            [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}", "-addext",
             f"subjectAltName=DNS:{name}", "-keyout", str(key), "-out", str(certificate)],
            check=True, capture_output=True,
        )  # fmt: skip
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        return context

    return make


def test_the_certificate_has_to_be_good_for_the_name(
    serve: Callable[..., Server],
    loopback: None,
    resolver: Callable[..., list[str]],
    certified: Callable[[str], ssl.SSLContext],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server = serve(context=certified("good.example.org"))
    resolver(["127.0.0.1"])
    assert outbound.request("GET", f"https://good.example.org:{server.port}/").status == 200
    with pytest.raises(outbound.Unreachable, match="not trusted"):
        outbound.request("GET", f"https://other.example.org:{server.port}/")
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(outbound.Unreachable, match="not trusted"):
        outbound.request("GET", f"https://good.example.org:{server.port}/")
    assert len(server.heard) == 1, "nothing is said to whoever is not trusted"
