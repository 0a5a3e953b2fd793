"""The band: with nothing perturbed it is the index; each doubt moves it, and the same seed gives the same band."""

from collections.abc import Iterator
from dataclasses import MISSING, fields, replace
from datetime import date
from importlib import resources

import numpy as np
import polars as pl
import pytest

from transforms.indices import bands, doubt
from transforms.indices.doubt import FACTORS, Panel, monte_carlo, nothing, tension_under
from transforms.indices.ledger import Ledger
from transforms.indices.pressures import observed_irritants
from transforms.indices.replay import EFFECT
from transforms.indices.scope import pair_scopes, weights
from transforms.indices.tables import Setting, index_tables
from transforms.sources.ledger import known_days, parse_ledger
from warehouse.catalog.registry import load_catalog

CATALOG = load_catalog()
START, END = date(2017, 1, 1), date(2019, 12, 31)
SCOPE = next(
    replace(scope, ledger_start=START, ledger_end=END) for scope in pair_scopes(CATALOG) if scope.pair_id == "MEX_USA"
)
SETTING = Setting([SCOPE], weights(CATALOG), CATALOG.method)
FILES = {name: name for name in EFFECT} | {"claims": "extradition_claims"}


def _bytes(name: str) -> bytes:
    return (resources.files("warehouse") / "bundled" / "ledger" / f"{name}.csv").read_bytes()


@pytest.fixture(scope="module")
def built() -> Iterator[tuple[Panel, pl.Series]]:
    frames = {}
    for part, name in FILES.items():
        days = known_days(_bytes(name), name, _bytes("stages"), 30)
        frames[part] = pl.concat([parse_ledger(_bytes(name), name).accepted, days], how="horizontal").lazy()
    ledger = Ledger(**frames)
    months = pl.date_range(START, END, "1mo", eager=True).alias("month")
    encounters = pl.DataFrame(months).with_columns(
        (pl.int_range(pl.len()) * 3000 + 20000).alias("encounters"),
        pl.col("month").alias("known_from"),
        pl.lit(None, dtype=pl.Date).alias("known_to"),
    )
    observed = observed_irritants({"core_usbp__monthly_encounters": encounters.lazy()}, CATALOG.irritants, [END])
    tables = index_tables(ledger, observed, SETTING)
    ((panel, _),) = bands.panels(tables, ledger, SETTING)
    monthly = tables["out_pair__monthly_tension"].sort("month")
    yield panel, monthly["tension_index"]


def test_with_nothing_perturbed_it_is_the_index(built: tuple[Panel, pl.Series]) -> None:
    panel, index = built
    computed = tension_under(panel, nothing())[:, 0]
    assert np.allclose(computed, index.to_numpy(), rtol=0, atol=1e-9, equal_nan=True)
    assert not np.isnan(computed).all()


def test_the_same_draws_give_the_same_figures_to_the_last_digit(built: tuple[Panel, pl.Series]) -> None:
    panel, _ = built
    first, second = (tension_under(panel, monte_carlo(60)) for _ in range(2))
    assert np.array_equal(first, second, equal_nan=True)


@pytest.mark.parametrize("factor", [name for name in FACTORS if name not in ("general_policies", "unknown_ends")])
def test_each_doubt_moves_the_index_by_itself(built: tuple[Panel, pl.Series], factor: str) -> None:
    panel, _ = built
    place = FACTORS.index(factor)
    low, high = (np.full((1, len(FACTORS)), 0.5) for _ in range(2))
    low[0, place], high[0, place] = 0.02, 0.98
    moved = tension_under(panel, doubt.designed(high)) - tension_under(panel, doubt.designed(low))
    assert np.nanmax(np.abs(moved)) > 1e-3


def test_more_burden_never_lowers_the_index(built: tuple[Panel, pl.Series]) -> None:
    panel, _ = built
    plain = nothing()
    heavier = replace(plain, irritant_weight=np.array([0.5]), speech_weight=np.array([1.0]))
    assert np.nanmin(tension_under(panel, heavier) - tension_under(panel, plain)) >= -1e-12


def test_an_unknown_end_takes_burden_away_and_adds_none(built: tuple[Panel, pl.Series]) -> None:
    panel, _ = built
    if panel.uncertain.nnz == 0:
        pytest.skip("no measure of these years has an unknown end")
    plain = nothing()
    ended = replace(plain, picks={"unknown_ends": np.array([0])})
    assert np.nanmax(tension_under(panel, ended) - tension_under(panel, plain)) <= 1e-12


def test_every_doubt_of_the_design_is_a_field_or_a_realisation() -> None:
    own = [field for field in fields(doubt.Draws) if field.default is MISSING and field.name != "picks"]
    assert len(FACTORS) == len(doubt.VECTORS) + len(own)


def test_a_thinner_ledger_reads_lower_and_a_ledger_of_one_density_is_left_alone(built: tuple[Panel, pl.Series]) -> None:
    panel, index = built
    density = pl.DataFrame(
        {"year": [2017, 2018, 2019], "records_a_month": [4.0, 4.0, 16.0], "is_comparable": [False, False, True]}
    )
    thin = bands.thinned(panel, density, size=40).with_columns(index.alias("full"))
    early, late = (thin.filter(pl.col("month").dt.year() == year) for year in (2017, 2019))
    assert (early["tension_index"] - early["full"]).abs().max() < 1e-6  # type: ignore[operator]
    assert late["tension_index"].mean() < late["full"].mean()  # type: ignore[operator]
    assert bands.thinned(panel, density.with_columns(is_comparable=pl.lit(value=True)), size=2).is_empty()


def test_shares_of_the_doubts_sum_to_one(built: tuple[Panel, pl.Series]) -> None:
    panel, _ = built
    shares = bands.shares(panel, size=16)
    sums = shares.group_by("month").agg(pl.col("share").sum())
    assert sums.height > 12
    assert (sums["share"] - 1).abs().max() < 1e-9
