"""A worker that is killed at a chosen step of one kind of job; run as a module it is the worker itself.

    python -m tests.platform.killing import.apply 17

A step is a statement to the database, rows written in bulk, or a commit. With the kind "outbox" it sends what is due
instead, and dies at this step of that.
"""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
