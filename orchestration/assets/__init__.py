"""Dagster assets: what depends on what; each body calls one pure transform."""
