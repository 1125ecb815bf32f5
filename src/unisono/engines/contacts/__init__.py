"""Contacts in files: the cards of people and firms that phones and mail programs hand around."""

from unisono.engines.contacts.vcard import ORGANIZATION, PERSON, vcard_records
from unisono.engines.contacts.write import Card, write_vcards

__all__ = ["ORGANIZATION", "PERSON", "Card", "vcard_records", "write_vcards"]
