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


def test_warming_compiles_every_loop() -> None:
    """After it no figure of a large network waits for the compiler; a loop that it forgets is named."""
    code = """
import importlib, pkgutil, sys
from unisono.core import graph
from unisono.core.graph.warming import warm
warm()
for found in pkgutil.iter_modules(graph.__path__):
    if found.name.startswith("compiled_"):
        module = importlib.import_module(f"unisono.core.graph.{found.name}")
        loops = {name: loop for name, loop in vars(module).items() if hasattr(loop, "py_func")}
        # One that another calls is part of it.
        within = {name for loop in loops.values() for name in loop.py_func.__code__.co_names}
        print(*(f"{found.name}.{name}" for name in loops.keys() - within if not loops[name].signatures))
"""
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == ""


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
