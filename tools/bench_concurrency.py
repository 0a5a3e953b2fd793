"""Readers against builds, and builds against kill -9: what each side saw, counted.

    python -m tools.bench_concurrency [--readers 8] [--builds 20] [--kills 200] [--seed 1]

First part: readers ask without pause and an analyst's session stays open while builds are published one after another;
then the same on one file that is written in place. Second part: tools/bench_kills.py. Exit code 1 if one read, build
or kill of dyadwatch's own went wrong.
"""

import argparse
import contextlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
from rich.console import Console
from rich.progress import track
from rich.table import Table

from tools.bench_kills import (
    KINDS,
    MARKED,
    PROCESSES,
    STEP,
    Base,
    Kill,
    base_of,
    build_all,
    file_operations,
    kill_in_turn,
    some_kills,
    write_and_publish,
)
from warehouse.errors import DyadwatchError
from warehouse.query import Warehouse
from warehouse.settings import Settings
from warehouse.store import Store, replace_table

RESIDUAL = 1e-9
"""Largest difference between an index and the sum of its contributions."""
WHOLE_BUILDS = 3
"""Builds among those of the first part that run every asset; the others rewrite two tables and publish."""
PATIENCE_S = 1.0
"""Seconds that the writer of the plain file tries before it gives a build up."""
PAUSE_S = 0.2
"""Seconds between two statements of the analyst's session."""

Ask = Callable[[str], Mapping[str, Any]]  # Any: one row of mixed types
Way = Callable[[Path], AbstractContextManager[Ask]]


@dataclass
class Tally:
    """What one side counted."""

    done: int = 0
    seen: set[str] = field(default_factory=set)
    errors: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)

    def __add__(self, other: "Tally") -> "Tally":
        """Return both together."""
        errors, seconds = self.errors + other.errors, self.seconds + other.seconds
        return Tally(self.done + other.done, self.seen | other.seen, errors, seconds)


def one_statement(base: Base) -> str:
    """Return the statement whose one row says whether all that a file holds is from one build."""
    counts = " UNION ALL ".join(f"SELECT '{name}' AS table_name, count(*) AS found FROM {name}" for name in base.hashes)
    versions = " UNION ALL ".join(f"SELECT encounters // {STEP} AS version FROM {name}" for name in MARKED)
    sums = "SELECT pair_id, month, view, sum(contribution) AS total FROM out_pair__contributions GROUP BY ALL"
    return (
        "SELECT (SELECT build_id FROM meta_builds) AS build_id,"
        f" (SELECT count(*) FROM meta_tables FULL JOIN ({counts}) USING (table_name) WHERE rows IS DISTINCT FROM found)"
        f" AS wrong_tables, (SELECT count(DISTINCT version) FROM ({versions})) AS versions,"
        " (SELECT max(abs(t.tension_index - coalesce(c.total, 0))) FROM out_pair__monthly_tension AS t"
        f" LEFT JOIN ({sums}) AS c USING (pair_id, month, view) WHERE t.tension_index > 0) AS residual"
    )


@contextlib.contextmanager
def following(link: Path) -> Iterator[Ask]:
    """Ask as the dashboard does: through the link, build after build."""
    warehouse = Warehouse(link)
    yield lambda sql: warehouse.frame(sql).row(0, named=True)


@contextlib.contextmanager
def staying(file: Path) -> Iterator[Ask]:
    """Ask in one session that stays open: DuckDB's own command line, or where it is missing its library."""
    if (cli := shutil.which("duckdb")) is None:
        with duckdb.connect(str(file), read_only=True) as connection:
            yield lambda sql: connection.sql(sql).pl().row(0, named=True)
        return
    command = [cli, "-init", os.devnull, "-readonly", "-jsonlines", str(file)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.STDOUT, text=True) as process:

        def ask(sql: str) -> Mapping[str, Any]:
            print(f"{sql};", file=process.stdin, flush=True)
            row: Mapping[str, Any] = json.loads(process.stdout.readline()) if process.stdout else {}
            return row

        yield ask


@contextlib.contextmanager
def reopening(file: Path) -> Iterator[Ask]:
    """Ask a plain file that is opened for each statement."""

    def ask(sql: str) -> Mapping[str, Any]:
        with duckdb.connect(str(file), read_only=True) as connection:
            row: Mapping[str, Any] = connection.sql(sql).pl().row(0, named=True)
        return row

    yield ask


def read_during(
    work: Callable[[], Tally], sql: str, readers: Mapping[str, tuple[Way, Path, int, float]]
) -> dict[str, Tally]:
    """Return what the work and the readers counted meanwhile.

    Args:
        work: What is done while the readers read.
        sql: The statement that they ask.
        readers: Each side's way of asking, its file, the number of its processes, and its pause in seconds.
    """
    stop, started = PROCESSES.Event(), []
    for name, (way, file, number, pause_s) in readers.items():
        for _ in range(number):
            here, there = PROCESSES.Pipe(duplex=False)
            process = PROCESSES.Process(target=_read, args=(way, file, sql, pause_s, stop, there), daemon=True)
            process.start()
            there.close()  # so that a reader that dies is an end of file here
            here.recv()  # all of them are reading before the first build begins
            started.append((name, here, process))
    tallies = {"builds": work(), **{name: Tally() for name in readers}}
    stop.set()
    for name, here, process in started:
        try:
            tallies[name] += here.recv()
        except EOFError:
            tallies[name].errors["died"] += 1
        process.join()
    return tallies


def _read(way: Way, file: Path, sql: str, pause_s: float, stop: Event, told: Connection) -> None:
    tally = Tally()
    with way(file) as ask:
        ask(sql)
        told.send("reading")
        while not stop.is_set():
            start = time.monotonic()
            try:
                row = ask(sql)
            except (DyadwatchError, duckdb.Error, OSError, ValueError) as error:
                tally.errors[type(error).__name__] += 1
            else:
                is_whole = row["wrong_tables"] == 0 and row["versions"] == 1 and row["residual"] <= RESIDUAL
                tally += Tally(1, {row["build_id"]}, Counter() if is_whole else Counter(torn=1))
                tally.seconds.append(time.monotonic() - start)
            time.sleep(pause_s)
    told.send(tally)


def build_in_turn(settings: Settings, base: Base, number: int, whole: int) -> Tally:
    """Publish a number of builds, spread among them some that run every asset."""
    store, tally = Store(settings), Tally()
    for version in range(1, number + 1):
        start = time.monotonic()
        try:
            if whole and version % max(1, number // whole) == 0:
                if build_all(settings).wait():
                    raise DyadwatchError("The build failed.\nHint: run `dyadwatch build --force` to see why.")
            else:
                write_and_publish(store, base, version)
        except (DyadwatchError, duckdb.Error, OSError) as error:
            tally.errors[type(error).__name__] += 1
        else:
            tally += Tally(1, {Warehouse(settings.link).build()["build_id"]}, seconds=[time.monotonic() - start])
    return tally


def replace_in_place(file: Path, base: Base, number: int) -> Tally:
    """Write the versions into a plain file, each in one transaction; one that is refused is tried again for a while."""
    tally = Tally()
    for version in range(1, number + 1):
        start = time.monotonic()
        while time.monotonic() - start < PATIENCE_S:
            try:
                _replace(file, base, version)
            except duckdb.Error as error:
                tally.errors[type(error).__name__] += 1
                time.sleep(0.02)
            else:
                tally += Tally(1, {f"version {version}"}, seconds=[time.monotonic() - start])
                break
    return tally


def _replace(file: Path, base: Base, version: int) -> None:
    with duckdb.connect(str(file)) as connection:
        connection.execute("BEGIN")
        for table in MARKED:
            replace_table(connection, table, base.frame(table, version))
        connection.execute("UPDATE meta_builds SET build_id = $id", {"id": f"version {version}"})
        connection.execute("COMMIT")


def main() -> int:
    """Run both parts and print what was counted; return 1 if anything of dyadwatch's own failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    for name, default in (("readers", 8), ("builds", 20), ("kills", 200), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=default)
    options, console = parser.parse_args(), Console(width=120)
    with tempfile.TemporaryDirectory() as folder:
        settings, start = Settings(home=Path(folder) / "home"), time.monotonic()
        if build_all(settings).wait():
            raise DyadwatchError("The build failed.\nHint: run `dyadwatch build` to see why.")
        build_s = time.monotonic() - start
        console.print(
            f"First build: {build_s:.0f} s. Of the {options.builds} builds under readers {WHOLE_BUILDS} run every "
            "asset (`dyadwatch build --force`); the others rewrite two core tables and publish."
        )
        base, faults = base_of(settings), 0
        if options.builds:
            faults += _show_readers(console, settings, base, options.readers, options.builds)
        if options.kills:
            kills = some_kills(options.kills, random.Random(options.seed), file_operations(settings, base), build_s)
            turns = kill_in_turn(settings, base, kills)
            found = list(track(turns, "killing", len(kills), console=Console(stderr=True)))
            faults += _show_kills(console, found)
    return 1 if faults else 0


def _show_readers(console: Console, settings: Settings, base: Base, readers: int, number: int) -> int:
    link, plain, sql = settings.link, settings.home / "plain.duckdb", one_statement(base)
    name = f"analyst's session ({'command line' if shutil.which('duckdb') else 'library'})"
    ours = read_during(
        lambda: build_in_turn(settings, base, number, WHOLE_BUILDS),
        sql,
        {"readers": (following, link, readers, 0.0), name: (staying, link, 1, PAUSE_S)},
    )
    designs = {"versioned files and a link": ours}
    for design, sessions in (
        ("one file, no session open", {}),
        ("one file, a session open", {name: (staying, plain, 1, PAUSE_S)}),
    ):
        plain.unlink(missing_ok=True)
        shutil.copyfile(link, plain)
        plain.chmod(0o644)
        sides = {"readers": (reopening, plain, readers, 0.0), **sessions}
        designs[design] = read_during(lambda: replace_in_place(plain, base, number), sql, sides)
    table = Table("design", "side", "done", "builds seen", "errors", "p50 s", "p95 s")
    for design, tallies in designs.items():
        for side, tally in tallies.items():
            errors = ", ".join(f"{count} {name}" for name, count in tally.errors.items()) or "0"
            seconds = pl.Series(tally.seconds, dtype=pl.Float64)
            p50, p95 = (f"{seconds.quantile(part):.3f}" if tally.done else "-" for part in (0.5, 0.95))
            table.add_row(design, side, str(tally.done), str(len(tally.seen)), errors, p50, p95)
        table.add_section()
    console.print(table)
    return sum(tally.errors.total() for tally in ours.values()) + (ours["builds"].done != number)


def _show_kills(console: Console, found: list[tuple[Kill, list[str], list[str]]]) -> int:
    table = Table("killed while", "kills", "found afterwards", "faults")
    for kind, words in KINDS.items():
        rows = [(traces, faults) for kill, traces, faults in found if kill.kind == kind]
        traces = Counter(trace for left, _ in rows for trace in left)
        left = "\n".join(f"{count} {trace}" for trace, count in traces.most_common())
        table.add_row(words, str(len(rows)), left, "\n".join(fault for _, wrong in rows for fault in wrong) or "0")
        table.add_section()
    console.print(table)
    return sum(len(faults) for *_, faults in found)


if __name__ == "__main__":
    sys.exit(main())
