"""Reconciliation: whatever changes between two builds, the parts by cause sum to the change of each month."""

from dataclasses import replace
from datetime import date
from importlib import resources

import polars as pl
import pytest

from transforms.indices.changes import CAUSES, Inputs, Published, changes, method_of
from transforms.indices.ledger import LEDGER_TABLES, ledger_of
from transforms.indices.pressures import observed_irritants
from transforms.indices.scope import index_setting
from transforms.indices.tables import Setting, index_tables
from transforms.reference import reference_tables
from transforms.sources.ledger import known_days, parse_ledger
from warehouse.catalog.registry import load_catalog

CATALOG = load_catalog()
START, END = date(2024, 6, 1), date(2025, 6, 30)
WHOLE = index_setting(CATALOG)
SETTING = replace(WHOLE, scopes=[replace(scope, ledger_start=START, ledger_end=END) for scope in WHOLE.scopes])
ENCOUNTERS = "core_usbp__monthly_encounters"


def _bytes(name: str) -> bytes:
    return (resources.files("warehouse") / "bundled" / "ledger" / f"{name}.csv").read_bytes()


@pytest.fixture(scope="module")
def tables() -> dict[str, pl.DataFrame]:
    found = {}
    for part, table in LEDGER_TABLES.items():
        name = "extradition_claims" if part == "claims" else part
        days = known_days(_bytes(name), name, _bytes("stages"), 30)
        rows = pl.concat([parse_ledger(_bytes(name), name).accepted, days], how="horizontal")
        found[table] = rows.with_columns(pl.lit(None, dtype=pl.Date).alias("known_to"))
    months = pl.date_range(START, END, "1mo", eager=True).alias("month")
    found[ENCOUNTERS] = pl.DataFrame(months).with_columns(
        pl.lit(90_000).alias("encounters"), pl.col("month").alias("known_from"), pl.lit(None, pl.Date).alias("known_to")
    )
    return found


def _published(inputs: Inputs) -> Published:
    known = {name: frame.lazy() for name, frame in inputs.tables.items()}
    observed = observed_irritants(known, CATALOG.irritants, [date.max])
    found = index_tables(ledger_of(known), observed, inputs.setting)
    return Published(found["out_pair__monthly_tension"], found["out_pair__contributions"])


def _explained(before: Inputs, after: Inputs) -> tuple[pl.DataFrame, float]:
    """Return the changes by cause, and the largest difference between their sum and the month's change."""
    old, new = _published(before), _published(after)
    found = changes(before, old, after, CATALOG.irritants)
    sums = found.group_by("pair_id", "month").agg(pl.col("change").sum())
    both = (
        old.monthly.select("pair_id", "month", "tension_index")
        .join(new.monthly.select("pair_id", "month", pl.col("tension_index").alias("after")), on=["pair_id", "month"])
        .join(sums, on=["pair_id", "month"], how="left")
    )
    miss = both.select((pl.col("after") - pl.col("tension_index") - pl.col("change").fill_null(0.0)).abs().max()).item()
    return found, float(miss)


def test_all_four_causes_at_once_sum_to_the_change(tables: dict[str, pl.DataFrame]) -> None:
    acts = tables["core_act__events"]
    before = Inputs(
        {**tables, "core_act__events": acts.filter(pl.col("occurred_on") < date(2025, 2, 1))},
        replace(SETTING, method=CATALOG.method.model_copy(update={"speech_weight": 0.4})),
    )
    revised = tables[ENCOUNTERS].with_columns(
        pl.when(pl.col("month") == date(2025, 1, 1)).then(140_000).otherwise("encounters").alias("encounters")
    )
    fewer = tables["core_statement__utterances"].filter(pl.col("theme") != "migration")
    after = Inputs({**tables, ENCOUNTERS: revised, "core_statement__utterances": fewer}, SETTING)
    found, miss = _explained(before, after)
    assert miss < 1e-9
    assert set(found["cause"]) == set(CAUSES)
    by_cause = {cause: set(found.filter(pl.col("cause") == cause)["indicator_id"]) for cause in CAUSES}
    assert "usbp_encounters" in by_cause["revision"]
    assert "ledger_statements" in by_cause["missing_source"]


def test_what_did_not_change_leaves_no_row(tables: dict[str, pl.DataFrame]) -> None:
    inputs = Inputs(tables, SETTING)
    found, miss = _explained(inputs, inputs)
    assert found.is_empty()
    assert miss == 0


def test_a_revision_alone_is_named_a_revision(tables: dict[str, pl.DataFrame]) -> None:
    revised = tables[ENCOUNTERS].with_columns(pl.col("encounters") + 10_000)
    found, miss = _explained(Inputs(tables, SETTING), Inputs({**tables, ENCOUNTERS: revised}, SETTING))
    assert miss < 1e-9
    assert set(found["cause"]) == {"revision"}
    assert found.filter(pl.col("indicator_id") == "usbp_encounters")["change"].min() > 0  # type: ignore[operator]


def test_a_longer_ledger_is_new_data_for_the_months_that_both_know(tables: dict[str, pl.DataFrame]) -> None:
    shorter = Setting(
        [replace(scope, ledger_end=date(2025, 3, 15)) for scope in SETTING.scopes], SETTING.weights, SETTING.method
    )
    found, miss = _explained(Inputs(tables, shorter), Inputs(tables, SETTING))
    assert miss < 1e-9
    assert set(found["cause"]) == {"new_data"}
    assert found["month"].max() == date(2025, 3, 1)


def test_the_method_is_read_back_from_its_published_constants() -> None:
    constants = dict(reference_tables(CATALOG)["ref_method"].select("name", "value").iter_rows())
    assert method_of(constants, CATALOG.method.version, CATALOG.method) == CATALOG.method
    changed = {**constants, "half_lives_days.act": 45.0, "speech_weight": 0.25}
    method = method_of(changed, "0.9", CATALOG.method)
    assert (method.half_lives_days["act"], method.speech_weight, method.version) == (45.0, 0.25, "0.9")
