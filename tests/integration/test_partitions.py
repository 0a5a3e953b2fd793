"""Events by the day under Dagster: a backfill that resumes where it stopped, and what a day costs that is held."""

import hashlib
import io
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg
import polars as pl
import pytest

from orchestration.assets.living import asset_name, living_assets
from orchestration.definitions import build_definitions
from orchestration.events import ingest_events
from transforms.sources.gdelt import SOURCE
from warehouse.settings import Settings

if TYPE_CHECKING:
    from tests.integration.conftest import Replay

DAYS = ["2016-03-01", "2016-03-02", "2016-03-03"]
KEY = dg.AssetKey(asset_name(SOURCE))
HOST = "data.gdeltproject.org"
LISTS = [f"{HOST}/events/md5sums", f"{HOST}/gdeltv2/masterfilelist.txt"]


def events(number: int, added: str, width: int) -> bytes:
    """Return a zip of one event between the two countries, of version 1 (58 columns) or 2 (61)."""
    cells = [""] * width
    cells[0], cells[1], cells[7], cells[17] = str(number), added[:8], "USA", "MEX"
    cells[25:35] = ["1", "050", "050", "05", "1", "3.5", "4", "1", "4", "0.39"]
    cells[{58: 56, 61: 59}[width]] = added
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(zipfile.ZipInfo(f"{added}.export.CSV"), "\t".join(cells) + "\n")
    return packed.getvalue()


def serve(replay: "Replay", days: list[str], slots: list[str]) -> None:
    """Let the publisher list and hold the files of some days, and of some quarter hours."""
    texts = ["", ""]
    for number, name in enumerate([*(day.replace("-", "") for day in days), *slots], start=1):
        is_slot = name in slots
        payload = events(number, name, 61 if is_slot else 58)
        digest = hashlib.md5(payload, usedforsecurity=False).hexdigest()
        address = f"{HOST}/{'gdeltv2' if is_slot else 'events'}/{name}.export.CSV.zip"
        replay.routes[address] = replay.reply(payload)
        texts[is_slot] += f"9 {digest} http://{address}\n" if is_slot else f"{digest}  {name}.export.CSV.zip\n"
    for address, text in zip(LISTS, texts, strict=True):
        replay.routes[address] = replay.reply(text.encode())


@pytest.fixture
def instance() -> "dg.DagsterInstance":
    with dg.DagsterInstance.ephemeral() as held:
        yield held


@pytest.fixture
def visit(replay: "Replay", instance: dg.DagsterInstance) -> Callable[[Path, str], bool]:
    """Return what materializes one day into a home and says whether it was had."""

    def visited(home: Path, day: str) -> bool:
        assets = living_assets(Settings(home=home), lambda _: replay.client(), None)
        (asset,) = [item for item in assets if item.key == KEY]
        return dg.materialize([asset], instance=instance, partition_key=day, raise_on_error=False).success

    return visited


def test_a_backfill_asks_again_only_for_the_day_that_failed(
    replay: "Replay", instance: dg.DagsterInstance, visit: Callable[[Path, str], bool], tmp_path: Path
) -> None:
    serve(replay, DAYS, [f"{day.replace('-', '')}001500" for day in DAYS])
    for day in DAYS:
        assert visit(tmp_path / "undisturbed", day)
    assert not [one for one in replay.asked if "gdeltv2" in one], "a day that is listed whole needs no quarter hours"
    instance.wipe_assets([KEY])

    broken = f"{HOST}/events/20160302.export.CSV.zip"
    good, replay.routes[broken] = replay.routes[broken], replay.reply(b"down", 500)
    assert [visit(tmp_path / "home", day) for day in DAYS] == [True, False, True]
    replay.routes[broken] = good
    missing = [day for day in DAYS if day not in instance.get_materialized_partitions(KEY)]
    assert missing == ["2016-03-02"]
    replay.asked.clear()
    assert visit(tmp_path / "home", *missing)
    assert [one for one in replay.asked if "export" in one and "20160302" not in one] == []
    assert instance.get_materialized_partitions(KEY) == set(DAYS)

    frames = [ingest_events(Settings(home=tmp_path / name)).frame for name in ("home", "undisturbed")]
    assert frames[0]["day"].cast(pl.String).to_list() == DAYS
    assert frames[0].equals(frames[1])


def test_a_day_that_is_held_whole_costs_no_request(
    replay: "Replay", visit: Callable[[Path, str], bool], tmp_path: Path
) -> None:
    serve(replay, DAYS, [])
    assert visit(tmp_path, DAYS[0])
    replay.asked.clear()
    assert visit(tmp_path, DAYS[0])
    assert replay.asked == []


def test_a_day_without_its_file_is_taken_by_its_own_quarter_hours(
    replay: "Replay", visit: Callable[[Path, str], bool], tmp_path: Path
) -> None:
    slots = ["20160303234500", "20160304000000", "20160304001500", "20160305000000"]
    serve(replay, DAYS, slots[:2])
    assert visit(tmp_path, "2016-03-04")
    serve(replay, DAYS, slots)  # the day goes on
    assert visit(tmp_path, "2016-03-04")
    taken = [one for one in replay.asked if "export" in one]
    assert taken == [f"{HOST}/gdeltv2/{slot}.export.CSV.zip" for slot in slots[1:3]]


def test_a_day_of_which_nothing_is_listed_fails(
    replay: "Replay", instance: dg.DagsterInstance, visit: Callable[[Path, str], bool], tmp_path: Path
) -> None:
    serve(replay, DAYS, ["20160302001500"])
    assert not visit(tmp_path, "2016-03-04")
    assert instance.get_materialized_partitions(KEY) == set()


def test_the_schedule_asks_for_the_day_and_those_that_may_have_become_whole(tmp_path: Path) -> None:
    definitions = build_definitions(Settings(home=tmp_path))
    days = definitions.resolve_asset_graph().get(KEY).partitions_def
    now = datetime(2026, 11, 24, 18, 30, tzinfo=UTC)
    assert days is not None
    keys = days.get_partition_keys(current_time=now)
    assert (keys[0], keys[-1]) == ("2013-04-01", "2026-11-24")
    schedule = definitions.resolve_schedule_def(f"fetch_{SOURCE}")
    with dg.DagsterInstance.ephemeral() as instance:
        requests = schedule.evaluate_tick(
            dg.build_schedule_context(
                instance, scheduled_execution_time=now, repository_def=definitions.get_repository_def()
            )
        ).run_requests
    assert [request.partition_key for request in requests or []] == [f"2026-11-{day}" for day in (24, 23, 22, 21)]
