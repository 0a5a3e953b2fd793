"""Living sources under Dagster: assets that fetch, the sensor on inputs, outages, and days of schedules on a moving clock.

`THIRTY_DAYS=1` plays thirty days with a whole build wherever the sensor asks for one (`make thirty-days`, some minutes);
without it twelve days are played, and what would be built is only read.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg
import httpx
import polars as pl
import pytest

from orchestration.assets.living import CRONS, asset_name, living_assets, living_jobs
from orchestration.assets.meta import attempts_of
from orchestration.definitions import build_definitions
from orchestration.ingest import ingest_statistics
from orchestration.landing import land_bundled
from orchestration.live import fetch_live, live_sources
from orchestration.run import build
from orchestration.sensors import inputs_digest
from transforms.outages import outages
from transforms.sources.bundled import TABLE_OF_SOURCE
from warehouse.catalog.registry import load_catalog
from warehouse.query import Warehouse
from warehouse.settings import Settings

if TYPE_CHECKING:
    from tests.integration.conftest import Replay, Reply

SOURCE = "fed_exchange_rates"
FRED = "fred.stlouisfed.org/graph/fredgraph.csv"
IS_LONG = bool(os.environ.get("THIRTY_DAYS"))
DAYS = 30 if IS_LONG else 12
START = datetime(2026, 10, 5, 23, 30, tzinfo=UTC)  # a Monday, 18:30 in New York in summer
DOWN, CHALLENGED, REVISED_ON = range(3, 6), range(19, 21), 8
"""Days of two outages, and the day on which the rate of the first day is corrected."""


@dataclass
class Publisher:
    """FRED's daily series as it grows: a row each weekday."""

    reply: "type[Reply]"
    day: int = 0
    broken: Callable[[int], "Reply | None"] = field(default=lambda _: None)

    def __call__(self, headers: httpx.Headers) -> "Reply":
        if (fault := self.broken(self.day)) is not None:
            return fault
        days = [START.date() + timedelta(days=number) for number in range(self.day + 1)]
        rows = [(day, 18.0 + number / 100) for number, day in enumerate(days) if day.weekday() < 5]
        if self.day >= REVISED_ON:
            rows[0] = (rows[0][0], 17.5)
        body = "observation_date,DEXMXUS\n" + "".join(f"{day},{rate:.2f}\n" for day, rate in rows)
        etag = f'"{hash(body)}"'
        if headers.get("If-None-Match") == etag:
            return self.reply(b"", 304)
        return self.reply(body.encode(), 200, {"ETag": etag, "Content-Type": "text/csv"})


@dataclass(frozen=True)
class Day:
    """What one simulated day left behind."""

    day: date
    outcome: str
    is_asked: bool
    built: str
    last_period: date
    open_outages: int
    raw_bytes: int


def _faults(reply: "type[Reply]") -> Callable[[int], "Reply | None"]:
    page = b"<html><head><title>Challenge Validation</title></head><body></body></html>"
    return lambda day: (
        reply(b"down", 500)
        if day in DOWN
        else reply(page, 200, {"Content-Type": "text/html"})
        if day in CHALLENGED
        else None
    )


def _play(replay: "Replay", settings: Settings) -> list[Day]:
    publisher = Publisher(replay.reply)
    publisher.broken = _faults(replay.reply)
    replay.routes[FRED] = publisher
    played, cursor = [], inputs_digest(settings)
    for number in range(DAYS):
        now, publisher.day = START + timedelta(days=number), number
        with replay.client() as client:
            (outcome,) = fetch_live(settings, [SOURCE], now, client=client)
        digest = inputs_digest(settings)
        is_asked, cursor = digest != cursor, digest
        if is_asked and IS_LONG:
            assert build(settings) == 0
        held = ingest_statistics(settings, TABLE_OF_SOURCE[SOURCE], [SOURCE]).frame
        published = Warehouse(settings.link).build()["build_id"] if IS_LONG else ""
        lasting = outages(attempts_of(settings)).filter(pl.col("ended_at").is_null()).height
        size = sum(path.stat().st_size for path in settings.raw.rglob("*") if path.is_file())
        last = held.filter(pl.col("known_to").is_null())["period_end"].max()
        assert isinstance(last, date)
        played.append(Day(now.date(), outcome.outcome, is_asked, published, last, lasting, size))
    return played


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    settings = Settings(home=tmp_path / "home")
    if IS_LONG:
        assert build(settings) == 0
    else:
        land_bundled(settings, SOURCE, "*", START)
    return settings


def test_days_of_schedules_publish_what_changed_and_miss_no_outage(replay: "Replay", home: Settings) -> None:
    days = _play(replay, home)
    weekend = {number for number, day in enumerate(days) if day.day.weekday() >= 5}
    broken = ({*DOWN} | {*CHALLENGED}) & set(range(DAYS))
    quiet = weekend - broken - {REVISED_ON}
    for number, day in enumerate(days):
        begins = number in broken and number - 1 not in broken
        ends = number not in broken and number - 1 in broken
        landed = number not in broken and (number not in quiet or (ends and number - 1 not in quiet))
        assert day.outcome == ("kept_last_good" if number in broken else "landed" if landed else "unchanged"), day
        assert day.is_asked == (begins or ends or day.outcome == "landed"), day
        assert day.open_outages == int(number in broken), day
        if number in broken:  # nothing is lost, nothing goes on: the last good day stays
            assert day.last_period == days[number - 1].last_period
    spans = outages(attempts_of(home)).select("reason", "began_at", "ended_at").rows()
    expected = [("server_error", DOWN), ("challenge", CHALLENGED)][: 2 if IS_LONG else 1]
    assert [(reason, began.date(), ended.date()) for reason, began, ended in spans] == [
        (reason, days[span.start].day, days[span.stop].day) for reason, span in expected
    ]
    revised = ingest_statistics(home, TABLE_OF_SOURCE[SOURCE], [SOURCE]).frame.filter(
        (pl.col("period_start") == START.date()) & (pl.col("definition_id") == "noon_rate_daily")
    )
    assert revised.sort("known_from").select("value", "closed_because").rows() == [(18.0, "revised"), (17.5, None)]
    if IS_LONG:
        _report(days, home)


def _report(days: list[Day], home: Settings) -> None:
    """Hold that builds follow the sensor and nothing else, and write the days down for docs/fetching.md."""
    ids = [day.built for day in days]
    for number, day in enumerate(days[1:], start=1):
        assert (ids[number] != ids[number - 1]) == day.is_asked, day
    warehouse = Warehouse(home.link)
    assert warehouse.frame("FROM meta_outages").height == 2
    rows = [
        f"| {day.day} | {day.outcome} | {'yes' if day.is_asked else ''} | {day.last_period} | {day.open_outages or ''} |"
        f" {day.raw_bytes / 1e6:.3f} |"
        for day in days
    ]
    head = "| day | fetch | published | data to | outage | raw, MB |\n| --- | --- | --- | --- | --- | --- |\n"
    Path(os.environ["THIRTY_DAYS"]).write_text(head + "\n".join(rows) + "\n", "utf-8")


def test_an_asset_lands_its_source_and_says_what_became_of_it(replay: "Replay", tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    replay.routes[FRED] = Publisher(replay.reply)
    (asset,) = [
        item
        for item in living_assets(settings, lambda _: replay.client(), None)
        if item.key.path[-1] == asset_name(SOURCE)
    ]
    with dg.DagsterInstance.ephemeral() as instance:
        done = dg.materialize([asset], instance=instance)
        metadata = done.asset_materializations_for_node(asset_name(SOURCE))[0].metadata
        assert metadata["landed"].value == 1
        replay.routes[FRED] = replay.reply(b"down", 500)
        failed = dg.materialize([asset], instance=instance, raise_on_error=False)
    assert not failed.success
    assert outages(attempts_of(settings)).select("source_id", "reason").rows() == [(SOURCE, "server_error")]


def test_the_sensor_asks_once_for_each_change(replay: "Replay", tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    sensor = build_definitions(settings).resolve_sensor_def("inputs_changed")
    replay.routes[FRED] = Publisher(replay.reply)
    cursor = inputs_digest(settings)
    quiet = sensor(dg.build_sensor_context(cursor=cursor))
    assert isinstance(quiet, dg.SkipReason)
    with replay.client() as client:
        fetch_live(settings, [SOURCE], START, client=client)
    asked = sensor(dg.build_sensor_context(cursor=cursor))
    assert isinstance(asked, dg.SensorResult)
    (request,) = asked.run_requests or []
    assert request.run_key == inputs_digest(settings)
    assert dg.AssetKey("core_indicator__observations") in (request.asset_selection or [])
    assert isinstance(sensor(dg.build_sensor_context(cursor=asked.cursor)), dg.SkipReason)


def test_every_live_source_has_a_schedule_in_its_publishers_time_zone(tmp_path: Path) -> None:
    jobs, schedules = living_jobs()
    definitions = build_definitions(Settings(home=tmp_path))
    sources = load_catalog().sources
    when = {schedule.job_name: (schedule.execution_timezone, schedule.cron_schedule) for schedule in schedules}
    seen = {}
    for job in jobs:
        for key in definitions.resolve_job_def(job.name).asset_layer.executable_asset_keys:
            seen[key.path[-1].removeprefix("fetched_")] = when[job.name]
    assert seen == {name: (live.timezone, CRONS[sources[name].cadence]) for name, live in live_sources().items()}
    building = {key.path[-1] for key in definitions.resolve_job_def("build").asset_layer.executable_asset_keys}
    assert not [name for name in building if name.startswith("fetched_")]
