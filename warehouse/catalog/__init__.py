"""Registries of countries, pairs, sources, indicators, ladders and method constants."""
