"""One aggregation on Polars and on Spark: in this process's machine, on a master with two workers, and with one killed."""

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from orchestration.events import iso3_of_cameo
from tools.serving import free_port
from transforms.sources.gdelt import parse_events

ROOT = Path(__file__).parents[2]
GDELT = ROOT.parent / "shared" / "data" / "economy" / "gdelt"
REAL = (
    "20180326044500.export.CSV",
    "reed9999_gdelt1_20160728_sample.tsv",
    "spark-gdelt_events.csv",
    "spark-gdelt_events1.csv",
    "spark-gdelt_eventsT.csv",
)
TABLES = ("daily_dyads", "month_end_stocks")
SMALL = (
    "--conf=spark.driver.memory=700m",
    "--conf=spark.driver.host=127.0.0.1",
    "--conf=spark.sql.shuffle.partitions=8",
)
ENVIRONMENT = {**os.environ, "SPARK_LOCAL_IP": "127.0.0.1", "PYTHONPATH": str(ROOT)}
PATIENCE_S = 300

pytestmark = [
    pytest.mark.machines,
    pytest.mark.skipif(
        not (importlib.util.find_spec("pyspark") and shutil.which("java")),
        reason="needs pyspark and Java 17: `make test-spark`, and `apt-get install openjdk-17-jre-headless`",
    ),
]


@dataclass
class Cluster:
    """A standalone master with two workers of one core, each in a process group of its own with its executors."""

    folder: Path
    url: str = ""
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self) -> None:
        port = free_port()
        self.url = f"spark://127.0.0.1:{port}"
        self._run("master", "master.Master", "--host", "127.0.0.1", "--port", str(port), "--webui-port", "0")
        self._wait("master", "I have been elected leader", 1)
        for name in ("one", "other"):
            self._run(
                name, "worker.Worker", "--host", "127.0.0.1", "--webui-port", "0", "--cores", "1", "--memory", "1g"
            )
        self._wait("master", "Registering worker", 2)

    def wrote_shuffles(self, worker: str) -> bool:
        """Return whether an executor of the worker holds what later stages need."""
        return any((self.folder / worker).rglob("shuffle_*.data"))

    def kill(self, name: str) -> None:
        os.killpg(self.processes[name].pid, signal.SIGKILL)
        self.processes.pop(name).wait()

    def _run(self, name: str, role: str, *arguments: str) -> None:
        home = Path(importlib.util.find_spec("pyspark").origin).parent  # type: ignore[union-attr, arg-type]
        folder = self.folder / name
        folder.mkdir()
        command = [str(home / "bin" / "spark-class"), f"org.apache.spark.deploy.{role}", *arguments]
        if name != "master":
            command += ["-d", str(folder / "work"), self.url]
        environment = {
            **ENVIRONMENT,
            "SPARK_HOME": str(home),
            "SPARK_LOCAL_DIRS": str(folder),
            "SPARK_DAEMON_MEMORY": "300m",
        }
        with (self.folder / f"{name}.log").open("wb") as log:
            self.processes[name] = subprocess.Popen(
                command, env=environment, stdout=log, stderr=log, cwd=folder, start_new_session=True
            )

    def _wait(self, name: str, words: str, times: int) -> None:
        log = self.folder / f"{name}.log"
        wait_until(lambda: log.read_text().count(words) >= times, lambda: log.read_text()[-2000:])


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    made = Cluster(tmp_path / "cluster")
    made.folder.mkdir()
    try:
        made.start()
        yield made
    finally:
        for name in list(made.processes):
            made.kill(name)


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Event files of our own: 300,000 rows in 12 files by day, one in fifty of another file, with all that is unwanted."""
    folder, random = tmp_path_factory.mktemp("events"), np.random.default_rng(7)
    codes = np.array([*list(iso3_of_cameo())[:30], "EUR", None], dtype=object)
    articles, rows = 12_000, 25_000
    for file in range(12):
        of = np.sort(random.integers(0, articles, rows))
        days = file * 60 + np.arange(articles) * 60 // articles
        added = [datetime(2016, 1, 1, 4, 45) + timedelta(days=int(day)) for day in days[of]]
        actors = [codes[random.integers(0, len(codes), articles)][of].tolist() for _ in range(2)]
        roots = [f"{root:02d}" for root in random.integers(0, 21, articles)[of]]
        frame = pl.DataFrame(
            {
                "event_id": np.arange(rows) + file * (rows - rows // 50),
                "day": [one.date() for one in added],
                "added_at": added,
                "is_reemitted": random.random(rows) < 0.03,
                "actor1_country": actors[0],
                "actor2_country": actors[1],
                "event_code": [f"{root}0" for root in roots],
                "root_code": roots,
                "quad_class": random.integers(0, 5, articles)[of].astype(np.int8),
                "goldstein": random.integers(-100, 101, rows) / 10,
                "mentions": random.integers(1, 50, rows),
                "tone": random.normal(0, 5, rows),
                "url": [None if one % 9 == 0 else f"https://example.org/{file}/{one}" for one in of],
                "snapshot_id": f"gdelt_events:{file}",
            },
            schema_overrides={name: pl.String for name in ("actor1_country", "actor2_country")},
        )
        target = folder / f"day={added[0].date()}" / "part.parquet"
        target.parent.mkdir()
        frame.write_parquet(target)
    return folder


@pytest.fixture(scope="module")
def by_polars(events: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, pl.DataFrame]:
    """Tables that Polars makes of the events."""
    out = tmp_path_factory.mktemp("polars")
    assert finished(command(events, out)) == ""
    tables = read(out)
    assert tables["daily_dyads"]["reemitted"].sum() > 1000
    assert tables["daily_dyads"].filter(pl.col("events") > pl.col("stories")).height > 10
    return tables


def command(source: Path, out: Path, *options: str) -> subprocess.Popen[str]:
    """Start the command."""
    whole = [
        sys.executable,
        "-m",
        "orchestration.cli",
        "events",
        "aggregate",
        f"--in={source}",
        f"--out={out}",
        *options,
    ]
    return subprocess.Popen(whole, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT)


def on_spark(source: Path, out: Path, master: str) -> subprocess.Popen[str]:
    """Start the command on Spark."""
    return command(source, out, "--engine=spark", f"--master={master}", *SMALL, "--conf=spark.executor.memory=700m")


def finished(process: subprocess.Popen[str]) -> str:
    """Wait for the command, which must succeed; return what Spark said of lost executors."""
    _, told = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, told
    return "\n".join(line for line in told.splitlines() if "Lost executor" in line)


def read(out: Path) -> dict[str, pl.DataFrame]:
    return {name: pl.read_parquet(out / name / "*.parquet") for name in TABLES}


def assert_same(one: dict[str, pl.DataFrame], other: dict[str, pl.DataFrame]) -> None:
    """Hold two engines' tables to each other: the order of rows, keys, counts and means exactly, stocks to 1e-12."""
    assert_frame_equal(one["daily_dyads"], other["daily_dyads"], check_exact=True)
    assert one["month_end_stocks"].height > 50
    assert_frame_equal(one["month_end_stocks"], other["month_end_stocks"], rel_tol=1e-12, abs_tol=0, check_exact=False)


def wait_until(is_so: Callable[[], bool], told: Callable[[], str]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < end, told()
        time.sleep(0.05)


@pytest.mark.skipif(not GDELT.is_dir(), reason=f"needs the shared files in {GDELT}")
def test_real_files_give_the_same_on_spark(tmp_path: Path) -> None:
    folder = tmp_path / "events"
    (folder / "read").mkdir(parents=True)
    (folder / "read" / "account.json").write_text("{}")  # as it lies in a home
    for name in REAL:
        rows = parse_events((GDELT / name).read_bytes()).accepted
        rows.with_columns(pl.lit(name).alias("snapshot_id")).write_parquet(folder / f"{name}.parquet")
    finished(command(folder, tmp_path / "polars"))
    finished(on_spark(folder, tmp_path / "spark", "local[2]"))
    ours, theirs = read(tmp_path / "polars"), read(tmp_path / "spark")
    assert ours["daily_dyads"]["day"].max() > date(2018, 3, 25)
    assert_same(ours, theirs)


def test_a_master_with_two_workers_gives_the_same_and_so_does_one_left_of_them(
    cluster: Cluster, events: Path, by_polars: dict[str, pl.DataFrame], tmp_path: Path
) -> None:
    assert finished(on_spark(events, tmp_path / "both", cluster.url)) == ""
    assert_same(by_polars, read(tmp_path / "both"))
    for folder in cluster.folder.rglob("blockmgr-*"):  # executors of the first run, whose shuffles are not the second's
        shutil.rmtree(folder, ignore_errors=True)
    process = on_spark(events, tmp_path / "left", cluster.url)
    wait_until(lambda: cluster.wrote_shuffles("one") or process.poll() is not None, lambda: "no shuffle was written")
    assert process.poll() is None, "the run ended before a worker could be killed"
    cluster.kill("one")
    assert "Lost executor" in finished(process)
    assert_same(by_polars, read(tmp_path / "left"))
