"""What commands and their options are for, in the language of whoever asks."""

from collections.abc import Callable
from typing import Any

import click
from django.utils.translation import gettext

# What each said as it was written.
_written: dict[click.Command | click.Option, str] = {}


def tell(command: click.Command, translate: Callable[[str], str] = gettext) -> None:
    """Let a command, its options and all below it say what they are for in the present language."""
    told: list[click.Command | click.Option] = [command]
    told += [one for one in command.params if isinstance(one, click.Option)]
    for each in told:
        if each.help:
            each.help = translate(_written.setdefault(each, each.help))
    if isinstance(command, click.Group):
        for below in command.commands.values():
            tell(below, translate)


class Told(click.Group):
    """Speaks the language of the moment whenever it is called."""

    def make_context(self, *args: Any, **more: Any) -> click.Context:
        """A context for one call."""
        tell(self)
        return super().make_context(*args, **more)
