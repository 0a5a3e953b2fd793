"""A build from the bundled figures: the graph, its schedule, and that the same figures give the same file."""

import os
import subprocess
import sys
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from orchestration.definitions import build_definitions
from orchestration.run import build, rebuild
from tools.serving import free_port, running
from warehouse.contracts.tables import TABLES
from warehouse.publish import builds
from warehouse.query import Warehouse
from warehouse.settings import Settings
from warehouse.store import NOT_HASHED, Store

FAMILIES = {
    "extraditions": ("raw_ledger_extraditions", "core_extradition__claims"),
    "tariffs": ("raw_ledger_tariffs", "core_policy__stages"),
    "statements": ("raw_ledger_statements", "core_statement__utterances"),
    "migration": ("raw_cbp_sbo_encounters", "core_cbp__monthly_encounters_southwest"),
}


def _hashes(settings: Settings) -> dict[str, str]:
    rows = Warehouse(settings.link).frame("SELECT table_name, content_hash FROM meta_tables")
    return dict(rows.iter_rows())


def _assets(settings: Settings) -> set[str]:
    return {key.path[-1] for key in build_definitions(settings).resolve_asset_graph().get_all_asset_keys()}


@pytest.mark.parametrize("family", FAMILIES)
def test_each_family_has_a_raw_and_a_core_asset(family: str, tmp_path: Path) -> None:
    graph = build_definitions(Settings(home=tmp_path)).resolve_asset_graph()
    raw, core = (dg.AssetKey(name) for name in FAMILIES[family])
    assert raw in graph.get(core).parent_keys


def test_every_table_of_the_contracts_is_an_asset(tmp_path: Path) -> None:
    written_beside = {"meta_snapshots", "meta_rejections", *NOT_HASHED}
    names = _assets(Settings(home=tmp_path))
    tables = {name for name in names if not name.startswith(("raw_", "fetched_"))} - {"publish", "events_aggregate"}
    assert tables == set(TABLES) - written_beside


def test_every_table_is_checked_before_anything_is_built_on_it(tmp_path: Path) -> None:
    graph = build_definitions(Settings(home=tmp_path)).resolve_asset_graph()
    checked = {key.asset_key.path[-1] for key in graph.asset_check_keys if graph.get(key).blocking}
    assert checked == {name for name in _assets(Settings(home=tmp_path)) if name in TABLES}


def test_a_tick_of_the_schedule_publishes_what_the_command_publishes(published: Settings, tmp_path: Path) -> None:
    definitions = build_definitions(Settings(home=tmp_path / "home"))
    schedule = definitions.resolve_schedule_def("daily")
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        context = dg.build_schedule_context(
            instance, scheduled_execution_time=datetime(2026, 11, 24, 7, 30, tzinfo=UTC)
        )
        requests = schedule.evaluate_tick(context).run_requests
        assert requests is not None
        (request,) = requests
        job = definitions.resolve_job_def(schedule.job_name)
        result = job.execute_in_process(instance=instance, run_config=request.run_config, tags=dict(request.tags))
        checks = result.get_asset_check_evaluations()
        passed = [item.passed for item in checks if item.check_name == "honours_contract"]
        told = {item.check_name: item.passed for item in checks if item.check_name != "honours_contract"}
        (shown,) = [
            event.materialization.metadata
            for event in result.get_asset_materialization_events()
            if event.asset_key == dg.AssetKey("out_pair__monthly_tension")
        ]
    assert result.success
    assert set(shown) >= {"MEX_USA", "CAN_USA", "dagster/row_count"}
    assert str(shown["MEX_USA"].value).count("](data:image/svg+xml,") == 1
    assert all(passed)
    assert len(passed) == len(TABLES) - len(NOT_HASHED) - 2
    assert told["is_covered"] is False  # two pairs have no index, which is told and stops nothing
    assert set(told) == {"has_no_gaps", "does_not_jump", "is_not_cut_short", "is_covered"}
    assert _hashes(Settings(home=tmp_path / "home")) == _hashes(published)


def test_nothing_changed_is_no_new_build(published: Settings) -> None:
    before = builds(Store(published))
    assert build(published) == 0
    assert builds(Store(published)) == before


def test_one_thread_gives_the_same_content_as_many(published: Settings, tmp_path: Path) -> None:
    environment = {**os.environ, "DYADWATCH_HOME": str(tmp_path), "POLARS_MAX_THREADS": "1"}
    subprocess.run([sys.executable, "-m", "orchestration.cli", "build"], env=environment, check=True, timeout=300)
    assert _hashes(Settings(home=tmp_path)) == _hashes(published)


def test_the_home_folder_works_where_it_is_copied(published: Settings, tmp_path: Path) -> None:
    copy = tmp_path / "elsewhere"
    subprocess.run(["cp", "-a", str(published.home), str(copy)], check=True)
    moved = Settings(home=copy)
    assert moved.link.resolve().is_relative_to(copy.resolve())
    assert _hashes(moved) == _hashes(published)


def test_every_check_of_the_build_is_published(published: Settings) -> None:
    outcomes = Warehouse(published.link).frame("FROM meta_checks")
    assert outcomes.height > 20
    assert outcomes.filter(pl.col("outcome") != "pass").is_empty()


def test_everything_but_the_raw_layer_can_be_made_again(published: Settings, tmp_path: Path) -> None:
    home = tmp_path / "home"
    subprocess.run(["cp", "-a", str(published.home), str(home)], check=True)
    settings = Settings(home=home)
    before = Warehouse(settings.link).build()
    Store(settings).file.write_bytes(b"damaged")
    (home / "events").mkdir(exist_ok=True)
    assert rebuild(settings) == 0
    after = Warehouse(settings.link).build()
    assert after["content_hash"] == before["content_hash"]
    assert after["build_id"] > before["build_id"]


def test_a_process_that_has_built_serves_pages(tmp_path: Path) -> None:
    """The README's command: `dyadwatch up` builds where there is no build yet, and serves."""
    port = free_port()
    environment = {"DYADWATCH_HOME": str(tmp_path), "DYADWATCH_PORT": str(port)}
    command = [sys.executable, "-P", "-m", "orchestration.cli", "up"]
    with (
        running(command, port, environment, patience_s=300) as address,
        urllib.request.urlopen(f"{address}/data/index/tension.csv", timeout=60) as answer,
    ):
        assert answer.status == 200
        assert answer.read().count(b"\n") == 311
