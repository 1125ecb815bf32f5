"""Demo networks: invented, labelled synthetic, made by calling the same actions as people do."""

from unisono.demo.accounts import DemoAccount, sign_in_accounts
from unisono.demo.clearing import clear
from unisono.demo.loading import load, names

__all__ = ["DemoAccount", "clear", "load", "names", "sign_in_accounts"]
