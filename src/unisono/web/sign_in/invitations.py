"""Accepting an invitation, and the first page after it."""

from allauth.core import ratelimit
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

from unisono.areas.network.queries import networks_of
from unisono.platform.account_mail import address_to_sign_up, sign_up
from unisono.platform.accounts import create_workspace, rename_user
from unisono.platform.actor import Actor, actor_of
from unisono.platform.errors import Invalid, NotAllowed, NotFound, Problem
from unisono.platform.invitations import accept_invitation, find_invitation
from unisono.platform.models import User
from unisono.platform.tenancy import workspace_scope
from unisono.web.pages import remember_network
from unisono.web.sign_in.doors import enter, too_many
from unisono.web.sign_in.security import save_password
from unisono.web.workspace import SESSION_KEY


@never_cache
@sensitive_variables("secret")
def invitation(request: HttpRequest, secret: str) -> HttpResponse:
    """What somebody is invited to. Looking changes nothing; the button accepts, once.

    The page is the same whether the address has an account or not.
    """
    if not ratelimit.consume(request, action="secret"):
        return too_many(request)
    user = request.user if isinstance(request.user, User) else None
    found = find_invitation(secret)
    if found is None:
        return _over(request)
    content = {"invitation": found, "other": user is not None and user.email != found.email}
    if request.method != "POST":
        return render(request, "sign_in/invitation.html", content)
    try:
        person, found = accept_invitation(secret=secret, user=user)
    except NotFound:
        return _over(request)
    except NotAllowed as error:
        return render(request, "sign_in/invitation.html", content | {"problems": error.problems}, status=403)
    answer = redirect("web:welcome") if user is not None else enter(request, person, "/welcome/")
    request.session[SESSION_KEY] = str(found.workspace_id)
    acting = actor_of(person, found.workspace)
    with workspace_scope(found.workspace.pk):
        for place in networks_of(acting) if acting is not None else ():
            if place.pk == found.network_id:
                # Where one starts: a representative at its own firm, others in the network they were invited to.
                remember_network(request, answer, place)
    return answer


def _over(request: HttpRequest) -> HttpResponse:
    problem = Problem(
        "", _("It was used, revoked, has expired or never existed."), _("Ask whoever invited you for a new one.")
    )
    return render(request, "sign_in/invitation_over.html", {"problems": [problem]}, status=404)


@never_cache
@sensitive_variables("secret")
def sign_up_link(request: HttpRequest, secret: str) -> HttpResponse:
    """The link that opens an account, where anybody may have one. Looking changes nothing; the button opens it."""
    if not ratelimit.consume(request, action="secret"):
        return too_many(request)
    address = address_to_sign_up(secret)
    if request.method == "POST" and address is not None:
        try:
            return enter(request, sign_up(secret), "/welcome/")
        except NotFound:
            address = None
    if address is None:
        problem = Problem("", _("It was used, has expired or never existed."), _("Ask for a new one."))
        return render(request, "sign_in/link_over.html", {"problems": [problem]}, status=404)
    return render(request, "sign_in/sign_up.html", {"address": address})


@never_cache
@login_required
@sensitive_post_parameters()
def welcome(request: HttpRequest) -> HttpResponse:
    """The first page of somebody new: a name, a password if one is wanted, and a workspace for who has none.

    Who has a name and a password already goes on at once.
    """
    user = request.user
    assert isinstance(user, User)
    actor: Actor | None = getattr(request, "actor", None)
    opens = actor is None and settings.SIGN_UP_OPEN
    if actor is None and not opens:
        return redirect("web:home")
    if request.method != "POST":
        if not opens and user.name and user.has_usable_password():
            return redirect("web:home")
        return render(request, "sign_in/welcome.html", {"name": user.name, "opens": opens})
    typed = {name: request.POST.get(name, "") for name in ("name", "workspace")}
    password = request.POST.get("password", "")
    try:
        with transaction.atomic():
            if actor is None:
                workspace, _owner = create_workspace(name=typed["workspace"], owner_email=user.email)
                actor = actor_of(user, workspace)
                request.session[SESSION_KEY] = str(workspace.pk)
            assert actor is not None
            rename_user(actor=actor, name=typed["name"])
            if password:
                with workspace_scope(actor.workspace_id):
                    answer = save_password(request, user, password, request.POST.get("repeated", ""))
                if answer is not None:
                    return answer
    except Invalid as error:
        content = {**typed, "opens": opens, "problems": error.problems}
        return render(request, "sign_in/welcome.html", content, status=422)
    return redirect("web:home")
