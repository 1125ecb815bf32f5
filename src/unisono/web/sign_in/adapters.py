"""How allauth fits this house: whom it asks again, what it says, and that it mails nothing by itself."""

import logging
import time
from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from unisono.platform import log
from unisono.platform.account_mail import queue_notice
from unisono.platform.models import User
from unisono.web.pages import safe_url
from unisono.web.sign_in.sessions import SEEN, SINCE

_logger = logging.getLogger("unisono.accounts")

# What is said when allauth has done something; whatever is missing here is not said.
_SAID = {
    "account/messages/password_changed.txt": gettext_lazy("Your password was saved. Other sessions have ended."),
    "account/messages/password_set.txt": gettext_lazy("Your password was saved. Other sessions have ended."),
    "mfa/messages/totp_activated.txt": gettext_lazy("The authenticator app is set up."),
    "mfa/messages/totp_deactivated.txt": gettext_lazy("The authenticator app was removed."),
    "mfa/messages/recovery_codes_generated.txt": gettext_lazy("Keep the new recovery codes well."),
    "mfa/messages/webauthn_added.txt": gettext_lazy("The passkey was added."),
    "mfa/messages/webauthn_removed.txt": gettext_lazy("The passkey was removed."),
}
# Of these an account's owner is told by mail, so that nobody else does them unseen.
_NOTICES = {
    "account/email/password_changed": "password",
    "account/email/password_set": "password",
    "mfa/email/totp_activated": "app_added",
    "mfa/email/totp_deactivated": "app_removed",
    "mfa/email/recovery_codes_generated": "codes",
    "mfa/email/webauthn_added": "passkey_added",
    "mfa/email/webauthn_removed": "passkey_removed",
}


class AccountAdapter(DefaultAccountAdapter):
    """Sign-in by address; accounts begin elsewhere."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": gettext_lazy("The address or the password is not right."),
        "too_many_login_attempts": gettext_lazy("There were too many attempts. Try again in five minutes."),
        "incorrect_password": gettext_lazy("The password is not right."),
        "incorrect_code": gettext_lazy("The code is not right, or was used already."),
        "rate_limited": gettext_lazy("There were too many attempts. Try again in five minutes."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never by allauth's own form: an account begins with a link that proves its address."""
        return False

    def is_safe_url(self, url: str) -> bool:
        """Only addresses of this very server."""
        return bool(safe_url(context.request, url, ""))

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:
        """A closed account is told as little as an unknown one."""
        messages.error(request, _("The address or the password is not right."))
        return redirect("account_login")

    def login(self, request: HttpRequest, user: User) -> None:
        """Sign in, and begin to note when the session is used."""
        super().login(request, user)
        request.session[SEEN] = request.session[SINCE] = time.time()
        # By what somebody got in, in the order in which it was shown.
        ways = "+".join(each["method"] for each in get_authentication_records(request, user))
        _logger.info("signed in", extra={"account": str(user.pk), "state": ways})

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Log it, with no word of what was typed."""
        super().authentication_failed(request, **credentials)
        _logger.warning("sign-in failed")

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        message_context: dict[str, Any] | None = None,
        extra_tags: str = "",
        message: str | None = None,
    ) -> None:
        """Say it in our own words, or not at all."""
        text = message or _SAID.get(message_template or "")
        if text:
            messages.add_message(request, level, str(text), extra_tags=extra_tags)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """No page of allauth that sends mail is mounted, so a mail of its own would be a mistake."""
        raise NotImplementedError(template_prefix)

    def send_notification_mail(
        self, template_prefix: str, user: User, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """Queue a notice to the account's address, and note in the log of the workspace what was changed."""
        kind, request = _NOTICES[template_prefix], self.request
        actor = getattr(request, "actor", None)
        if actor is not None and kind != "password":
            with transaction.atomic():
                changes = {"factor": [None, kind]}
                log.record(log.event(actor=actor, kind="user.security_changed", subject=user, changes=changes))
        queue_notice(user, kind)

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Whoever signed in within the last quarter of an hour, in any way, need not do it again."""
        records = get_authentication_records(context.request, context.request.user)
        latest = max((record["at"] for record in records), default=0.0)
        return bool(time.time() - latest >= app_settings.REAUTHENTICATION_TIMEOUT)

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """Password, code or passkey as far as there are such; the last is a new link, which everybody has."""
        names = {
            "reauthenticate": _("Use your password"),
            "mfa_reauthenticate": _("Use the authenticator app or a recovery code"),
            "mfa_reauthenticate:webauthn": _("Use a passkey"),
        }
        found = super().get_reauthentication_methods(user)
        methods = [{**method, "description": names[method["id"]]} for method in found]
        link = {"id": "link", "description": _("Get a one-time link by mail"), "url": reverse("web:sign_in_again")}
        return [*methods, link] if user.is_authenticated else []

    def reauthenticate(self, user: User, password: str) -> bool:
        """Whether this is the user's password; counted as an attempt to sign in."""
        found = self.authenticate(context.request, email=user.email, password=password)
        return found is not None and found.pk == user.pk


class MFAAdapter(DefaultMFAAdapter):
    """Second factors and passkeys, in our words."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": gettext_lazy("The code is not right, or was used already."),
    }

    def generate_authenticator_name(self, user: User, type: Any) -> str:
        """What a passkey is called until somebody says better."""
        return _("Passkey")
