"""A build from raw to published: cold, with one edition more, with nothing new; and publishing beside a plain copy of the file.

    python -m tools.bench_build [--repeats 3]

Each build is a process of its own, as a schedule runs it. Ratios are what to compare; seconds depend on the machine.
"""

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from orchestration.landing import land
from warehouse.catalog.registry import load_catalog
from warehouse.publish import publish
from warehouse.settings import Settings
from warehouse.store import Store

HEADS = ("what", "s", "ratio", "of")
SOURCE = "fed_exchange_rates"
EDITION = b"observation_date,DEXMXUS\n" + b"".join(b"2026-07-%02d,18.%02d\n" % (day, day) for day in range(1, 32))
"""A month of days in the publisher's own format: figures of the bench, not of the publisher."""


def main() -> int:
    """Print the table of times."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--repeats", type=int, default=3, help="runs of each; the median is told")
    table = Table(*HEADS)
    for row in bench(parser.parse_args().repeats):
        table.add_row(*row)
    Console(width=100).print(table)
    return 0


def bench(repeats: int) -> list[tuple[str, ...]]:
    """Return what, seconds, ratio and what it is a ratio of."""
    cold, more, same, published, copied = ([0.0] * repeats for _ in range(5))
    for turn in range(repeats):
        with tempfile.TemporaryDirectory() as temporary:
            settings = Settings(home=Path(temporary))
            cold[turn] = _timed(lambda settings=settings: _build(settings))
            same[turn] = _timed(lambda settings=settings: _build(settings))
            land(settings, SOURCE, "DEXMXUS.csv", EDITION, datetime.now(UTC), origin="publisher")
            more[turn] = _timed(lambda settings=settings: _build(settings))
            catalog, store = load_catalog(), Store(settings)
            about = {"ledger_end": max(one.ledger_end for one in catalog.ledger.searches), "method_version": "bench"}
            published[turn] = _timed(
                lambda store=store, about=about: publish(store, now=datetime.now(UTC), force=True, **about)
            )
            copied[turn] = _timed(lambda store=store: shutil.copyfile(store.file, store.folder / "copy"))
    medians = {
        "cold build": cold,
        "build after one new edition": more,
        "build, nothing new": same,
        "publish, forced": published,
        "plain copy of the file": copied,
    }
    whole = {what: statistics.median(runs) for what, runs in medians.items()}
    of = {what: "cold build" if "build" in what else "plain copy of the file" for what in whole}
    return [(what, f"{value:.2f}", f"{value / whole[of[what]]:.2f}", of[what]) for what, value in whole.items()]


def _build(settings: Settings) -> None:
    command = [sys.executable, "-m", "orchestration.cli", "build"]
    subprocess.run(command, env={"DYADWATCH_HOME": str(settings.home)}, check=True, capture_output=True)


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    sys.exit(main())
