"""Dyad-day aggregation of many events: ours on Polars and Spark, the same in DuckDB's SQL and in pandas, in one run.

    python -m tools.bench_events [--rows 20000000] [--repeats 3] [--engines polars duckdb pandas spark] [--sample FILE]

The events are drawn with replacement from the articles of a real quarter-hour of GDELT: an article keeps its events,
codes, scores, tones and gaps between date and adding; each draw has an address and ids of its own. Half of the draws keep
their countries, the others pass through one of 63 permutations of CAMEO's codes, so that most pairs of countries occur.
Days go from 2015-02-19 on, a file for each million rows, in the order of days; one row in a thousand comes again, a day
later. Every engine reads the same Parquet files and writes one; each run is a process of its own. Ratios are what to
compare; seconds depend on the machine.
"""

import argparse
import importlib.util
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
from polars.testing import assert_frame_equal
from rich.console import Console
from rich.table import Table

from orchestration.aggregate import PolarsEngine, opened
from orchestration.events import iso3_of_cameo
from transforms.events import CELL, GRAINS, READ, daily_dyads, dyad_events
from transforms.sources.gdelt import parse_events

SAMPLE = Path(__file__).parents[2] / "shared" / "data" / "economy" / "gdelt" / "20180326044500.export.CSV"
HEADS = ("rows", "engine", "s", "ratio", "M rows/s", "start, s", "peak, GB", "growth", "equal")
FIRST, DAYS = datetime(2015, 2, 19), 3650
FILE_ROWS = 1_000_000
PERMUTATIONS = 64
REPEATED = 1000
"""One row in so many comes again."""
MOST_ROWS = {"pandas": 30_000_000}
"""Rows beyond which an engine is not run: it holds them all, about half a kB each."""
ONCE = 100_000_000
"""Rows from which on an engine runs once: minutes each."""
SIZES = (100, 10, 1)
"""Parts of the rows by which growth is fitted."""


def main() -> int:
    """Print the table of times, or run one engine where told to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=20_000_000, help="events of the largest size")
    parser.add_argument("--repeats", type=int, default=3, help="runs of each up to 100 million; the median is told")
    there = [name for name in ENGINES if name != "spark" or importlib.util.find_spec("pyspark")]
    parser.add_argument("--engines", nargs="+", choices=list(ENGINES), default=there, help="default: all installed")
    parser.add_argument("--sample", type=Path, default=SAMPLE, help="a quarter-hour of GDELT 2.0, 61 columns")
    parser.add_argument("--folder", type=Path, help="keep the events here and use those that are there")
    parser.add_argument("--one", nargs=3, metavar=("ENGINE", "IN", "OUT"), help="run one engine once")
    options = parser.parse_args()
    if options.one:
        engine, source, out = options.one
        print(json.dumps(ENGINES[engine](source, out)))
        return 0
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        table = Table(*HEADS)
        for row in bench(folder, options.sample, options.rows, options.engines, options.repeats):
            table.add_row(*row)
        Console(width=140).print(table)
    return 0


def bench(folder: Path, sample: Path, rows: int, engines: Sequence[str], repeats: int) -> Iterator[tuple[str, ...]]:
    """Give a row for each size and engine: median seconds of work, ratio to the fastest, peak memory, growth, equality.

    Growth is the exponent fitted over the sizes up to this one; equal says that keys and counts are those of the first
    engine and means differ by less than 1e-12 of their value.
    """
    seconds: dict[str, list[tuple[int, float]]] = {}
    for part in SIZES:
        size = rows // part
        source = folder / f"events-{size}"
        if not source.exists():
            write_events(source, sample, size)
        found = {}
        for engine in engines:
            if size > MOST_ROWS.get(engine, size):
                continue
            out = folder / f"{engine}-{size}"
            runs = [_run(engine, source, out) for _ in range(repeats if size < ONCE else 1)]
            found[engine] = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
            seconds.setdefault(engine, []).append((size, found[engine]["seconds"]))
        fastest = min(one["seconds"] for one in found.values())
        first = _read(folder / f"{next(iter(found))}-{size}")
        for engine, one in found.items():
            yield (
                f"{size:,}",
                engine,
                f"{one['seconds']:.2f}",
                f"{one['seconds'] / fastest:.2f}",
                f"{size / one['seconds'] / 1e6:.2f}",
                f"{one['start']:.1f}",
                f"{one['peak_gb']:.2f}",
                _growth(seconds[engine]),
                _equal(first, _read(folder / f"{engine}-{size}")),
            )


def write_events(folder: Path, sample: Path, rows: int, seed: int = 1) -> None:
    """Write events drawn from a file's articles, as the module says, in the columns of `transforms.sources.gdelt`."""
    random = np.random.default_rng(seed)
    events = parse_events(sample.read_bytes()).accepted.with_columns((pl.col("url").rank("dense") - 1).alias("article"))
    articles = events["article"].max() + 1
    codes = pl.Series(list(iso3_of_cameo()))
    swapped = pl.concat(
        pl.DataFrame(
            {"code": codes, "as_code": codes[random.permutation(len(codes))] if number else codes}
        ).with_columns(pl.lit(number).alias("permutation"))
        for number in range(PERMUTATIONS)
    )
    folder.mkdir(parents=True)
    files, done = max(1, rows // FILE_ROWS), 0
    for number in range(files):
        wanted = (rows - done) // (files - number)
        draws = int(wanted / events.height * articles * 1.1) + 10
        permutation = np.where(random.random(draws) < 0.5, 0, random.integers(1, PERMUTATIONS, draws))
        day = (np.sort(random.random(draws)) + number) / files * DAYS
        drawn = pl.DataFrame(
            {
                "article": random.integers(0, articles, draws).astype(np.uint32),
                "permutation": permutation.astype(np.int32),
                "shift": day.astype(np.int64),
                "draw": np.arange(draws) + number * 10**8,
            }
        )
        shift = pl.col("shift") - (events["day"][0] - FIRST.date()).days
        made = (
            drawn.join(events, on="article", how="left", maintain_order="left")
            .head(wanted)
            .with_columns(
                (pl.int_range(pl.len()) + done).alias("event_id"),
                (pl.col("day") + pl.duration(days=shift)).alias("day"),
                (pl.col("added_at") + pl.duration(days=shift)).alias("added_at"),
                (pl.col("event_on") + pl.duration(days=shift)).alias("event_on"),
                pl.format("{}?draw={}", "url", "draw").alias("url"),
                pl.lit(f"gdelt_events:{number:06d}").alias("snapshot_id"),
            )
        )
        for actor in ("actor1_country", "actor2_country"):
            made = (
                made.join(
                    swapped,
                    left_on=[actor, "permutation"],
                    right_on=["code", "permutation"],
                    how="left",
                    maintain_order="left",
                )
                .with_columns(pl.coalesce("as_code", actor).alias(actor))
                .drop("as_code")
            )
        again = made.gather_every(REPEATED).with_columns(
            pl.col("day") + pl.duration(days=1),
            pl.col("added_at") + pl.duration(days=1),
            pl.lit(f"gdelt_events:{number:06d}-again").alias("snapshot_id"),
        )
        columns = [*events.drop("article").columns, "snapshot_id"]
        pl.concat([made, again]).select(columns).write_parquet(folder / f"{number:06d}.parquet")
        done += wanted


def _ours(source: str, out: str, engine: str, master: str = "") -> dict[str, float]:
    start = time.perf_counter()
    with opened(engine, master) as ready:
        begun = time.perf_counter()
        countries = ready.small(pl.DataFrame(list(iso3_of_cameo().items()), schema=["cameo", "iso3"], orient="row"))
        ready.write(daily_dyads(dyad_events(ready.scan(source), countries)), out, force=True)
        seconds = time.perf_counter() - begun
        java = 0.0 if isinstance(ready, PolarsEngine) else _peak(ready.session.sparkContext._gateway.proc.pid)
    return {"seconds": seconds, "start": begun - start, "peak_gb": _peak() + java}


def _duckdb(source: str, out: str) -> dict[str, float]:
    Path(out).mkdir(parents=True, exist_ok=True)
    begun = time.perf_counter()
    connection = duckdb.connect()
    connection.execute("CREATE TABLE countries (cameo VARCHAR, iso3 VARCHAR)")
    connection.executemany("INSERT INTO countries VALUES (?, ?)", list(iso3_of_cameo().items()))
    connection.execute(f"COPY ({SQL.format(source=source)}) TO '{out}/part-0.parquet' (COMPRESSION zstd)")
    return {"seconds": time.perf_counter() - begun, "start": 0.0, "peak_gb": _peak()}


SQL = f"""
WITH known AS (
    SELECT e.*, one.iso3 || '-' || other.iso3 AS dyad_id
    FROM read_parquet('{{source}}/*.parquet') e
    JOIN countries one ON one.cameo = actor1_country JOIN countries other ON other.cameo = actor2_country
    WHERE one.iso3 <> other.iso3 AND quad_class BETWEEN 1 AND 4 AND regexp_matches(root_code, '^(0[1-9]|1\\d|20)$')
), again AS (
    SELECT event_id FROM known GROUP BY ALL HAVING count(*) > 1
), counted AS (
    SELECT * FROM known ANTI JOIN again USING (event_id)
    UNION ALL
    (SELECT * FROM known SEMI JOIN again USING (event_id)
     QUALIFY row_number() OVER (PARTITION BY event_id ORDER BY added_at, snapshot_id) = 1)
), stories AS (
    SELECT dyad_id, day, root_code, quad_class, coalesce(url, event_id::VARCHAR) AS link, event_code,
        count(*) FILTER (NOT is_reemitted) AS events, count(*) FILTER (is_reemitted) AS reemitted,
        sum(mentions) FILTER (NOT is_reemitted) AS mentions,
        floor(sum(floor(tone * {GRAINS} + 0.5)::BIGINT) FILTER (NOT is_reemitted)
            / count(tone) FILTER (NOT is_reemitted) + 0.5)::BIGINT AS tone,
        max(floor(goldstein * {GRAINS} + 0.5)::BIGINT) FILTER (NOT is_reemitted) AS goldstein
    FROM counted GROUP BY ALL
)
SELECT dyad_id, day, root_code, quad_class, sum(events)::BIGINT AS events, coalesce(sum(mentions), 0)::BIGINT AS mentions,
    count(*) FILTER (events > 0) AS stories, sum(tone) / (count(tone) * {GRAINS}) AS tone_mean,
    sum(goldstein) / (count(goldstein) * {GRAINS}) AS goldstein_mean, sum(reemitted)::BIGINT AS reemitted
FROM stories GROUP BY ALL ORDER BY dyad_id, day, root_code, quad_class
"""


def _pandas(source: str, out: str) -> dict[str, float]:
    import pandas as pd

    Path(out).mkdir(parents=True, exist_ok=True)
    begun = time.perf_counter()
    cell = list(CELL)
    rows = pd.read_parquet(source, columns=list(READ))
    codes = iso3_of_cameo()
    rows["one"], rows["other"] = rows["actor1_country"].map(codes), rows["actor2_country"].map(codes)
    rows = rows[
        rows["one"].notna()
        & rows["other"].notna()
        & (rows["one"] != rows["other"])
        & rows["quad_class"].between(1, 4)
        & rows["root_code"].isin([f"{number:02d}" for number in range(1, 21)])
    ]
    rows = rows.sort_values(["event_id", "added_at", "snapshot_id"]).drop_duplicates("event_id")
    rows["dyad_id"] = rows["one"].str.cat(rows["other"], sep="-")
    rows["link"] = rows["url"].fillna(rows["event_id"].astype(str))
    fresh = rows[~rows["is_reemitted"]].copy()
    for name in ("tone", "goldstein"):
        fresh[name] = np.floor(fresh[name] * GRAINS + 0.5)
    stories = fresh.groupby([*cell, "link", "event_code"], dropna=False).agg({"tone": "mean", "goldstein": "max"})
    stories = np.floor(stories + 0.5).groupby(cell)
    means = stories.mean() / GRAINS
    counts = rows.groupby(cell).agg(rows=("event_id", "size"), reemitted=("is_reemitted", "sum"))
    found = counts.join(fresh.groupby(cell).agg(mentions=("mentions", "sum")))
    found = found.join(stories.size().rename("stories")).join(means.add_suffix("_mean"))
    found["events"] = found.pop("rows") - found["reemitted"]
    whole = ["events", "mentions", "stories", "reemitted"]
    found[whole] = found[whole].fillna(0).astype("int64")
    found.sort_index().reset_index().to_parquet(f"{out}/part-0.parquet", compression="zstd")
    return {"seconds": time.perf_counter() - begun, "start": 0.0, "peak_gb": _peak()}


ENGINES: dict[str, Callable[[str, str], dict[str, float]]] = {
    "polars": lambda source, out: _ours(source, out, "polars"),
    "duckdb": _duckdb,
    "pandas": _pandas,
    "spark": lambda source, out: _ours(source, out, "spark", "local[2]"),
}


def _run(engine: str, source: Path, out: Path) -> dict[str, float]:
    command = [sys.executable, "-W", "ignore", "-m", "tools.bench_events", "--one", engine, str(source), str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{engine} failed:\n{done.stderr[-2000:]}")
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _read(folder: Path) -> pl.DataFrame:
    return pl.read_parquet(folder / "*.parquet").with_columns(pl.col("day").cast(pl.Date)).sort(CELL)


def _equal(one: pl.DataFrame, other: pl.DataFrame) -> str:
    try:
        assert_frame_equal(
            one, other, check_column_order=False, check_dtypes=False, rel_tol=1e-12, abs_tol=0, check_exact=False
        )
    except AssertionError as error:
        return f"no: {str(error).splitlines()[0]}"
    return "yes"


def _growth(points: list[tuple[int, float]]) -> str:
    if len(points) < 2:
        return ""
    sizes, seconds = np.log(np.array(points)).T
    return f"{np.polyfit(sizes, seconds, 1)[0]:.2f}"


def _peak(process: int | str = "self") -> float:
    """Return a process's largest resident memory, GB; getrusage would count its parent's too."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 2**20


if __name__ == "__main__":
    sys.exit(main())
