"""The index as it was known: every month at every month-end, with only the rows known by then (METHOD 4).

A row of the ledger that was known when it took effect cannot change a month before it, so one pass over the ledger serves
every day of knowledge. Rows known late, or replaced later, split time into spans of equal knowledge, each with a pass of
its own; figures of statistics are joined by their vintages.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import polars as pl

from transforms.indices import pressures, tension
from transforms.indices.ledger import Ledger, PairScope
from transforms.indices.sums import total
from transforms.indices.tables import Reading, Setting, view_tables
from warehouse.catalog.models import Irritant

EFFECT = {
    "acts": "occurred_on",
    "statements": "stated_on",
    "policies": "known_from",
    "stages": "stage_on",
    "coverage": "from_on",
    "exemptions": "from_on",
    "claims": "known_from",
}
"""First day on which a row of each of the ledger's tables can change the index."""
NO_STATISTICS = pl.LazyFrame(
    schema={
        "pair_id": pl.String,
        "indicator_id": pl.String,
        "pillar": pl.String,
        "month": pl.Date,
        "irritant": pl.Float64,
        "is_filled": pl.Boolean,
        "item_id": pl.String,
    }
)


@dataclass(frozen=True)
class Known:
    """What was known of one level, pairs or directions.

    `items` are those of each month on its reading day; `sums` are the pillars' pressures by day of knowledge and month.
    """

    items: pl.DataFrame
    sums: pl.DataFrame


def known_on(frame: pl.LazyFrame, day: date) -> pl.LazyFrame:
    """Return the rows known on a day, as they stood: nobody knew yet what would replace them."""
    held = (pl.col("known_from") <= day) & (pl.col("known_to").is_null() | (pl.col("known_to") > day))
    return frame.filter(held).with_columns(
        pl.lit(None, dtype=pl.Date).alias("known_to"), pl.lit(None, dtype=pl.String).alias("closed_because")
    )


def ledger_on(ledger: Ledger, day: date) -> Ledger:
    """Return the ledger as known on a day."""
    return Ledger(**{name: known_on(getattr(ledger, name), day) for name in EFFECT})


def scopes_on(scopes: Sequence[PairScope], day: date) -> list[PairScope]:
    """Return the pairs whose ledger had begun, ending at the latest on the day."""
    return [replace(s, ledger_end=min(s.ledger_end, day)) for s in scopes if s.ledger_start <= day]


def replay_tables(
    ledger: Ledger, statistics: Mapping[str, pl.LazyFrame], setting: Setting, irritants: Mapping[str, Irritant]
) -> dict[str, pl.DataFrame]:
    """Return ``out_pair__tension_vintages`` and the tables of ``view = 'real_time'``.

    The real-time reading of a month is the one on its last day, or on the ledger's last day within it.

    Args:
        ledger: The ledger's tables with all their vintages.
        statistics: Core tables of the irritants by name, with all their vintages.
        setting: Pairs, weights and constants.
        irritants: Irritants of the catalogue.

    Raises:
        ReconciliationError: Contributions do not sum to their index.
    """
    days = _reading_days(setting.scopes)
    known = _known(ledger, statistics, setting, irritants, days)
    scores = {key: _scores(found.sums, setting, days, key) for key, found in known.items()}
    vintages = {key: _vintages(frame, setting, key) for key, frame in scores.items()}
    reading = Reading(
        "real_time",
        known["pair_id"].items,
        known["dyad_id"].items,
        _read_on_the_day(scores["pair_id"], days, "pair_id"),
        _read_on_the_day(scores["dyad_id"], days, "dyad_id"),
    )
    ranks = {key: _ranks(frame, setting, key) for key, frame in vintages.items()}
    current = Ledger(**{name: getattr(ledger, name).filter(pl.col("known_to").is_null()) for name in EFFECT})
    columns = ["pair_id", "as_of", "month", "tension_index"]
    return view_tables(reading, current, setting, ranks) | {
        "out_pair__tension_vintages": vintages["pair_id"].select(columns)
    }


def _reading_days(scopes: Sequence[PairScope]) -> pl.DataFrame:
    """Return pair_id, dyad_id, month and as_of: the last day of each month that the ledger covers."""
    days = pressures.known_days(scopes).select("pair_id", "dyad_id", "month")
    ends = pl.LazyFrame([(s.pair_id, s.ledger_end) for s in scopes], schema=["pair_id", "ledger_end"], orient="row")
    return (
        days.join(ends, on="pair_id", how="inner", validate="m:1")
        .with_columns(pl.min_horizontal(pl.col("month").dt.month_end(), "ledger_end").alias("as_of"))
        .drop("ledger_end")
        .collect()
    )


def _known(
    ledger: Ledger,
    statistics: Mapping[str, pl.LazyFrame],
    setting: Setting,
    irritants: Mapping[str, Irritant],
    days: pl.DataFrame,
) -> dict[str, Known]:
    """Return what was known by level: the ledger's part span by span, then the statistics by their vintages."""
    scopes, method = setting.scopes, setting.method
    as_of = days["as_of"].unique().sort().to_list()
    figures = pressures.irritants(pressures.observed_irritants(statistics, irritants, as_of), scopes)
    observed = pressures.statistic_items(figures, method).collect()
    found: dict[str, list[Known]] = {"pair_id": [], "dyad_id": []}
    for held, span in _spans_of_knowledge(ledger, as_of):
        parts = pressures.daily_parts(held, scopes, method).collect().lazy()
        for key, items in (
            ("pair_id", pressures.pair_item_pressures(parts, NO_STATISTICS, scopes, method).collect()),
            ("dyad_id", pressures.dyad_item_pressures(parts, scopes).collect()),
        ):
            own = days.filter(pl.col("as_of").is_in(span))
            found[key].append(Known(_on_the_day(items, own, key), _sums(items, own, key)))
    shared = days.select("pair_id", "as_of").unique().join(observed, on=["pair_id", "as_of"], how="inner")
    items = shared.join(days.select("pair_id", "month", "as_of").unique(), on=["pair_id", "month", "as_of"], how="semi")
    found["pair_id"].append(Known(items.drop("as_of"), shared))
    return {
        key: Known(
            pl.concat([one.items.select(many[0].items.columns) for one in many]),
            pl.concat([one.sums.select(many[0].sums.columns) for one in many]),
        )
        for key, many in found.items()
    }


def _spans_of_knowledge(ledger: Ledger, days: Sequence[date]) -> list[tuple[Ledger, list[date]]]:
    """Split the days into spans in which the same late and replaced rows were known, each with its ledger."""
    late = {
        name: (pl.col("known_from") > pl.col(effect)) | pl.col("known_to").is_not_null()
        for name, effect in EFFECT.items()
    }
    breaks = pl.concat(
        getattr(ledger, name).filter(is_late).select(pl.col(column).alias("day"))
        for name, is_late in late.items()
        for column in ("known_from", "known_to")
    )
    starts = [date.min, *breaks.drop_nulls().unique().sort("day").collect()["day"].to_list()]
    spans = []
    for start, end in zip(starts, [*starts[1:], date.max], strict=True):
        if held := [day for day in days if start <= day < end]:
            rows = {
                name: pl.concat(
                    [getattr(ledger, name).filter(~is_late), known_on(getattr(ledger, name).filter(is_late), start)]
                )
                for name, is_late in late.items()
            }
            spans.append((Ledger(**rows), held))
    return spans


def _on_the_day(items: pl.DataFrame, days: pl.DataFrame, key: str) -> pl.DataFrame:
    """Return the items of the months whose reading day is among the days."""
    return items.join(days.select(key, "month").unique(), on=[key, "month"], how="semi")


def _sums(items: pl.DataFrame, days: pl.DataFrame, key: str) -> pl.DataFrame:
    """Return the pressure of each pillar by day of knowledge and month, the months up to that day."""
    sums = items.group_by(key, "month", "dimension", "pillar").agg(
        total(pl.col("pressure")), total(pl.col("pressure_hard")), pl.col("is_filled").any()
    )
    as_of = days.select(pl.col(key).alias("known"), "as_of").unique()
    return as_of.join_where(sums, pl.col("known") == pl.col(key), pl.col("month") <= pl.col("as_of")).select(
        "as_of", key, "month", "dimension", "pillar", "pressure", "pressure_hard", "is_filled"
    )


def _scores(sums: pl.DataFrame, setting: Setting, days: pl.DataFrame, key: str) -> pl.DataFrame:
    """Return the pillar scores of each vintage, over the pillars in which an item was known by then."""
    ever = sums.filter(pl.col("pressure") > 0).select("as_of", key, "pillar").unique()
    grid = tension.pillar_grid(setting.scopes, sums.lazy(), key).collect()
    as_of = days.select(pl.col(key).alias("known"), "as_of").unique()
    cells = (
        as_of.join_where(grid, pl.col("known") == pl.col(key), pl.col("month") <= pl.col("as_of"))
        .drop("known")
        .join(ever, on=["as_of", key, "pillar"], how="semi")
    )
    numbers = {name: place for place, name in enumerate(days[key].unique().sort())}
    number = pl.col(key).replace_strict(numbers, return_dtype=pl.Int64)  # joins on numbers are faster than on text
    vintage = (number * 10**6 + pl.col("as_of").cast(pl.Int32)).alias("vintage_id")
    # Two addends at most, the ledger's part and the statistics', so that their order cannot matter.
    both = (
        sums.lazy()
        .select(vintage, pl.exclude(key, "as_of"))
        .group_by("vintage_id", "month", "dimension", "pillar")
        .agg(pl.col("pressure").sum(), pl.col("pressure_hard").sum(), pl.col("is_filled").any())
    )
    return tension.scored(both, cells.with_columns(vintage).lazy(), "vintage_id").collect()


def _vintages(scores: pl.DataFrame, setting: Setting, key: str) -> pl.DataFrame:
    """Return the index of each vintage by month."""
    names = scores.select("vintage_id", key, "as_of").unique()
    return (
        tension.monthly_tension(scores.lazy(), setting.weights, setting.method, "vintage_id")
        .collect()
        .join(names, on="vintage_id", how="inner", validate="m:1")
    )


def _read_on_the_day(scores: pl.DataFrame, days: pl.DataFrame, key: str) -> pl.DataFrame:
    """Return the scores of each month on its reading day."""
    return scores.join(days.select(key, "month", "as_of").unique(), on=[key, "month", "as_of"], how="semi").drop(
        "vintage_id", "as_of"
    )


def _ranks(vintages: pl.DataFrame, setting: Setting, key: str) -> pl.DataFrame:
    """Return the percentile of each month's reading among all months as known on the same day; null before 24."""
    index = pl.col("tension_index")
    last = index.sort_by("month").last()
    rank = 100 * ((index < last).sum() + ((index == last).sum() + 1) / 2) / index.count()
    enough = index.count() >= setting.method.percentile_minimum_months
    return (
        vintages.group_by(key, "as_of")
        .agg(pl.col("month").max(), pl.when(enough & last.is_not_null()).then(rank).alias("causal_percentile"))
        .drop("as_of")
    )
