"""Connectors: from a publisher's address to checked bytes. They know no Dagster and read no rows."""
