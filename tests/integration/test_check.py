"""`dyadwatch check`: the build judged anew, the card published beside the same figures, and the page that prints it."""

import io
import os
import subprocess
import sys
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

import dagster as dg
import duckdb
import polars as pl
import pytest

from orchestration.check import card_of, validate
from orchestration.cli import main
from orchestration.definitions import build_definitions
from orchestration.replay import replayed
from orchestration.run import build
from warehouse.catalog.registry import load_validation
from warehouse.errors import DyadwatchError
from warehouse.publish import builds
from warehouse.query import Warehouse
from warehouse.settings import Settings
from warehouse.store import CHECKED, Store

ROOT = Path(__file__).parents[2]
PAIR = "MEX_USA"
quick = partial(validate, size=16)
"""The card as published, the doubts' shares from a small design."""


def _copy(published: Settings, home: Path) -> Settings:
    subprocess.run(["cp", "-a", str(published.home), str(home)], check=True)
    return Settings(home=home)


def _current(settings: Settings, table: str) -> pl.DataFrame:
    return Warehouse(settings.link).frame(f"FROM {table}")


@pytest.fixture(scope="module")
def checked(published: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Return a copy of the published home after a tick of the weekly schedule."""
    settings = _copy(published, tmp_path_factory.mktemp("checked") / "home")
    definitions = build_definitions(settings)
    weekly = definitions.resolve_schedule_def("weekly")
    with pytest.MonkeyPatch.context() as patch, dg.DagsterInstance.ephemeral() as instance:
        patch.setattr("orchestration.check.validate", quick)
        sunday = datetime(2026, 11, 29, 9, 30, tzinfo=UTC)
        requests = weekly.evaluate_tick(
            dg.build_schedule_context(instance, scheduled_execution_time=sunday)
        ).run_requests
        assert requests is not None
        assert len(requests) == 1
        assert definitions.resolve_job_def(weekly.job_name).execute_in_process(instance=instance).success
    return settings


def test_the_checks_of_the_build_pass_and_go_to_standard_output(
    published: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DYADWATCH_HOME", str(published.home))
    assert main(["check", "--format", "csv"]) == 0
    found = pl.read_csv(io.StringIO(capsys.readouterr().out))
    assert (
        found.sort("check_id")["check_id"].to_list()
        == _current(published, "meta_checks").sort("check_id")["check_id"].to_list()
    )
    assert set(found["outcome"]) == {"pass"}


def test_a_build_that_does_not_add_up_fails(
    published: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = _copy(published, tmp_path / "home")
    path = settings.link.resolve()
    path.chmod(0o644)
    with duckdb.connect(str(path)) as connection:
        connection.execute("DELETE FROM out_pair__contributions WHERE month = DATE '2019-06-01'")
    monkeypatch.setenv("DYADWATCH_HOME", str(settings.home))
    assert main(["check", "--format", "csv"]) == 1
    failed = pl.read_csv(io.StringIO(capsys.readouterr().out)).filter(pl.col("outcome") == "fail")
    assert failed["check_id"].to_list() == ["pair_contributions_sum_to_tension_index"]


@pytest.mark.parametrize("options", [[], ["--validation"]], ids=["plain", "validation"])
def test_without_a_build_it_says_how_to_get_one(
    options: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DYADWATCH_HOME", str(tmp_path))
    assert main(["check", *options]) == 1
    assert "Hint: run `dyadwatch build`" in capsys.readouterr().err


def test_every_check_has_a_row_and_none_a_figure_without_being_run(checked: Settings) -> None:
    card = _current(checked, "out_pair__validation")
    numbers = card.filter(pl.col("pair_id") == PAIR)["check_id"].str.split(":").list.first()
    assert set(numbers) == set(load_validation().checks)
    parts = {f"V4:{name}" for name in load_validation().checks["V4"].yardsticks}
    assert parts <= set(card["check_id"])
    assert card.filter(pl.col("reason").str.len_chars() < 20).is_empty()


def test_the_card_is_of_the_build_that_holds_it_and_changes_no_figure(checked: Settings, published: Settings) -> None:
    about, before = (Warehouse(settings.link).build() for settings in (checked, published))
    assert about["build_id"] != before["build_id"]
    assert about["content_hash"] == before["content_hash"]
    assert set(_current(checked, "out_pair__validation")["build_id"]) == {about["build_id"]}
    assert _current(checked, "out_pair__changes").equals(_current(published, "out_pair__changes"))


def test_the_shares_of_the_doubts_of_a_month_sum_to_one(checked: Settings) -> None:
    sums = _current(checked, "out_pair__doubts").group_by("pair_id", "month").agg(pl.col("share").sum())
    assert sums.height > 250
    assert ((sums["share"] - 1).abs() < 1e-4).all()


def test_an_unchecked_build_has_both_tables_without_rows(published: Settings) -> None:
    assert [_current(published, table).height for table in CHECKED] == [0, 0]


def test_the_same_card_again_is_no_new_build(
    checked: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = builds(Store(checked))
    monkeypatch.setenv("DYADWATCH_HOME", str(checked.home))
    monkeypatch.setattr("orchestration.check.validate", quick)
    assert main(["check", "--validation", "--format", "json"]) == 0, "a failed check is a result"
    out, err = capsys.readouterr()
    stored = _current(checked, "out_pair__validation")
    assert pl.read_json(io.StringIO(out)).sort("check_id")["reason"].equals(stored.sort("check_id")["reason"])
    assert f"nothing changed, still build {Warehouse(checked.link).build()['build_id']}" in err
    assert builds(Store(checked)) == before


def test_a_build_after_it_keeps_the_card_as_that_of_the_build_before(checked: Settings, tmp_path: Path) -> None:
    settings = _copy(checked, tmp_path / "home")
    card = _current(settings, "out_pair__validation")
    Store(settings).file.unlink()  # as on another machine, which has the published build only
    assert build(settings, force=True) == 0
    assert _current(settings, "out_pair__validation").equals(card)
    assert Warehouse(settings.link).build()["build_id"] not in set(card["build_id"])


def test_a_card_is_not_published_beside_figures_that_were_not_checked(published: Settings, tmp_path: Path) -> None:
    settings = _copy(published, tmp_path / "home")
    store = Store(settings)
    store.write("core_act__events", store.read("core_act__events").head(-1))
    with pytest.raises(DyadwatchError, match="the build file holds other figures"):
        quick(settings, datetime.now(UTC), tell=lambda _: None)
    assert settings.link.resolve() == _copy_target(published, settings)


def _copy_target(published: Settings, copy: Settings) -> Path:
    return copy.home.resolve() / published.link.resolve().relative_to(published.home.resolve())


def test_the_page_prints_the_card_of_the_bundled_figures(checked: Settings) -> None:
    environment = {**os.environ, "DYADWATCH_HOME": str(checked.home)}
    command = [sys.executable, "-m", "tools.validation_page", "--check"]
    found = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert found.returncode == 0, (
        f"{found.stdout}{found.stderr}\nthe figures moved: bring docs/validation.md up to date"
    )


def test_the_card_of_a_past_day_is_computed_and_not_published(published: Settings, tmp_path: Path) -> None:
    home = _copy(published, tmp_path / "home")
    before = Warehouse(home.link).build()["build_id"]
    past = replayed(home, date(2025, 3, 15))
    card = card_of(past, tell=lambda _: None)
    windows = card.filter((pl.col("pair_id") == PAIR) & (pl.col("check_id") == "V1"))
    assert windows["build_id"].to_list() == [Warehouse(past.link).build()["build_id"]]
    assert windows["outcome"].item() in {"pass", "fail"}
    assert _current(past, "out_coding__agreement").is_empty()  # nothing was coded twice by then
    assert Warehouse(home.link).build()["build_id"] == before


def test_what_changed_since_a_day_sums_to_the_difference(
    published: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home = _copy(published, tmp_path / "home")
    monkeypatch.setenv("DYADWATCH_HOME", str(home.home))
    assert main(["changes", "--since", "2025-03-15", "--pair", PAIR, "--format", "csv"]) == 0
    found = pl.read_csv(io.StringIO(capsys.readouterr().out), try_parse_dates=True)
    months = found.group_by("month").agg(pl.col("change").sum(), pl.col("then", "now").first())
    assert (months["now"] - months["then"] - months["change"]).abs().max() < 1e-9
    march = months.filter(pl.col("month") == date(2025, 3, 1))
    then = _current(replayed(home, date(2025, 3, 15)), "out_pair__monthly_tension")
    key = (pl.col("pair_id") == PAIR) & (pl.col("month") == date(2025, 3, 1)) & (pl.col("view") == "latest")
    assert march["then"].item() == then.filter(key)["tension_index"].item()
    assert march["now"].item() == _current(home, "out_pair__monthly_tension").filter(key)["tension_index"].item()
    assert set(found["cause"]) == {"new_data"}
