"""Workers that are killed at a chosen step of one kind of job; run as a module it is the nursery they come from.

A step is a statement to the database, rows written in bulk, or a commit. With the kind "outbox" a worker sends what is
due instead, and dies at this step of that. The nursery has everything loaded and forks a worker for each line that it
reads ("import.apply 17"), so that hundreds of deaths take no longer than a few starts of the program.
"""

import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import django

if __name__ == "__main__":
    django.setup()

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from unisono.platform import bulk, delivery, jobs


@contextmanager
def counting(at_step: Callable[[int], None]) -> Iterator[list[int]]:
    """Calls `at_step` with the number of each step before it is done; gives the number so far."""
    steps = [0]

    def step() -> None:
        steps[0] += 1
        at_step(steps[0])

    def counted(function: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*given: Any, **more: Any) -> Any:
            step()
            return function(*given, **more)

        return wrapped

    def statement(execute: Callable[..., Any], *given: Any) -> Any:
        step()
        return execute(*given)

    kept = bulk.insert_rows, BaseDatabaseWrapper.commit
    bulk.insert_rows, BaseDatabaseWrapper.commit = counted(kept[0]), counted(kept[1])  # type: ignore[method-assign]
    try:
        with connection.execute_wrapper(statement):
            yield steps
    finally:
        bulk.insert_rows, BaseDatabaseWrapper.commit = kept  # type: ignore[method-assign]


def kill_at(last: int) -> Callable[[int], None]:
    """End this process at this step, as a power cut or the system's memory killer would."""

    def at_step(number: int) -> None:
        if number == last:
            os.kill(os.getpid(), signal.SIGKILL)

    return at_step


def main(kind: str, last: int) -> None:
    """Do the jobs that wait, and die at the step `last` of the first one of this kind."""
    from django.core.management import call_command

    if kind == "outbox":
        with counting(kill_at(last)):
            delivery.deliver_due()
        return
    work = jobs._works[kind]

    def deadly(*given: Any) -> dict[str, Any]:
        with counting(kill_at(last)):
            return work(*given)

    jobs.register(kind, deadly)
    call_command("db_worker", batch=True, interval=0.1, startup_delay=False, reload=False, verbosity=0)


def _fork_workers() -> None:
    """Fork a worker for each line; tell its process, then how it ended."""
    for line in sys.stdin:
        kind, step = line.split()
        process = os.fork()
        if process == 0:
            # What is told about workers goes one way alone.
            os.dup2(2, 1)
            try:
                main(kind, int(step))
            except BaseException:
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        print(process, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), flush=True)


class Worker:
    """A worker in a process of its own; one at a time."""

    def __init__(self, nursery: subprocess.Popen[str]) -> None:
        self._nursery = nursery
        self._process = int(self._said())
        self._status: int | None = None

    def _said(self) -> str:
        assert self._nursery.stdout is not None
        return self._nursery.stdout.readline()

    def kill(self) -> None:
        """End it as a power cut would, unless it has ended."""
        if self._status is None:
            os.kill(self._process, signal.SIGKILL)

    def wait(self) -> int:
        """How it ended: 0, or the signal that killed it, negative."""
        if self._status is None:
            self._status = int(self._said())
        return self._status


@contextmanager
def nursery(**settings: str) -> Iterator[Callable[[str, int], Worker]]:
    """`start(kind, step)` starts a worker on the database of the test; `settings` are added to its environment."""
    database = connection.settings_dict
    address = f"sqlite:///{database['NAME']}"
    if connection.vendor == "postgresql":
        secret = f":{database['PASSWORD']}" if database["PASSWORD"] else ""
        where = f"{database['USER']}{secret}@{database['HOST']}:{database['PORT'] or 5432}"
        address = f"postgresql://{where}/{database['NAME']}"
    told = {"DATABASE_URL": address, "DJANGO_SETTINGS_MODULE": "unisono.config.settings"}
    command = [sys.executable, "-m", "tests.platform.killing"]
    environment: Mapping[str, str] = os.environ | told | settings
    with subprocess.Popen(
        command,
        env=environment,
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        started: list[Worker] = []

        def start(kind: str, step: int) -> Worker:
            assert process.stdin is not None
            process.stdin.write(f"{kind} {step}\n")
            process.stdin.flush()
            started.append(Worker(process))
            return started[-1]

        try:
            yield start
        finally:
            if started:
                started[-1].kill()
            process.kill()


# Two hundred deaths where changes are let in; a few at everybody's desk, where more of them look more closely.
POINTS = int(os.environ.get("UNISONO_TEST_KILLS", "50" if os.environ.get("CI") == "true" else "3"))


if __name__ == "__main__":
    _fork_workers()
