"""Files kept with members: hand one in, take it out, bring it back, download it."""

from uuid import UUID

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import formats
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from unisono.areas.network import policies
from unisono.areas.network.actions import attach_file, remove_attachment, restore_attachment
from unisono.areas.network.kinds import MEMBER
from unisono.areas.network.models import Network
from unisono.areas.network.queries import content_of, get_attachment, get_record
from unisono.platform.downloads import download
from unisono.platform.errors import Invalid
from unisono.web.pages import Request, in_network


def size_of(size_bytes: int) -> str:
    """A file's size as people say it."""
    if size_bytes < 1024 * 1024:
        return _("%(n)s kB") % {"n": formats.number_format(max(1, round(size_bytes / 1024)), 0)}
    return _("%(n)s MB") % {"n": formats.number_format(round(size_bytes / (1024 * 1024), 1), 1)}


@require_POST
@in_network
def file_add(request: Request, network: Network, member_id: UUID) -> HttpResponse:
    """Keep a file with a member."""
    given = request.FILES.get("file")
    if not isinstance(given, UploadedFile):
        # Whoever may not keep one hears that first.
        policies.check_can_edit_records(request.actor, network)
        get_record(request.actor, network, MEMBER, member_id)
        raise Invalid.at(_("file"), _("No file was chosen."), _("Choose one, then send it."))
    attachment = attach_file(
        actor=request.actor,
        network=network,
        membership_id=member_id,
        name=given.name or "",
        chunks=given.chunks(),
        title=request.POST.get("title", ""),
        visibility=request.POST.get("visibility", ""),
    )
    messages.success(request, _("“%(what)s” is kept here now.") % {"what": attachment})
    return redirect("web:member_notes", network.slug, member_id)


@require_POST
@in_network
def file_remove(request: Request, network: Network, file_id: UUID) -> HttpResponse:
    """Take a file away; the message brings it back."""
    attachment = remove_attachment(actor=request.actor, network=network, attachment_id=file_id)
    undo = reverse("web:file_restore", args=[network.slug, file_id])
    messages.success(request, _("“%(what)s” was removed.") % {"what": attachment}, extra_tags=f"undo:{undo}")
    return redirect("web:member_notes", network.slug, attachment.membership_id)


@require_POST
@in_network
def file_restore(request: Request, network: Network, file_id: UUID) -> HttpResponse:
    """Bring a removed file back."""
    attachment = restore_attachment(actor=request.actor, network=network, attachment_id=file_id)
    messages.success(request, _("“%(what)s” is back.") % {"what": attachment})
    return redirect("web:member_notes", network.slug, attachment.membership_id)


@require_safe
@in_network
def file(request: Request, network: Network, file_id: UUID) -> HttpResponseBase:
    """Download a file, for those who may read it."""
    attachment = get_attachment(request.actor, network, file_id)
    return download(
        request.actor,
        name=attachment.file.name,
        content_type=attachment.file.content_type,
        content=content_of(attachment),
    )
