"""Regimes of the index: shifts of its mean, with a penalty scaled for persistence, and how surely each is dated (METHOD 4).

On series that only wander, the usual penalty finds breaks that are not there: `persistence` measures how far a shock lasts
and the penalty grows with it.
"""

from datetime import date
from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray

Array = NDArray[np.float64]
MINIMUM_MONTHS = 6
REGIMES = pl.Schema(
    {
        "regime": pl.Int64,
        "starts_on": pl.Date,
        "starts_low": pl.Date,
        "starts_high": pl.Date,
        "ends_on": pl.Date,
        "level": pl.Float64,
    }
)
CRITICAL = -2 * np.log(1 - np.sqrt(0.9))
"""90 % point of the likelihood ratio of a break's date (Eo and Morley 2015, Quantitative Economics 6, equation 12)."""


def pair_regimes(monthly: pl.DataFrame) -> pl.DataFrame:
    """Return the regimes of every pair's latest view, with its pair_id.

    Args:
        monthly: As out_pair__monthly_tension.
    """
    latest = monthly.filter(pl.col("view") == "latest").sort("pair_id", "month")
    return pl.concat(
        regimes(own["month"], own["tension_index"]).with_columns(pl.lit(pair_id).alias("pair_id"))
        for (pair_id,), own in latest.group_by("pair_id", maintain_order=True)
    )


def regimes(months: pl.Series, index: pl.Series) -> pl.DataFrame:
    """Return the regimes of a series of months without gaps.

    Args:
        months: First days of months, ordered.
        index: T of each month; months at either end without one are left out.

    Returns:
        Columns regime (from 1), starts_on, starts_low, starts_high (90 % interval of the start; of the first, its start),
        ends_on (null of the last), level (mean of T); no row where no month has an index.
    """
    frame = pl.DataFrame({"month": months, "value": index}).sort("month").drop_nulls()
    values = frame["value"].to_numpy()
    days: list[date] = frame["month"].to_list()
    breaks = breakpoints(values)
    edges = [0, *breaks, len(values)] if days else []
    rows = []
    for number, (start, end) in enumerate(pairwise(edges), start=1):
        low, high = (start, start) if start == 0 else _interval(values, edges[number - 2], start, end)
        rows.append(
            {
                "regime": number,
                "starts_on": days[start],
                "starts_low": days[low],
                "starts_high": days[high],
                "ends_on": days[end] if end < len(values) else None,
                "level": float(values[start:end].mean()),
            }
        )
    return pl.DataFrame(rows, schema=REGIMES)


def breakpoints(values: Array) -> list[int]:
    """Return the places at which a new mean begins: PELT, L2 cost, at least six months, the scaled penalty."""
    if len(values) < 2 * MINIMUM_MONTHS:
        return []
    import ruptures  # brings scipy.stats, most of a second that a build without a new index does not need

    penalty = 3 * np.log(len(values)) * long_run_variance(values)
    found = ruptures.Pelt(model="l2", min_size=MINIMUM_MONTHS, jump=1).fit(values).predict(pen=max(penalty, 1e-12))
    return [int(place) for place in found[:-1]]


def persistence(values: Array) -> float:
    """Return phi of an AR(1) from the first autocorrelation of its changes, 1 + 2 rho, within 0 and 0.95."""
    change = np.diff(values)
    spread = float(((change - change.mean()) ** 2).sum())
    if spread == 0:
        return 0.0
    centred = change - change.mean()
    rho = float((centred[1:] * centred[:-1]).sum()) / spread
    return float(np.clip(1 + 2 * rho, 0.0, 0.95))


def long_run_variance(values: Array) -> float:
    """Return sigma^2 (1 + phi) / (1 - phi), sigma^2 = Var(change) / (2 (1 - phi))."""
    phi = persistence(values)
    sigma2 = float(np.diff(values).var()) / (2 * (1 - phi))
    return sigma2 * (1 + phi) / (1 - phi)


def _interval(values: Array, before: int, start: int, end: int) -> tuple[int, int]:
    """Return the earliest and latest start that the likelihood does not reject, the neighbouring breaks held."""
    places = np.arange(before + 1, end)
    loss = np.array([_loss(values[before:place]) + _loss(values[place:end]) for place in places])
    held = places[loss - loss.min() <= CRITICAL * long_run_variance(values)]
    return int(min(held.min(), start)), int(max(held.max(), start))


def _loss(part: Array) -> float:
    return float(((part - part.mean()) ** 2).sum())
