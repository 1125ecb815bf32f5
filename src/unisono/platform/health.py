"""Is this installation well: checks for the operator, and whether the server may take requests."""

import os
import platform
import shutil
import smtplib
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from zoneinfo import available_timezones

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.exceptions import ObjectDoesNotExist
from django.core.mail import get_connection
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext as _
from django_tasks import task

from unisono.platform.outbox import waiting_summary

_MIB = 1024 * 1024
_LITTLE_SPACE_MIB, _NO_SPACE_MIB = 1024, 128
_TRIED_PYTHONS = ((3, 11), (3, 12), (3, 13), (3, 14))
_WORKER_PATIENCE_SECONDS = 4.0
_MAIL_PATIENCE_SECONDS = 5


class State(StrEnum):
    """How a check came out."""

    OK = "ok"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at, what was found, and what to do about it."""

    name: str
    state: State
    finding: str
    remedy: str = ""

    def as_dict(self) -> dict[str, str]:
        return {name: str(value) for name, value in asdict(self).items()}


def _python() -> Check:
    version = platform.python_version()
    if sys.version_info[:2] not in _TRIED_PYTHONS:
        return Check("python", State.WARN, version, _("Unisono was not tried with it; use Python 3.11 to 3.14."))
    return Check("python", State.OK, version)


def _database() -> Check:
    try:
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("SHOW server_version")
                return Check("database", State.OK, f"PostgreSQL {cursor.fetchone()[0].split()[0]}")
            cursor.execute("SELECT sqlite_version()")
            return Check("database", State.OK, f"SQLite {cursor.fetchone()[0]}")
    except (DatabaseError, OSError) as error:
        return Check(
            "database",
            State.BAD,
            _("It does not answer: %(e)s") % {"e": type(error).__name__},
            _("Start it, or correct DATABASE_URL."),
        )


def pending_migrations() -> list[str]:
    """Changes of the tables that this version needs and the database does not have yet."""
    executor = MigrationExecutor(connection)
    return [f"{m.app_label}.{m.name}" for m, _back in executor.migration_plan(executor.loader.graph.leaf_nodes())]


def _migrations() -> Check:
    try:
        pending = pending_migrations()
    except (DatabaseError, OSError):
        return Check("migrations", State.BAD, _("The database does not answer."), _("See “database”."))
    if pending:
        return Check(
            "migrations", State.BAD, _("%(n)s are missing.") % {"n": len(pending)}, _("Run “unisono migrate”.")
        )
    return Check("migrations", State.OK, _("all are there"))


def _data_dir() -> Check:
    folder = Path(settings.DATA_DIR)
    if folder.is_dir() and os.access(folder, os.W_OK | os.X_OK):
        return Check("data folder", State.OK, str(folder))
    return Check(
        "data folder",
        State.BAD,
        _("%(f)s cannot be written to.") % {"f": folder},
        _("Make it, give this user the right to write, or set UNISONO_DATA_DIR."),
    )


def _disk() -> Check:
    folder = Path(settings.DATA_DIR)
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    free = shutil.disk_usage(folder).free // _MIB
    state = State.BAD if free < _NO_SPACE_MIB else State.WARN if free < _LITTLE_SPACE_MIB else State.OK
    return Check("disk", state, _("%(n)s MiB free") % {"n": free}, "" if state is State.OK else _("Make room, soon."))


def _bundle() -> Check:
    names = ("manifest.json", "app.js", "app.css", "theme.js", "icons.svg")
    missing = [name for name in names if finders.find(f"bundle/{name}") is None]
    if missing:
        return Check(
            "bundle",
            State.BAD,
            _("Pages lack their scripts and styles: %(m)s.") % {"m": ", ".join(missing)},
            _("Run “make bundle”, or install the released package."),
        )
    return Check("bundle", State.OK, _("it is there"))


def _time_zones() -> Check:
    if "Europe/Oslo" not in available_timezones():
        return Check(
            "time zones",
            State.BAD,
            _("There is no time zone data."),
            _("Install the system's tzdata, or the Python package tzdata."),
        )
    return Check("time zones", State.OK, _("%(n)s known") % {"n": len(available_timezones())})


def _addresses() -> Check:
    if settings.DEBUG:
        return Check("settings", State.WARN, _("DEBUG is on."), _("Unset UNISONO_DEBUG on a server that others reach."))
    host = settings.BASE_URL.partition("://")[2].partition("/")[0].rpartition("@")[2]
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    allowed = settings.ALLOWED_HOSTS
    if "*" not in allowed and name not in allowed and not any(a.startswith(".") and name.endswith(a) for a in allowed):
        return Check(
            "settings",
            State.BAD,
            _("UNISONO_BASE_URL names %(h)s, which UNISONO_ALLOWED_HOSTS does not.") % {"h": name},
            _("Add it to UNISONO_ALLOWED_HOSTS."),
        )
    if settings.BASE_URL.startswith("http://") and name not in ("localhost", "127.0.0.1", "[::1]"):
        return Check(
            "settings",
            State.WARN,
            _("%(u)s is not encrypted.") % {"u": settings.BASE_URL},
            _("Put a proxy with TLS before the server and let UNISONO_BASE_URL begin with https://."),
        )
    return Check("settings", State.OK, settings.BASE_URL)


def _mail() -> Check:
    backend = settings.EMAIL_BACKEND.split(".")[-2]
    if backend == "filebased":
        return Check(
            "mail",
            State.WARN,
            _("Mails are written as files to %(f)s and reach nobody.") % {"f": settings.EMAIL_FILE_PATH},
            _("Name a mail server: UNISONO_EMAIL_URL."),
        )
    if backend != "smtp":
        return Check("mail", State.WARN, _("Mails are printed by the worker and reach nobody.") if backend == "console"
                     else backend, _("Name a mail server: UNISONO_EMAIL_URL."))  # fmt: skip
    server = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
    try:
        get_connection(timeout=_MAIL_PATIENCE_SECONDS).open()
    except (smtplib.SMTPException, OSError) as error:
        return Check(
            "mail",
            State.BAD,
            _("%(s)s cannot be used: %(e)s") % {"s": server, "e": type(error).__name__},
            _("Start it, or correct UNISONO_EMAIL_URL."),
        )
    return Check("mail", State.OK, _("%(s)s, from %(f)s") % {"s": server, "f": settings.DEFAULT_FROM_EMAIL})


def _outbox() -> Check:
    try:
        found = waiting_summary()
    except DatabaseError:
        return Check("outbox", State.BAD, _("It cannot be read."), _("See “database” and “migrations”."))
    said = _("%(w)s waiting, %(o)s of them late, %(b)s given up or refused since yesterday") % {
        "w": found["waiting"], "o": found["overdue"], "b": found["bad"],
    }  # fmt: skip
    if found["overdue"] or found["bad"]:
        return Check("outbox", State.WARN, said, _("“unisono outbox list” says why; the worker sends it."))
    return Check("outbox", State.OK, said)


@task()
def take_note() -> None:
    """Does nothing; that it was done shows that a worker is there."""


def _worker() -> Check:
    try:
        waiting = take_note.enqueue()
        end = time.monotonic() + _WORKER_PATIENCE_SECONDS
        while not waiting.is_finished and time.monotonic() < end:
            time.sleep(0.2)
            waiting.refresh()
    except (DatabaseError, OSError, ObjectDoesNotExist):
        return Check("worker", State.BAD, _("The queue cannot be used."), _("See “database” and “migrations”."))
    if waiting.is_finished:
        return Check("worker", State.OK, _("it took a task"))
    _forget(str(waiting.id))
    count = _waiting_tasks()
    return Check(
        "worker",
        State.WARN,
        _("No worker took a task within %(s)s seconds; %(n)s are waiting.")
        % {"s": int(_WORKER_PATIENCE_SECONDS), "n": count},
        _("Start one: unisono worker. If one is running, it is busy; look again later."),
    )


def _forget(task_id: str) -> None:
    from django_tasks_db.models import DBTaskResult

    DBTaskResult.objects.filter(pk=task_id).delete()


def _waiting_tasks() -> int:
    from django_tasks_db.models import DBTaskResult

    return int(DBTaskResult.objects.ready().count())


_CHECKS: tuple[Callable[[], Check], ...] = (
    _python, _addresses, _database, _migrations, _data_dir, _disk, _bundle, _time_zones, _mail, _outbox,
    _worker,
)  # fmt: skip


def checks() -> Iterator[Check]:
    """Everything that can be looked at, one after the other."""
    for check in _CHECKS:
        yield check()


def readiness() -> list[Check]:
    """What stands in the way of taking requests; empty when nothing does."""
    found = [_database()]
    if found[0].state is State.OK:
        found += [_migrations(), _data_dir()]
    return [check for check in found if check.state is State.BAD]
