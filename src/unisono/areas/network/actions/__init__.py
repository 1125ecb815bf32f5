"""Use cases of the network area."""

from unisono.areas.network.actions.attachments import attach_file, remove_attachment, restore_attachment
from unisono.areas.network.actions.comments import edit_comment, remove_comment, restore_comment, write_comment
from unisono.areas.network.actions.handing_over import hand_over
from unisono.areas.network.actions.members import add_member
from unisono.areas.network.actions.merging import merge_organizations
from unisono.areas.network.actions.networks import (
    add_custom_field,
    archive_custom_field,
    change_network_state,
    create_network,
    edit_network,
)
from unisono.areas.network.actions.readers import choose_readers
from unisono.areas.network.actions.records import (
    add_record,
    archive_record,
    change_state,
    edit_record,
    restore_record,
)
from unisono.areas.network.actions.team import add_to_team, change_team_role, invite_to_team
from unisono.areas.network.actions.unmerging import unmerge_organizations
from unisono.areas.network.actions.views import (
    change_view,
    choose_columns,
    mark_view,
    remove_view,
    restore_view,
    save_view,
)

__all__ = [
    "add_custom_field",
    "add_member",
    "add_record",
    "add_to_team",
    "archive_custom_field",
    "archive_record",
    "attach_file",
    "change_network_state",
    "change_state",
    "change_team_role",
    "change_view",
    "choose_columns",
    "choose_readers",
    "create_network",
    "edit_comment",
    "edit_network",
    "edit_record",
    "hand_over",
    "invite_to_team",
    "mark_view",
    "merge_organizations",
    "remove_attachment",
    "remove_comment",
    "remove_view",
    "restore_attachment",
    "restore_comment",
    "restore_record",
    "restore_view",
    "save_view",
    "unmerge_organizations",
    "write_comment",
]
