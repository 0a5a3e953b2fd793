"""What a figure of the validation card is held against: chance, a count of hostile records, and resampled months.

Series are arrays on one axis of months, NaN where a month is unknown.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

Array = NDArray[np.float64]
HOSTILE_STANCE = -0.25
"""A counted statement below it is a hostile record."""
BLOCK_MONTHS = 12
RESAMPLES = 1000
SEED = 20261124
MINIMUM_MONTHS = 24
"""Fewer months with both series are not correlated."""


@dataclass(frozen=True)
class Beside:
    """One figure as chance, the naive count and other pairs give it; None where there is none to give."""

    chance: float | None
    naive: float | None
    placebo: float | None
    shifted: Array
    """The figure under each circular shift, the unshifted first."""


def beside(
    figure: Callable[[Array], float],
    own: Array,
    naive: Array | None = None,
    placebos: Sequence[Array] = (),
    *,
    of_sizes: bool = False,
) -> Beside:
    """Return a figure's baselines: its mean over the circular shifts of a series, and the figure of other series.

    Args:
        figure: Returns the figure of a series; NaN where it has none.
        own: The pair's own series.
        naive: The count's series, put in place of the pair's.
        placebos: Other pairs' series, put in place of the pair's; the mean where there are several.
        of_sizes: Chance is the mean of absolute values, as of a correlation, whose sign is chance's too.
    """
    shifted = np.array([figure(row) for row in circular_shifts(own)])
    return Beside(
        chance=mean_of(np.abs(shifted) if of_sizes else shifted),
        naive=None if naive is None else mean_of(np.array([figure(naive)])),
        placebo=mean_of(np.array([figure(each) for each in placebos])),
        shifted=shifted,
    )


def circular_shifts(values: Array) -> Array:
    """Return every circular shift of the known span of a series, one a row, the unshifted first."""
    known = np.flatnonzero(~np.isnan(values))
    if not known.size:
        return np.empty((0, values.size))
    span = values[known[0] : known[-1] + 1]
    steps = np.arange(span.size)
    rows = np.full((span.size, values.size), np.nan)
    rows[:, known[0] : known[-1] + 1] = span[(steps[:, None] + steps) % span.size]
    return rows


def mean_of(values: Array) -> float | None:
    """Return the mean of the values known, or None."""
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else None


def changes(values: Array) -> Array:
    """Return each month's change from the month before; unknown where either is."""
    return np.diff(values, prepend=np.nan)


def rank_correlation(one: Array, other: Array, least: int = MINIMUM_MONTHS) -> float:
    """Return Spearman's correlation over the months that both know; NaN where fewer than `least` or one is constant."""
    from scipy.stats import rankdata  # most of a second that a build without it does not need

    both = ~np.isnan(one) & ~np.isnan(other)
    return correlation(rankdata(one[both]), rankdata(other[both]), least)


def correlation(one: Array, other: Array, least: int = MINIMUM_MONTHS) -> float:
    """Return Pearson's correlation over the months that both know; NaN where fewer than `least` or one is constant."""
    both = ~np.isnan(one) & ~np.isnan(other)
    if both.sum() < least or np.ptp(one[both]) == 0 or np.ptp(other[both]) == 0:
        return float("nan")
    return float(np.corrcoef(one[both], other[both])[0, 1])


def rank_band(one: Array, other: Array) -> tuple[float, float]:
    """Return the 90 % interval of Spearman's correlation: a thousand resamples of the common months in blocks of a year."""
    both = np.flatnonzero(~np.isnan(one) & ~np.isnan(other))
    random = np.random.default_rng(SEED)
    starts = random.integers(0, both.size - BLOCK_MONTHS + 1, (RESAMPLES, -(-both.size // BLOCK_MONTHS)))
    places = both[(starts[:, :, None] + np.arange(BLOCK_MONTHS)).reshape(RESAMPLES, -1)[:, : both.size]]
    drawn = np.array([rank_correlation(one[place], other[place]) for place in places])
    lower, upper = np.nanquantile(drawn, [0.05, 0.95])
    return float(lower), float(upper)


def alarms_at_equal_rate(count: Array, flagged: NDArray[np.bool_]) -> Array:
    """Return 1 for the months in which a count reaches its threshold, else 0; unknown where the count is.

    The threshold is the one that flags as many months as `flagged` does, or as near to it as the count's ties allow;
    of two equally near, the one with more alarms, which favours the count.
    """
    levels = np.unique(count[~np.isnan(count)])
    number = np.array([(count >= level).sum() for level in levels])
    threshold = levels[np.abs(number - flagged.sum()).argmin()]
    return np.where(np.isnan(count), np.nan, (count >= threshold).astype(float))


def hostile_records(
    acts: pl.DataFrame, statements: pl.DataFrame, months: pl.Series, dyads: Mapping[str, tuple[str, str]]
) -> dict[str, Array]:
    """Return the number of hostile records by month of each direction: what a naive detector counts.

    Counted are executives' acts of tension, of whatever size, and counted statements with a stance below -0.25.

    Args:
        acts: Current rows of core_act__events.
        statements: Current rows of core_statement__utterances.
        months: First days of the months that the ledger covers; one without a record is 0.
        dyads: Who acts and on whom, by dyad_id.
    """
    hostile = pl.concat(
        [
            acts.filter((pl.col("actor_branch") == "executive") & (pl.col("dimension") == "tension")).select(
                pl.col("initiator").alias("a"), pl.col("target").alias("b"), pl.col("occurred_on").alias("day")
            ),
            statements.filter(pl.col("is_counted") & (pl.col("stance") < HOSTILE_STANCE)).select(
                pl.col("country").alias("a"), pl.col("addressee").alias("b"), pl.col("stated_on").alias("day")
            ),
        ]
    )
    monthly = hostile.group_by("a", "b", pl.col("day").dt.truncate("1mo").alias("month")).len()
    axis = pl.DataFrame(months.alias("month"))
    return {
        dyad_id: axis.join(
            monthly.filter((pl.col("a") == first) & (pl.col("b") == second)),
            on="month",
            how="left",
            validate="1:1",
            maintain_order="left",
        )["len"]
        .fill_null(0)
        .cast(pl.Float64)
        .to_numpy()
        for dyad_id, (first, second) in dyads.items()
    }
