"""Tables of the network area."""

from unisono.areas.network.models.assets import Capability, Need, Offering, Resource
from unisono.areas.network.models.base import CustomField, Network, Record
from unisono.areas.network.models.bulk import BulkChange, BulkEdit
from unisono.areas.network.models.comments import Comment
from unisono.areas.network.models.duplicates import DuplicatePair, MergeRecord
from unisono.areas.network.models.imports import ImportBatch, ImportChange, ImportMapping, ImportRow
from unisono.areas.network.models.links import LiveLink
from unisono.areas.network.models.members import (
    Agreement,
    FormerMembership,
    Membership,
    Relationship,
    RoleAssignment,
    Tag,
)
from unisono.areas.network.models.notes import Attachment, Note
from unisono.areas.network.models.organizations import Organization, Person
from unisono.areas.network.models.pictures import MemberPosition, NetworkPicture
from unisono.areas.network.models.views import SavedView, ViewMark

__all__ = [
    "Agreement",
    "Attachment",
    "BulkChange",
    "BulkEdit",
    "Capability",
    "Comment",
    "CustomField",
    "DuplicatePair",
    "FormerMembership",
    "ImportBatch",
    "ImportChange",
    "ImportMapping",
    "ImportRow",
    "LiveLink",
    "MemberPosition",
    "Membership",
    "MergeRecord",
    "Need",
    "Network",
    "NetworkPicture",
    "Note",
    "Offering",
    "Organization",
    "Person",
    "Record",
    "Relationship",
    "Resource",
    "RoleAssignment",
    "SavedView",
    "Tag",
    "ViewMark",
]
