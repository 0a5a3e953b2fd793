"""Whose words come first: the two sides' monthly stance against each other's at several lags. Described, not explained."""

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from transforms.baselines import rank_correlation
from transforms.indices.ledger import PairScope
from transforms.indices.sums import total

LAGS = range(-6, 7)
BLOCK_MONTHS = 12
RESAMPLES = 400
SEED = 20261124
MINIMUM_MONTHS = 36


def stance_lags(statements: pl.DataFrame, scopes: Sequence[PairScope]) -> pl.DataFrame:
    """Return the rank correlation of the sides' monthly stance by lag, with a 90 % moving-block bootstrap band.

    At lag k > 0 the first member's month is set against the second member's month k later. A month without counted
    statements of a side is missing and its pairs are left out.

    Args:
        statements: Current rows of core_statement__utterances.
        scopes: Pairs.

    Returns:
        Columns pair_id, lag_months, months, correlation, lower_05, upper_95; no row where fewer than 36 months pair.
    """
    rows = []
    counted = statements.filter(pl.col("is_counted") & pl.col("duplicate_of").is_null())
    monthly = counted.group_by("country", "addressee", pl.col("stated_on").dt.truncate("1mo").alias("month")).agg(
        (total(pl.col("stance")) / pl.len()).round(9).alias("stance")  # equal means are to have equal ranks
    )
    for scope in scopes:
        first, second = (_series(monthly, scope, side) for side in scope.members)
        for lag in LAGS:
            if len(first) - abs(lag) < MINIMUM_MONTHS:
                continue
            one, other = _shifted(first, second, lag)
            both = ~np.isnan(one) & ~np.isnan(other)
            if both.sum() < MINIMUM_MONTHS:
                continue
            lower, upper = _band(one, other)
            rows.append((scope.pair_id, lag, int(both.sum()), rank_correlation(one, other, least=2), lower, upper))
    schema = {
        "pair_id": pl.String,
        "lag_months": pl.Int8,
        "months": pl.Int64,
        "correlation": pl.Float64,
        "lower_05": pl.Float64,
        "upper_95": pl.Float64,
    }
    return pl.DataFrame(rows, schema=schema, orient="row").with_columns(pl.selectors.float().round(6))


def _series(monthly: pl.DataFrame, scope: PairScope, side: str) -> NDArray[np.float64]:
    (partner,) = (member for member in scope.members if member != side)
    own = monthly.filter((pl.col("country") == side) & (pl.col("addressee") == partner)).select("month", "stance")
    months = pl.DataFrame(
        {"month": pl.date_range(scope.ledger_start.replace(day=1), scope.ledger_end, "1mo", eager=True)}
    )
    return months.join(own, on="month", how="left", maintain_order="left")["stance"].fill_null(np.nan).to_numpy()


def _shifted(
    first: NDArray[np.float64], second: NDArray[np.float64], lag: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    if lag >= 0:
        return first[: len(first) - lag], second[lag:]
    return first[-lag:], second[:lag]


def _band(one: NDArray[np.float64], other: NDArray[np.float64]) -> tuple[float, float]:
    """Return the 5th and 95th percentile over resamples of blocks of a year, which keep the months' dependence."""
    random = np.random.default_rng(SEED)
    blocks = -(-len(one) // BLOCK_MONTHS)
    starts = random.integers(0, len(one) - BLOCK_MONTHS + 1, (RESAMPLES, blocks))
    places = (starts[:, :, None] + np.arange(BLOCK_MONTHS)).reshape(RESAMPLES, -1)[:, : len(one)]
    times = np.array([np.bincount(place, minlength=len(one)) for place in places])
    lower, upper = np.nanquantile(_rank_correlations(one, other, times), [0.05, 0.95])
    return float(lower), float(upper)


def _rank_correlations(
    one: NDArray[np.float64], other: NDArray[np.float64], times: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the rank correlation of each resample, which takes month j `times[i, j]` times; NaN where one side is flat."""
    both = ~np.isnan(one) & ~np.isnan(other)
    times = times[:, both]
    first, second = (_centred_ranks(values[both], times) for values in (one, other))
    spread = np.sqrt((times * first**2).sum(axis=1) * (times * second**2).sum(axis=1))
    with np.errstate(invalid="ignore", divide="ignore"):
        correlation: NDArray[np.float64] = (times * first * second).sum(axis=1) / spread
    return correlation


def _centred_ranks(values: NDArray[np.float64], times: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the mean ranks of the values in each resample, less their mean."""
    distinct, place = np.unique(values, return_inverse=True)
    tied = times @ np.eye(len(distinct))[place]
    ranks: NDArray[np.float64] = (tied.cumsum(axis=1) - tied + (tied + 1) / 2)[:, place]
    ranks -= (times * ranks).sum(axis=1, keepdims=True) / times.sum(axis=1, keepdims=True)
    return ranks
