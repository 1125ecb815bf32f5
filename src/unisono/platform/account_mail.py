"""Mails about accounts: links, notices. Pages only queue them, so that no answer tells whether there is somebody."""

from datetime import timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _
from django_tasks import task
from uuid_utils.compat import uuid7

from unisono.platform import mail
from unisono.platform.accounts import make_sign_in_link
from unisono.platform.errors import Invalid
from unisono.platform.models import User

# A link asked for by mail is used at once, so it need not be good for long.
MAILED_LINK_LIFETIME = timedelta(hours=1)


def clean_address(text: str) -> str:
    """An address as accounts keep it. Raises Invalid."""
    address = text.strip().lower()
    try:
        validate_email(address)
    except ValidationError:
        raise Invalid.at("email", _("This is no e-mail address."), _("Write it as name@example.org.")) from None
    return address


def queue_sign_in_link(address: str, *, wanted: str = "") -> None:
    """Have the worker mail a one-time link to this address, if it belongs to somebody. Raises Invalid.

    The work is the same for every address: one look, one task. The queue holds no address; that nobody has this one
    is a key that belongs to nobody.
    """
    found = User.objects.filter(email=clean_address(address), is_active=True).values_list("pk", flat=True).first()
    mail_sign_in_link.enqueue(str(found or uuid7()), wanted)


def queue_notice(user: User, kind: str) -> None:
    """Have the worker tell somebody by mail that something about the account was changed."""
    user_id = str(user.pk)
    transaction.on_commit(lambda: mail_notice.enqueue(user_id, kind))


@task()
def mail_sign_in_link(user_id: str, wanted: str) -> None:
    """What the worker does: the secret is made here, so that it is kept nowhere but in the mail."""
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None:
        return
    with transaction.atomic():
        secret = make_sign_in_link(user, lifetime=MAILED_LINK_LIFETIME)
        query = f"?{urlencode({'next': wanted})}" if wanted else ""
        link = f"{settings.BASE_URL}/sign-in/{secret}/{query}"
        mail.send(
            to=user.email,
            template="sign_in_link",
            context={"person": user.name, "link": link},
            lifetime=MAILED_LINK_LIFETIME,
        )


@task()
def mail_notice(user_id: str, kind: str) -> None:
    """Tell the account's owner."""
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is not None:
        with transaction.atomic():
            mail.send(to=user.email, template="account_notice", context={"person": user.name, "kind": kind})
