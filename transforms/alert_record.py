"""The record of the alerts: how often each kind was raised, and which listed episodes a move fell into, beside chance.

The episodes are V1's windows of ``warehouse/catalog/validation.yml``; trials had seen them, so this is no blind test.
"""

from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from warehouse.catalog.models import Validation

KINDS = ("rise", "fall", "revision", "regime", "definition", "data_incident")
JUDGED = ("rise", "fall")
"""Kinds that are held against the episodes."""
AFTER_MONTHS = 2
"""Months after an episode in which a move still counts as its own."""
RECORD = pl.Schema(
    {
        "pair_id": pl.String,
        "kind": pl.String,
        "episode": pl.String,
        "number": pl.Int64,
        "per_year": pl.Float64,
        "found": pl.Float64,
        "chance": pl.Float64,
    }
)


def alert_record(alerts: pl.DataFrame, months: pl.DataFrame, validation: Validation) -> pl.DataFrame:
    """Return how often each kind was raised and, of rises and falls, the episodes they fell into.

    Args:
        alerts: Columns as out_pair__alerts.
        months: Columns pair_id, month: the months of each pair's index, on which alerts are shifted.
        validation: The frozen checks, whose V1 lists the episodes of one pair.

    Returns:
        Columns pair_id, kind, episode, number, per_year, found, chance. A row without an episode is the kind's whole
        record: `found` is the share of episodes with an alert, `chance` the mean of that share over all circular shifts
        of the alerts' months. A row with one gives both for it alone. A late source is known of now only, so
        it has no number a year.
    """
    rows: list[dict[str, object]] = []
    for (pair_id,), own in sorted(months.group_by("pair_id")):
        axis = sorted(set(own["month"]))
        for kind in KINDS:
            raised = alerts.filter(pl.col("pair_id") == pair_id, pl.col("kind") == kind)["raised_on"].to_list()
            per_year = None if kind == "data_incident" else round(len(raised) / (len(axis) / 12), 2)
            row = {"pair_id": pair_id, "kind": kind, "number": len(raised), "per_year": per_year}
            judged = kind in JUDGED and pair_id == validation.pair
            rows += _judged(row, _flags(raised, axis), axis, validation) if judged else [row]
    return pl.DataFrame(rows, schema=RECORD)


def _judged(
    row: dict[str, object], flags: NDArray[np.bool_], axis: list[date], validation: Validation
) -> list[dict[str, object]]:
    """Return a kind's row with its episodes' share found, and a row for each episode that the months hold."""
    steps = np.arange(len(axis))
    shifted = flags[(steps[:, None] + steps) % len(axis)]  # a shift a row, the unshifted first
    places = {name: _place(window, axis) for name, window in validation.checks["V1"].windows.items()}
    found = {name: shifted[:, place].any(axis=1) for name, place in places.items() if place.any()}
    if not found:
        return [row]
    share = np.mean(list(found.values()), axis=0)
    whole = {**row, "found": round(float(share[0]), 3), "chance": round(float(share.mean()), 3)}
    parts = [
        {
            **row,
            "episode": name,
            "number": int(flags[places[name]].sum()),
            "per_year": None,
            "found": float(hits[0]),
            "chance": round(float(hits.mean()), 3),
        }
        for name, hits in found.items()
    ]
    return [whole, *parts]


def _flags(raised: list[date], axis: list[date]) -> NDArray[np.bool_]:
    """Return which months of the axis saw an alert raised."""
    months = {day.replace(day=1) for day in raised}
    return np.array([month in months for month in axis])


def _place(window: tuple[str, str], axis: list[date]) -> NDArray[np.bool_]:
    """Return which months of the axis lie in a window or shortly after it."""
    first, last = (_number(date.fromisoformat(f"{text}-01")) for text in window)
    return np.array([first <= _number(month) <= last + AFTER_MONTHS for month in axis])


def _number(month: date) -> int:
    return month.year * 12 + month.month
