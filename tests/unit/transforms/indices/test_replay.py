"""The index as it was known: truncating every input at a day and recomputing gives the stored value."""

from dataclasses import replace
from datetime import date
from importlib import resources

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.indices.ledger import Ledger
from transforms.indices.pressures import observed_irritants
from transforms.indices.replay import EFFECT, ledger_on, replay_tables, scopes_on
from transforms.indices.scope import pair_scopes, weights
from transforms.indices.tables import Setting, index_tables
from transforms.sources.ledger import known_days, parse_ledger
from warehouse.catalog.registry import load_catalog

CATALOG = load_catalog()
START, END = date(2024, 6, 1), date(2025, 6, 30)
SCOPES = [replace(scope, ledger_start=START, ledger_end=END) for scope in pair_scopes(CATALOG)]
SETTING = Setting(SCOPES, weights(CATALOG), CATALOG.method)
READING_DAYS = pl.date_range(START, END, "1mo", eager=True).dt.month_end().to_list()
FILES = {name: name for name in EFFECT} | {"claims": "extradition_claims"}
ENCOUNTERS = "core_usbp__monthly_encounters"


def _bytes(name: str) -> bytes:
    return (resources.files("warehouse") / "bundled" / "ledger" / f"{name}.csv").read_bytes()


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    frames = {}
    for part, name in FILES.items():
        days = known_days(_bytes(name), name, _bytes("stages"), 30)
        rows = pl.concat([parse_ledger(_bytes(name), name).accepted, days], how="horizontal")
        frames[part] = rows.with_columns(
            pl.lit(None, dtype=pl.Date).alias("known_to"), pl.lit(None, dtype=pl.String).alias("closed_because")
        ).lazy()
    return Ledger(**frames)


@pytest.fixture(scope="module")
def encounters() -> pl.LazyFrame:
    """Figures known three weeks after their month; the first publication of March 2025 is revised a month later."""
    months = pl.date_range(date(2024, 1, 1), END, "1mo", eager=True).alias("month")
    figures = pl.DataFrame(months).with_columns(
        (pl.int_range(pl.len()) * 9000 + 40000).alias("encounters"),
        pl.col("month").dt.month_end().dt.offset_by("21d").alias("known_from"),
        pl.lit(None, dtype=pl.Date).alias("known_to"),
    )
    day = date(2025, 5, 21)
    is_revised = pl.col("month") == date(2025, 3, 1)
    first = figures.with_columns(pl.when(is_revised).then(pl.lit(day)).otherwise("known_to").alias("known_to"))
    second = figures.filter(is_revised).with_columns(pl.col("encounters") + 5000, pl.lit(day).alias("known_from"))
    return pl.concat([first, second.select(first.columns)]).lazy()


def _recomputed(ledger: Ledger, encounters: pl.LazyFrame, day: date) -> dict[str, pl.DataFrame]:
    observed = observed_irritants({ENCOUNTERS: encounters}, CATALOG.irritants, [day])
    return index_tables(ledger_on(ledger, day), observed, replace(SETTING, scopes=scopes_on(SCOPES, day)))


def _replayed(ledger: Ledger, encounters: pl.LazyFrame) -> dict[str, pl.DataFrame]:
    return replay_tables(ledger, {ENCOUNTERS: encounters}, SETTING, CATALOG.irritants)


def _vintages(ledger: Ledger, encounters: pl.LazyFrame) -> pl.DataFrame:
    return _replayed(ledger, encounters)["out_pair__tension_vintages"].sort("pair_id", "as_of", "month")


def _agree(stored: pl.DataFrame, recomputed: pl.DataFrame, key: list[str], value: str) -> bool:
    both = stored.join(recomputed, on=key, how="full", nulls_equal=True, suffix="_anew")
    worst = (both[value] - both[f"{value}_anew"]).abs().fill_null(0.0).max()
    same_gaps = both[value].is_null().equals(both[f"{value}_anew"].is_null())
    return both.height == stored.height and same_gaps and float(worst) < 1e-12  # type: ignore[arg-type]


def _late(ledger: Ledger, share: int, delay: int) -> Ledger:
    """Return the ledger with each nth act, statement and claim known late, and each nth stage replaced after a while."""
    nth = pl.int_range(pl.len()) % share == 0
    later = pl.when(nth).then(pl.col("known_from").dt.offset_by(f"{delay}d")).otherwise("known_from")
    replaced = pl.when(nth).then(pl.col("known_from").dt.offset_by(f"{2 * delay}d"))
    return replace(
        ledger,
        acts=ledger.acts.with_columns(later.alias("known_from")),
        statements=ledger.statements.with_columns(later.alias("known_from")),
        stages=ledger.stages.with_columns(replaced.alias("known_to")),
    )


@settings(max_examples=6, deadline=None)
@given(share=st.integers(2, 40), delay=st.integers(1, 200), day=st.sampled_from(READING_DAYS))
def test_each_vintage_is_what_the_truncated_inputs_give(
    ledger: Ledger, encounters: pl.LazyFrame, share: int, delay: int, day: date
) -> None:
    known = _late(ledger, share, delay)
    replayed, anew = _replayed(known, encounters), _recomputed(known, encounters, day)
    stored = replayed["out_pair__tension_vintages"].filter(pl.col("as_of") == day)
    assert _agree(stored, anew["out_pair__monthly_tension"], ["pair_id", "month"], "tension_index")
    on_the_day = pl.col("month") == day.replace(day=1)
    for level in ("pair", "dyad"):
        for table, value, key in (
            (f"out_{level}__monthly_tension", "tension_index", []),
            (f"out_{level}__monthly_tension", "cooperation_index", []),
            (f"out_{level}__monthly_tension", "new_pressure", []),
            (f"out_{level}__monthly_tension", "causal_percentile", []),
            (f"out_{level}__contributions", "contribution", ["pillar", "item_kind", "item_id"]),
        ):
            rows, others = replayed[table].filter(on_the_day), anew[table].filter(on_the_day)
            assert _agree(rows, others, [f"{level}_id", "month", *key], value), (table, value)


def test_rows_known_later_change_nothing_before(ledger: Ledger, encounters: pl.LazyFrame) -> None:
    day = date(2025, 2, 28)
    is_later = pl.col("known_from") > day
    altered = replace(
        ledger,
        acts=ledger.acts.with_columns(pl.when(is_later).then(5).otherwise("ladder_step").alias("ladder_step")),
        statements=ledger.statements.filter(~is_later),
        stages=ledger.stages.filter(~is_later),
    )
    before = pl.col("as_of") <= day
    assert _vintages(altered, encounters).filter(before).equals(_vintages(ledger, encounters).filter(before))


def test_a_revised_figure_opens_a_new_vintage(ledger: Ledger, encounters: pl.LazyFrame) -> None:
    march = _vintages(ledger, encounters).filter(pl.col("month") == date(2025, 3, 1)).sort("as_of")
    by_day = dict(march.select("as_of", "tension_index").iter_rows())
    assert by_day[date(2025, 3, 31)] != by_day[date(2025, 4, 30)]  # the carried figure gives way to the published one
    assert by_day[date(2025, 5, 31)] > by_day[date(2025, 4, 30)]
    assert by_day[date(2025, 6, 30)] == by_day[date(2025, 5, 31)]
