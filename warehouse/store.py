"""The writer's file: one writer at a time by a kernel lock, each table replaced in one transaction."""

import contextlib
import fcntl
import json
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import polars as pl

from warehouse.contracts.tables import TABLES, columns_of, enforce, key_of, or_empty
from warehouse.ddl import comments, create_table, quoted
from warehouse.errors import DyadwatchError, WarehouseBusyError
from warehouse.settings import Settings

STORAGE_VERSION = "v1.5.0"
"""Version of the file format: DuckDB 1.5's own tools open it too."""
NOT_CONTENT = ("retrieved_at", "build_id", "built_at", "last_success_at", "last_change_at")
"""Columns left out of content hashes: when something was fetched or built is not what it says."""

CHECKED = ("out_pair__validation", "out_pair__doubts")
"""Tables about a build that its check writes; a build that was not checked carries on those of the build before it."""
NOT_HASHED = ("meta_tables", "meta_builds", "meta_checks", "out_pair__changes", *CHECKED)
"""Tables about the build and those before it, which publishing or a check writes."""
BESIDE = ("meta_snapshots", "meta_rejections")
"""Tables that are written beside others, in the same transaction."""
RECORD = "meta_tables"
"""Table in which every writing is recorded, in its own transaction: what was made, and from what."""
AGAIN, NEW = "made again, from the same", "not made before"
"""Why a table is made of which nothing has changed: asked for, or what it reads was made and came out the same."""


@dataclass(frozen=True)
class Ingested:
    """A core table with the record of the snapshots it was read from and the rows that were not stored."""

    frame: pl.DataFrame
    snapshots: pl.DataFrame
    rejections: pl.DataFrame


class Store:
    """The build file of one home directory."""

    def __init__(self, settings: Settings) -> None:
        """Name the files; nothing is opened yet."""
        self.settings = settings
        self.folder = settings.home / "warehouse"
        self.file = self.folder / "build.duckdb"
        self._depth = 0
        self._open: duckdb.DuckDBPyConnection | None = None

    def write(self, table: str, content: pl.DataFrame | Ingested, made_from: Mapping[str, str] | None = None) -> int:
        """Replace a table by frames that honour its contract, in one transaction; return its rows.

        Args:
            table: The table.
            content: Its rows; of a core table with those that it has in the tables beside it.
            made_from: What it was made from, by name, each with its digest; without it no later build keeps the table.

        Raises:
            ContractError: The frame breaks the contract; the table stays as it was.
            WarehouseBusyError: Another build holds the lock.
        """
        frame = enforce(table, content.frame if isinstance(content, Ingested) else content)
        with self.connection() as connection, _transaction(connection):
            replace_table(connection, table, frame)
            if isinstance(content, Ingested):
                for meta, rows in zip(BESIDE, (content.snapshots, content.rejections), strict=True):
                    _merge(connection, meta, rows, table)
            _record(connection, table, made_from)
        return frame.height

    def read(self, table: str) -> pl.DataFrame:
        """Return a table of the build file in the order of its key."""
        with self.connection() as connection:
            frame: pl.DataFrame = connection.sql(f"FROM {quoted(table)}").pl()
            return frame

    def tables(self) -> list[str]:
        """Return the tables that the build file holds."""
        with self.connection() as connection:
            return _tables(connection)

    def content_hashes(self) -> pl.DataFrame:
        """Return meta_tables as it holds now: a row for every table but those about the build itself.

        A table's hash is taken when it is written; here only of those that were written beside others.

        Raises:
            DyadwatchError: A table of the build file has other columns than its contract, as one of an older version.
        """
        with self.connection() as connection:
            names = [name for name in _tables(connection) if name not in NOT_HASHED]
            _require_columns(connection, names)
            recorded = _recorded(connection).filter(pl.col("table_name").is_in(names))
            others = [_row(connection, name) for name in names if name not in set(recorded["table_name"])]
            return pl.concat([recorded, *others]).sort("table_name")

    def recorded(self) -> pl.DataFrame:
        """Return the rows of meta_tables of what was written since the build file began; none where there is no file."""
        if not self.file.exists():
            return or_empty(RECORD, pl.DataFrame())
        with self.connection() as connection:
            return _recorded(connection)

    @contextlib.contextmanager
    def connection(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open the build file under the writer's lock; it stays open for as long as the lock is held.

        Raises:
            DyadwatchError: The file is damaged.
            WarehouseBusyError: Another process holds it for longer than the setting allows.
        """
        with self.lock():
            if self._open is None:
                try:
                    self._open = duckdb.connect(
                        str(self.file), config={"storage_compatibility_version": STORAGE_VERSION}
                    )
                except duckdb.Error as error:
                    raise DyadwatchError(
                        f"The build file does not open: {error}\nHint: run `dyadwatch rebuild`, which makes it anew."
                    ) from error
            yield self._open

    def close(self) -> None:
        """Close the build file, so that all of it is in one file on disk."""
        if self._open is not None:
            self._open.close()
            self._open = None

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the writer's lock; the kernel frees it when the process dies, however it dies.

        A run holds it from its first table to its publication, so that no build mixes the tables of two; within the
        run it is taken again by each step, which costs nothing.

        Raises:
            WarehouseBusyError: Another process holds it for longer than the setting allows.
        """
        if self._depth:
            yield
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / ".lock"
        with path.open("a+") as handle:
            _wait_for(handle.fileno(), path, self.settings.lock_timeout_s)
            handle.truncate(0)
            handle.write(str(os.getpid()))
            handle.flush()
            self._depth += 1
            try:
                yield
            finally:
                self.close()
                self._depth -= 1


def _wait_for(descriptor: int, path: Path, timeout_s: float) -> None:
    end = time.monotonic() + timeout_s
    is_told = False
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = path.read_text("utf-8") or "unknown"
            if not is_told:
                print(f"dyadwatch: waiting for process {holder}, which is writing the warehouse", file=sys.stderr)
                is_told = True
            if time.monotonic() > end:
                raise WarehouseBusyError(
                    f"The warehouse is being written by process {holder} for more than {timeout_s:g} s.\n"
                    "Hint: wait for that build, or raise DYADWATCH_LOCK_TIMEOUT_S."
                ) from error
            time.sleep(0.05)
        else:
            return


@contextlib.contextmanager
def _transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    connection.execute("BEGIN")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def replace_table(connection: duckdb.DuckDBPyConnection, table: str, frame: pl.DataFrame) -> None:
    """Create the table anew with the frame's rows and the contract's comments."""
    connection.execute(create_table(table))
    connection.register("incoming", frame.to_arrow())
    connection.execute(f"INSERT INTO {quoted(table)} BY NAME FROM incoming")
    connection.unregister("incoming")
    for statement in comments(table):
        connection.execute(statement)


def _merge(connection: duckdb.DuckDBPyConnection, meta: str, rows: pl.DataFrame, table: str) -> None:
    """Replace the rows of a meta table that belong to one table."""
    kept = TABLES[meta].create_empty()
    if meta in _tables(connection):
        kept = connection.sql(f"FROM {quoted(meta)} WHERE table_name <> $t", params={"t": table}).pl()
    both = pl.concat([or_empty(meta, kept), rows.select(columns_of(meta))], how="vertical_relaxed")
    replace_table(connection, meta, enforce(meta, both))
    if RECORD in _tables(connection):  # its hash is taken once all of a run's rows are in
        connection.execute(f"DELETE FROM {RECORD} WHERE table_name = $t", {"t": meta})


def _record(connection: duckdb.DuckDBPyConnection, table: str, made_from: Mapping[str, str] | None) -> None:
    """Record what a table holds now and what it was made from."""
    if table in NOT_HASHED:
        return
    recorded = _recorded(connection)
    if recorded.is_empty():  # none yet, or one of another version
        replace_table(connection, RECORD, recorded)
    former = recorded.filter(pl.col("table_name") == table)["made_from"].to_list()
    row = _row(connection, table)
    if made_from is not None:
        held = json.loads(former[0]) if former and former[0] else None
        because = NEW if held is None else ", ".join(changed(held, made_from)) or AGAIN
        row = row.with_columns(
            pl.lit(json.dumps(made_from, sort_keys=True)).alias("made_from"), pl.lit(because).alias("because")
        )
    connection.execute(f"DELETE FROM {RECORD} WHERE table_name = $t", {"t": table})
    connection.register("incoming", row.to_arrow())
    connection.execute(f"INSERT INTO {RECORD} BY NAME FROM incoming")
    connection.unregister("incoming")


def changed(former: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Return the names of what a table was made from whose digest is another now, or that are gone or new."""
    return sorted(name for name in {*former, *now} if former.get(name) != now.get(name))


def _recorded(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Return the record; empty where there is none or it is of another version, which no writing kept up to date."""
    held = connection.sql(f"FROM {RECORD}").pl() if RECORD in _tables(connection) else pl.DataFrame()
    return or_empty(RECORD, held)


def _row(connection: duckdb.DuckDBPyConnection, table: str) -> pl.DataFrame:
    """Return a table's row of the record, of one of which nothing is known but what it holds."""
    unknown = pl.lit(None, dtype=pl.String)
    return or_empty(
        RECORD,
        content_hash(connection, table).with_columns(
            unknown.alias("made_from"),
            pl.lit(datetime.now(UTC).replace(tzinfo=None)).alias("made_at"),
            pl.lit(value=False).alias("is_kept"),
            unknown.alias("because"),
        ),
    )


def _require_columns(connection: duckdb.DuckDBPyConnection, tables: Sequence[str]) -> None:
    held: dict[str, set[str]] = {}
    for table, column in connection.sql("SELECT table_name, column_name FROM duckdb_columns()").fetchall():
        held.setdefault(table, set()).add(column)
    lacking = [f"{table}.{name}" for table in tables for name in columns_of(table) if name not in held[table]]
    if lacking:
        raise DyadwatchError(
            f"The build file is of another version: it lacks {', '.join(lacking)}\nHint: run `dyadwatch build`."
        )


def _tables(connection: duckdb.DuckDBPyConnection) -> list[str]:
    rows = connection.sql("SELECT table_name FROM duckdb_tables() ORDER BY table_name").fetchall()
    return [row[0] for row in rows]


def content_hash(connection: duckdb.DuckDBPyConnection, table: str) -> pl.DataFrame:
    """Return table_name, rows and content_hash of a table in one row; the order of its rows makes no difference."""
    content: Sequence[str] = [quoted(name) for name in columns_of(table) if name not in NOT_CONTENT]
    key = ", ".join(quoted(name) for name in key_of(table))
    rows: pl.DataFrame = connection.sql(
        f"SELECT '{table}' AS table_name, count(*) AS rows, "
        "md5(coalesce(string_agg(line, chr(10) ORDER BY place), '')) AS content_hash FROM "
        f"(SELECT row({', '.join(content)})::VARCHAR AS line, row_number() OVER (ORDER BY {key}) AS place"
        f" FROM {quoted(table)})"
    ).pl()
    return rows
