"""Pages of the network area."""
