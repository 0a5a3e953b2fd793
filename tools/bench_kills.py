"""Builders killed with kill -9, and what they leave behind: run by tools/bench_concurrency.py and by the tests."""

import contextlib
import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from warehouse.errors import DyadwatchError
from warehouse.publish import builds, publish
from warehouse.query import Warehouse
from warehouse.settings import Settings
from warehouse.store import Ingested, Store, content_hash

MARKED = ("core_cbp__monthly_encounters_by_state", "core_cbp__monthly_encounters_southwest")
"""Tables rewritten in version n, one transaction each: a large one and a small one."""
STEP = 10_000_000
"""Version n adds n steps to every count of the marked tables; no real count reaches one step."""
KINDS = {
    "operation": "publishing, just before one of its file operations",
    "copy": "publishing, within 80 ms of the beginning of the copy",
    "write": "writing two tables and publishing, at any moment",
    "build": "`dyadwatch build --force`, at any moment",
    "first": "the first `dyadwatch build` of a home, at any moment",
}
SHARES = {"operation": 0.3, "copy": 0.2, "write": 0.44, "build": 0.04, "first": 0.02}
COPY_S, WRITE_S = 0.08, 1.6
"""Seconds within which a kill falls: a copy with its verification and swap, and two writes with their publication."""
FILE_OPERATIONS = {"open", "os.chmod", "os.remove", "os.rename", "os.symlink", "shutil.copyfile"}
"""Python's audit events for files. DuckDB's own writes raise none: the kills at any moment meet them."""
PROCESSES = multiprocessing.get_context("forkserver")  # a child starts clean, with the imports done
PROCESSES.set_forkserver_preload(["__main__", "warehouse.publish"])

Told = list[tuple[str, Any]]  # Any: what a worker told: a version, a build id, a file operation


@dataclass(frozen=True)
class Base:
    """The bundled figures as built: version 0, which the other versions are made from."""

    about: Mapping[str, Any]  # Any: one row of mixed types
    hashes: Mapping[str, str]
    tables: Mapping[str, Ingested]

    def frame(self, table: str, version: int) -> pl.DataFrame:
        """Return a marked table in a version."""
        return self.tables[table].frame.with_columns(pl.col("encounters") + version * STEP)


@dataclass(frozen=True)
class Kill:
    """One kill -9 in work of a kind: seconds after its mark, or for `operation` at the file operation of a number."""

    kind: str
    delay_s: float = 0.0
    operation: int = 0


NO_VERSION = -1
"""Stands for a table that equals no version written."""


@dataclass(frozen=True)
class State:
    """The current build between two kills, and the version of its marked tables; no build in a new home."""

    build_id: str = ""
    version: int = 0


def base_of(settings: Settings) -> Base:
    """Return the content of a home that has just been built."""
    store = Store(settings)
    hashes = dict(store.content_hashes().select("table_name", "content_hash").iter_rows())
    beside = [store.read(name) for name in ("meta_snapshots", "meta_rejections")]
    parts = {name: [rows.filter(pl.col("table_name") == name) for rows in beside] for name in MARKED}
    tables = {name: Ingested(store.read(name), *parts[name]) for name in MARKED}
    return Base(Warehouse(settings.link).build(), hashes, tables)


def write(store: Store, base: Base, table: str, version: int) -> None:
    """Replace a marked table by a version, with the record of its snapshots."""
    part = base.tables[table]
    store.write(table, Ingested(base.frame(table, version), part.snapshots, part.rejections))


def publish_again(store: Store, base: Base) -> str:
    """Publish the build file as a new build; return its id."""
    end, method = base.about["ledger_end"], base.about["method_version"]
    return publish(store, ledger_end=end, method_version=method, now=datetime.now(UTC), force=True).build_id


def write_and_publish(store: Store, base: Base, version: int) -> str:
    """Do as a build does, with the marked tables only: one lock, each table in its transaction, then publish."""
    with store.lock():
        for table in MARKED:
            write(store, base, table, version)
        return publish_again(store, base)


def build_all(settings: Settings) -> "subprocess.Popen[bytes]":
    """Start `dyadwatch build --force` in a process of its own."""
    command = [sys.executable, "-m", "orchestration.cli", "build", "--force"]
    environment = {**os.environ, "DYADWATCH_HOME": str(settings.home)}
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def file_operations(settings: Settings, base: Base) -> int:
    """Return the number of file operations of one publication."""
    told = [name for name, _ in _run_and_kill(settings, base, Kill("count"), first=0)]
    return told[: told.index("published")].count("operation")


def some_kills(number: int, rng: random.Random, operations: int, build_s: float) -> list[Kill]:
    """Return kills of every kind in random order; a whole build takes `build_s` seconds."""
    spans = {"operation": 0.0, "copy": COPY_S, "write": WRITE_S, "build": build_s, "first": build_s}
    kinds = [kind for kind, share in SHARES.items() for _ in range(round(number * share))]
    rng.shuffle(kinds)
    return [Kill(kind, rng.uniform(0, spans[kind]), rng.randint(1, operations)) for kind in kinds]


def kill_in_turn(settings: Settings, base: Base, kills: list[Kill]) -> Iterator[tuple[Kill, list[str], list[str]]]:
    """Kill a builder once for each of the kills; yield the kill, the traces it left, and what was wrong."""
    for number, kill in enumerate(kills):
        if kill.kind == "first":
            fresh = Settings(home=settings.home.with_name(f"{settings.home.name}-{number}"))
            yield kill, *kill_once(fresh, base, State(), kill)
            shutil.rmtree(fresh.home)
        else:
            yield kill, *kill_once(settings, base, state_of(settings, base), kill)


def kill_once(settings: Settings, base: Base, before: State, kill: Kill) -> tuple[list[str], list[str]]:
    """Kill a builder, examine what it left, and build again; return the traces of the kill, and what was wrong."""
    is_whole, first, told = kill.kind in ("build", "first"), before.version + 1, list[tuple[str, Any]]()
    if is_whole:
        _kill_build(settings, kill.delay_s)
    else:
        told = _run_and_kill(settings, base, kill, first)
    traces, faults = _examine(settings, base, before, kill, told)
    faults += [] if kill.kind == "first" else _lost(settings, base, before, kill, told)
    written = max([first, *(version for name, version in told if name in MARKED)])
    return traces, faults + _build_again(settings, base, None if is_whole else written + 1)


def state_of(settings: Settings, base: Base) -> State:
    """Return the current build of a home, and its version."""
    warehouse, table = Warehouse(settings.link), MARKED[0]
    version = _version(warehouse.frame(f"FROM {table}"), base, table)
    return State(warehouse.build()["build_id"], NO_VERSION if version is None else version)


def faults_of(file: Path, base: Base) -> list[str]:
    """Return what is wrong with a published file: each table against its hash, and against the versions written."""
    faults, versions = [], set()
    with duckdb.connect(str(file), read_only=True) as connection:
        for name, rows, expected in connection.sql("SELECT table_name, rows, content_hash FROM meta_tables").fetchall():
            if content_hash(connection, name).row(0) != (name, rows, expected):
                faults.append(f"{name} is not what meta_tables says")
            if name in MARKED:
                version = _version(connection.sql(f"FROM {name}").pl(), base, name)
                versions.add(version)
                faults += [f"{name} is no version that was written"] if version is None else []
            elif expected != base.hashes[name]:
                faults.append(f"{name} is not as ingested")
    return faults + ([] if len(versions) == 1 else [f"one build holds tables of versions {versions}"])


def _version(frame: pl.DataFrame, base: Base, table: str) -> int | None:
    version: int = frame.select(pl.col("encounters").min() // STEP).item()
    return version if frame.equals(base.frame(table, version)) else None


def _work(settings: Settings, base: Base, kill: Kill, first: int, told: Connection) -> None:
    """Publish without end, for `write` a new version each time; tell what is done, and die where it is aimed at."""
    store, version, count = Store(settings), first, 0

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal count
        if event not in FILE_OPERATIONS or not any(str(settings.home) in str(item) for item in arguments):
            return
        count += 1
        told.send(("operation", event))
        if kill.kind == "operation" and count == kill.operation:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)
    told.send(("begins", first))
    while True:
        with store.lock():
            for table in MARKED if kill.kind == "write" else ():
                write(store, base, table, version)
                told.send((table, version))
            told.send(("published", publish_again(store, base)))
        version += 1


def _run_and_kill(settings: Settings, base: Base, kill: Kill, first: int) -> Told:
    here, there = PROCESSES.Pipe(duplex=False)
    process = PROCESSES.Process(target=_work, args=(settings, base, kill, first, there), daemon=True)
    process.start()
    there.close()  # so that the worker's death is the end of the file here
    marks = {"copy": "shutil.copyfile", "write": "begins", "count": "published"}
    told: Told = []
    with contextlib.suppress(EOFError):
        while not told or marks.get(kill.kind) not in told[-1]:
            told.append(here.recv())
        time.sleep(kill.delay_s)
        process.kill()
        while True:
            told.append(here.recv())
    process.join()
    if process.exitcode != -signal.SIGKILL:
        raise DyadwatchError(f"The worker ended by itself, code {process.exitcode}.\nHint: see its message above.")
    return told


def _kill_build(settings: Settings, delay_s: float) -> None:
    process = build_all(settings)
    time.sleep(delay_s)
    process.kill()
    if process.wait() != -signal.SIGKILL:  # it was done before: once more, killed sooner
        _kill_build(settings, delay_s / 2)


def _examine(settings: Settings, base: Base, before: State, kill: Kill, told: Told) -> tuple[list[str], list[str]]:
    """Return the traces that the kill left, and what is wrong with what a reader finds."""
    store, link, acknowledged = Store(settings), settings.link, [item for name, item in told if name == "published"]
    last = acknowledged[-1] if acknowledged else before.build_id
    traces = ["write-ahead log"] if list(store.folder.glob(f"{store.file.name}.*")) else []
    traces += ["unfinished copy"] if list(store.folder.glob(".tmp-*")) else []
    traces += ["link made, not renamed"] if _fresh(link).is_symlink() else []
    if not link.exists():
        return [*traces, "no build yet"], ["the link names nothing"] if last or link.is_symlink() else []
    current, faults = link.resolve(), faults_of(link.resolve(), base)
    if (newest := max(builds(store).values())) != current:
        traces.append("copy finished, not linked")
        faults += faults_of(newest, base)
    now, expected = state_of(settings, base), before.version
    is_newer = now.build_id > last
    if kill.kind == "write":
        expected += len(acknowledged) + is_newer
    elif is_newer and kill.kind in ("build", "first"):
        expected = 0
    traces.append("the link names a build that was not yet told" if is_newer else "the link names the build before")
    faults += [f"build {last} is lost, {now.build_id} is current"] if now.build_id < last else []
    faults += [f"the current build is version {now.version}, not {expected}"] if now.version != expected else []
    return traces, faults


def _lost(settings: Settings, base: Base, before: State, kill: Kill, told: Told) -> list[str]:
    """Return which tables of the build file are neither the last version acknowledged nor the one being written."""
    store, faults = Store(settings), []
    for table in MARKED:
        last = max([before.version, *(version for name, version in told if name == table)])
        allowed = {"write": {last, last + 1}, "build": {last, 0}}.get(kill.kind, {last})
        if (found := _version(store.read(table), base, table)) not in allowed:
            faults.append(f"{table} in the build file is version {found}, not one of {allowed}")
    return faults


def _build_again(settings: Settings, base: Base, version: int | None) -> list[str]:
    """Build after a kill, every asset or one version of the marked tables; return what is wrong then."""
    store = Store(settings)
    if version is not None:
        write_and_publish(store, base, version)
    elif build_all(settings).wait():
        return ["the next build fails"]
    left = [
        path.name
        for path in [*store.folder.glob(".tmp-*"), _fresh(settings.link)]
        if path.is_symlink() or path.exists()
    ]
    return faults_of(settings.link.resolve(), base) + [f"{name} is left over" for name in left]


def _fresh(link: Path) -> Path:
    return link.with_name(f".{link.name}.new")
