"""What every command that acts in a workspace shares: where, as whom, how to print, whether only to try."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, TypeVar

import click
from django.db import DatabaseError, transaction
from django.utils.translation import gettext as _

from unisono.areas.network.models import Network
from unisono.areas.network.queries import network_by_slug, networks_of
from unisono.cli.output import fail, fail_with, print_json, say
from unisono.platform.actor import Actor
from unisono.platform.console import acting, chosen_user, chosen_workspace
from unisono.platform.errors import Invalid, NotFound, Problem, UseCaseError
from unisono.platform.health import pending_migrations
from unisono.platform.models import User, Workspace
from unisono.platform.tenancy import workspace_scope

_Command = TypeVar("_Command", bound=Callable[..., Any])


@dataclass
class Session:
    """One run of a command, inside the scope of its workspace."""

    workspace: Workspace
    user: User
    actor: Actor
    as_json: bool
    dry_run: bool
    network_slug: str = ""
    _network: Network | None = field(default=None, repr=False)

    @property
    def network(self) -> Network:
        """The named network; without a name, the only one."""
        if self._network is None:
            self._network = self._chosen_network()
        return self._network

    def _chosen_network(self) -> Network:
        if self.network_slug:
            return network_by_slug(self.actor, self.network_slug)
        networks = networks_of(self.actor)
        if not networks:
            raise NotFound.at("--network", _("There is no network yet."), _("Open one: unisono network create NAME."))
        if len(networks) > 1:
            names = ", ".join(network.slug for network in networks)
            raise Invalid.at("--network", _("There are several networks."), _("Name one of: %(n)s.") % {"n": names})
        return networks[0]

    def done(self, message: str, *, key: object = "", data: Any = None) -> None:
        """Report a change: the sentence to the person, the id or the data to the program."""
        say(_("Would be: %(m)s") % {"m": message} if self.dry_run else message)
        if self.as_json:
            print_json(data if data is not None else {"id": key})
        elif key and not self.dry_run:
            click.echo(str(key))


def _run(function: Callable[..., Any], session_of: Callable[[], Session], as_json: bool, arguments: Any) -> Any:
    try:
        session = session_of()
        with workspace_scope(session.workspace.pk):
            if not session.dry_run:
                return function(session, **arguments)
            with transaction.atomic():
                answer = function(session, **arguments)
                transaction.set_rollback(True)
            return answer
    except UseCaseError as error:
        fail_with(error, as_json=as_json)
    except DatabaseError:
        try:
            pending = bool(pending_migrations())
        except DatabaseError:
            problem = Problem(_("database"), _("It does not answer."), _("See “unisono doctor”."))
        else:
            if not pending:
                raise
            problem = Problem(_("database"), _("Its tables are not those of this version."), "Run “unisono migrate”.")
        fail([problem], 1, as_json=as_json)


def in_session(*, network: bool = True, writes: bool = False) -> Callable[[_Command], Callable[..., Any]]:
    """Give a command its Session, and the options that go with it."""

    def decorate(function: _Command) -> Callable[..., Any]:
        @wraps(function)
        def inner(
            *, workspace: str, as_email: str, as_json: bool, dry_run: bool = False, network: str = "", **arguments: Any
        ) -> Any:
            def session() -> Session:
                room = chosen_workspace(workspace)
                user = chosen_user(room, as_email)
                return Session(room, user, acting(room, user), as_json, dry_run, network)

            return _run(function, session, as_json, arguments)

        options = [
            click.option("--workspace", default="", metavar="SLUG", help="Workspace; the only one by default."),
            click.option("--as", "as_email", default="", metavar="EMAIL", help="Act as; the first owner by default."),
            click.option("--json", "as_json", is_flag=True, help="Print JSON, alone on stdout."),
        ]
        if network:
            options.append(
                click.option("--network", default="", metavar="SLUG", help="Network; the only one by default.")
            )
        if writes:
            options.append(click.option("--dry-run", is_flag=True, help="Try everything, keep nothing."))
        command: Callable[..., Any] = inner
        for option in options:
            command = option(command)
        return command

    return decorate
