"""Server and worker as processes: start them, see them ready, end them together."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import FrameType

_READY_WITHIN_SECONDS = 60
_END_WITHIN_SECONDS = 10


def is_free(host: str, port: int) -> bool:
    """Whether a server could listen there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # Without it, a port stays closed for a minute after a server that used it has ended.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_port(host: str, wanted: int) -> int | None:
    """The first free port from `wanted` on; None when a hundred are taken."""
    return next((port for port in range(wanted, min(wanted + 100, 65_536)) if is_free(host, port)), None)


@contextmanager
def aside(command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    """A process for work that nobody waits for: how it ends does not matter, and it ends with whoever started it."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603 - our own command line
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


class ChildEnded(RuntimeError):
    """A process that should go on has ended."""


class Children:
    """Processes that live and end together."""

    def __init__(self) -> None:
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, command: list[str], environment: Mapping[str, str]) -> None:
        """Start a process under this name."""
        # A session of its own: Ctrl-C reaches this process alone, which then ends each child once; a server that is
        # told twice may hang, and one that is killed would leave its own children behind.
        self._processes[name] = subprocess.Popen(  # noqa: S603 - our own command line
            command, env=dict(environment), start_new_session=True
        )

    def check(self) -> None:
        """Raise ChildEnded when one of them is no more."""
        for name, process in self._processes.items():
            if process.poll() is not None:
                raise ChildEnded(f"{name} ended with status {process.returncode}")

    def wait(self) -> None:
        """Wait until one of them ends."""
        while True:
            self.check()
            time.sleep(0.5)

    def end(self) -> None:
        """End all of them, gently first."""
        for process in self._processes.values():
            if process.poll() is None:
                process.terminate()
        deadline = time.monotonic() + _END_WITHIN_SECONDS
        for process in self._processes.values():
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                _kill_with_children(process)
                process.wait()


def _kill_with_children(process: subprocess.Popen[bytes]) -> None:
    if hasattr(os, "killpg"):
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()


@contextmanager
def children() -> Iterator[Children]:
    """Processes that end with the block, whatever ends it: Ctrl-C and a polite kill too."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    together = Children()
    try:
        yield together
    finally:
        # A second Ctrl-C must not leave anybody behind.
        interrupt = signal.signal(signal.SIGINT, signal.SIG_IGN)
        together.end()
        signal.signal(signal.SIGINT, interrupt)
        signal.signal(signal.SIGTERM, before)


def wait_until_ready(address: str, running: Children) -> bool:
    """Whether /readyz answered 200 in time."""
    deadline = time.monotonic() + _READY_WITHIN_SECONDS
    while time.monotonic() < deadline:
        running.check()
        try:
            with urllib.request.urlopen(f"{address}/readyz", timeout=2) as answer:  # noqa: S310 - http, built here
                if answer.status == 200:
                    return True
        except (urllib.error.URLError, OSError):
            pass
        time.sleep(0.2)
    return False


def has_display() -> bool:
    """Whether a browser opened from here would be seen by somebody."""
    if sys.platform in ("darwin", "win32"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
