"""Lets `python -m unisono.cli` do what the installed command does."""

from unisono.cli import main

main()
