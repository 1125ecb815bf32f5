"""Settings: each does something, and the files that operators copy agree with them."""

import inspect
import json
import os
import re
import subprocess
import sys
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


def test_a_proxy_says_itself_where_a_request_came_from() -> None:
    """What a client writes into these headers would else pass as the truth: limits on signing in go by them."""
    nginx = DEPLOY.read_text(encoding="utf-8").partition("proxy_pass")[2]
    assert "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;" in nginx
    assert "proxy_set_header X-Forwarded-Proto $scheme;" in nginx


def _settings_under(address: str, folder: Path) -> dict[str, object]:
    """Settings of an installation that is reached at this address, read by a process of its own."""
    names = ["SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE"]
    names += ["SESSION_COOKIE_HTTPONLY", "CSRF_COOKIE_HTTPONLY", "SESSION_COOKIE_SAMESITE", "CSRF_COOKIE_SAMESITE"]
    names += ["SECURE_HSTS_SECONDS", "DEBUG", "SESSION_COOKIE_DOMAIN", "SESSION_COOKIE_PATH"]
    program = f"""
import json
from django.conf import settings
from unisono.web.pages import LAST_NETWORK
from unisono.web.security import MessageCookie
found = {{name: getattr(settings, name) for name in {names}}}
print(json.dumps(found | {{"others": [LAST_NETWORK, MessageCookie.cookie_name]}}))
"""
    program = f"import django; django.setup()\n{program}"
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("UNISONO_")},
        "UNISONO_DATA_DIR": str(folder),
        "UNISONO_BASE_URL": address,
        "DJANGO_SETTINGS_MODULE": "unisono.config.settings",
    }
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, check=True)
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_cookies_belong_to_this_very_host(tmp_path: Path) -> None:
    """Under TLS a browser sends them by TLS only, keeps them from scripts, and takes them from no neighbour."""
    found = _settings_under("https://unisono.example.org", tmp_path)
    others = found["others"]
    assert isinstance(others, list)
    assert all(str(name).startswith("__Host-") for name in (found["SESSION_COOKIE_NAME"], *others))
    assert found["CSRF_COOKIE_NAME"] == "__Host-csrftoken"
    assert found["SESSION_COOKIE_SECURE"] is found["CSRF_COOKIE_SECURE"] is True
    assert found["SESSION_COOKIE_HTTPONLY"] is found["CSRF_COOKIE_HTTPONLY"] is True
    assert found["SESSION_COOKIE_SAMESITE"] == found["CSRF_COOKIE_SAMESITE"] == "Lax"
    # What the prefix asks for.
    assert (found["SESSION_COOKIE_DOMAIN"], found["SESSION_COOKIE_PATH"]) == (None, "/")
    assert found["SECURE_HSTS_SECONDS"] == 31_536_000
    assert found["DEBUG"] is False
    key = tmp_path / "secret_key"
    assert key.stat().st_mode & 0o077 == 0, "others on the machine must not read the key"
    assert len(key.read_text(encoding="ascii")) >= 64
