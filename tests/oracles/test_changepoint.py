"""R changepoint and strucchange: shifts of the mean of Nile and well log."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import polars as pl
import pytest

from transforms.indices import regimes

Read = Callable[[str], pl.DataFrame]
Hold = Callable[..., None]


def _series(read: Read, name: str) -> regimes.Array:
    return read(f"changepoint/{name}.csv").to_series(2).cast(pl.Float64).to_numpy()


def _loss(values: regimes.Array, places: list[int]) -> float:
    edges = [0, *places, len(values)]
    return sum(regimes._loss(values[start:end]) for start, end in pairwise(edges))


@pytest.mark.parametrize("name", ["nile", "well_log", "seatbelts"])
@pytest.mark.parametrize("times_log_n", [2, 5, 10])
def test_pelt(name: str, times_log_n: int, read: Read, hold: Hold, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oracle's penalty is k ln n of a series of variance 1, the product's 3 ln n times the variance that lasts."""
    values = _series(read, name)
    is_mean = pl.col("model").str.starts_with("mean/")
    oracle = read("changepoint/R_changepoint_PELT_expected.csv").filter(
        is_mean, pl.col("series") == name, pl.col("k_logn") == times_log_n
    )
    variance = values.var(ddof=1)
    monkeypatch.setattr(regimes, "MINIMUM_MONTHS", 1)
    monkeypatch.setattr(regimes, "long_run_variance", lambda _: times_log_n / 3 * variance)
    found = regimes.breakpoints(values)
    last_of_segment = oracle["cpts_1based_last_index_of_segment"].item() or ""
    expected = [int(place) for place in last_of_segment.split(";") if place]
    # with no break expected this compares two empty lists, and the loss of the whole series
    assert len(found) == len(expected)
    hold([*found, _loss(values, found) / variance], [*expected, float(oracle["sse"].item())])


def test_the_products_own_penalty_dates_the_break_of_the_nile(read: Read, hold: Hold) -> None:
    values = _series(read, "nile")
    hold(regimes.breakpoints(values), read("changepoint/R_strucchange_Nile_break.csv")["break_1based"])


def test_squares_left_with_no_and_one_break_of_the_nile(read: Read, hold: Hold) -> None:
    values = _series(read, "nile")
    oracle = read("changepoint/R_strucchange_Nile_RSS_BIC.csv").filter(pl.col("n_breaks") <= 1).sort("n_breaks")
    losses = [_loss(values, []), _loss(values, regimes.breakpoints(values))]
    hold(np.array(losses), oracle["RSS"].cast(pl.Float64))
