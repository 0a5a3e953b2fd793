"""What a build keeps: the same content as a build from nothing, and nothing kept of which something changed."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from orchestration import kept
from orchestration.connectors.outcomes import Outcome, append
from orchestration.definitions import build_definitions
from orchestration.kept import CODE, OUTAGES, digests, stale
from orchestration.landing import bundled, land
from orchestration.run import build
from tools.bench_build import EDITION, SOURCE
from warehouse.contracts.tables import TABLES
from warehouse.publish import UNCHANGED, builds
from warehouse.query import Warehouse
from warehouse.settings import Settings
from warehouse.store import BESIDE, NOT_HASHED, Store

MADE = set(TABLES) - {*NOT_HASHED, *BESIDE}
FIGURES = {"core_indicator__observations", "meta_freshness", "out_pair__alerts"}
"""Tables that an edition of exchange rates changes."""


def _copy(published: Settings, home: Path) -> Settings:
    subprocess.run(["cp", "-a", str(published.home), str(home)], check=True)
    return Settings(home=home)


def _land_rates(settings: Settings) -> None:
    land(settings, SOURCE, "DEXMXUS.csv", EDITION, datetime.now(UTC), origin="publisher")


def _record(settings: Settings) -> pl.DataFrame:
    return Warehouse(settings.link).frame("FROM meta_tables ORDER BY table_name")


def _hashes(settings: Settings) -> dict[str, str]:
    return dict(_record(settings).select("table_name", "content_hash").iter_rows())


def _made(settings: Settings) -> set[str]:
    return set(_record(settings).filter(~pl.col("is_kept"))["table_name"]) - set(BESIDE)


def test_builds_one_edition_at_a_time_give_what_one_build_of_all_gives(published: Settings, tmp_path: Path) -> None:
    settings = _copy(published, tmp_path / "home")
    _land_rates(settings)
    assert build(settings) == 0
    assert _made(settings) == FIGURES
    acts = dict(bundled("ledger"))["acts.csv"]
    land(settings, "ledger", "acts.csv", acts[: acts.rstrip(b"\n").rindex(b"\n") + 1], datetime.now(UTC))
    assert build(settings) == 0
    assert {"core_act__events", "out_pair__monthly_tension", "out_pair__regimes"} <= _made(settings)
    assert not {"core_cbp__monthly_drug_seizures", "core_indicator__observations", "ref_pairs"} & _made(settings)
    cold = Settings(home=tmp_path / "cold")
    shutil.copytree(settings.raw, cold.raw)
    assert build(cold) == 0
    assert _made(cold) == MADE
    assert _hashes(settings) == _hashes(cold)
    assert _hashes(settings)["out_pair__monthly_tension"] != _hashes(published)["out_pair__monthly_tension"]


def test_the_record_says_what_was_kept_and_why_the_rest_was_made(published: Settings, tmp_path: Path) -> None:
    settings = _copy(published, tmp_path / "home")
    _land_rates(settings)
    assert build(settings) == 0
    why = dict(_record(settings).filter(pl.col("table_name").is_in(MADE)).select("table_name", "because").iter_rows())
    assert {name: why.pop(name) for name in FIGURES} == {
        "core_indicator__observations": f"raw/{SOURCE}",
        "meta_freshness": "core_indicator__observations",
        "out_pair__alerts": "core_indicator__observations, meta_freshness",
    }
    assert set(why.values()) == {UNCHANGED}
    assert why.keys() == MADE - FIGURES


def test_a_look_that_finds_nothing_new_loads_no_orchestrator(published: Settings) -> None:
    before = builds(Store(published))
    code = (
        "import sys; from pathlib import Path; from orchestration.run import build; from warehouse.settings import Settings;"
        f"assert build(Settings(home=Path({str(published.home)!r}))) == 0; assert 'dagster' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert f"0 tables made, {len(MADE)} kept" in done.stderr
    assert builds(Store(published)) == before


def test_a_table_that_something_else_wrote_is_made_again(published: Settings, tmp_path: Path) -> None:
    settings = _copy(published, tmp_path / "home")
    store = Store(settings)
    store.write("out_pair__regimes", store.read("out_pair__regimes").head(1))
    assert build(settings) == 0
    made = store.recorded().filter(pl.col("made_at") > Warehouse(published.link).build()["built_at"])
    assert set(made["table_name"]) == {"out_pair__regimes", "out_pair__alerts"}
    assert dict(store.content_hashes().select("table_name", "content_hash").iter_rows()) == _hashes(published)


def test_a_former_build_rolled_back_to_does_not_stay_current(published: Settings, tmp_path: Path) -> None:
    settings = _copy(published, tmp_path / "home")
    former = settings.link.resolve()
    _land_rates(settings)
    assert build(settings) == 0
    wanted = Warehouse(settings.link).build()["content_hash"]
    settings.link.unlink()
    settings.link.symlink_to(former.relative_to(settings.link.parent.resolve()))
    assert build(settings) == 0
    assert Warehouse(settings.link).build()["content_hash"] == wanted


def test_a_run_of_some_assets_does_not_publish_them_beside_what_was_made_from_others(
    published: Settings, tmp_path: Path
) -> None:
    settings = _copy(published, tmp_path / "home")
    current = settings.link.resolve()
    _land_rates(settings)
    keys = [dg.AssetKey(name) for name in ("core_indicator__observations", "publish")]
    with dg.DagsterInstance.ephemeral() as instance:
        job = build_definitions(settings).resolve_job_def("build")
        result = job.execute_in_process(instance=instance, raise_on_error=False, asset_selection=keys)
    assert not result.success
    (failed,) = [event.step_key for event in result.all_events if event.is_step_failure]
    assert failed == "publish"
    assert settings.link.resolve() == current


def _edit(*parts: str) -> Callable[[Path, pytest.MonkeyPatch], None]:
    def edit(root: Path, _: pytest.MonkeyPatch) -> None:
        file = root.joinpath(*parts)
        file.write_bytes(file.read_bytes() + b"\n")

    return edit


def _install(root: Path, patch: pytest.MonkeyPatch) -> None:
    (root / "site" / "polars-99.0.dist-info").mkdir(parents=True)
    patch.syspath_prepend(root / "site")


@pytest.mark.parametrize(
    ("change", "is_changed"),
    [
        pytest.param(_edit("transforms", "vintages.py"), True, id="code"),
        pytest.param(_edit("warehouse", "catalog", "method.yml"), True, id="catalogue"),
        pytest.param(_edit("transforms", "stance", "lexicon_es.csv"), True, id="data of the code"),
        pytest.param(_install, True, id="version of a package"),
        pytest.param(_edit("dash_app", "app.py"), False, id="the page, which no build runs"),
        pytest.param(
            _edit("warehouse", "bundled", "ledger", "acts.csv"), False, id="bundled figures, which are payloads"
        ),
    ],
)
def test_changed_code_makes_every_table_again(
    change: Callable[[Path, pytest.MonkeyPatch], None],
    *,
    is_changed: bool,
    published: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in (*kept.PACKAGES, "dash_app"):
        shutil.copytree(kept.ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(kept, "ROOT", tmp_path)
    before = digests(published)
    assert stale(_record(published), before) == {}
    change(tmp_path, monkeypatch)
    found = stale(_record(published), {**before, CODE: kept.code()})
    assert found.keys() == (MADE if is_changed else set())
    assert not is_changed or all(CODE in names for names in found.values())


def test_payloads_outages_and_what_reads_them_are_found(published: Settings, tmp_path: Path) -> None:
    settings, record = _copy(published, tmp_path / "home"), _record(published)
    assert stale(record, digests(settings)) == {}
    now = datetime.now(UTC)
    append(settings.raw / SOURCE, Outcome(str(now), SOURCE, "DEXMXUS", "https://example.org", "unchanged"))
    assert stale(record, digests(settings)) == {}, "that nothing was new changes nothing"
    append(
        settings.raw / SOURCE, Outcome(str(now), SOURCE, "DEXMXUS", "https://example.org", "kept_last_good", "timeout")
    )
    assert stale(record, digests(settings)) == {
        "meta_outages": [OUTAGES],
        "meta_freshness": [OUTAGES],
        "out_pair__alerts": ["meta_freshness"],
    }
    _land_rates(settings)
    assert stale(record, digests(settings)).keys() == FIGURES | {"meta_outages"}


def test_every_table_is_recorded_with_all_that_its_asset_reads(published: Settings) -> None:
    made = {
        table: set(json.loads(text))
        for table, text in _record(published).drop_nulls("made_from")["table_name", "made_from"].rows()
    }
    assert made.keys() == MADE
    graph = build_definitions(published).resolve_asset_graph()
    for table, names in made.items():
        parents = {key.path[-1] for key in graph.get(dg.AssetKey(table)).parent_keys}
        assert CODE in names
        assert {name for name in parents if name in TABLES} == names & set(TABLES)
        assert any(name.startswith("raw/") for name in names) == any(
            name.startswith(("raw_", "fetched_")) for name in parents
        )
