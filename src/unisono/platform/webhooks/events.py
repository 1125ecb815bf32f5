"""The one rule of what webhooks are told: which events, to which endpoints, and what of them.

* Only events about what an area declares by `register_subject`; notes, comments, tokens and what is one's own never.
* Never an event about a record that only the care team or one person may read.
* Of a batch (an import, a change of many) the event of the batch, not one for each of its records.
* The kind, the keys of what it is about, and the names of changed fields; never a value, never who did it.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from unisono.platform import outbox
from unisono.platform.fields import Label
from unisono.platform.models import Event, Outgoing, WebhookEndpoint

PING = "ping"
_subjects: dict[str, Label] = {}


def register_subject(name: str, label: Label) -> None:
    """Let events whose kind begins with this name go to webhooks; `label` is what people read for it."""
    _subjects[name] = label


def known_kinds() -> dict[str, str]:
    """What an endpoint can be told of, with what people read for it."""
    return {f"{name}.*": str(label) for name, label in _subjects.items()}


def is_known(kind: str) -> bool:
    """Whether an endpoint can ask for it: "*", "member.*" or "member.edited"."""
    subject, dot, verb = kind.partition(".")
    return kind == "*" or bool(dot and verb and subject in _subjects)


def wants(kinds: Sequence[str], kind: str) -> bool:
    """Whether somebody who asked for `kinds` is told of an event of this kind."""
    return bool({"*", kind, f"{kind.partition('.')[0]}.*"} & set(kinds))


def is_told(event: Event) -> bool:
    """Whether webhooks may hear of the event at all."""
    in_batch = event.batch_id is not None and event.batch_id != event.subject_id
    return event.kind.partition(".")[0] in _subjects and not event.is_confidential and not in_batch


def content_of(event: Event) -> dict[str, Any]:
    """What is told of it: keys and names of fields."""
    data: dict[str, Any] = {
        "event_id": str(event.pk),
        "subject": {"kind": event.kind.partition(".")[0], "id": str(event.subject_id)},
        "changed": sorted(event.changes),
    }
    for name in ("network_id", "about_id", "batch_id"):
        if (value := getattr(event, name)) is not None:
            data[name] = str(value)
    return data


def body_of(kind: str, at: datetime, data: Mapping[str, Any]) -> str:
    """The body of a request, as Standard Webhooks suggests it; kept as text, for what is signed must stay as it is."""
    moment = at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return json.dumps({"type": kind, "timestamp": moment, "data": data}, ensure_ascii=False, separators=(",", ":"))


def queue(events: Sequence[Event]) -> None:
    """Put what endpoints are told of these events into the outbox, in the transaction that writes them."""
    told = [event for event in events if is_told(event)]
    if not told:
        return
    for endpoint in WebhookEndpoint.objects.filter(is_active=True).order_by("pk"):
        for event in told:
            if wants(endpoint.kinds, event.kind):
                put(endpoint, event.kind, event.at, content_of(event))


def put(endpoint: WebhookEndpoint, kind: str, at: datetime, data: Mapping[str, Any]) -> Outgoing:
    """One message to one endpoint."""
    return outbox.put(
        kind=Outgoing.Kind.WEBHOOK, purpose=kind, recipient=endpoint.name, endpoint_id=endpoint.pk,
        workspace_id=endpoint.workspace_id, payload={"body": body_of(kind, at, data)},
    )  # fmt: skip
