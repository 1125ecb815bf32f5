"""Mail: rendered when it is queued, sent by the worker, the same Message-ID at each try, nothing kept afterwards."""

import smtplib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core import mail as django_mail
from django.template import TemplateDoesNotExist

from unisono.config.environment import mail_settings
from unisono.platform import delivery, mail
from unisono.platform.errors import Invalid
from unisono.platform.models import Outgoing


@pytest.mark.django_db
def test_a_mail_has_text_and_html_and_leaves_nothing_behind() -> None:
    queued = mail.send(to=" marit@example.org ", template="test")
    assert django_mail.outbox == []
    delivery.deliver_due()
    [sent] = django_mail.outbox
    assert sent.to == ["marit@example.org"]
    assert sent.subject == "Mail from Unisono works"
    assert "http://localhost:8000 reaches you" in sent.body
    [(html, kind)] = sent.alternatives
    assert (kind, "<title>Mail from Unisono works</title>" in html) == ("text/html", True)
    message = sent.message()
    assert message["Message-ID"] == f"<{queued.pk}@localhost>"
    assert message["Auto-Submitted"] == "auto-generated"
    kept = Outgoing._base_manager.get()
    assert (kept.state, kept.payload) == ("sent", {})


@pytest.mark.django_db
def test_each_try_carries_the_same_id_and_date(monkeypatch: pytest.MonkeyPatch) -> None:
    mail.send(to="marit@example.org", template="test")
    seen = []

    def away(self: Any, **more: Any) -> None:
        message = self.message()
        seen.append((message["Message-ID"], message["Date"]))
        raise ConnectionRefusedError

    monkeypatch.setattr("django.core.mail.EmailMultiAlternatives.send", away)
    for _number in range(2):
        Outgoing._base_manager.update(next_at="2026-01-01T00:00Z")
        delivery.deliver_due()
    assert len(seen) == 2
    assert len(set(seen)) == 1
    kept = Outgoing._base_manager.get()
    assert (kept.state, kept.last_error) == (
        "waiting",
        "The mail server cannot be reached or used: ConnectionRefusedError.",
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("error", "state"),
    [
        (smtplib.SMTPRecipientsRefused({"m@example.org": (550, b"m@example.org unknown")}), "failed"),
        (smtplib.SMTPRecipientsRefused({"m@example.org": (451, b"later")}), "waiting"),
        (smtplib.SMTPDataError(554, b"spam from m@example.org"), "failed"),
        (smtplib.SMTPAuthenticationError(535, b"bad password"), "waiting"),
        (smtplib.SMTPServerDisconnected("gone"), "waiting"),
    ],
)
def test_what_a_mail_server_answers_decides_and_its_words_are_not_kept(
    error: Exception, state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Any, **more: Any) -> None:
        raise error

    monkeypatch.setattr("django.core.mail.EmailMultiAlternatives.send", refuse)
    mail.send(to="m@example.org", template="test")
    delivery.deliver_due()
    kept = Outgoing._base_manager.get()
    assert kept.state == state
    assert "example.org" not in f"{kept.last_error} {kept.tries}"


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["", "nobody", "a@example.org\nBcc: b@example.org", "a@example.org, b@example.org"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(Invalid):
        mail.send(to=address, template="test")
    assert not Outgoing._base_manager.exists()


@pytest.mark.django_db
def test_a_template_that_is_missing_fails_where_the_mail_is_written() -> None:
    with pytest.raises(TemplateDoesNotExist):
        mail.send(to="marit@example.org", template="no_such")


@pytest.fixture
def template(tmp_path: Path, settings: Any) -> Callable[[str, str], None]:
    """`template(text, html)` is the mail "made"."""
    (tmp_path / "mail").mkdir()
    settings.TEMPLATES = [
        {"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": [tmp_path], "OPTIONS": {}}
    ]

    def write(text: str, html: str) -> None:
        (tmp_path / "mail" / "made.txt").write_text(text)
        (tmp_path / "mail" / "made.html").write_text(html)

    return write


def test_what_people_wrote_stays_text_in_both_parts(template: Callable[[str, str], None]) -> None:
    template("Hello {{ name }}\n\nDear {{ name }}", "<p>{{ name }}</p>")
    subject, text, html = mail.render("made", {"name": "<b>O'Hara</b>\r\nBcc: x@example.org"})
    assert subject.startswith("Hello <b>O'Hara</b>")
    assert "\n" not in subject
    assert "<b>O'Hara</b>" in text
    assert "<b>" not in html
    assert "&lt;b&gt;" in html


def test_the_address_of_a_mail_server_becomes_settings(tmp_path: Path) -> None:
    given = mail_settings("smtp://me%40example.org:p%3Aw@mail.example.org", tmp_path)
    assert (given["EMAIL_HOST"], given["EMAIL_PORT"], given["EMAIL_USE_TLS"]) == ("mail.example.org", 587, True)
    assert (given["EMAIL_HOST_USER"], given["EMAIL_HOST_PASSWORD"]) == ("me@example.org", "p:w")
    given = mail_settings("smtps://mail.example.org", tmp_path)
    assert (given["EMAIL_PORT"], given["EMAIL_USE_SSL"], given["EMAIL_USE_TLS"]) == (465, True, False)
    assert not mail_settings("smtp+plain://127.0.0.1:2525", tmp_path)["EMAIL_USE_TLS"]
    assert mail_settings("", tmp_path)["EMAIL_FILE_PATH"] == str(tmp_path)
    assert "console" in mail_settings("console:", tmp_path)["EMAIL_BACKEND"]
    for wrong in ("mail.example.org", "http://mail.example.org", "smtp://", "file://"):
        with pytest.raises(ValueError, match="Use smtp"):
            mail_settings(wrong, tmp_path)
