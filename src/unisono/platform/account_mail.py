"""Mails about accounts: links, notices. Pages only queue them, so that no answer tells whether there is somebody."""

from datetime import timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django_tasks import task
from uuid_utils.compat import uuid7

from unisono.platform import mail
from unisono.platform.accounts import make_sign_in_link
from unisono.platform.errors import Invalid, NotFound
from unisono.platform.models import User

# A link asked for by mail is used at once, so it need not be good for long.
MAILED_LINK_LIFETIME = timedelta(hours=1)
_SIGN_UP = "unisono.sign_up"


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
    address = clean_address(address)
    found = User.objects.filter(email=address).values_list("pk", flat=True).first()
    if found is None and settings.SIGN_UP_OPEN:
        # There is no account yet whose key could stand for the address.
        mail_sign_up_link.enqueue(address)
    else:
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
def mail_sign_up_link(address: str) -> None:
    """Mail a link that opens an account, where anybody may have one."""
    if not settings.SIGN_UP_OPEN or User.objects.filter(email=address).exists():
        return
    with transaction.atomic():
        link = f"{settings.BASE_URL}/sign-up/{sign_up_secret(address)}/"
        mail.send(to=address, template="sign_up_link", context={"link": link}, lifetime=MAILED_LINK_LIFETIME)


def sign_up_secret(address: str) -> str:
    """What proves, within an hour, that somebody reads the mail of this address. It is signed, and kept nowhere."""
    return signing.dumps(address, salt=_SIGN_UP)


def address_to_sign_up(secret: str) -> str | None:
    """The address that a secret proves, while sign-up is open and the address has no account."""
    if not settings.SIGN_UP_OPEN:
        return None
    try:
        address = str(signing.loads(secret, salt=_SIGN_UP, max_age=MAILED_LINK_LIFETIME))
    except signing.BadSignature:
        return None
    return None if User.objects.filter(email=address).exists() else address


def sign_up(secret: str) -> User:
    """Open the account of a proven address; good once, since then there is one. Raises NotFound."""
    address = address_to_sign_up(secret)
    gone = NotFound.at(_("link"), _("This link was used, has expired or never existed."), _("Ask for a new one."))
    if address is None:
        raise gone
    try:
        with transaction.atomic():
            return User.objects.create_user(address)
    except IntegrityError:
        # Somebody was faster; addresses are unique.
        raise gone from None


@task()
def mail_notice(user_id: str, kind: str) -> None:
    """Tell the account's owner."""
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is not None:
        with transaction.atomic():
            mail.send(to=user.email, template="account_notice", context={"person": user.name, "kind": kind})
