"""Readers' own queries: each in a process of its own within limits, few at once."""

import fcntl
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import polars as pl

from warehouse.errors import QueryError
from warehouse.query import ad_hoc
from warehouse.settings import Settings

AT_ONCE = 2
"""Queries of readers that run at once; each may use a core and its memory."""
WAIT_S = 5.0
"""Seconds that a further query waits for its turn."""
PAUSE_S = 0.05
PLACES = Path(tempfile.gettempdir()) / f"dyadwatch-sql-{os.getuid()}"
"""Folder with a file for each query that may run: its lock is a place, for all processes of a server and all its threads."""


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


def run(link: Path, sql: str, limits: Limits, *, places: Path = PLACES, wait_s: float = WAIT_S) -> Result:
    """Return what a query gives on a build.

    Raises:
        BusyError: No turn came within the wait.
        QueryError: The query is refused, wrong, too slow or too large.
    """
    with place(places, wait_s):
        began = time.perf_counter()
        frame, is_cut = ad_hoc(link, sql, **asdict(limits))
        return Result(frame, is_cut, time.perf_counter() - began)


@contextmanager
def place(places: Path, wait_s: float) -> Iterator[None]:
    """Hold one of the places; the kernel frees it when its holder ends, however it ends.

    Raises:
        BusyError: None came free within the wait.
    """
    places.mkdir(mode=0o700, exist_ok=True)
    deadline = time.monotonic() + wait_s
    while True:
        for number in range(AT_ONCE):
            descriptor = os.open(places / f"{number}", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(descriptor)
                continue
            try:
                yield
            finally:
                os.close(descriptor)
            return
        if time.monotonic() >= deadline:
            raise BusyError(f"{AT_ONCE} queries run already.\nHint: run it again in a moment.")
        time.sleep(PAUSE_S)
