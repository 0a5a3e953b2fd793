"""Publishing: the build file becomes a versioned read-only file, and the link is swapped to it in one atomic step.

Order matters. The copy is complete and on disk (fsync of file and folder) before the link names it; the link is made
beside and renamed over the old one, so a reader finds the old build or the new one, never half of either. A new file
never takes an open path: DuckDB keeps its instance by path and would go on serving the old data.
"""

import hashlib
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import polars as pl

from warehouse.checks import run_checks
from warehouse.contracts.tables import TABLES, enforce, or_empty
from warehouse.ddl import create_macros, quoted
from warehouse.errors import DyadwatchError, UnknownKeyError
from warehouse.query import Warehouse
from warehouse.store import CHECKED, NOT_HASHED, RECORD, Store, replace_table

PREFIX = "dyadwatch-"
UNCHANGED = "nothing that it is made from has changed"
"""Why a table is that of the build before."""


@dataclass(frozen=True)
class Published:
    """Outcome of publishing: the current build, and whether it is a new one."""

    build_id: str
    content_hash: str
    path: Path
    is_new: bool
    built_at: datetime
    """UTC, without zone, as meta_builds has it."""


def publish(
    store: Store,
    *,
    ledger_end: date,
    method_version: str,
    now: datetime,
    force: bool = False,
    as_of: date | None = None,
    explain: Callable[[Warehouse], pl.DataFrame] | None = None,
) -> Published:
    """Publish the build file, unless its content equals the current build's.

    Args:
        store: The writer's file.
        ledger_end: Last day that the ledger covers.
        method_version: Version of the method.
        now: Time of publication, UTC; names the build.
        force: Publish even if nothing changed.
        as_of: Day of knowledge, of a replay.
        explain: Returns what changed since a former build, as out_pair__changes without the two builds.

    Raises:
        DyadwatchError: A table of the contract is missing, a check of the build fails, or the copy does not open.
        WarehouseBusyError: Another process is writing for longer than the setting allows.
    """
    with store.lock():
        return _publish(store, ledger_end, method_version, now, force=force, as_of=as_of, explain=explain)


def _publish(
    store: Store,
    ledger_end: date,
    method_version: str,
    now: datetime,
    *,
    force: bool,
    as_of: date | None,
    explain: Callable[[Warehouse], pl.DataFrame] | None,
) -> Published:
    hashes = store.content_hashes()
    if missing := sorted(set(TABLES) - set(hashes["table_name"]) - set(NOT_HASHED)):
        raise DyadwatchError(f"Not published: tables are missing: {', '.join(missing)}.\nHint: run `dyadwatch build`.")
    content_hash = content_hash_of(hashes)
    current = _current(store.settings.link)
    if current and current.content_hash == content_hash and not force:
        return current
    build_id = build_id_of(now)
    built_at = now.astimezone(UTC).replace(tzinfo=None)
    about = {
        "build_id": build_id,
        "built_at": built_at,
        "content_hash": content_hash,
        "ledger_end": ledger_end,
        "method_version": method_version,
        "as_of": as_of,
    }
    builds = pl.DataFrame([about], schema=TABLES["meta_builds"].create_empty().schema)
    explained = _explained(store.settings.link, current, build_id, explain)
    carried = {table: _former(store.settings.link, table) for table in set(CHECKED) - set(store.tables())}
    with store.connection() as connection:
        _judge(connection)
        for table, rows in {"out_pair__changes": explained, **carried}.items():
            replace_table(connection, table, rows)
        for statement in create_macros():
            connection.execute(statement)
        replace_table(connection, RECORD, _told(hashes, current, built_at))
        replace_table(connection, "meta_builds", builds)
        connection.execute("CHECKPOINT")
    store.close()
    path = _copy(store, build_id, hashes)
    _swap(store.settings.link, path)
    _prune(store)
    return Published(build_id, content_hash, path, is_new=True, built_at=built_at)


def content_hash_of(hashes: pl.DataFrame) -> str:
    """Return the content hash of a build from the rows of meta_tables, in the order of the tables' names."""
    return hashlib.sha256("".join(hashes["content_hash"]).encode()).hexdigest()[:16]


def build_id_of(now: datetime) -> str:
    """Return the id of a build published at a time."""
    return now.astimezone(UTC).strftime("%Y%m%dT%H%M%S%f")


def named(folder: Path, build_id: str) -> Path:
    """Return the published file of a build in a folder."""
    return folder / f"{PREFIX}{build_id}.duckdb"


def builds(store: Store) -> dict[str, Path]:
    """Return the published files that are kept by their build id, oldest first."""
    return {path.stem.removeprefix(PREFIX): path for path in sorted(store.folder.resolve().glob(f"{PREFIX}*.duckdb"))}


def rollback(store: Store, build_id: str) -> None:
    """Let the link name a former build; it stays kept until a later build is published.

    Raises:
        UnknownKeyError: No such build is kept.
    """
    with store.lock():
        kept = builds(store)
        if build_id not in kept:
            raise UnknownKeyError("build", build_id, kept)
        _swap(store.settings.link, kept[build_id])


def adopt(store: Store, temporary: Path, build_id: str, verify: Callable[[Path], None]) -> None:
    """Make a build that was made elsewhere the current one, as if it had been published here.

    Args:
        store: The home.
        temporary: A complete file in the store's folder, which is renamed; a kept build of that id is taken in its place.
        build_id: The build's id.
        verify: Raises an error of ours where the file is no good; then nothing changes.
    """
    with store.lock():
        if kept := builds(store).get(build_id):
            verify(kept)
        _swap(store.settings.link, kept or _named(store, temporary, build_id, verify))
        _prune(store)


def _told(hashes: pl.DataFrame, former: Published | None, built_at: datetime) -> pl.DataFrame:
    """Return the rows of meta_tables, those of tables that were not made since the build before told as kept."""
    made_at = pl.min_horizontal(
        "made_at", pl.lit(built_at)
    )  # hashes of tables beside others are taken while publishing
    hashes = hashes.with_columns(made_at.alias("made_at"))
    if former is None:
        return hashes
    is_kept = pl.col("made_at") <= former.built_at
    because = pl.when(is_kept).then(pl.lit(UNCHANGED)).otherwise("because").alias("because")
    return hashes.with_columns(is_kept.alias("is_kept"), because)


def _explained(
    link: Path, current: Published | None, build_id: str, explain: Callable[[Warehouse], pl.DataFrame] | None
) -> pl.DataFrame:
    """Return the changes told by former builds and, where they are asked for, those since the last of them."""
    told = _former(link, "out_pair__changes")
    if current is None or explain is None:
        return told
    now = explain(Warehouse(link)).with_columns(
        pl.lit(current.build_id).alias("from_build"), pl.lit(build_id).alias("to_build")
    )
    return enforce("out_pair__changes", pl.concat([told, now.select(told.columns)]))


def _former(link: Path, table: str) -> pl.DataFrame:
    """Return a table of the current build, empty where there is none or it is of another version."""
    empty: pl.DataFrame = TABLES[table].create_empty()
    if not link.exists():
        return empty
    warehouse = Warehouse(link)
    return or_empty(table, warehouse.frame(f"FROM {table}")) if table in warehouse.tables() else empty


def _judge(connection: duckdb.DuckDBPyConnection) -> None:
    outcomes = run_checks(connection)
    replace_table(connection, "meta_checks", outcomes)
    if failed := outcomes.filter(pl.col("outcome") == "fail")["detail"].to_list():
        raise DyadwatchError("Not published: checks of the build fail:\n" + "\n".join(f"- {line}" for line in failed))


def _copy(store: Store, build_id: str, hashes: pl.DataFrame) -> Path:
    for leftover in store.folder.glob(".tmp-*"):  # of a publish that was killed
        leftover.unlink()
    temporary = store.folder / f".tmp-{build_id}"
    shutil.copyfile(store.file, temporary)
    return _named(store, temporary, build_id, lambda path: _verify(path, hashes))


def _named(store: Store, temporary: Path, build_id: str, verify: Callable[[Path], None]) -> Path:
    """Return a complete file of the store's folder under its build's name, on disk and read-only."""
    sync(temporary)
    temporary.chmod(0o444)
    verify(temporary)  # before it has a build's name, so that no rollback finds one that failed
    path = named(store.folder, build_id)
    temporary.replace(path)
    sync(store.folder)
    return path


def _verify(path: Path, hashes: pl.DataFrame) -> None:
    wanted = dict(hashes.select("table_name", "rows").iter_rows())
    counts = (f"SELECT '{table}', count(*) FROM {quoted(table)}" for table in wanted)
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            found = dict(connection.sql(" UNION ALL ".join(counts)).fetchall())
    except duckdb.Error as error:
        raise DyadwatchError(f"Not published: the copy does not open: {error}") from error
    for table, rows in wanted.items():
        if found[table] != rows:
            raise DyadwatchError(f"Not published: {table} has {found[table]} rows in the copy, {rows} in the build.")


def _swap(link: Path, target: Path) -> None:
    fresh = link.with_name(f".{link.name}.new")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(os.path.relpath(target, link.parent.resolve()))
    fresh.replace(link)
    sync(link.parent)


def _prune(store: Store) -> None:
    held = store.settings.link.resolve()
    for path in list(builds(store).values())[: -store.settings.builds_kept]:
        if path != held:
            path.unlink()


def write_whole(path: Path, content: bytes) -> None:
    """Write a file such that it is there whole, on disk, or not at all."""
    temporary = path.with_name(f".tmp-{path.name}")
    temporary.write_bytes(content)
    sync(temporary)
    temporary.replace(path)
    sync(path.parent)


def sync(path: Path) -> None:
    """Wait until a file or folder is on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _current(link: Path) -> Published | None:
    if not link.exists():
        return None
    row = Warehouse(link).build()
    return Published(row["build_id"], row["content_hash"], link.resolve(), is_new=False, built_at=row["built_at"])
