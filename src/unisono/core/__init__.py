"""Algorithms in pure Python: no framework, no I/O, no clock, no settings."""
