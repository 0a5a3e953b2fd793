"""The command and the asset of events at scale, on Polars: files in, tables out, and what is refused."""

import sys
from datetime import date
from pathlib import Path

import dagster as dg
import fsspec
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from orchestration import aggregate
from orchestration.cli import main
from orchestration.definitions import build_definitions
from tests.events import event
from warehouse.errors import AggregationError
from warehouse.settings import Settings


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings of a home that holds two event files of two days."""
    home = tmp_path / "home"
    for number, day in enumerate((date(2018, 3, 26), date(2018, 4, 2))):
        file = home / "events" / f"day={day}" / f"{number}.parquet"
        file.parent.mkdir(parents=True)
        pl.DataFrame([event(number, day=day)]).write_parquet(file)
    monkeypatch.setenv("DYADWATCH_HOME", str(home))
    return Settings(home=home)


def test_the_home_is_read_and_a_former_run_is_replaced_only_where_told(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["events", "aggregate"]) == 0
    assert "2 rows of daily_dyads, 2 rows of month_end_stocks" in capsys.readouterr().err
    daily = pl.read_parquet(settings.home / "aggregated" / "daily_dyads" / "*.parquet")
    assert daily.select("dyad_id", "day", "stories").rows() == [
        ("USA-MEX", date(2018, 3, 26), 1),
        ("USA-MEX", date(2018, 4, 2), 1),
    ]
    assert main(["events", "aggregate"]) == 1
    assert "--force" in capsys.readouterr().err
    assert main(["events", "aggregate", "--force", "--half-life", "7"]) == 0
    stocks = pl.read_parquet(settings.home / "aggregated" / "month_end_stocks" / "*.parquet")
    assert stocks.filter(pl.col("ends_on") == date(2018, 4, 2))["stock"].to_list() == pytest.approx([1.5])
    assert not list(settings.home.rglob(".unfinished"))


def test_object_storage_is_read_and_written_through_fsspec(settings: Settings, tmp_path: Path) -> None:
    memory = fsspec.filesystem("memory")
    memory.put(str(settings.home / "events"), "/bucket/events", recursive=True)
    try:
        options = ["--in=memory://bucket/events/*/*.parquet", "--out=memory://bucket/out"]
        assert main(["events", "aggregate", *options]) == 0
        memory.get("/bucket/out", str(tmp_path / "got"), recursive=True)
        assert main(["events", "aggregate", *options]) == 1
    finally:
        memory.rm("/bucket", recursive=True)
    assert main(["events", "aggregate", f"--out={tmp_path / 'local'}"]) == 0
    for name in (aggregate.DAILY, aggregate.STOCKS):
        got, local = (pl.read_parquet(tmp_path / place / name / "*.parquet") for place in ("got", "local"))
        assert_frame_equal(got, local, check_exact=True)


def test_events_between_no_known_states_give_empty_tables(settings: Settings, tmp_path: Path) -> None:
    pl.DataFrame([event(1, actor1_country="EUR")]).write_parquet(tmp_path / "one.parquet")
    with aggregate.opened("polars") as engine:
        done = aggregate.aggregate(engine, str(tmp_path / "one.parquet"), str(tmp_path / "out"), half_life_days=30)
    assert done.rows == {"daily_dyads": 0, "month_end_stocks": 0}


@pytest.mark.parametrize(
    ("options", "told"),
    [
        pytest.param(["--in=nowhere/*.parquet"], "No file at nowhere", id="no file"),
        pytest.param(["--in=none://bucket"], "cannot be reached", id="no such storage"),
        pytest.param(["--half-life=0.001"], "too short for 7 days", id="half-life"),
        pytest.param(["--in={home}/other.parquet"], "has no actor1_country, actor2_country", id="other columns"),
        pytest.param(["--in={home}/broken.parquet"], "Polars gave up", id="no Parquet"),
    ],
)
def test_what_cannot_be_aggregated_is_told_with_a_remedy(
    settings: Settings, capsys: pytest.CaptureFixture[str], options: list[str], told: str
) -> None:
    pl.DataFrame({"day": [1]}).write_parquet(settings.home / "other.parquet")
    (settings.home / "broken.parquet").write_bytes(b"PAR1")
    assert main(["events", "aggregate", *(text.format(home=settings.home) for text in options)]) == 1
    assert told in capsys.readouterr().err


@pytest.mark.parametrize(
    "options",
    [
        ["--master=yarn"],
        ["--conf=a=b"],
        ["--engine=spark", "--conf=a"],
        ["--half-life=0"],
        ["--half-life=x"],
        ["--out"],
    ],
    ids=" ".join,
)
def test_wrong_use_ends_with_2(settings: Settings, options: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["events", "aggregate", *options])
    assert ended.value.code == 2


def test_without_spark_or_java_the_remedy_is_named(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "py4j", None)
    with pytest.raises(AggregationError, match="pip install 'dyadwatch\\[spark\\]'"), aggregate.opened("spark"):
        pass


def test_without_java_the_remedy_is_named(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pyspark", reason="needs pyspark: `make test-spark`")
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(AggregationError, match="Java 17"), aggregate.opened("spark"):
        pass


# Dagster's own Pipes call what Dagster has deprecated or not yet settled.
@pytest.mark.filterwarnings("ignore:AssetExecutionContext.run_id", "ignore:Function `PipesMessageReader")
def test_the_asset_runs_the_command_in_a_process_of_its_own_and_no_build_does(settings: Settings) -> None:
    definitions = build_definitions(settings)
    key = dg.AssetKey("events_aggregate")
    assert key not in definitions.resolve_job_def("build").asset_layer.executable_asset_keys
    with dg.DagsterInstance.ephemeral() as instance:
        result = definitions.resolve_implicit_global_asset_job_def().execute_in_process(
            asset_selection=[key],
            instance=instance,
            run_config={"ops": {"events_aggregate": {"config": {"half_life_days": 14.0}}}},
        )
    assert result.success
    (event,) = [one for one in result.get_asset_materialization_events() if one.asset_key == key]
    told = {name: value.value for name, value in event.materialization.metadata.items()}
    assert (told["daily_dyads"], told["engine"], told["last_day"]) == (2, "polars", "2018-04-02")
    assert (settings.home / "aggregated" / "month_end_stocks" / "part-0.parquet").exists()
