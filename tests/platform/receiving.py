"""A receiver of webhooks on this machine, and the check of a signature as a receiver writes it."""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


def is_signed(secret: str, headers: Mapping[str, str], body: bytes) -> bool:
    """Written from the specification, not with the code under test."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    found = [part.removeprefix("v1,") for part in headers["webhook-signature"].split() if part.startswith("v1,")]
    return any(hmac.compare_digest(expected, each) for each in found)


class Receiver:
    """Takes requests and answers each with a status; `answers` gives them by turn, the last one from then on."""

    def __init__(self) -> None:
        self.answers: list[int] = [204]
        self.more: dict[str, str] = {}
        self.taken: list[tuple[dict[str, str], bytes]] = []
        self.on_request: Callable[[], None] = lambda: None
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                number = len(outer.taken)
                outer.taken.append(({k.lower(): v for k, v in self.headers.items()}, body))
                outer.on_request()
                self.send_response(outer.answers[min(number, len(outer.answers) - 1)])
                for name, value in outer.more.items():
                    self.send_header(name, value)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *given: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/hook"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def said(self) -> list[dict[str, Any]]:
        """The bodies of all requests."""
        return [json.loads(body) for _headers, body in self.taken]

    def ids(self) -> list[str]:
        """The webhook-id of all requests."""
        return [headers["webhook-id"] for headers, _body in self.taken]

    def end(self) -> None:
        self._server.shutdown()
        self._server.server_close()
