"""What new rows point at must still be there: somebody may be removing it at the same moment."""

from django.db import IntegrityError, connection

from unisono.platform.errors import Conflict
from unisono.platform.messages import message as _

_FOREIGN_KEY_VIOLATION = "23503"


def hold_references() -> None:
    """Check the foreign keys of the transaction so far, and keep what they point at from being removed.

    PostgreSQL would check them at the commit, where nobody is left to say what happened. SQLite lets one write at a
    time, so what a use case has read is still there. Raises Conflict.
    """
    if connection.vendor != "postgresql":
        return
    try:
        connection.check_constraints()
    except IntegrityError as error:
        if getattr(error.__cause__, "sqlstate", "") != _FOREIGN_KEY_VIOLATION:
            raise
        raise Conflict.at(
            _("record"),
            _("What it belongs to was merged or removed a moment ago; nothing was saved."),
            _("Look it up in the list, then do it again there."),
        ) from None
