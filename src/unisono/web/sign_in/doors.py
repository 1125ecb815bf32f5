"""Getting in by password or by a one-time link, and asking for one by mail."""

from typing import Any
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.internal.stagekit import clear_login
from allauth.account.models import Login
from allauth.account.views import LoginView
from allauth.core import ratelimit
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST

from unisono.platform.account_mail import queue_sign_in_link
from unisono.platform.accounts import (
    find_sign_in_link,
    skips_second_factor,
    use_sign_in_link,
)
from unisono.platform.errors import Invalid, NotFound, Problem
from unisono.platform.models import User
from unisono.web.pages import safe_url

NEXT = "next"


def too_many(request: HttpRequest) -> HttpResponse:
    """What is answered to too many attempts, whoever makes them."""
    return render(request, "429.html", status=429)


class SignIn(LoginView):
    """By password; the page names the other ways too. Where one wanted to go is kept until one is in."""

    template_name = "sign_in/sign_in.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        wanted = safe_url(request, request.GET.get(NEXT, ""), "")
        if wanted and wanted != "/":
            request.session[NEXT] = wanted
        answer: HttpResponseBase = super().get(request, *args, **kwargs)
        return answer

    def get_success_url(self) -> str:
        return safe_url(self.request, self.request.session.get(NEXT, ""), "/")

    def form_invalid(self, form: Any) -> HttpResponse:
        found = [Problem("", str(error), "") for errors in form.errors.values() for error in errors]
        typed = form.data.get("login", "")
        content = self.get_context_data(form=form, problems=found[:1], typed=typed)
        answer: HttpResponse = self.render_to_response(content, status=422)
        return answer

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        content: dict[str, Any] = super().get_context_data(**kwargs)
        return content | {"open": settings.SIGN_UP_OPEN}


sign_in = SignIn.as_view()


@never_cache
@require_POST
def ask_for_link(request: HttpRequest) -> HttpResponse:
    """Have a one-time link mailed. The answer is the same, and takes the same work, whoever the address belongs to."""
    address = request.POST.get("login", "").strip().lower()[:254]
    if not ratelimit.consume(request, action="link", key=address):
        return too_many(request)
    wanted = safe_url(request, request.session.get(NEXT, ""), "")
    try:
        queue_sign_in_link(address, wanted=wanted)
    except Invalid as error:
        content = {"problems": error.problems, "typed": address, "open": settings.SIGN_UP_OPEN}
        return render(request, "sign_in/sign_in.html", content, status=422)
    return render(request, "sign_in/asked.html", {"address": address, "open": settings.SIGN_UP_OPEN})


@never_cache
@sensitive_variables("secret")
def sign_in_link(request: HttpRequest, secret: str) -> HttpResponse:
    """The one-time link. Opening it changes nothing, since mail scanners open links; the button uses it up."""
    if not ratelimit.consume(request, action="secret"):
        return too_many(request)
    wanted = request.session.get(NEXT) or safe_url(request, request.GET.get(NEXT, ""), "")
    if request.method == "POST":
        full = skips_second_factor(secret)
        try:
            user = use_sign_in_link(secret)
        except NotFound as error:
            return render(request, "sign_in/link_over.html", {"problems": error.problems}, status=404)
        return enter(request, user, wanted or "/", full=full)
    invited = find_sign_in_link(secret)
    if invited is None:
        problems = NotFound.at("", _("It was used, has expired or never existed."), _("Ask for a new one.")).problems
        return render(request, "sign_in/link_over.html", {"problems": problems}, status=404)
    return render(request, "sign_in/link.html", {"person": str(invited), "address": invited.email})


def enter(request: HttpRequest, user: User, wanted: str, *, full: bool = False) -> HttpResponse:
    """Sign in somebody who has proven the address; the second factor is still asked for, unless `full`."""
    # A new session key, and nothing of whoever used this browser before.
    request.session.flush()
    record_authentication(request, user, method="link")
    login = Login(user=user, redirect_url=wanted)
    if not full:
        answer: HttpResponse = perform_login(request, login)
        return answer
    adapter = get_adapter(request)
    adapter.login(request, user)
    answer = adapter.post_login(
        request, user, email_verification=login.email_verification, signal_kwargs=None, email=None, signup=False,
        redirect_url=wanted,
    )  # fmt: skip
    return answer


@never_cache
def give_up(request: HttpRequest) -> HttpResponse:
    """Begin anew instead of going on with a second step."""
    clear_login(request)
    return redirect("account_login")


@never_cache
@login_required
def sign_in_again(request: HttpRequest) -> HttpResponse:
    """Show once more that it is oneself, by a link to the account's own address."""
    user = request.user
    assert isinstance(user, User)
    wanted = safe_url(request, request.GET.get(NEXT, ""), reverse("mfa_index"))
    if request.method == "POST":
        if not ratelimit.consume(request, action="link", key=user.email):
            return too_many(request)
        queue_sign_in_link(user.email, wanted=wanted)
        return render(request, "sign_in/asked.html", {"address": user.email, "again": True})
    others = [
        {**method, "url": f"{method['url']}?{urlencode({NEXT: wanted})}"}
        for method in get_adapter(request).get_reauthentication_methods(user)
        if method["id"] != "link"
    ]
    return render(request, "sign_in/again_link.html", {"others": others, "wanted": wanted})
