"""Events of any number of files into dyad-days and month-end stocks, on Polars or Spark: `transforms.events` run for real.

Both engines read and write Parquet. Polars reaches object storage through fsspec, Spark through its own connectors.
"""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Protocol

import fsspec
import narwhals as nw
import polars as pl
import pyarrow.dataset
from dagster_pipes import DAGSTER_PIPES_CONTEXT_ENV_VAR, open_dagster_pipes
from fsspec.implementations.local import LocalFileSystem
from narwhals.exceptions import NarwhalsError
from narwhals.typing import IntoLazyFrame, IntoLazyFrameT

from orchestration.events import iso3_of_cameo
from transforms.events import READ, daily_dyads, dyad_events, month_end_stocks, weights
from warehouse.errors import AggregationError

DAILY, STOCKS = "daily_dyads", "month_end_stocks"
NO_SPARK = "Spark is not installed.\nHint: pip install 'dyadwatch[spark]', or take --engine polars."
NO_JAVA = "Spark needs Java 17 or later, and there is no `java` on the path or in JAVA_HOME.\nHint: install a JRE."


class Engine(Protocol[IntoLazyFrameT]):
    """What an engine does beside the definition: frames in, frames out."""

    def scan(self, source: str) -> IntoLazyFrameT:
        """Return the rows of a Parquet file, of those that a pattern names, or of all below a folder."""

    def small(self, frame: pl.DataFrame) -> IntoLazyFrameT:
        """Return a small table as a frame of the engine."""

    def write(self, frame: IntoLazyFrameT, folder: str, *, force: bool) -> None:
        """Write a frame into a folder as Parquet; one that is there already only where told to replace it."""


@dataclass(frozen=True)
class Aggregated:
    """What was written: rows by table, and the span of days."""

    rows: dict[str, int]
    first: date | None
    last: date | None


def aggregate(engine: Engine[Any], source: str, out: str, *, half_life_days: float, force: bool = False) -> Aggregated:
    """Write the dyad-days of event files to `out`/daily_dyads, then their stocks to `out`/month_end_stocks.

    Args:
        engine: Polars or Spark, as `opened` gives it.
        source: Parquet files with the columns of an event: a file, a pattern, or a folder with all below it.
        out: Folder for both tables.
        half_life_days: Days after which a story weighs one half.
        force: Replace tables of a former run.

    Raises:
        AggregationError: There are no such files, columns are missing, or a table is there and not to be replaced.
    """
    events = engine.scan(source)
    if missing := sorted(set(READ) - set(nw.from_native(events).collect_schema().names())):
        raise AggregationError(
            f"{source} has no {', '.join(missing)}.\nHint: give event files, as a build writes them to events/ in the home."
        )
    codes = iso3_of_cameo()
    countries = engine.small(pl.DataFrame({"cameo": list(codes), "iso3": list(codes.values())}))
    tables = {name: f"{out.rstrip('/')}/{name}" for name in (DAILY, STOCKS)}
    engine.write(daily_dyads(dyad_events(events, countries)), tables[DAILY], force=force)
    daily = engine.scan(tables[DAILY])
    first, last = _row(daily, nw.col("day").min(), nw.col("day").max().alias("last"))
    days, months = weights(first or date.max, last or date.max, half_life_days)
    stocks = month_end_stocks(daily, engine.small(days), engine.small(months))
    engine.write(stocks, tables[STOCKS], force=force)
    rows = {name: int(_row(engine.scan(table), nw.len())[0]) for name, table in tables.items()}
    return Aggregated(rows, first, last)


def report(done: Aggregated, *, engine: str, out: str) -> None:
    """Tell Dagster what was written, where this process is run by one of its assets."""
    if DAGSTER_PIPES_CONTEXT_ENV_VAR not in os.environ:
        return
    with open_dagster_pipes() as pipes:
        about = {"engine": engine, "out": out, "first_day": str(done.first), "last_day": str(done.last)}
        pipes.report_asset_materialization(metadata={**about, **done.rows})


@contextmanager
def opened(
    name: str, master: str = "local[*]", conf: Sequence[tuple[str, str]] = ()
) -> Iterator[Engine[Any]]:  # Any: frames are the engine's own
    """Give an engine by its name, and end it; what goes wrong inside becomes an error of ours.

    Args:
        name: polars or spark.
        master: Spark's master: local[*], spark://…, yarn, k8s://….
        conf: Spark's own settings, by name.

    Raises:
        AggregationError: The engine is not installed, cannot be started, or gave up.
    """
    if name == "polars":
        try:
            yield PolarsEngine()
        except (pl.exceptions.PolarsError, NarwhalsError, OSError) as error:
            raise AggregationError(
                f"Polars gave up: {error}\nHint: look at the files, the disk and the network."
            ) from error
        return
    try:
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException
    except ImportError as error:
        raise AggregationError(NO_SPARK) from error
    if not shutil.which("java") and not os.environ.get("JAVA_HOME"):
        raise AggregationError(NO_JAVA)
    try:
        engine = SparkEngine(master, conf)
        try:
            yield engine
        finally:
            engine.session.stop()
    except (PySparkException, Py4JError, NarwhalsError) as error:
        told = "\n".join(str(error).splitlines()[:3])  # the rest is Java's stack
        raise AggregationError(f"Spark gave up: {told}\nHint: Spark's own log is above, and on its workers.") from error


class PolarsEngine:
    """Polars on this machine, streaming: memory does not grow with the number of files."""

    def scan(self, source: str) -> pl.LazyFrame:
        """Return the rows of the files; local ones are read by Polars, others through fsspec."""
        system, path = _located(source)
        files = sorted(system.glob(f"{path}/**/*.parquet" if system.isdir(path) else path))
        if not files:
            raise AggregationError(
                f"No file at {source}.\nHint: name a Parquet file, a pattern or a folder of such files."
            )
        if isinstance(system, LocalFileSystem):
            return pl.scan_parquet(files, hive_partitioning=False)
        return pl.scan_pyarrow_dataset(pyarrow.dataset.dataset(files, filesystem=system, format="parquet"))

    def small(self, frame: pl.DataFrame) -> pl.LazyFrame:
        """Return the table, lazy."""
        return frame.lazy()

    def write(self, frame: pl.LazyFrame, folder: str, *, force: bool) -> None:
        """Write one file, which has its name only when it is whole."""
        system, path = _located(folder)
        former = system.glob(f"{path}/*.parquet")
        if former and not force:
            raise AggregationError(_is_there(folder))
        system.makedirs(path, exist_ok=True)
        with system.open(f"{path}/.unfinished", "wb") as file:
            frame.sink_parquet(file, engine="streaming")
        if former:
            system.rm(former)
        system.mv(f"{path}/.unfinished", f"{path}/part-0.parquet")


class SparkEngine:
    """A Spark session: local, a standalone master's, YARN's or Kubernetes'."""

    def __init__(self, master: str, conf: Sequence[tuple[str, str]] = ()) -> None:
        from pyspark.sql import SparkSession

        settings = {"spark.sql.session.timeZone": "UTC", "spark.ui.showConsoleProgress": "false", **dict(conf)}
        self.session = SparkSession.builder.appName("dyadwatch").master(master).config(map=settings).getOrCreate()
        self.session.sparkContext.setLogLevel("ERROR")

    def scan(self, source: str) -> IntoLazyFrame:
        """Return the rows of the files, which every worker must reach."""
        # A folder day=2025-03-04 would give a second column `day` beside the files' own.
        read = self.session.read.option("recursiveFileLookup", "true")
        if not source.endswith(".parquet"):  # a home's folder of events holds its accounts of files too
            read = read.option("pathGlobFilter", "*.parquet")
        frame: IntoLazyFrame = read.parquet(_absolute(source))
        return frame

    def small(self, frame: pl.DataFrame) -> IntoLazyFrame:
        """Return the table as Spark's local relation, which is sent to every worker."""
        table: IntoLazyFrame = self.session.createDataFrame(frame.to_arrow(compat_level=pl.CompatLevel.oldest()))
        return table

    def write(self, frame: Any, folder: str, *, force: bool) -> None:  # noqa: ANN401  # pyspark is not always there
        """Write a file for each of the last stage's tasks; they appear together when all are done."""
        from pyspark.errors import AnalysisException

        mode = "overwrite" if force else "errorifexists"
        try:
            frame.write.mode(mode).option("compression", "zstd").parquet(_absolute(folder))
        except AnalysisException as error:
            if error.getCondition() != "PATH_ALREADY_EXISTS":
                raise
            raise AggregationError(_is_there(folder)) from error


def _located(address: str) -> tuple[fsspec.AbstractFileSystem, str]:
    try:
        system, path = fsspec.url_to_fs(address)
    except (ImportError, ValueError) as error:
        raise AggregationError(
            f"{address} cannot be reached: {error}\nHint: each storage has a package for fsspec, as s3fs or gcsfs: install it."
        ) from error
    return system, path


def _row(frame: IntoLazyFrame, *columns: nw.Expr) -> tuple[Any, ...]:  # Any: values of any type
    found: tuple[Any, ...] = nw.from_native(frame).select(*columns).collect("polars").row(0)
    return found


def _absolute(path: str) -> str:
    """Return a path as workers of another folder need it; an address stays."""
    return path if "://" in path else str(Path(path).absolute())


def _is_there(folder: str) -> str:
    return f"{folder} holds a table already.\nHint: take another --out, or replace it by --force."
