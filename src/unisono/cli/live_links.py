"""Commands of live links, at which other tools read a network."""

import click
from django.utils.translation import gettext as _

from unisono.areas.network.live_links import live_links_of, make_live_link, plain_link, revoke_live_link
from unisono.cli.output import print_json, print_table
from unisono.cli.session import Session, in_session
from unisono.cli.views import filters_of


@click.group("live-link", help="Addresses at which other tools read a network live: list, make, revoke.")
def live_links() -> None:
    """Commands of live links."""


@live_links.command("list", help="List the network's links, those in use first.")
@in_session()
def list_links(session: Session) -> None:
    links = live_links_of(session.actor, session.network)
    if session.as_json:
        print_json([plain_link(link) for link in links])
        return

    def moment(at: object) -> str:
        return f"{at:%Y-%m-%d %H:%M}" if at else ""

    print_table(
        [_("Name"), _("Made"), _("Last read"), _("Revoked"), _("Id")],
        ([x.name, moment(x.created_at), moment(x.last_used_at), moment(x.revoked_at), str(x.pk)] for x in links),
    )


@live_links.command("make", help="Make a link; the path of its address is shown this once.")
@click.argument("name")
@click.option("--query", "-q", default="", metavar="WORDS", help="Only members with these words.")
@click.option("--filter", "filters", multiple=True, metavar="FIELD=VALUE",
              help="Only members with this value. May be given several times.")  # fmt: skip
@in_session(writes=True)
def make_link(session: Session, name: str, query: str, filters: tuple[str, ...]) -> None:
    link, secret = make_live_link(
        actor=session.actor, network=session.network, name=name, query=query, filters=filters_of(filters)
    )
    path = f"/live/{secret}.json"
    session.done(_("Its address, shown this once: %(p)s") % {"p": path}, key=link.pk,
                 data={**plain_link(link), "path": path})  # fmt: skip


@live_links.command("revoke", help="Revoke a link at once and for good.")
@click.argument("link_id", metavar="ID")
@in_session(writes=True)
def revoke_link(session: Session, link_id: str) -> None:
    link = revoke_live_link(actor=session.actor, network=session.network, link_id=link_id)
    session.done(_("Revoked: %(name)s") % {"name": link.name}, key=link.pk, data=plain_link(link))
