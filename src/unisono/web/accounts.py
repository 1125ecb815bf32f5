"""Getting out, and what belongs to oneself: name, theme, API tokens, the workspace one works in."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST

from unisono.platform.accounts import (
    create_token,
    rename_user,
    revoke_token,
    tokens_of,
)
from unisono.platform.errors import Invalid, NotFound
from unisono.platform.permissions import SCOPES
from unisono.web.pages import Request, signed_in
from unisono.web.workspace import SESSION_KEY

SCOPE_WORDS = {
    "read": gettext_lazy("read what the network may read"),
    "care": gettext_lazy("read what only the care team may read"),
    "write": gettext_lazy("add, change and archive records"),
    "import": gettext_lazy("import files and undo imports"),
    "configure": gettext_lazy("change networks and their fields"),
    "team": gettext_lazy("invite people, change and take their roles"),
    "administer": gettext_lazy("look after the workspace: what it sends, and to whom"),
    "audit": gettext_lazy("read the log: who did what, when"),
    "erase": gettext_lazy("erase what is kept about a person"),
}


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Leave; the session ends here."""
    logout(request)
    messages.success(request, _("You are signed out."))
    return redirect("account_login")


@signed_in
def me(request: Request) -> HttpResponse:
    """One's own settings."""
    if request.method == "POST":
        try:
            rename_user(actor=request.actor, name=request.POST.get("name", ""))
        except Invalid as error:
            return render(request, "accounts/me.html", {"problems": error.problems, "tab": "me"}, status=422)
        messages.success(request, _("Your name was saved."))
        return redirect("web:settings")
    return render(request, "accounts/me.html", {"tab": "me"})


@never_cache
@signed_in
@sensitive_variables("secret")
def tokens(request: Request) -> HttpResponse:
    """API tokens: make one (its secret is shown this once), see and revoke the others."""
    content: dict[str, object] = {"tab": "tokens"}
    status = 200
    if request.method == "POST":
        chosen = request.POST.getlist("scopes")
        try:
            token, secret = create_token(actor=request.actor, name=request.POST.get("name", ""), scopes=chosen)
            content |= {"secret": secret, "made": token}
        except Invalid as error:
            content |= {"problems": error.problems, "name": request.POST.get("name", "")}
            status = 422
    else:
        chosen = ["read"]
    content["scopes"] = [{"value": s, "label": SCOPE_WORDS.get(s, s), "selected": s in chosen} for s in SCOPES]
    content["tokens"] = tokens_of(request.actor)
    return render(request, "accounts/tokens.html", content, status=status)


@require_POST
@signed_in
def token_revoke(request: Request, token_id: UUID) -> HttpResponse:
    """Revoke a token at once."""
    revoke_token(actor=request.actor, token_id=token_id)
    messages.success(request, _("The token was revoked: it opens nothing any more."))
    return redirect("web:tokens")


@require_POST
@signed_in
def switch_workspace(request: Request) -> HttpResponse:
    """Work in another workspace in which one has a role."""
    wanted = request.POST.get("workspace", "")
    if not any(str(workspace.pk) == wanted for workspace in request.workspaces):
        raise NotFound.at(_("workspace"), _("There is no such workspace."), _("Choose one of yours."))
    request.session[SESSION_KEY] = wanted
    return redirect("web:home")
