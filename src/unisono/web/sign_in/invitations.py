"""Accepting an invitation, and the first page after it."""

from allauth.core import ratelimit
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

from unisono.platform.accounts import rename_user
from unisono.platform.errors import Invalid, NotAllowed, NotFound, Problem
from unisono.platform.invitations import accept_invitation, find_invitation
from unisono.platform.models import User
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
    return answer


def _over(request: HttpRequest) -> HttpResponse:
    problem = Problem(
        "", _("It was used, revoked, has expired or never existed."), _("Ask whoever invited you for a new one.")
    )
    return render(request, "sign_in/invitation_over.html", {"problems": [problem]}, status=404)


@never_cache
@login_required
@sensitive_post_parameters()
def welcome(request: HttpRequest) -> HttpResponse:
    """The first page of somebody new: a name, and a password if one is wanted. Who has both goes on at once."""
    user = request.user
    assert isinstance(user, User)
    actor = getattr(request, "actor", None)
    if actor is None or (request.method != "POST" and user.name and user.has_usable_password()):
        return redirect("web:home")
    if request.method != "POST":
        return render(request, "sign_in/welcome.html", {"name": user.name})
    name, password = request.POST.get("name", ""), request.POST.get("password", "")
    try:
        if password:
            answer = save_password(request, user, password, request.POST.get("repeated", ""))
            if answer is not None:
                return answer
        rename_user(actor=actor, name=name)
    except Invalid as error:
        return render(request, "sign_in/welcome.html", {"name": name, "problems": error.problems}, status=422)
    return redirect("web:home")
