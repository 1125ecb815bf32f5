"""Builds the pages' bundle into the package, so that an installed wheel needs neither Node nor a build step."""

import importlib.util
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class BundleHook(BuildHookInterface[Any]):
    """Runs `frontend/build.py` before a wheel or a source archive is put together."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        # Installed in place, the package is worked on: there `make bundle` builds, when a source changed.
        if version == "editable":
            return
        path = Path(self.root) / "frontend" / "build.py"
        spec = importlib.util.spec_from_file_location("unisono_frontend_build", path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        module.build()
