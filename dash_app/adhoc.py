"""Readers' own queries: each in a process of its own within limits, few at once."""

import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import polars as pl

from warehouse.errors import QueryError
from warehouse.query import ad_hoc
from warehouse.settings import Settings

AT_ONCE = 2
"""Queries of readers that run at once in a server; each may use a core and its memory."""
WAIT_S = 5.0
"""Seconds that a further query waits for its turn."""
PLACES = threading.BoundedSemaphore(AT_ONCE)


@dataclass(frozen=True)
class Limits:
    """What a query may use; the defaults are those of the settings."""

    timeout_s: float = Settings.sql_timeout_s
    row_limit: int = Settings.sql_row_limit
    memory_mb: int = Settings.sql_memory_mb


@dataclass(frozen=True)
class Result:
    """What a query gave."""

    frame: pl.DataFrame
    is_cut: bool
    """Whether there are more rows than the limit."""
    seconds: float


class BusyError(QueryError):
    """Other queries run; this one did not get its turn in time."""


def limits_of(settings: Settings) -> Limits:
    """Return the limits that settings give."""
    return Limits(settings.sql_timeout_s, settings.sql_row_limit, settings.sql_memory_mb)


def run(
    link: Path, sql: str, limits: Limits, *, places: threading.BoundedSemaphore = PLACES, wait_s: float = WAIT_S
) -> Result:
    """Return what a query gives on a build.

    Raises:
        BusyError: No turn came within the wait.
        QueryError: The query is refused, wrong, too slow or too large.
    """
    if not places.acquire(timeout=wait_s):
        raise BusyError(f"{AT_ONCE} queries run already.\nHint: run it again in a moment.")
    try:
        began = time.perf_counter()
        frame, is_cut = ad_hoc(link, sql, **asdict(limits))
        return Result(frame, is_cut, time.perf_counter() - began)
    finally:
        places.release()
