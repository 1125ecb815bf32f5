"""The chain of the log: what is hashed of an event, and where a chain is broken."""

from unisono.core.audit.chain import FIRST, Break, Link, Rule, canonical, first_break, sealed

__all__ = ["FIRST", "Break", "Link", "Rule", "canonical", "first_break", "sealed"]
