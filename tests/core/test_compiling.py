"""Compiled loops: loaded only where used, and working where nothing can be written."""

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from unisono.core import compiling


def test_importing_the_algorithms_loads_no_compiler() -> None:
    code = "import sys, unisono.core.graph; sys.exit(bool({'numba', 'networkit'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_loop_is_compiled_where_no_folder_can_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    njit: Callable[..., Any] = compiling.njit

    def without_folder(*, cache: bool = False, **options: Any) -> Any:
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return njit(**options)

    monkeypatch.setattr(compiling, "njit", without_folder)

    def double(x: int) -> int:
        return 2 * x

    assert compiling.compiled(double)(4) == 8
