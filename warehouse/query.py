"""The read-only side: follows the published link, one connection a build, one cursor a thread."""

import threading
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from warehouse.errors import NoBuildError, QueryError

SANDBOX = {
    "enable_external_access": "false",
    "autoload_known_extensions": "false",
    "autoinstall_known_extensions": "false",
}
"""Configuration of every reader: no file, no network, no extension."""


class Warehouse:
    """The current published build; a new one is followed without a restart."""

    def __init__(self, link: Path) -> None:
        self.link = link
        self._lock = threading.Lock()
        self._path: Path | None = None
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._local = threading.local()

    def build(self) -> dict[str, Any]:  # Any: one row of mixed types
        """Return the current build: build_id, built_at, content_hash, ledger_end, method_version."""
        return self.frame("FROM meta_builds").to_dicts()[0]

    def frame(self, sql: str, **params: object) -> pl.DataFrame:
        """Return the result of a query with bound values.

        Raises:
            NoBuildError: Nothing is published.
            QueryError: The query is not SQL or names what is not there.
        """
        try:
            return self._cursor().sql(sql, params=params or None).pl()
        except duckdb.Error as error:
            raise QueryError(str(error)) from error

    def monthly_tension(self, pair_id: str, since: date) -> pl.DataFrame:
        """Return the monthly index of a pair from a month on, ordered; columns as out_pair__monthly_tension."""
        return self.frame(
            "FROM out_pair__monthly_tension WHERE pair_id = $pair_id AND month >= $since AND view = 'latest' ORDER BY month",
            pair_id=pair_id,
            since=since,
        )

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        path = self.link.resolve()
        if not path.exists():
            raise NoBuildError(self.link)
        if getattr(self._local, "path", None) != path:
            with self._lock:
                if self._path != path or self._connection is None:
                    self._connection = duckdb.connect(str(path), read_only=True, config={**SANDBOX, "threads": "1"})
                    self._path = path
                self._local.cursor = self._connection.cursor()
                self._local.path = path
        cursor: duckdb.DuckDBPyConnection = self._local.cursor
        return cursor


def ad_hoc(link: Path, sql: str, *, timeout_s: float, row_limit: int, memory_mb: int) -> tuple[pl.DataFrame, bool]:
    """Return the result of a person's query, read-only and sandboxed, and whether it was cut at the row limit.

    Raises:
        NoBuildError: Nothing is published.
        QueryError: The query is refused, wrong, too slow or too large.
    """
    path = link.resolve()
    if not path.exists():
        raise NoBuildError(link)
    config = {**SANDBOX, "memory_limit": f"{memory_mb}MB", "lock_configuration": "true"}
    connection = duckdb.connect(str(path), read_only=True, config=config)
    timer = threading.Timer(timeout_s, connection.interrupt)
    timer.start()
    try:
        relation = connection.sql(sql)
        if relation is None:
            raise QueryError("The statement returns no rows.\nHint: ask with SELECT or FROM.")
        rows = relation.limit(row_limit + 1).pl()
    except duckdb.InterruptException as error:
        raise QueryError(
            f"Stopped after {timeout_s:g} s.\nHint: narrow it, or raise DYADWATCH_SQL_TIMEOUT_S."
        ) from error
    except duckdb.Error as error:
        raise QueryError(str(error)) from error
    finally:
        timer.cancel()
        connection.close()
    return rows.head(row_limit), rows.height > row_limit
