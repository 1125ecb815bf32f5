"""A request beyond the largest upload is refused before it is read or anybody is asked who sends it."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/n/fjord-and-valley/import/", "/api/v1/networks/fjord-and-valley/imports"])
def test_too_large_a_request(address: str, settings: Any) -> None:
    settings.MAX_UPLOAD_BYTES = 1024
    small = SimpleUploadedFile("list.csv", b"x" * 2048)
    assert Client().post(address, {"file": small}).status_code != 413
    large = SimpleUploadedFile("list.csv", b"x" * (2 * 1024 * 1024))
    answer = Client().post(address, {"file": large})
    assert answer.status_code == 413
    assert b"UNISONO_MAX_UPLOAD_MIB" in answer.content
    assert (answer["Content-Type"] == "application/problem+json") == address.startswith("/api/")


@pytest.mark.parametrize("address", ["/sign-in/?next=%00", "/api/v1/me?q=a%00b", "/live/%00.json"])
def test_an_address_with_a_null_character(client: Client, address: str) -> None:
    """No database takes it; it is refused before one is asked, in words."""
    answer = client.get(address)
    assert answer.status_code == 400
    assert "null character" in answer.content.decode()
