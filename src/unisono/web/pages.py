"""What every page shares: who asks, about which network, and how errors of use cases are answered."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, Concatenate
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from unisono.areas.network.models import Network
from unisono.areas.network.queries import networks_of
from unisono.platform.actor import Actor
from unisono.platform.errors import Conflict, NotAllowed, NotFound, UseCaseError
from unisono.platform.models import User, Workspace

LAST_NETWORK = f"{settings.COOKIE_PREFIX}last_network"


class Request(HttpRequest):
    """A request of somebody signed in, as the middleware and the decorators below complete it."""

    user: User
    actor: Actor
    workspace: Workspace
    workspaces: list[Workspace]
    networks: list[Network]
    unread: int
    network: Network | None
    htmx: HtmxDetails


Page = Callable[..., HttpResponseBase]


def networks_for(request: Request) -> list[Network]:
    """Networks of the one who asks, read once a request."""
    if not hasattr(request, "networks"):
        request.networks = networks_of(request.actor, with_duplicates=True)
    return request.networks


def last_network(request: Request) -> Network | None:
    """The network that was open last, or else the first."""
    networks = networks_for(request)
    chosen = request.COOKIES.get(LAST_NETWORK)
    return next((n for n in networks if n.slug == chosen), networks[0] if networks else None)


def signed_in(view: Callable[Concatenate[Request, ...], HttpResponseBase]) -> Page:
    """Only for somebody who is signed in and has a role somewhere; others are told how to get in."""

    @wraps(view)
    def page(request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            target = request.get_full_path() if request.method == "GET" else "/"
            answer = redirect_to_login(target, resolve_url("account_login"))
            return HttpResponseClientRedirect(answer.url) if request.htmx else answer
        if not hasattr(request, "actor"):
            content = {"may_open": settings.SIGN_UP_OPEN}
            return render(request, "accounts/no_workspace.html", content, status=403)
        try:
            return view(request, *args, **kwargs)
        except UseCaseError as error:
            return answer_error(request, error)

    return page


def remember_network(request: HttpRequest, response: HttpResponseBase, network: Network) -> None:
    """Start there next time. A convenience of this browser, so a cookie: it costs the database nothing."""
    if request.COOKIES.get(LAST_NETWORK) != network.slug:
        response.set_cookie(
            LAST_NETWORK, network.slug, max_age=31_536_000, secure=request.is_secure(), httponly=True, samesite="Lax"
        )


def in_network(view: Callable[Concatenate[Request, Network, ...], HttpResponseBase]) -> Page:
    """As `signed_in`, for a page below /n/<slug>/: the view gets the network that the address names."""

    @wraps(view)
    def page(request: Request, slug: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
        network = next((n for n in networks_for(request) if n.slug == slug), None)
        if network is None:
            raise NotFound.at(_("network"), _("There is no such network."), _("Choose one of your networks."))
        request.network = network
        response = view(request, network, *args, **kwargs)
        remember_network(request, response, network)
        return response

    return signed_in(page)


_STATUS: Sequence[tuple[type[UseCaseError], int]] = ((NotAllowed, 403), (NotFound, 404), (Conflict, 409))


def status_of(error: UseCaseError) -> int:
    """HTTP status of a use case's error; 422 for input that cannot be taken."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 422)


def answer_error(request: Request, error: UseCaseError) -> HttpResponse:
    """The page, or the drawer, that says what is wrong and what to do about it."""
    status = status_of(error)
    titles = {
        403: _("Your role does not open this"),
        404: _("There is nothing at this address"),
        409: _("This cannot be done now"),
        422: _("Something has to be mended first"),
    }
    content = {
        "title": titles[status],
        "problems": error.problems,
        "back": back_url(request, "") or reverse("web:home"),
    }
    return render(request, "problem_drawer.html" if in_drawer(request) else "problem.html", content, status=status)


def in_drawer(request: Request) -> bool:
    """Whether the answer will be put into the drawer."""
    return bool(request.htmx) and request.htmx.target == "drawer-body"


def safe_url(request: HttpRequest, url: str, fallback: str) -> str:
    """`url` when it stays on this server, else `fallback`."""
    if url and url_has_allowed_host_and_scheme(
        url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        return url
    return fallback


def back_url(request: HttpRequest, fallback: str) -> str:
    """Where the form's `back` leads, when it stays on this server."""
    return safe_url(request, request.POST.get("back") or request.GET.get("back", ""), fallback)


def go(request: Request, url: str) -> HttpResponse:
    """To another page: a redirect, which a form in the drawer must be told as a header."""
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)


def address(name: str, *args: Any, **parameters: Any) -> str:
    """Address of a page with its parameters; empty ones are left out."""
    given = {key: value for key, value in parameters.items() if value not in (None, "", [])}
    path = reverse(f"web:{name}", args=args)
    return f"{path}?{urlencode(given, doseq=True)}" if given else path
