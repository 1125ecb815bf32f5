"""Unisono: the workplace of people who run a business network, and of the network's members."""

__version__ = "0.1.0"
