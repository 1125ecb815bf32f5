"""Erasing a person: their values go from everywhere, what happened stays without them."""

from unisono.areas.network.erasing.actions import (
    ErasurePlan,
    erase_again,
    erase_person,
    erasure_plan,
    erasures_of,
)

__all__ = ["ErasurePlan", "erase_again", "erase_person", "erasure_plan", "erasures_of"]
