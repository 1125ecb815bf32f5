"""Signatures of Standard Webhooks, version 1: HMAC-SHA256 over id, moment and body."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence

_PREFIX = "whsec_"


def new_secret() -> str:
    """A secret of 256 random bits, as receivers' libraries take it."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def signatures(keys: Sequence[str], *, message_id: str, timestamp: int, body: bytes) -> str:
    """The header webhook-signature: one signature for each secret; a receiver is content with one that it knows."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    found = []
    for secret in keys:
        key = base64.b64decode(secret.removeprefix(_PREFIX))
        found.append("v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode())
    return " ".join(found)
