"""Settings of a test run: a folder of its own, tasks done at once, SQLite or PostgreSQL by UNISONO_TEST_DATABASE."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_FOLDER = Path(tempfile.mkdtemp(prefix="unisono-test-"))
atexit.register(shutil.rmtree, _FOLDER, ignore_errors=True)

TEST_DATABASE = os.environ.get("UNISONO_TEST_DATABASE", "sqlite")
os.environ["UNISONO_DATA_DIR"] = str(_FOLDER)
if TEST_DATABASE == "postgresql":
    os.environ.setdefault("DATABASE_URL", "postgresql://postgres@127.0.0.1:5432/postgres")
else:
    os.environ.pop("DATABASE_URL", None)

from unisono.config import settings as _installed  # noqa: E402 - the environment comes first

globals().update({name: getattr(_installed, name) for name in dir(_installed) if name.isupper()})

DATABASES = {"default": {**_installed.DATABASES["default"]}}
if TEST_DATABASE == "postgresql":
    # Two runs at once on one server do not meet.
    DATABASES["default"]["TEST"] = {"NAME": f"test_unisono_{os.getpid()}"}
else:
    # A file, as in real life, so that threads and other processes see it; only the waiting for the disk is left out.
    DATABASES["default"]["TEST"] = {"NAME": str(_FOLDER / "test.sqlite3")}
    _options = dict(DATABASES["default"]["OPTIONS"])
    _options["init_command"] = _options["init_command"].replace("synchronous=FULL", "synchronous=OFF")
    DATABASES["default"]["OPTIONS"] = _options

ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
