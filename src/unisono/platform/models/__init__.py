"""Tables of the platform."""

from unisono.platform.models.accounts import CacheRow, SignInLink, Token, User, Workspace, WorkspaceRole
from unisono.platform.models.erasures import Erasure
from unisono.platform.models.log import AuditHead, Event
from unisono.platform.models.notifications import Notification, NotificationChoice
from unisono.platform.models.outgoing import Outgoing
from unisono.platform.models.search import SearchEntry
from unisono.platform.models.team import Invitation
from unisono.platform.models.webhooks import WebhookEndpoint
from unisono.platform.models.work import IdempotencyRecord, Job, StoredFile

__all__ = [
    "AuditHead",
    "CacheRow",
    "Erasure",
    "Event",
    "IdempotencyRecord",
    "Invitation",
    "Job",
    "Notification",
    "NotificationChoice",
    "Outgoing",
    "SearchEntry",
    "SignInLink",
    "StoredFile",
    "Token",
    "User",
    "WebhookEndpoint",
    "Workspace",
    "WorkspaceRole",
]
