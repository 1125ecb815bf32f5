"""URLs of the pages."""

from django.urls import URLPattern, URLResolver, include, path

from unisono.web import accounts, audit, home, live, notifications, palette, styleguide
from unisono.web.activities import edge, occasions
from unisono.web.network import (
    bulk,
    comments,
    duplicates,
    editing,
    files,
    lists,
    live_links,
    map,
    members,
    merging,
    records,
    saved_views,
    settings,
)
from unisono.web.sign_in import doors, security

app_name = "web"

_activities = [
    pattern
    for plural in ("gatherings", "initiatives")
    for pattern in (
        path(f"{plural}/<uuid:record_id>/", occasions.occasion, {"plural": plural}, name=f"{plural}_record"),
        path(
            f"{plural}/<uuid:record_id>/participants", occasions.participants, {"plural": plural},
            name=f"{plural}_participants",
        ),
        path(
            f"{plural}/<uuid:record_id>/attendance", occasions.attendance, {"plural": plural},
            name=f"{plural}_attendance",
        ),
    )
]  # fmt: skip

_network: list[URLPattern | URLResolver] = [
    path("", home.network_home, name="network"),
    path("import/", include("unisono.web.network.imports.urls")),
    path("settings/", settings.network_settings, name="network_settings"),
    path("settings/state", settings.network_state, name="network_state"),
    path("settings/fields/", settings.network_fields, name="network_fields"),
    path("settings/fields/<uuid:field_id>/archive", settings.network_field_archive, name="network_field_archive"),
    path("settings/tags/", settings.network_tags, name="network_tags"),
    path("settings/tags/<uuid:tag_id>", settings.network_tag, name="network_tag"),
    path("map/", map.map_page, name="map"),
    path("map/data", map.data, name="map_data"),
    path("map/ties", map.ties, name="map_ties"),
    path("map/renew", map.renew, name="map_renew"),
    path("map/progress", map.progress, name="map_progress"),
    path("map/way", map.way, name="map_way"),
    path("map/members/<uuid:member_id>/", map.member_card, name="map_member"),
    path("settings/links/", live_links.network_links, name="network_links"),
    path("settings/links/<uuid:link_id>/revoke", live_links.network_link_revoke, name="network_link_revoke"),
    path("files/<uuid:file_id>", files.file, name="file"),
    path("files/<uuid:file_id>/remove", files.file_remove, name="file_remove"),
    path("files/<uuid:file_id>/restore", files.file_restore, name="file_restore"),
    path("members/<uuid:member_id>/", members.overview, name="member"),
    path("members/<uuid:member_id>/people/", members.people, name="member_people"),
    path("members/<uuid:member_id>/exchange/", members.exchange, name="member_exchange"),
    path("members/<uuid:member_id>/relations/", members.relations, name="member_relations"),
    path("members/<uuid:member_id>/timeline/", members.timeline, name="member_timeline"),
    path("members/<uuid:member_id>/notes/", members.notes, name="member_notes"),
    path("members/<uuid:member_id>/files", files.file_add, name="file_add"),
    path("members/<uuid:member_id>/gatherings/", edge.gatherings_of_member, name="member_gatherings"),
    path("silent/", edge.silent, name="silent"),
    *_activities,
    path("organizations/<uuid:organization_id>/merge", merging.merge, name="merge"),
    path("bulk/<uuid:edit_id>/", bulk.bulk_edit, name="bulk_edit"),
    path("bulk/<uuid:edit_id>/undo", bulk.bulk_undo, name="bulk_undo"),
    path("views/<uuid:view_id>/change", saved_views.change, name="view_change"),
    path("views/<uuid:view_id>/mark", saved_views.mark, name="view_mark"),
    path("views/<uuid:view_id>/remove", saved_views.remove, name="view_remove"),
    path("views/<uuid:view_id>/restore", saved_views.restore, name="view_restore"),
    path("members/<uuid:member_id>/comments/", comments.of_member, name="member_comments"),
    path("comments/<uuid:comment_id>/edit", comments.edit, name="comment_edit"),
    path("comments/<uuid:comment_id>/remove", comments.remove, name="comment_remove"),
    path("comments/<uuid:comment_id>/restore", comments.restore, name="comment_restore"),
    path("<slug:plural>/<uuid:record_id>/comments", comments.add, name="comment_add"),
    path("<slug:plural>/<uuid:record_id>/mentions", comments.mentions, name="mentions"),
    path("duplicates/", duplicates.pairs, name="duplicates"),
    path("duplicates/find", duplicates.find, name="duplicates_find"),
    path("duplicates/progress", duplicates.progress, name="duplicates_progress"),
    path("duplicates/<uuid:pair_id>/decide", duplicates.decide, name="duplicate_decide"),
    path("merges/<uuid:merge_id>/undo", duplicates.undo, name="merge_undo"),
    path("<slug:plural>/", lists.records, name="records"),
    path("<slug:plural>/bulk", bulk.bulk, name="bulk"),
    path("<slug:plural>/views", saved_views.save, name="view_save"),
    path("<slug:plural>/export", lists.records_export, name="records_export"),
    path("<slug:plural>/filters", lists.filters, name="filters"),
    path("<slug:plural>/pick", editing.pick, name="pick"),
    path("<slug:plural>/new", editing.new, name="record_new"),
    path("<slug:plural>/<uuid:record_id>/", records.record, name="record"),
    path("<slug:plural>/<uuid:record_id>/edit", editing.edit, name="record_edit"),
    path("<slug:plural>/<uuid:record_id>/state", records.state, name="record_state"),
    path("<slug:plural>/<uuid:record_id>/archive", records.archive, name="record_archive"),
    path("<slug:plural>/<uuid:record_id>/restore", records.restore, name="record_restore"),
]

urlpatterns = [
    path("", home.home, name="home"),
    path("sign-in/anew/", doors.give_up, name="give_up"),
    path("sign-in/link/", doors.ask_for_link, name="ask_for_link"),
    path("sign-in/<str:secret>/", doors.sign_in_link, name="sign_in_link"),
    path("sign-out/", accounts.sign_out, name="sign_out"),
    path("me/", accounts.me, name="settings"),
    path("me/security/again/link/", doors.sign_in_again, name="sign_in_again"),
    path("me/security/password/", security.password, name="password"),
    path("me/notifications/", notifications.notification_settings, name="notification_settings"),
    path("notifications/", notifications.notifications, name="notifications"),
    path("notifications/read", notifications.all_read, name="notifications_read"),
    path("notifications/<uuid:notification_id>/open", notifications.open_one, name="notification_open"),
    path("me/tokens/", accounts.tokens, name="tokens"),
    path("me/tokens/<uuid:token_id>/revoke", accounts.token_revoke, name="token_revoke"),
    path("me/workspace", accounts.switch_workspace, name="switch_workspace"),
    path("audit/", audit.audit_page, name="audit"),
    path("audit/export", audit.audit_export, name="audit_export"),
    path("audit/verify", audit.audit_verify, name="audit_verify"),
    path("live/<str:secret>.json", live.live, name="live"),
    path("palette/", palette.palette, name="palette"),
    path("networks/new", settings.network_new, name="network_new"),
    path("n/<slug:slug>/", include(_network)),
    path("styleguide/", styleguide.styleguide, name="styleguide"),
]
