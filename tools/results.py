"""Writes benchmarks/RESULTS.md: every benchmark in one run on one machine.

    python -m tools.results [--parts index ingest events build page soak] [--events ROWS] [--repeats 3]

An hour on two cores that do nothing else, a third of it with 20 million events and one repeat. Each part stands in its own module, which says what it compares; a part that
fails is told and the others go on.
"""

import argparse
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from rich.console import Console

from tools import bench, bench_build, bench_events, bench_ingest
from tools.markdown import table

RESULTS = Path(__file__).parents[1] / "benchmarks" / "RESULTS.md"
PACKAGES = ("polars", "duckdb", "pandas", "narwhals", "pyspark", "dagster", "dash", "plotly", "granian")
Options = argparse.Namespace
BILLION, PAIRS = 1_000_000_000, 200 * 199


def main() -> int:
    """Write the results; return 1 where a part failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--parts", nargs="+", choices=list(PARTS), default=list(PARTS))
    parser.add_argument("--events", type=int, default=200_000_000, help="events of the largest size")
    parser.add_argument(
        "--repeats", type=int, default=3, help="runs of what is not repeated by itself; the median is told"
    )
    parser.add_argument("--minutes", type=float, default=10.0, help="length of the part `soak`")
    options, note = parser.parse_args(), Console(stderr=True)
    texts, failed = [_head(options)], 0
    for name in options.parts:
        note.print(name)
        start = time.monotonic()
        try:
            text = PARTS[name](options)
        except Exception:
            text, failed = f"This part failed:\n\n```text\n{traceback.format_exc(limit=1)}```", failed + 1
        texts.append(f"## {TITLES[name]}\n\n{text}\n\n({time.monotonic() - start:.0f} s)")
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text("\n\n".join(texts) + "\n")
    return int(failed > 0)


def _head(options: Options) -> str:
    processor = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES if find_spec(name))
    return (
        "# Results of the benchmarks\n\n"
        f"Written by `make bench` on {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, in one run, {options.repeats} of each kind. {platform.system()} "
        f"{platform.machine()}, {processor[1] if processor else 'processor unknown'}, {os.cpu_count()} cores, {memory:.0f} GB; "
        f"Python {platform.python_version()}, {versions}. Ratios are what to compare: seconds belong to this machine."
    )


def _index(_: Options) -> str:
    found = bench.bench(20_000_000)
    rows = zip(*(column.cells for column in found.columns), strict=True)
    told = "Ours beside plain pandas or a loop that gives the same figures; the ratio says how many times longer the plain one takes."
    return f"{told}\n\n{table([str(column.header) for column in found.columns], rows)}\n\n{found.caption}"


def _ingest(options: Options) -> str:
    rows = bench_ingest.bench(bench_ingest.SAMPLE, 32, options.repeats)
    whole = {what: float(seconds) for _, _, what, seconds, *_ in rows}  # the larger size comes last
    floor, ours, again, peer = whole.values()
    aims = [
        ("ours of the floor's time", "≤ 1.5", f"{ours / floor:.1f}", ours <= 1.5 * floor),
        ("times as fast as the gdelt package", "≥ 4", f"{peer / ours:.1f}", peer >= 4 * ours),
        ("files seen before, of ours", "≈ 0", f"{again / ours:.2f}", again < 0.1 * ours),
    ]
    return f"{table(bench_ingest.HEADS, rows)}\n\n{_aims(aims)}"


def _events(options: Options) -> str:
    engines = [name for name in bench_events.ENGINES if name != "spark" or find_spec("pyspark")]
    size = options.events
    with tempfile.TemporaryDirectory() as folder:
        rows = list(bench_events.bench(Path(folder), bench_events.SAMPLE, size, engines, options.repeats))
    [ours] = [row for row in rows if row[:2] == (f"{size:,}", "polars")]
    aims = [("ours of the fastest's time", "≤ 1.2", ours[3], float(ours[3]) <= 1.2)]
    growth = max(1.0, float(ours[7] or 1))  # what small sizes spend at the start would make it less
    seconds, days = float(ours[2]) * (BILLION / size) ** growth, (datetime.now(UTC).year - 1979) * 365.25
    paper = (
        f"On paper, one billion events, growing as found and at least as the rows: {ours[2]} s x (10^9 / {size:,})^{growth:g} = {seconds:,.0f} s, "
        f"{seconds / 3600:.1f} hours of this machine. 200 x 199 = {PAIRS:,} directed pairs over {days:,.0f} days since 1979 "
        f"are at most {PAIRS * days / 1e6:,.0f} million dyad-days; a billion events over two or more a dyad-day are "
        f"{BILLION / 2 / 1e6:,.0f} million at most, {BILLION / 2 * 40 / 1e9:.0f} GB at 40 bytes each before packing."
    )
    return f"{table(bench_events.HEADS, rows)}\n\n{_aims(aims)}\n\n{paper}"


def _build(options: Options) -> str:
    return table(bench_build.HEADS, bench_build.bench(options.repeats))


def _page(options: Options) -> str:
    return _by_command("bench_page", ["--times", str(options.repeats + 2), "--seconds", str(5 + options.repeats)])


def _soak(options: Options) -> str:
    return _by_command("soak", ["--minutes", str(options.minutes)])


def _by_command(module: str, words: Sequence[str]) -> str:
    """Return what a benchmark writes that measures a server beside it, without its title."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.md"
        command = [sys.executable, "-m", f"tools.{module}", *words, "--out", str(out)]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if not out.exists():
            raise RuntimeError(done.stderr[-2000:])
        return re.sub(r"(?m)^(#+) ", r"#\1 ", out.read_text().strip().partition("\n\n")[2])


def _aims(aims: Sequence[tuple[str, str, str, bool]]) -> str:
    return table(
        ("aim", "", "found", ""), [(what, aim, found, "met" if met else "**missed**") for what, aim, found, met in aims]
    )


PARTS: dict[str, Callable[[Options], str]] = {
    "index": _index, "ingest": _ingest, "events": _events, "build": _build, "page": _page, "soak": _soak,
}  # fmt: skip
TITLES = {
    "index": "The index",
    "ingest": "GDELT ingest",
    "events": "Dyad-days of many events",
    "build": "From raw to published",
    "page": "The dashboard",
    "soak": "Readers, SQL users and builds together",
}

if __name__ == "__main__":
    sys.exit(main())
