"""Readers' own queries: each in a process of its own within limits, few at once."""

import time
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from dash_app.turns import SQL, Turns, places_of
from warehouse.errors import QueryError
from warehouse.query import ad_hoc
from warehouse.settings import Settings


@dataclass(frozen=True)
class Limits:
    """What a query may use, and the turns at dear work; the defaults are those of the settings."""

    timeout_s: float = Settings.sql_timeout_s
    row_limit: int = Settings.sql_row_limit
    memory_mb: int = Settings.sql_memory_mb
    is_open: bool = True
    """Whether readers may ask at all."""
    turns: Turns = field(default_factory=Turns, compare=False)


@dataclass(frozen=True)
class Result:
    """What a query gave."""

    frame: pl.DataFrame
    is_cut: bool
    """Whether there are more rows than the limit."""
    seconds: float


def limits_of(settings: Settings) -> Limits:
    """Return the limits that settings give."""
    return Limits(
        settings.sql_timeout_s,
        settings.sql_row_limit,
        settings.sql_memory_mb,
        is_open=settings.sql_for_readers,
        turns=Turns(settings.server_threads, places=places_of(settings.home)),
    )


def run(link: Path, sql: str, limits: Limits) -> Result:
    """Return what a query gives on a build.

    Raises:
        BusyError: No turn came within the wait.
        QueryError: The query is refused, wrong, too slow or too large.
    """
    if not limits.is_open:
        raise QueryError("Queries of readers are switched off on this server.\nHint: the HTTP API filters every table.")
    with limits.turns.take(SQL):
        began = time.perf_counter()
        frame, is_cut = ad_hoc(
            link, sql, timeout_s=limits.timeout_s, row_limit=limits.row_limit, memory_mb=limits.memory_mb
        )
        return Result(frame, is_cut, time.perf_counter() - began)
