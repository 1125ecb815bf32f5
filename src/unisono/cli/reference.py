"""The pages of docs/reference that are written from the program itself, so that they cannot be wrong for long."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click
from django.conf import settings
from django.test import RequestFactory
from django.urls import resolve

from unisono.cli.output import say
from unisono.cli.telling import tell

_OPENAPI = "/api/v1/openapi.json"
_METHODS = ("get", "post", "patch", "put", "delete")
# Options of every command that acts in a workspace; told once.
_SHARED = {"--workspace", "--as", "--json", "--network", "--dry-run", "--help"}


def openapi() -> dict[str, Any]:
    """The OpenAPI document, as the running program gives it."""
    match = resolve(_OPENAPI)
    answer = match.func(RequestFactory().get(_OPENAPI), *match.args, **match.kwargs)
    document: dict[str, Any] = json.loads(answer.content)
    return document


def openapi_text() -> str:
    """The OpenAPI document as it is kept in docs/reference, a line for each endpoint and schema."""
    return _in_lines(openapi(), 3) + "\n"


def _in_lines(value: Any, depth: int) -> str:
    """JSON with the entries of the outer `depth` objects on lines of their own."""
    if not depth or not isinstance(value, dict) or not value:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    entries = (f"{json.dumps(name, ensure_ascii=False)}: {_in_lines(each, depth - 1)}" for name, each in value.items())
    return "{\n" + ",\n".join(entries) + "\n}"


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command below `group`, with the words that call it; hidden ones aside."""
    for name, command in group.commands.items():
        if command.hidden:
            continue
        if isinstance(command, click.Group):
            yield (*path, name), command
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def _options(command: click.Command) -> Iterator[str]:
    for parameter in command.params:
        if not isinstance(parameter, click.Option) or set(parameter.opts) & _SHARED:
            continue
        names = ", ".join(f"`{name}`" for name in parameter.opts)
        default = parameter.default if parameter.show_default and parameter.default not in (None, ()) else None
        told = f" Default: `{' '.join(default) if isinstance(default, (list, tuple)) else default}`." if default else ""
        kind = f" `{'`, `'.join(parameter.type.choices)}`." if isinstance(parameter.type, click.Choice) else ""
        yield f"| {names} | {_cell((parameter.help or '') + kind + told)} |"


def _shared(command: click.Command) -> str:
    found = [name for p in command.params for name in p.opts if name in _SHARED - {"--help"}]
    return ", ".join(f"`{name}`" for name in found)


def command_page(group: click.Group) -> str:
    """docs/reference/command.md, in the language of the documentation."""
    tell(group, translate=str)
    lines = [
        "# The `unisono` command",
        "",
        "This page is written by `unisono docs write`.",
        "",
        "Results go to stdout, everything said to people to stderr. A command that adds something prints its id.",
        "",
        "| Option | Of the commands that act in a workspace |",
        "|---|---|",
        "| `--workspace SLUG` | Workspace; the only one by default. |",
        "| `--as EMAIL` | Act as this user, with its rights; the first owner by default. |",
        "| `--network SLUG` | Network; the only one by default. |",
        "| `--json` | Print JSON, alone on stdout; problems come as JSON on stderr. |",
        "| `--dry-run` | Try everything, keep nothing: says what would be. |",
        "",
        "| Exit status | Meaning |",
        "|---|---|",
        "| 0 | done |",
        "| 1 | a fault, or something `unisono doctor` calls bad |",
        "| 2 | the input is not valid, or there is no such thing |",
        "| 3 | no answer can satisfy the input |",
        "| 4 | the state of things does not allow it now |",
        "| 5 | the acting user may not do it |",
        "",
        'An error is a line `place: rule remedy`, or with `--json` an object `{"problems": [{place, rule, remedy}]}`.',
    ]
    for path, command in commands(group):
        words = " ".join(("unisono", *path))
        if isinstance(command, click.Group):
            lines += ["", f"## {words}", "", command.help or ""]
            continue
        arguments = [
            p.make_metavar(click.Context(command)) for p in command.params if isinstance(p, click.Argument)
        ]  # fmt: skip
        title = " ".join((words, *arguments))
        lines += ["", f"{'##' if len(path) == 1 else '###'} `{title}`", "", command.help or ""]
        if shared := _shared(command):
            lines += ["", f"Takes {shared}."]
        if options := list(_options(command)):
            lines += ["", "| Option | |", "|---|---|", *options]
    return "\n".join(lines) + "\n"


def _type_of(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(_type_of(part) for part in schema["anyOf"])
    kind = schema.get("type", "any")
    if isinstance(kind, list):
        kind = " or ".join(kind)
    if schema.get("type") == "array" or "array" in kind:
        return f"list of {_type_of(schema.get('items', {}))}" + (" or null" if "null" in kind else "")
    return f"{kind} ({schema['format']})" if "format" in schema else str(kind)


def api_page() -> str:
    """docs/reference/api.md."""
    document = openapi()
    lines = [
        "# HTTP API",
        "",
        "This page is written by `unisono docs write`. The running server shows the same at `/api/v1/docs`, to try",
        "out; [openapi.json](openapi.json) is for programs.",
        "",
        document["info"]["description"].replace("[me](#/You/me)", "`GET /api/v1/me`").strip(),
        "",
        "```sh",
        'curl -H "Authorization: Bearer $TOKEN" http://localhost:8000/api/v1/networks',
        'curl -H "Authorization: Bearer $TOKEN" -H "Idempotency-Key: $(uuidgen)" \\',
        '     -H "Content-Type: application/json" \\',
        '     -d \'{"name": "Lærdal Smoked Trout", "tags": ["food"]}\' \\',
        "     http://localhost:8000/api/v1/networks/fjord-and-valley/members",
        "```",
    ]
    by_tag: dict[str, list[str]] = {}
    used: dict[str, list[str]] = {}
    for path, methods in document["paths"].items():
        for method in _METHODS:
            if method not in methods:
                continue
            operation = methods[method]
            tag = operation["tags"][0]
            by_tag.setdefault(tag, []).append(f"| `{method.upper()} {path}` | {_cell(operation['summary'])} |")
            body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
            if "$ref" in body:
                used.setdefault(tag, []).append(body["$ref"].rpartition("/")[2])
    told: set[str] = set()
    for tag, rows in by_tag.items():
        lines += ["", f"## {tag}", "", "| Request | |", "|---|---|", *rows]
        for name in used.get(tag, []):
            if name in told or name.endswith("Change"):
                continue
            told.add(name)
            schema = document["components"]["schemas"][name]
            needed = set(schema.get("required", ()))
            lines += ["", f"`{name}`", "", "| Field | Type | |", "|---|---|---|"]
            lines += [
                f"| `{field}`{' (needed)' if field in needed else ''} | {_type_of(part)} "
                f"| {_cell(part.get('description', ''))} |"
                for field, part in schema["properties"].items()
            ]
    return "\n".join(lines) + "\n"


def settings_page() -> str:
    """docs/reference/settings.md."""
    lines = [
        "# Settings",
        "",
        "This page is written by `unisono docs write`. Settings are environment variables; all have a default that",
        "suits a first try on one's own computer. A value that cannot be read stops the program with its name.",
        "",
        "| Variable | Default | |",
        "|---|---|---|",
    ]
    for variable, field in setting_variables().items():
        default = field.default
        plain = str(default).replace(str(Path.home()), "~") if isinstance(default, Path) else default
        shown = "" if plain is None else plain if isinstance(plain, str) else json.dumps(plain)
        lines.append(f"| `{variable}` | {f'`{_cell(shown)}`' if shown else ''} | {_cell(field.description or '')} |")
    return "\n".join(lines) + "\n"


def setting_variables() -> dict[str, Any]:
    """Every setting by the name of its environment variable."""
    environment = type(settings.ENVIRONMENT)
    prefix = environment.model_config["env_prefix"]
    return {
        str(field.validation_alias or f"{prefix}{name}".upper()): field
        for name, field in environment.model_fields.items()
    }


def pages(group: click.Group) -> dict[str, Callable[[], str]]:
    """What writes each page."""
    return {
        "api.md": api_page,
        "command.md": lambda: command_page(group),
        "openapi.json": openapi_text,
        "settings.md": settings_page,
    }


@click.command("openapi", help="Print the OpenAPI document.")
def openapi_command() -> None:
    click.echo(openapi_text(), nl=False)


@click.group("docs", help="The pages of the reference that are written from the program.")
def docs() -> None:
    """Commands of the reference."""


@docs.command("write", help="Write them anew.")
@click.argument("folder", default="docs/reference", type=click.Path(file_okay=False, path_type=Path))
@click.pass_context
def write(context: click.Context, folder: Path) -> None:
    root = context.find_root().command
    assert isinstance(root, click.Group)
    folder.mkdir(parents=True, exist_ok=True)
    for name, page in pages(root).items():
        (folder / name).write_text(page(), encoding="utf-8")
        say(f"{folder / name}")
