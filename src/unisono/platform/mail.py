"""Mail: one function renders and queues it, in text and HTML, in the language of whoever gets it."""

import smtplib
from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.core.validators import validate_email
from django.template import Context, engines
from django.utils.translation import override

from unisono.platform import outbox
from unisono.platform.errors import Invalid
from unisono.platform.messages import message as _
from unisono.platform.models import Outgoing


def send(
    *,
    to: str,
    template: str,
    context: Mapping[str, Any] | None = None,
    workspace_id: UUID | None = None,
    language: str = "",
    lifetime: timedelta = outbox.LIFETIME,
    headers: Mapping[str, str] | None = None,
    at: datetime | None = None,
) -> Outgoing:
    """Queue a mail, in the transaction of the change that causes it; the worker sends it.

    `template` names mail/<template>.txt, whose first line is the subject, and mail/<template>.html; both see `context`
    and `site`, the address of this installation. They are rendered now, in `language` (the installation's by default).
    Without `workspace_id` it is mail of an account, which no workspace sees. `lifetime` is how long it is worth
    sending, at most 72 hours: give that of the link in it. What it says is wiped when it was sent or given up.
    Raises Invalid for an address that is none.
    """
    address = to.strip()
    try:
        validate_email(address)
    except ValidationError:
        raise Invalid.at("email", _("This is no e-mail address."), _("Write it as name@example.org.")) from None
    subject, text, html = render(template, context or {}, language=language)
    payload = {"subject": subject, "text": text, "html": html, "headers": dict(headers or {})}
    return outbox.put(
        kind=Outgoing.Kind.MAIL, purpose=template, recipient=address, payload=payload, workspace_id=workspace_id,
        lifetime=lifetime, at=at,
    )  # fmt: skip


def render(template: str, context: Mapping[str, Any], *, language: str = "") -> tuple[str, str, str]:
    """Subject, text and HTML of a mail in a language."""
    engine = engines["django"].engine  # type: ignore[attr-defined]
    filled = {"site": settings.BASE_URL, **context}
    with override(language or settings.LANGUAGE_CODE):
        plain = engine.get_template(f"mail/{template}.txt").render(Context(filled, autoescape=False))
        subject, _line, text = plain.strip().partition("\n")
        subject = " ".join(subject.split())
        filled |= {"subject": subject, "language": language or settings.LANGUAGE_CODE}
        html = engine.get_template(f"mail/{template}.html").render(Context(filled))
    return subject, text.strip() + "\n", html.strip() + "\n"


def message_id(outgoing: Outgoing) -> str:
    """The Message-ID: the same at every try, so that a mail that arrives twice is seen to be one."""
    return f"<{outgoing.pk}@{urlsplit(settings.BASE_URL).hostname or 'localhost'}>"


def _send(outgoing: Outgoing) -> None:
    content = outgoing.payload
    if folder := getattr(settings, "EMAIL_FILE_PATH", None):
        # Mails hold links that sign in, so what is made for them is for this user's eyes alone.
        Path(folder).mkdir(mode=0o700, parents=True, exist_ok=True)
    headers = {
        "Message-ID": message_id(outgoing),
        "Date": format_datetime(outgoing.created_at),
        "Auto-Submitted": "auto-generated",
        **content.get("headers", {}),
    }
    mail = EmailMultiAlternatives(content["subject"], content["text"], to=[outgoing.recipient], headers=headers)
    mail.attach_alternative(content["html"], "text/html")
    try:
        mail.send()
    except smtplib.SMTPRecipientsRefused as error:
        code = max((code for code, _text in error.recipients.values()), default=0)
        _answered(code, permanent=code >= 500)
    except smtplib.SMTPAuthenticationError as error:
        _answered(error.smtp_code, permanent=False)
    except smtplib.SMTPResponseException as error:
        _answered(error.smtp_code, permanent=error.smtp_code >= 500)
    except (smtplib.SMTPException, OSError) as error:
        # Its own words may hold addresses, so its kind has to do.
        raise outbox.TryAgain(
            _("The mail server cannot be reached or used: %(e)s.") % {"e": type(error).__name__}
        ) from None


def _answered(code: int, *, permanent: bool) -> None:
    """Raise for what a mail server answered; what it says beside the code may hold the address, so it is left out."""
    reason = _("The mail server answered %(code)s.") % {"code": code}
    raise outbox.Refused(reason, status=code) if permanent else outbox.TryAgain(reason, status=code)


def register() -> None:
    """Let the outbox send mail."""
    outbox.register(Outgoing.Kind.MAIL, outbox.Channel(send=_send))
