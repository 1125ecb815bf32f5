"""The job that works out the picture of a network and puts it in place of the one before."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from unisono.areas.network import policies
from unisono.areas.network.graph.drawing import ALGORITHM, STEPS, Drawing, drawing_of
from unisono.areas.network.graph.inputs import Inputs, read_inputs
from unisono.areas.network.models import MemberPosition, NetworkPicture
from unisono.platform import bulk, jobs, log
from unisono.platform.actor import Actor
from unisono.platform.jobs import Progress
from unisono.platform.tenancy import current_workspace_id

DRAW = "map.draw"
_CHUNK = 10_000
_COLUMNS = (
    "workspace_id", "created_at", "picture_id", "membership_id", "x", "y", "relations", "component", "community",
    "core_number", "betweenness", "pagerank", "cut_off", "is_core", "is_bridge", "only_here",
)  # fmt: skip


def draw(actor: Actor, picture_id: UUID, progress: Progress) -> dict[str, Any]:
    """Read, work out, store. A picture that is not finished leaves the one before in place."""
    picture = NetworkPicture.objects.select_related("network").get(pk=picture_id)
    # A role may have been taken away while the job waited.
    policies.check_can_edit_records(actor, picture.network)
    progress(0, STEPS)
    inputs = read_inputs(picture.network)
    progress(1, STEPS)
    drawing = drawing_of(inputs, lambda step: progress(step, STEPS))
    _store(actor, picture, inputs, drawing)
    progress(STEPS, STEPS)
    return {"members": len(inputs.members), "relations": inputs.graph.edges}


@transaction.atomic
def _store(actor: Actor, picture: NetworkPicture, inputs: Inputs, drawing: Drawing) -> None:
    now = timezone.now()
    # Whoever comes second waits here, and replaces what the first has put.
    NetworkPicture.objects.filter(pk=picture.pk).update(
        read_at=inputs.read_at, computed_at=now, inputs_hash=inputs.hash, algorithm=ALGORITHM,
        member_rows=inputs.member_rows, relation_rows=inputs.relation_rows, figures=drawing.figures,
    )  # fmt: skip
    positions = MemberPosition.objects.filter(picture=picture)
    positions._raw_delete(positions.db)
    workspace = current_workspace_id()
    columns = (
        drawing.positions[:, 0].tolist(), drawing.positions[:, 1].tolist(), drawing.relations.tolist(),
        drawing.component.tolist(), [None if c < 0 else c for c in drawing.community.tolist()],
        drawing.core_number.tolist(), drawing.betweenness.tolist(), drawing.pagerank.tolist(),
        drawing.cut_off.tolist(),
        drawing.is_core.tolist(), drawing.is_bridge.tolist(), inputs.only_here.tolist(),
    )  # fmt: skip
    rows = zip(inputs.members, *columns, strict=True)
    batch: list[tuple[Any, ...]] = []
    for key, *values in rows:
        batch.append((workspace, now, picture.pk, UUID(key), *values))
        if len(batch) == _CHUNK:
            bulk.insert(MemberPosition, _COLUMNS, batch)
            batch = []
    bulk.insert(MemberPosition, _COLUMNS, batch)
    log.record(
        log.event(
            actor=actor, kind="map.drawn", subject=picture, network_id=picture.network_id,
            changes={"inputs_hash": [picture.inputs_hash, inputs.hash]}, at=now,
        )
    )  # fmt: skip


def register() -> None:
    """Name the job; called once when the app starts."""
    jobs.register(DRAW, draw)
