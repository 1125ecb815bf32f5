"""What commands say of themselves is in the language of whoever asks."""

import click
import pytest
from click.testing import CliRunner
from tests.platform.test_messages import Languages, speak

from unisono.cli.commands import unisono
from unisono.cli.reference import command_page, commands
from unisono.cli.telling import tell

__all__ = ["speak"]
_ALL = [((), unisono), *commands(unisono)]


@pytest.mark.parametrize(("path", "command"), _ALL, ids=[" ".join(path) or "unisono" for path, _command in _ALL])
def test_help_of_commands_and_their_options_is_translated(
    path: tuple[str, ...], command: click.Command, speak: Languages
) -> None:
    """Every text carries the mark of the made-up language: the command's own, its options', and those of the list."""
    speak("de")
    answer = CliRunner().invoke(unisono, [*path, "--help"], terminal_width=1000)
    assert answer.exit_code == 0, answer.output
    told = " ".join(answer.output.split())
    options = [each.help for each in command.params if isinstance(each, click.Option) and not each.hidden]
    below = command.commands.values() if isinstance(command, click.Group) else ()
    for text in filter(None, (command.help, *options, *(each.get_short_help_str(1000) for each in below))):
        assert text.startswith("de:") and " ".join(text.split("\f")[0].split())[:40] in told


def test_the_page_of_commands_stays_in_the_language_of_the_documentation(speak: Languages) -> None:
    """Whatever language the commands spoke before."""
    speak("de")
    tell(unisono)
    assert "de:" not in command_page(unisono)
