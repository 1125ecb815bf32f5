"""Webhooks: other programs are told what happens, as Standard Webhooks describes it, and never what was written."""

from unisono.platform.webhooks.endpoints import (
    FORMER_LIFETIME,
    add_webhook,
    change_webhook,
    deliveries_of,
    plain_delivery,
    plain_webhook,
    remove_webhook,
    replay_delivery,
    rotate_secret,
    test_webhook,
    webhook_of,
    webhooks_of,
)
from unisono.platform.webhooks.events import known_kinds, register_subject
from unisono.platform.webhooks.sending import DISABLED, register
from unisono.platform.webhooks.signing import new_secret, signatures

__all__ = [
    "DISABLED",
    "FORMER_LIFETIME",
    "add_webhook",
    "change_webhook",
    "deliveries_of",
    "known_kinds",
    "new_secret",
    "plain_delivery",
    "plain_webhook",
    "register",
    "register_subject",
    "remove_webhook",
    "replay_delivery",
    "rotate_secret",
    "signatures",
    "test_webhook",
    "webhook_of",
    "webhooks_of",
]
