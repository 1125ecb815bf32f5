"""Idempotency-Key: a request that is sent twice is done once, also when both come at the same moment."""

import json
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.utils import timezone

from unisono.areas.network.actions import create_network
from unisono.areas.network.models import Membership, Network
from unisono.areas.network.queries.plain import plain_record
from unisono.platform.accounts import create_token, create_workspace
from unisono.platform.actor import Actor, actor_of
from unisono.platform.models import IdempotencyRecord
from unisono.platform.tenancy import workspace_scope

PATH = "/api/v1/networks/fjord-and-valley/members"


def add(client: Client, name: str, key: str | None, **body: Any) -> Any:
    headers = {"Idempotency-Key": key} if key is not None else {}
    return client.post(PATH, json.dumps({"name": name, **body}), content_type="application/json", headers=headers)


@pytest.fixture
def client(make_api: Callable[..., Client], network: Network) -> Client:
    return make_api("read", "write")


def test_the_second_gets_the_answer_of_the_first(client: Client) -> None:
    first = add(client, "Hotel Utsikten", "k1")
    second = add(client, "Hotel Utsikten", "k1")
    assert (first.status_code, second.status_code) == (201, 201)
    assert second.json() == first.json()
    assert second["Location"] == first["Location"]
    assert second["ETag"] == first["ETag"]
    assert second["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first
    assert Membership.objects.count() == 1


def test_without_a_key_it_is_done_twice(client: Client) -> None:
    """The control: what the key prevents does happen without it."""
    for _time in range(2):
        assert add(client, "Hotel Utsikten", None, same_name=True).status_code == 201
    assert Membership.objects.count() == 2


def test_a_key_belongs_to_one_request(client: Client, make_api: Callable[..., Client]) -> None:
    add(client, "Hotel Utsikten", "k1")
    other = add(client, "Sogn Bus Lines", "k1")
    assert other.status_code == 422
    assert other.json()["problems"][0]["place"] == "Idempotency-Key"
    # Another token has keys of its own.
    assert add(make_api("read", "write"), "Sogn Bus Lines", "k1").status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 256])
def test_a_key_has_a_length(client: Client, key: str) -> None:
    assert add(client, "Hotel Utsikten", key).status_code == 422


def test_after_an_error_the_key_may_be_tried_again(client: Client) -> None:
    assert add(client, "", "k1").status_code == 422
    assert not IdempotencyRecord.objects.exists()
    assert add(client, "Hotel Utsikten", "k1").status_code == 201


def test_while_the_first_is_worked_on_the_second_waits(client: Client) -> None:
    add(client, "Hotel Utsikten", "k1")
    IdempotencyRecord.objects.update(status=None)
    waiting = add(client, "Hotel Utsikten", "k1")
    assert waiting.status_code == 409
    assert waiting.json()["problems"][0]["place"] == "Idempotency-Key"


def test_a_claim_whose_process_died_is_taken_over(client: Client) -> None:
    add(client, "Hotel Utsikten", "k1")
    Membership.objects.all().delete()
    record = IdempotencyRecord.objects.get()
    IdempotencyRecord.objects.update(status=None, created_at=record.created_at - timedelta(minutes=11))
    again = add(client, "Hotel Utsikten", "k1", same_name=True)
    assert again.status_code == 422, "another request than the one that died"
    again = add(client, "Hotel Utsikten", "k1")
    assert again.status_code == 409, "the name is taken, and that is an answer of the use case"
    assert again.json()["problems"][0]["place"] == "name"


def test_a_request_whose_claim_was_taken_over_does_not_claim_success(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(*args: Any, **kwargs: Any) -> Any:
        # Somebody else took it over while this one worked, as after ten minutes.
        IdempotencyRecord.objects.update(created_at=timezone.now())
        return plain_record(*args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr("unisono.api.records.plain_record", slow)
        answer = add(client, "Hotel Utsikten", "k1")
    assert Membership.objects.count() == 0, "its effect went with the claim"
    assert answer.status_code == 409
    assert answer.json()["problems"][0]["place"] == "Idempotency-Key"


def test_a_fault_keeps_nothing(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fault(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError

    client.raise_request_exception = False
    with monkeypatch.context() as patch:
        patch.setattr("unisono.api.records.plain_record", fault)
        answer = add(client, "Hotel Utsikten", "k1")
        assert answer.status_code == 500
        assert answer["Content-Type"] == "application/problem+json"
    assert Membership.objects.count() == 0, "the effect went with the answer"
    assert add(client, "Hotel Utsikten", "k1").status_code == 201


def test_a_form_is_recognised_though_its_boundary_differs(
    client: Client, add_member: Callable[..., Membership]
) -> None:
    path = f"{PATH}/{add_member('Hotel Utsikten').pk}/attachments"

    def upload(content: bytes) -> Any:
        form = {"file": SimpleUploadedFile("menu.txt", content)}
        return client.post(path, form, headers={"Idempotency-Key": "k1"})

    first, second = upload(b"soup"), upload(b"soup")
    assert first.status_code == 201
    assert second.json()["id"] == first.json()["id"]
    assert upload(b"fish").status_code == 422


def test_a_later_change_is_replayed_not_redone(client: Client) -> None:
    made = add(client, "Hotel Utsikten", None)
    path = made["Location"]

    def patch(place: str, key: str | None) -> Any:
        headers = {"Idempotency-Key": key} if key else {}
        return client.patch(path, json.dumps({"place": place}), content_type="application/json", headers=headers)

    assert patch("Aurland", "k1").json()["place"] == "Aurland"
    patch("Flåm", None)
    assert patch("Aurland", "k1").json()["place"] == "Aurland"
    assert client.get(path).json()["place"] == "Flåm"


def _race(secret: str, keys: list[str | None]) -> list[int]:
    """Status of as many simultaneous requests as there are keys."""
    gate = threading.Barrier(len(keys))
    answers: list[int] = []

    def run(key: str | None) -> None:
        client = Client(headers={"authorization": f"Bearer {secret}"})
        gate.wait()
        try:
            answers.append(add(client, "Hotel Utsikten", key, same_name=True).status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(key,)) for key in keys]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("key", "members"), [("k1", 1), (None, 6)], ids=["with a key", "control without"])
def test_six_at_the_same_moment(key: str | None, members: int) -> None:
    workspace, owner = create_workspace(name="W", owner_email="o@example.org")
    actor = actor_of(owner, workspace)
    assert isinstance(actor, Actor)
    with workspace_scope(workspace.pk):
        create_network(actor=actor, values={"name": "Fjord and valley"})
        _token, secret = create_token(actor=actor, name="t", scopes=["read", "write"])
    answers = _race(secret, [key] * 6)
    assert 201 in answers
    assert set(answers) <= {201, 409}
    with workspace_scope(workspace.pk):
        assert Membership.objects.count() == members


def test_a_secret_that_is_shown_once_is_not_kept(make_api: Callable[..., Client], network: Network) -> None:
    """A webhook's secret, its next one and a live link's address are in the first answer alone."""
    client = make_api("read", "write", "configure", "administer")

    def twice(path: str, body: dict[str, Any], name: str) -> Any:
        first, second = (
            client.post(path, json.dumps(body), content_type="application/json", headers={"Idempotency-Key": path})
            for _time in range(2)
        )
        assert first.status_code in (200, 201), first.content
        secret = first.json()[name]
        assert len(secret) > 20
        assert second["Idempotency-Replayed"] == "true"
        assert second.json() == {**first.json(), name: ""}
        assert secret not in str(list(IdempotencyRecord.objects.values_list("body", flat=True)))
        return first.json()

    hook = twice("/api/v1/webhooks", {"name": "x", "url": "https://example.org/in", "kinds": ["member.*"]}, "secret")
    twice(f"/api/v1/webhooks/{hook['id']}/rotate", {}, "secret")
    twice(f"/api/v1/networks/{network.slug}/live-links", {"name": "Map"}, "address")
