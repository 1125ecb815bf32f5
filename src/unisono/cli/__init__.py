"""The `unisono` command."""
