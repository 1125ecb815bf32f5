"""The command that writes a whole network to a file: its members and the ties between them."""

from pathlib import Path

import click

from unisono.areas.network.exporting import export
from unisono.areas.network.kinds import MEMBER
from unisono.cli.records import write_out
from unisono.cli.session import Session, in_session
from unisono.engines.graph_files import GRAPH_FORMATS

_BY_ENDING = {format.ending: name for name, format in GRAPH_FORMATS.items()}


@click.command(
    "export",
    help="Write members and their ties to a file: GraphML, GEXF, Kumu JSON, or a zip of two CSV files, by its ending.",
)
@click.argument("file", default="-", type=click.Path(dir_okay=False, allow_dash=True, path_type=Path))
@click.option("format", "--format", type=click.Choice(list(GRAPH_FORMATS)),
              help="Format, where the ending does not say.")  # fmt: skip
@click.option(
    "--columns", default="", metavar="FIELDS", help="Names of members' fields, commas between; all by default."
)
@in_session()
def export_network(session: Session, file: Path, format: str | None, columns: str) -> None:
    ending = file.suffix.removeprefix(".").lower()
    # An ending that is none of them is named by the export itself.
    chosen = format or _BY_ENDING.get(ending) or ending or "graphml"
    exported = export(
        session.actor, session.network, MEMBER, format=chosen, columns=[name for name in columns.split(",") if name]
    )
    write_out(session, exported, file)
