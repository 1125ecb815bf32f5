"""Passwords: what a good one is, and saving it."""

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from unisono.platform import log
from unisono.platform.actor import Actor
from unisono.platform.errors import Invalid, Problem
from unisono.platform.models import User


@transaction.atomic
def set_password(*, user: User, password: str, repeated: str, actor: Actor | None = None) -> None:
    """Save a new password of the user's own. Raises Invalid.

    With an actor the log of its workspace says that it was changed, never to what.
    """
    if password != repeated:
        raise Invalid.at("repeated", _("The two passwords differ."), _("Write the same one twice."))
    try:
        validate_password(password, user)
    except ValidationError as error:
        remedy = _("Take a longer one, for example four words that do not belong together.")
        raise Invalid(*(Problem("password", text, remedy) for text in error.messages)) from None
    user.set_password(password)
    user.save(update_fields=["password"])
    if actor is not None:
        log.record(
            log.event(actor=actor, kind="user.password_changed", subject=user, changes={"password": [None, None]})
        )
