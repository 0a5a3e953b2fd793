"""Dagster definitions, connectors and the command line: everything that touches the outside world."""
