"""Settings: each does something, and the files that operators copy agree with them."""

import inspect
import re
from pathlib import Path

from unisono.config import settings as installed
from unisono.config.environment import Environment

DEPLOY = Path(__file__).parents[2] / "docs" / "how-to" / "deploy.md"


def test_every_setting_is_used() -> None:
    used = set(re.findall(r"ENVIRONMENT\.(\w+)", inspect.getsource(installed)))
    assert used == set(Environment.model_fields)


def test_the_language_of_pages_is_one_that_there_is() -> None:
    assert [code for code, _name in installed.LANGUAGES] == [installed.LANGUAGE_CODE]
    assert "language" not in Environment.model_fields, "there is nothing to choose from"


def test_a_proxy_lets_the_largest_file_through() -> None:
    """A request is a little larger than the file in it."""
    sizes = re.findall(r"(?:max_size|client_max_body_size) (\d+)(?:MiB|m)\b", DEPLOY.read_text(encoding="utf-8"))
    limit = Environment.model_fields["max_upload_mib"].default
    assert [int(size) for size in sizes] == [limit + 2] * 2
