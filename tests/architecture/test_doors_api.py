"""Doors of the API: every endpoint, taken from the API itself, is tried by those who may not pass."""

import json
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests.architecture.world import WRITING, World, fingerprint

from unisono.api import api
from unisono.areas.network.kinds import BY_PLURAL

# Endpoints that need no token at all; each with the reason.
OPEN: dict[str, str] = {}
# Endpoints that any signed-in role may write to, because they touch only what is the caller's own.
OWN = {
    ("DELETE", "/api/v1/tokens/{token_id}"): "revokes the caller's own token",
    ("DELETE", "/api/v1/sessions/{session_id}"): "ends the caller's own session",
    ("POST", "/api/v1/jobs/{job_id}/cancel"): "stops the caller's own job",
    ("POST", "/api/v1/networks/{network}/comments"): "everybody in a network may say something",
    ("POST", "/api/v1/notifications/read"): "the caller's own",
    ("PATCH", "/api/v1/notifications/kinds"): "the caller's own",
    ("POST", "/api/v1/networks/{network}/views"): "keeps a view for the caller; sharing it needs a right",
}
# Endpoints that show the caller's own things, of which an observer has none here.
OTHERS_OWN = {"/api/v1/jobs/{job_id}": "the owner's job"}


def endpoints() -> list[tuple[str, str]]:
    paths = api.get_openapi_schema()["paths"]
    return sorted((method.upper(), path) for path, methods in paths.items() for method in methods)


def body_of(method: str, path: str, world: World) -> dict[str, Any]:
    """A body with which the owner's request would succeed, so that only the policy stands in the way."""
    parts = path.split("/")
    if parts[-1] == "state":
        return {"state": "ended"}
    if parts[-1] == "readers":
        return {"readers": {}}
    if parts[-1] == "hand-over":
        return {"successor": None}
    if parts[-1] == "views":
        return {"record_kind": "member", "name": "Changed"}
    if parts[-1] == "bulk":
        return {"record_kind": "member", "set": {"tier": "Changed"}}
    if parts[-1] == "{comment_id}" and method == "PATCH":
        return {"text": "Changed"}
    if parts[-1] == "comments":
        return {"record_kind": "member", "record_id": str(world.ids["member"]), "text": "Changed"}
    if parts[-1] == "merge":
        return {"absorb": str(world.ids["organization"])}
    if parts[-1] == "participants":
        return {"memberships": [str(world.ids["member_id"])]}
    if parts[-1] == "attendance":
        return {"participations": [str(world.ids["participation"])], "state": "attended"}
    if parts[-1] == "fields":
        return {"record_kind": "member", "label": "Rooms", "type": "integer"}
    if parts[-1] == "mapping":
        return {"mapping": {"columns": {"member": {"Name": "name"}}}}
    if parts[-1] == "invitations":
        return {"email": "another@example.org", "role": "observer"}
    if parts[-1] == "{role_id}":
        return {"role": "curator"}
    if parts[-1] == "decide":
        return {"decision": "different"}
    if parts[-1] == "webhooks":
        return {"name": "Changed", "url": "https://example.org/"}
    kind = next((kind for plural, kind in BY_PLURAL.items() if plural in parts), None)
    if kind and method == "POST" and parts[-1] == kind.plural:
        return json.loads(json.dumps(world.values[kind.name], default=str))
    return {"name": "Changed"} if path.endswith(("/networks", "/live-links")) else {}


def call(client: Client, method: str, path: str, world: World) -> Any:
    address = re.sub(r"\{(\w+)\}", lambda match: str(world.value_for(path, match[1])), path)
    if method == "GET":
        needed = {"search": {"q": "trout"}, "way": {"to": "Hotel Utsikten"}}
        return client.get(address, needed.get(path.rpartition("/")[2], {}))
    if method == "POST" and path.endswith(("/attachments", "/imports")):
        return client.post(address, {"file": SimpleUploadedFile("new.csv", b"Name\nNew\n")})
    body = json.dumps(body_of(method, path, world))
    return client.generic(method, address, body, content_type="application/json")


@pytest.mark.django_db
def test_endpoints_keep_strangers_out(world: World, subtests: pytest.Subtests) -> None:
    before = fingerprint()
    assert len(endpoints()) > 80
    for method, path in endpoints():
        with subtests.test(f"{method} {path}"):
            answer = call(Client(), method, path, world)
            if path not in OPEN:
                assert answer.status_code == 401, "no token"
                assert answer["WWW-Authenticate"].startswith("Bearer")

            # Somebody else's workspace: everything named in the path is not there.
            if "{" in path:
                answer = call(world.api_client(world.stranger, *WRITING), method, path, world)
                assert answer.status_code == 404, "another workspace"
                assert answer["Content-Type"] == "application/problem+json"

            if method != "GET" and (method, path) not in OWN:
                answer = call(world.api_client(world.observer, *WRITING), method, path, world)
                assert answer.status_code in (403, 404), "an observer writes"
                # The owner's own token, without the scope.
                answer = call(world.api_client(world.owner, "read"), method, path, world)
                assert answer.status_code in (403, 404), "a token without the scope writes"

            assert fingerprint() == before, "a refusal changed the database"


@pytest.mark.django_db
def test_reading_is_open_to_an_observer_and_changes_nothing(world: World, subtests: pytest.Subtests) -> None:
    client = world.api_client(world.observer, "read")
    before = fingerprint()
    for method, path in endpoints():
        if method != "GET":
            continue
        with subtests.test(path):
            answer = call(client, method, path, world)
            content = b"".join(answer) if answer.streaming else answer.content
            if world.is_hidden_from_observer(path) or path in OTHERS_OWN:
                assert answer.status_code in (403, 404)
            else:
                assert answer.status_code == 200, content[:300]
            assert world.canary.encode() not in content
            assert fingerprint() == before
