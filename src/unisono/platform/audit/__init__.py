"""Audit: the event log sealed by a chain of hashes, verified, and read by owners."""

from unisono.platform.audit.jobs import VERIFY, last_verdict, verify_soon
from unisono.platform.audit.policies import can_read_log, check_can_read_log
from unisono.platform.audit.queries import (
    Asked,
    events_asked,
    export_log,
    head_of,
    kinds_in_log,
    people_in_log,
    plain_events,
)
from unisono.platform.audit.sealing import seal_all, seal_workspace, sealer_running
from unisono.platform.audit.verifying import Verdict, verify_all, verify_workspace

__all__ = [
    "VERIFY",
    "Asked",
    "Verdict",
    "can_read_log",
    "check_can_read_log",
    "events_asked",
    "export_log",
    "head_of",
    "kinds_in_log",
    "last_verdict",
    "people_in_log",
    "plain_events",
    "seal_all",
    "seal_workspace",
    "sealer_running",
    "verify_all",
    "verify_soon",
    "verify_workspace",
]
