"""Connectors: bytes from the network, nothing else. No Dagster here."""
