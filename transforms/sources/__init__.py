"""Parsers: bytes in, frame out, one module a source family."""
