"""What the validation of one pair reads: its index, its hostile records and outside series on one axis of months."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from transforms.baselines import Array, hostile_records
from transforms.indices.ledger import PairScope
from transforms.indices.tension import causal_percentile
from transforms.vintages import current
from warehouse.catalog.models import Method, Validation, Yardstick

Alternatives = tuple[Array, Array]
"""T by month with nothing perturbed, and by month (rows) and draw of the doubts (columns)."""
Places = NDArray[np.intp]
MINIMUM_QUOTES = 10
"""Daily changes that a month needs for its volatility."""


@dataclass(frozen=True)
class PairSeries:
    """A pair's index by month, NaN where unknown; the percentile is the real-time view's."""

    latest: Array
    real_time: Array
    percentile: Array
    hard: Array


@dataclass(frozen=True)
class Case:
    """What the checks of one pair read; every series is on the axis of its months, directions by dyad_id."""

    pair_id: str
    months: pl.Series
    own: PairSeries
    placebos: Mapping[str, PairSeries]
    directions: Mapping[str, Array]
    hostile: Mapping[str, Array]
    contributions: pl.DataFrame
    observations: pl.DataFrame
    method: Method
    alternatives: Alternatives | None = None

    @property
    def count(self) -> Array:
        """Hostile records a month, both directions."""
        first, second = self.hostile.values()
        return first + second

    @property
    def count_rank(self) -> Array:
        """Causal percentile of the count, by the rule of the index."""
        frame = pl.DataFrame({"pair_id": self.pair_id, "month": self.months, "tension_index": self.count})
        return _array(frame.select(causal_percentile("pair_id", self.method)).to_series())

    def others(self, series: str) -> list[Array]:
        """Return one series of each placebo pair."""
        return [getattr(pair, series) for pair in self.placebos.values()]

    def places(self, window: tuple[str, str]) -> Places:
        """Return the places of a window's months, both ends inclusive, given as YYYY-MM."""
        return np.flatnonzero(self.months.dt.strftime("%Y-%m").is_between(*window).to_numpy())

    def quotes(self, yardstick: Yardstick) -> pl.DataFrame:
        """Return the day (or first day of the period) and value of a yardstick's observations, ordered."""
        is_its = (pl.col("indicator_id") == yardstick.indicator_id) & (
            pl.col("definition_id") == yardstick.definition_id
        )
        return self.observations.filter(is_its).select(pl.col("period_start").alias("day"), "value").sort("day")

    def yardstick(self, yardstick: Yardstick) -> Array:
        """Return a yardstick by month: its value, or the standard deviation of the month's daily log changes."""
        rows = self.quotes(yardstick).with_columns(pl.col("day").dt.truncate("1mo").alias("month"))
        if yardstick.measure == "volatility":
            move = pl.col("value").log().diff()
            rows = (
                rows.with_columns(move.alias("move"))
                .group_by("month", maintain_order=True)
                .agg(pl.when(pl.col("move").count() >= MINIMUM_QUOTES).then(pl.col("move").std()).alias("value"))
            )
        return on_axis(self.months, rows, "value")


def case_of(
    tables: Mapping[str, pl.DataFrame],
    scope: PairScope,
    *,
    validation: Validation,
    method: Method,
    alternatives: Alternatives | None,
) -> Case:
    """Return what the checks of one pair read.

    Args:
        tables: Core and out tables by name, as `validation_card` takes them.
        scope: The pair.
        validation: The frozen checks, which name the placebo pairs.
        method: Constants of the causal percentile.
        alternatives: T under the doubts, where it was computed.
    """
    monthly, dyads = tables["out_pair__monthly_tension"], tables["out_dyad__monthly_tension"]
    is_latest, is_own = pl.col("view") == "latest", pl.col("pair_id") == scope.pair_id
    months = monthly.filter(is_own & is_latest)["month"].sort()
    others = validation.checks["V6"].placebo_pairs if scope.pair_id == validation.pair else ()
    held = set(monthly["pair_id"])
    sides = {dyad_id: (first, second) for dyad_id, first, second in scope.dyads}
    acts, statements = (current(tables[name]) for name in ("core_act__events", "core_statement__utterances"))
    return Case(
        pair_id=scope.pair_id,
        months=months,
        own=_pair_series(monthly.filter(is_own), months),
        placebos={
            name: _pair_series(monthly.filter(pl.col("pair_id") == name), months) for name in others if name in held
        },
        directions={
            dyad_id: on_axis(months, dyads.filter(is_latest & (pl.col("dyad_id") == dyad_id)), "tension_index")
            for dyad_id in sides
        },
        hostile=hostile_records(acts, statements, months, sides),
        contributions=tables["out_pair__contributions"].filter(is_own & is_latest),
        observations=current(tables["core_indicator__observations"]),
        method=method,
        alternatives=alternatives,
    )


def on_axis(months: pl.Series, rows: pl.DataFrame, column: str) -> Array:
    """Return a column of rows by month on an axis of months; NaN where there is no row or value."""
    axis = pl.DataFrame(months.alias("month"))
    return _array(axis.join(rows, on="month", how="left", validate="1:1", maintain_order="left")[column])


def _pair_series(monthly: pl.DataFrame, months: pl.Series) -> PairSeries:
    latest, real_time = (monthly.filter(pl.col("view") == view) for view in ("latest", "real_time"))
    return PairSeries(
        latest=on_axis(months, latest, "tension_index"),
        real_time=on_axis(months, real_time, "tension_index"),
        percentile=on_axis(months, real_time, "causal_percentile"),
        hard=on_axis(months, latest, "tension_hard"),
    )


def _array(values: pl.Series) -> Array:
    return values.cast(pl.Float64).fill_null(np.nan).to_numpy()
