"""Backup: everything that is kept, in one archive that any database takes back; made while in use."""

from unisono.platform.backup.restoring import on_restored, restore
from unisono.platform.backup.writing import Written, backup

__all__ = ["Written", "backup", "on_restored", "restore"]
