"""Knows the built bundle: the address of each file with its version, and the icons of the sprite."""

import json
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.templatetags.static import static

MANIFEST = Path(__file__).resolve().parent / "static" / "bundle" / "manifest.json"


@lru_cache(maxsize=2)
def _read(modified_ns: int) -> tuple[dict[str, str], frozenset[str]]:
    if not modified_ns:
        return {}, frozenset()
    content = json.loads(MANIFEST.read_text(encoding="utf-8"))
    return content["versions"], frozenset(content["icons"])


@lru_cache(maxsize=1)
def _modified_once() -> int:
    return MANIFEST.stat().st_mtime_ns if MANIFEST.exists() else 0


def _manifest() -> tuple[dict[str, str], frozenset[str]]:
    """Nothing is known before the first build: pages still render, only without their looks."""
    if settings.DEBUG:
        return _read(MANIFEST.stat().st_mtime_ns if MANIFEST.exists() else 0)
    return _read(_modified_once())


def bundle_url(file: str) -> str:
    versions, _ = _manifest()
    version = versions.get(file)
    address = static(f"bundle/{file}")
    return f"{address}?v={version}" if version else address


def is_known_icon(name: str) -> bool:
    _, icons = _manifest()
    return not icons or name in icons
