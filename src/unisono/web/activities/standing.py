"""How a member stands, as pages show it."""

from typing import Any

from django.urls import reverse

from unisono.areas.activities.queries import Standing
from unisono.areas.network.kinds import NEED
from unisono.areas.network.models import Network


def standing_content(network: Network, standing: Standing) -> dict[str, Any]:
    """How a member stands, with the addresses of what it rests on."""
    contact = standing.contact
    plural = {"gathering": "gatherings", "initiative": "initiatives", "need": "needs"}.get(
        contact.kind if contact else ""
    )
    url = reverse("web:record", args=[network.slug, plural, contact.record_id]) if contact and plural else ""
    return {
        "standing": standing,
        "trace_url": url,
        "needs": [
            {"label": need.statement, "url": reverse("web:record", args=[network.slug, NEED.plural, need.id])}
            for need in standing.needs
        ],
    }
