"""The read-only side: follows the published link, one connection a build, one cursor a thread."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from warehouse.errors import NoBuildError, QueryError
from warehouse.sandbox import REFUSED, SANDBOX, Request


class Warehouse:
    """The current published build; a new one is followed without a restart."""

    def __init__(self, link: Path) -> None:
        """Name the link; nothing is opened yet."""
        self.link = link
        self._lock = threading.Lock()
        self._path: Path | None = None
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._local = threading.local()
        self._pinned: Warehouse | None = None

    def pinned(self) -> "Warehouse":
        """Return the warehouse of the build that is current now, which stays that build: for answers in several parts.

        Raises:
            NoBuildError: Nothing is published.
        """
        path = self.link.resolve()
        if not path.exists():
            raise NoBuildError(self.link)
        with self._lock:
            if self._pinned is None or self._pinned.link != path:
                self._pinned = Warehouse(path)
            return self._pinned

    def build(self) -> dict[str, Any]:  # Any: one row of mixed types
        """Return the current build: build_id, built_at, content_hash, ledger_end, method_version."""
        return self.frame("FROM meta_builds").to_dicts()[0]

    def tables(self) -> set[str]:
        """Return the names of the build's tables."""
        return set(self.frame("SELECT table_name FROM duckdb_tables()")["table_name"])

    def frame(self, sql: str, **params: object) -> pl.DataFrame:
        """Return the result of a query with bound values.

        Raises:
            NoBuildError: Nothing is published.
            QueryError: The query is not SQL or names what is not there.
        """
        try:
            rows: pl.DataFrame = self._cursor().sql(sql, params=params or None).pl()
        except duckdb.Error as error:
            raise QueryError(str(error)) from error
        return rows

    def checks(self) -> pl.DataFrame:
        """Return check_id, outcome and detail of every check of the current build, run anew.

        Raises:
            NoBuildError: Nothing is published.
        """
        from warehouse.checks import run_checks  # here: contracts take half a second to import, and queries need none

        return run_checks(self._cursor())

    def monthly_tension(self, pair_id: str, since: date) -> pl.DataFrame:
        """Return the monthly index of a pair from a month on, ordered; columns as out_pair__monthly_tension."""
        return self.frame(
            "FROM out_pair__monthly_tension "
            "WHERE pair_id = $pair_id AND month >= $since AND view = 'latest' ORDER BY month",
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
                    self._connection = opened(path)
                    self._path = path
                self._local.cursor = self._connection.cursor()
                self._local.path = path
        cursor: duckdb.DuckDBPyConnection = self._local.cursor
        return cursor


def opened(path: Path) -> duckdb.DuckDBPyConnection:
    """Open a published file read-only; a process opens a file in one way, for DuckDB refuses a second one beside it."""
    return duckdb.connect(str(path), read_only=True, config={**SANDBOX, "threads": "1"})


def written_out(sql: str, params: Mapping[str, object]) -> str:
    """Return a query with its bound values written in, so that it can be run by hand on the published file.

    Args:
        sql: The query, its values as `$name`.
        params: Texts, numbers, dates or lists of them.
    """
    return re.sub(r"\$([a-z_]+)", lambda found: _literal(params[found[1]]) if found[1] in params else found[0], sql)


def _literal(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool | int | float):
        return str(value).lower()
    if isinstance(value, date):
        return f"DATE '{value:%Y-%m-%d}'"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_literal, value))}]"
    return "'" + str(value).replace("'", "''") + "'"


def ad_hoc(link: Path, sql: str, *, timeout_s: float, row_limit: int, memory_mb: int) -> tuple[pl.DataFrame, bool]:
    """Return the result of a person's query, and whether it was cut at the row limit.

    The query runs in a process of its own, for only the kernel can bound it: see `warehouse.sandbox`.

    Raises:
        NoBuildError: Nothing is published.
        QueryError: The query is refused, wrong, too slow or too large.
    """
    path = link.resolve()
    if not path.exists():
        raise NoBuildError(link)
    request = Request(str(path), sql, timeout_s=timeout_s, row_limit=row_limit, memory_mb=memory_mb)
    answer = subprocess.run(
        [sys.executable, "-P", "-m", "warehouse.sandbox"],
        input=json.dumps(asdict(request), ensure_ascii=False).encode(errors="replace"),
        env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},  # no secret, no home, no proxy
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    if answer.returncode == REFUSED:
        raise QueryError(answer.stdout.decode())
    if answer.returncode == -signal.SIGALRM:
        raise QueryError(f"Stopped after {timeout_s:g} s.\nHint: narrow it, or raise DYADWATCH_SQL_TIMEOUT_S.")
    if answer.returncode:
        raise QueryError(
            f"Stopped: its process ended with code {answer.returncode}, most often for want of memory.\n"
            "Hint: narrow it, or raise DYADWATCH_SQL_MEMORY_MB."
        )
    rows = pl.read_ipc_stream(answer.stdout)
    return rows.head(row_limit), rows.height > row_limit
