"""Tests: core without a database, areas, interfaces, architecture, e2e."""
