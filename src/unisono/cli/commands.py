"""The tree of commands."""

import click

from unisono.cli import (
    accounts,
    activities,
    audit,
    backup,
    bulk,
    comments,
    duplicates,
    exports,
    imports,
    live_links,
    map,
    networks,
    operate,
    outbox,
    records,
    reference,
    team,
    views,
    webhooks,
)
from unisono.cli.telling import Told


class _AsWritten(Told):
    """Shows its commands in the order in which they were added: what one needs first comes first."""

    def list_commands(self, context: click.Context) -> list[str]:
        return list(self.commands)


@click.group(cls=_AsWritten, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
def unisono() -> None:
    """Value orchestration platform: the workplace of people who run a business network, and of its members.

    "unisono up --demo" starts everything with two demo networks. Records of every kind have the same commands:
    unisono member list, unisono need add, unisono person show "Kari Nordmann".
    """


for _command in (
    *operate.operating(),
    networks.network,
    imports.imports,
    exports.export_network,
    map.map_,
    *records.groups,
    duplicates.duplicate,
    activities.silent,
    views.views,
    live_links.live_links,
    bulk.bulk,
    comments.comment,
    comments.notifications,
    networks.file,
    networks.field,
    networks.search,
    team.team,
    accounts.user,
    accounts.sign_in_link,
    accounts.token,
    accounts.job,
    outbox.outbox,
    audit.audit_group,
    webhooks.webhook,
    backup.backup,
    backup.restore,
    reference.openapi_command,
    reference.docs,
):
    unisono.add_command(_command)
