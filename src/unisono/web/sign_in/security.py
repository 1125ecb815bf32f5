"""What keeps one's account safe: password, authenticator app, recovery codes, passkeys."""

from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.password_change import finalize_password_set
from allauth.account.internal.flows.reauthentication import raise_if_reauthentication_required
from allauth.core import ratelimit
from allauth.mfa.models import Authenticator
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from unisono.platform.errors import Invalid
from unisono.platform.models import User
from unisono.platform.passwords import set_password
from unisono.web.pages import safe_url
from unisono.web.sign_in.doors import NEXT, too_many


def factors_of(user: User) -> dict[str, object]:
    """What an account has besides its password."""
    found = list(Authenticator.objects.filter(user=user).order_by("pk"))
    codes = next((each for each in found if each.type == Authenticator.Type.RECOVERY_CODES), None)
    return {
        "passkeys": [
            {"pk": each.pk, "name": each.wrap().name, "created_at": each.created_at, "last_used_at": each.last_used_at}
            for each in found
            if each.type == Authenticator.Type.WEBAUTHN
        ],
        "app": next((each for each in found if each.type == Authenticator.Type.TOTP), None),
        "codes_left": len(codes.wrap().get_unused_codes()) if codes else None,
    }


@never_cache
@login_required
def security(request: HttpRequest) -> HttpResponse:
    """How one signs in, at a glance."""
    user = request.user
    assert isinstance(user, User)
    content = {"tab": "security", "has_password": user.has_usable_password(), **factors_of(user)}
    return render(request, "sign_in/security.html", content)


@never_cache
@sensitive_post_parameters()
@reauthentication_required(app="allauth.account")
def password(request: HttpRequest) -> HttpResponse:
    """Set or change the password; every other session of the account ends."""
    user = request.user
    assert isinstance(user, User)
    wanted = safe_url(request, request.POST.get(NEXT) or request.GET.get(NEXT, ""), "")
    content: dict[str, object] = {"tab": "security", "has_password": user.has_usable_password(), "wanted": wanted}
    if request.method != "POST":
        return render(request, "sign_in/password.html", content)
    try:
        answer = save_password(request, user, request.POST.get("password", ""), request.POST.get("repeated", ""))
    except Invalid as error:
        return render(request, "sign_in/password.html", content | {"problems": error.problems}, status=422)
    return answer or redirect(wanted or "mfa_index")


def save_password(request: HttpRequest, user: User, password: str, repeated: str) -> HttpResponse | None:
    """Save one's own new password and keep this session alone; gives an answer only when something forbids it."""
    raise_if_reauthentication_required(request, app="allauth.account")
    if not ratelimit.consume(request, action="change_password", user=user):
        return too_many(request)
    set_password(user=user, actor=getattr(request, "actor", None), password=password, repeated=repeated)
    finalize_password_set(request, user)
    return None
