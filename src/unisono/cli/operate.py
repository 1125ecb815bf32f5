"""Commands of the operator: start, update and look after an installation."""

import os
import platform
import sys
import webbrowser
from typing import Any

import click
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

import unisono
from unisono import demo
from unisono.areas.network.actions import create_network
from unisono.cli.accounts import sign_in_address
from unisono.cli.output import fail, fail_with, print_json, say
from unisono.demo.accounts import demo_workspace
from unisono.platform.accounts import create_workspace, ensure_user
from unisono.platform.audit import seal_all, sealer_running
from unisono.platform.console import acting, all_workspaces, chosen_user
from unisono.platform.delivery import Deliverer, deliver_due
from unisono.platform.errors import Conflict, Problem, UseCaseError
from unisono.platform.files import sweep_daily
from unisono.platform.health import State, checks, pending_migrations
from unisono.platform.jobs import end_dead_jobs
from unisono.platform.models import User
from unisono.platform.serving import ChildEnded, aside, children, free_port, has_display, is_free, wait_until_ready
from unisono.platform.tenancy import workspace_scope

_DEFAULT_PORT = 8000
_SIGNS = {State.OK: "ok  ", State.WARN: "warn", State.BAD: "bad "}


def server_command(*, host: str, port: int, workers: int, threads: int) -> list[str]:
    """The command line of the WSGI server."""
    return [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port),
        "--workers", str(workers), "--blocking-threads", str(threads), "--no-ws", "--log-level", "warning",
        "unisono.config.wsgi:application",
    ]  # fmt: skip


def worker_command() -> list[str]:
    """The command line of the worker."""
    return [sys.executable, "-m", "unisono.cli", "worker"]


def warming_command() -> list[str]:
    """The command line that has loops for large networks compiled, so that no first map waits for it."""
    return [sys.executable, "-m", "unisono.core.graph.warming"]


@click.command(help="Bring the database's tables to this version. Needed once before each start of a new version.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, alone on stdout.")
def migrate(as_json: bool) -> None:
    pending = pending_migrations()
    call_command("migrate", interactive=False, verbosity=0)
    say(_("%(n)s changes of the tables made.") % {"n": len(pending)} if pending else _("Nothing was to do."))
    if as_json:
        print_json({"migrated": pending})


def _check_tables() -> None:
    if pending_migrations():
        problem = Problem(_("database"), _("Its tables are not those of this version."), _("Run “unisono migrate”."))
        fail([problem], 4)


@click.command(help="Start the server, in the foreground.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; 0.0.0.0 for all.")
@click.option("--port", default=_DEFAULT_PORT, show_default=True, type=click.IntRange(1, 65_535), help="Port.")
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="Processes.")
@click.option("--threads", default=4, show_default=True, type=click.IntRange(1, 64), help="Threads of each process.")
def serve(host: str, port: int, workers: int, threads: int) -> None:
    _check_tables()
    if not is_free(host, port):
        fail([Problem("--port", _("%(p)s is taken.") % {"p": port}, _("Choose another, or end what uses it."))], 4)
    command = server_command(host=host, port=port, workers=workers, threads=threads)
    # The server takes this process over, so that signals reach it and nothing stands between.
    os.execv(command[0], command)  # noqa: S606 - our own command line


@click.command(
    help="Start a worker, in the foreground: it does imports and other long work, sends what is in the outbox, and "
    "seals the log."
)
@click.option("--once", is_flag=True, help="Do what is waiting, then end.")
def worker(once: bool) -> None:
    _check_tables()
    end_dead_jobs()
    sweep_daily()
    if once:
        call_command("db_worker", batch=True, reload=False, startup_delay=False, verbosity=0)
        deliver_due()
        seal_all()
        return
    deliverer = Deliverer()
    deliverer.start()
    try:
        with sealer_running(), aside(warming_command()):
            call_command("db_worker", batch=False, reload=False, startup_delay=False, verbosity=0)
    finally:
        deliverer.end()


def _say_version(as_json: bool) -> None:
    version = {"unisono": unisono.__version__, "python": platform.python_version()}
    if as_json:
        print_json(version)
    else:
        click.echo(f"Unisono {version['unisono']} (Python {version['python']})")


@click.command(help="Print the version.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, alone on stdout.")
def version(as_json: bool) -> None:
    _say_version(as_json)


@click.command(help="Look whether everything is well: exit status 1 when something is bad.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, alone on stdout.")
def doctor(as_json: bool) -> None:
    found = []
    for check in checks():
        found.append(check)
        if not as_json:
            click.echo(f"{_SIGNS[check.state]}  {check.name}: {check.finding}")
            if check.remedy:
                click.echo(f"      {check.remedy}")
    bad = any(check.state is State.BAD for check in found)
    if as_json:
        print_json({"well": not bad, "checks": [check.as_dict() for check in found]})
    sys.exit(1 if bad else 0)


@click.group("demo", help="Demo networks: invented, labelled synthetic.")
def demo_group() -> None:
    """Commands of the demo networks."""


@demo_group.command("load", help=f"Load a demo network: {', '.join(demo.names())}.")
@click.argument("name")
@click.option("--members", type=click.IntRange(1), help="Make up further members until there are so many.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, alone on stdout.")
def load(name: str, members: int | None, as_json: bool) -> None:
    _check_tables()
    try:
        network = demo.load(name, members=members, at=timezone.now())
    except UseCaseError as error:
        fail_with(error, as_json=as_json)
    say(_("Loaded: %(n)s") % {"n": network.name})
    if as_json:
        print_json({"network": network.slug})


@demo_group.command("clear", help="Remove the demo's workspace, networks and accounts; no row is left.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, alone on stdout.")
def clear(as_json: bool) -> None:
    _check_tables()
    try:
        cleared = demo.clear()
    except UseCaseError as error:
        fail_with(error, as_json=as_json)
    say(_("The demo is gone.") if cleared else _("There was no demo."))
    if as_json:
        print_json({"cleared": cleared})


def _asked(given: str | None, question: str, option: str) -> str:
    """What was given as an option, or what the person at the terminal answers."""
    if given:
        return given
    if not sys.stdin.isatty():
        fail([Problem(option, _("It is needed, and there is nobody to ask."), _("Give it as an option."))], 2)
    return str(click.prompt(question, err=True)).strip()


def _open_first_workspace(
    workspace: str | None, name: str | None, email: str | None, network: str | None, time_zone: str
) -> User:
    say(_("This installation is empty. Four answers, and it is yours."))
    room_name = _asked(workspace, _("Name of your workspace (your organisation, say)"), "--workspace-name")
    your_name = _asked(name, _("Your name"), "--owner-name")
    address = _asked(email, _("Your e-mail address"), "--owner-email")
    network_name = _asked(network, _("Name of the first network"), "--network-name")
    with transaction.atomic():
        room, owner = create_workspace(name=room_name, owner_email=address, owner_name=your_name)
        with workspace_scope(room.pk):
            create_network(actor=acting(room, owner), values={"name": network_name, "time_zone": time_zone})
    return owner


def _prepare(with_demo: bool, **answers: Any) -> list[User]:
    """Tables, and something to sign in to; gives whom to make sign-in links for."""
    if pending_migrations():
        say(_("Making the tables…"))
        call_command("migrate", interactive=False, verbosity=0)
    workspaces = all_workspaces()
    if with_demo and (not workspaces or demo_workspace() is not None):
        for name in demo.names():
            # One that is there already stays as it is, so that a start that was broken off is made good.
            say(_("Demo network “%(n)s”…") % {"n": name})
            # Told so that it ends today: a network whose last word is months old would be silent throughout.
            demo.load(name, at=timezone.now())
        return [ensure_user(email=account.email, name=account.name) for account in demo.sign_in_accounts()]
    if with_demo:
        say(_("The database is not empty, so the demo was not loaded; “unisono demo load NAME” adds it."))
    if not workspaces:
        return [_open_first_workspace(**answers)]
    return [chosen_user(workspace) for workspace in workspaces]


@click.command(help="Start everything: tables, server, worker; prints a one-time sign-in link and opens it.")
@click.option("--demo", "with_demo", is_flag=True, help="Load the demo networks if the database is empty.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=_DEFAULT_PORT, show_default=True, type=click.IntRange(1, 65_535),
              help="Port; the next free one when it is taken.")  # fmt: skip
@click.option("--threads", default=4, show_default=True, type=click.IntRange(1, 64), help="Threads of the server.")
@click.option("--no-open", is_flag=True, help="Do not open a browser.")
@click.option("--workspace-name", help="Name of the first workspace, when the database is empty.")
@click.option("--owner-name", help="Your name, when the database is empty.")
@click.option("--owner-email", help="Your e-mail address, when the database is empty.")
@click.option("--network-name", help="Name of the first network, when the database is empty.")
@click.option("--time-zone", default="Europe/Oslo", show_default=True, help="Time zone of the first network.")
def up(
    with_demo: bool, host: str, port: int, threads: int, no_open: bool, workspace_name: str | None,
    owner_name: str | None, owner_email: str | None, network_name: str | None, time_zone: str,
) -> None:  # fmt: skip
    try:
        people = _prepare(
            with_demo, workspace=workspace_name, name=owner_name, email=owner_email, network=network_name,
            time_zone=time_zone,
        )  # fmt: skip
        chosen = free_port(host, port)
        if chosen is None:
            raise Conflict.at("--port", _("No port from %(p)s on is free.") % {"p": port}, _("Choose another."))
    except UseCaseError as error:
        fail_with(error)
    if chosen != port:
        say(_("Port %(a)s is taken, so it is %(b)s.") % {"a": port, "b": chosen})
    shown_host = "localhost" if host in ("127.0.0.1", "0.0.0.0", "::1", "::") else host  # noqa: S104 - compared only
    address = f"http://{shown_host}:{chosen}"
    environment = {"UNISONO_LOG_LEVEL": "WARNING", "UNISONO_BASE_URL": address, **os.environ}
    _run_together(host, chosen, threads, address, environment, people, open_browser=not no_open and has_display())


def _roles_of(person: User) -> str:
    """What the person may do, in words."""
    return ", ".join(dict.fromkeys(str(role.get_role_display()) for role in person.roles.order_by("id")))


def _run_together(
    host: str, port: int, threads: int, address: str, environment: dict[str, str], people: list[User], *,
    open_browser: bool,
) -> None:  # fmt: skip
    base_url = environment["UNISONO_BASE_URL"].rstrip("/")
    local = f"http://127.0.0.1:{port}" if host in ("0.0.0.0", "127.0.0.1") else address  # noqa: S104 - compared only
    try:
        with children() as running:
            running.start("server", server_command(host=host, port=port, workers=1, threads=threads), environment)
            running.start("worker", worker_command(), environment)
            if not wait_until_ready(local, running):
                fail([Problem(_("server"), _("It did not get ready within a minute."), _("See “unisono doctor”."))], 1)
            links = [(person, sign_in_address(person, base_url=base_url)) for person in people]
            say(_("Unisono runs at %(a)s. Each link signs in once, within 24 hours:") % {"a": base_url})
            for person, link in links:
                click.echo(f"  {person.name or person.email:<20} {_roles_of(person):<16} {link}")
            say(_("Ctrl-C ends it."))
            if open_browser and links:
                webbrowser.open(links[0][1])
            running.wait()
    except ChildEnded as error:
        fail([Problem(_("unisono up"), str(error), _("Its last words stand above; see “unisono doctor”."))], 1)
    except KeyboardInterrupt:
        say(_("Ended."))


def operating() -> list[click.Command]:
    """The commands of this module."""
    return [up, serve, worker, migrate, doctor, demo_group, version]
