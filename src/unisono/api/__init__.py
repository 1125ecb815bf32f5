"""The HTTP API under /api/v1/."""

from ninja import NinjaAPI

api = NinjaAPI(title="Unisono", version="1")
