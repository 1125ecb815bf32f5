"""The map as plain data, for the API and the command."""

from typing import Any

from unisono.areas.network.graph.figures import Figure
from unisono.areas.network.graph.queries import PictureState, Step
from unisono.areas.network.models import Membership


def plain_figure(figure: Figure) -> dict[str, Any]:
    """A figure with its sentence and the filters that open its records."""
    names = ("name", "group", "label", "value", "text", "sentence", "measure", "construct_id", "kind")
    return {**{name: getattr(figure, name) for name in names}, "records": dict(figure.records)}


def plain_state(state: PictureState) -> dict[str, Any]:
    """When the picture was made, from what, and whether it is still right."""
    picture = state.picture if state.is_there else None
    return {
        "as_of": state.as_of,
        "computed_at": picture.computed_at if picture else None,
        "algorithm": picture.algorithm if picture else "",
        "inputs_hash": picture.inputs_hash if picture else "",
        "changes_since": state.changes,
        "is_old": state.is_old,
        "job_id": state.job.pk if state.job else None,
    }


def plain_way(start: Membership, way: list[Step] | None) -> dict[str, Any]:
    """The way between two members: each member on it, and by which relation it is reached."""
    if way is None:
        return {"is_there": False, "length": None, "members": []}
    first = {"id": start.pk, "name": start.organization.name, "relation_id": None, "kinds": [], "compete": None}
    return {
        "is_there": True,
        "length": len(way),
        "members": [
            first,
            *(
                {"id": step.member.pk, "name": step.member.organization.name, "relation_id": step.relation.pk,
                 "kinds": step.relation.kinds, "compete": step.relation.coopetition}
                for step in way
            ),
        ],
    }  # fmt: skip
