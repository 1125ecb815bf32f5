"""The `unisono` command: only parses and prints; areas decide and do."""

import os
import sys


def main() -> None:
    """Entry point of the installed command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "unisono.config.settings")
    if sys.argv[1:2] not in (["serve"], ["worker"]):
        # What a command has to say it says in words; only what went wrong belongs among them as a log line.
        os.environ.setdefault("UNISONO_LOG_LEVEL", "WARNING")
    import django
    from pydantic import ValidationError

    try:
        django.setup()
    except ValidationError as error:
        for problem in error.errors():
            name = ".".join(str(part) for part in problem["loc"])
            variable = name if name.isupper() else f"UNISONO_{name.upper()}"
            print(f"{variable}: {problem['msg']}. See docs/reference/settings.md.", file=sys.stderr)
        sys.exit(2)
    from unisono.cli.commands import unisono

    unisono(prog_name="unisono")
