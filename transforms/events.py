"""Events between states, counted once: rows of events, directed dyad-days, decayed stocks at month's ends, shares.

Written in narwhals, so that the same lines run on Polars on one machine and on Spark past it. Cells add whole numbers
only, and means divide once, so they are the same to the last digit on every engine and in any order of rows. Stocks add
floats: equal to about 1e-15 of their value.
"""

import calendar
from datetime import date, timedelta

import narwhals as nw
import polars as pl
from narwhals.typing import IntoLazyFrameT

from warehouse.errors import AggregationError

CELL = ("dyad_id", "day", "root_code", "quad_class")
"""Key of a dyad-day: what one state did to another, by kind."""
READ = (
    "event_id",
    "day",
    "added_at",
    "is_reemitted",
    "actor1_country",
    "actor2_country",
    "event_code",
    "root_code",
    "quad_class",
    "goldstein",
    "mentions",
    "tone",
    "url",
    "snapshot_id",
)
"""Columns of an event that are read; files may hold more."""
CLASSES = ("verbal_cooperation", "material_cooperation", "verbal_conflict", "material_conflict")
"""Stocks by quad class, 1 to 4."""
GRAINS = 1_000_000
"""Tones and scores are added in millionths, as whole numbers, so that no sum depends on the order of rows."""
HALF_LIFE_DAYS = 30.0
FORGOTTEN = 2.0**-40
"""Stories below which a dyad's stock is no longer listed: one story after forty half-lives."""
MOST_HALF_LIVES = 1980
"""Longest span: weights go from 2^-990 to 2^990, which leaves a float room for 2^33 stories."""


def dyad_events(events: IntoLazyFrameT, countries: IntoLazyFrameT) -> IntoLazyFrameT:
    """Return the events between two known and different countries, one row an id.

    An id that comes again counts once, in the file that came first. Files seldom share ids, so only the rows of those
    that do are put in order.

    Args:
        events: Columns of READ, of any number of files.
        countries: cameo and iso3, one row a country.
    """
    rows = nw.from_native(events).select(*READ)
    rows = rows.filter(
        nw.col("actor1_country") != nw.col("actor2_country"),  # most rows are gone before they are joined
        nw.col("root_code").is_in([f"{number:02d}" for number in range(1, 21)]),
        nw.col("quad_class").is_between(1, 4),
    )
    known = nw.from_native(countries)
    for actor, side in (("actor1_country", "source"), ("actor2_country", "target")):
        codes = known.select(nw.col("cameo").alias(actor), nw.col("iso3").alias(side))
        rows = rows.join(codes, on=actor, how="inner")
    rows = rows.filter(nw.col("source") != nw.col("target")).with_columns(
        nw.concat_str("source", "target", separator="-").alias("dyad_id")
    )
    rows = rows.drop("source", "target", "actor1_country", "actor2_country")
    copies = rows.group_by("event_id").agg(nw.len().alias("copies"))
    again = copies.filter(nw.col("copies") > 1).select("event_id")
    first = rows.join(again, on="event_id", how="semi").unique(
        "event_id", keep="first", order_by=["added_at", "snapshot_id"]
    )
    counted: IntoLazyFrameT = nw.concat([rows.join(again, on="event_id", how="anti"), first]).to_native()
    return counted


def daily_dyads(rows: IntoLazyFrameT) -> IntoLazyFrameT:
    """Return daily counts by direction, root code and quad class, sorted.

    A link with its actor countries and event code is one story; without a link each event is one. Means give each story
    the same weight: mentions of the first quarter-hour say how often one agency's text was reprinted.

    Args:
        rows: As `dyad_events` returns them.

    Returns:
        Columns of CELL, events, mentions, stories, tone_mean (-100 to 100), goldstein_mean (-10 to 10), reemitted.
    """
    orphan = nw.when(nw.col("url").is_null()).then(nw.col("event_id")).alias("orphan")
    stories = (
        nw.from_native(rows)
        .with_columns(orphan, _grains("tone"), _grains("goldstein"))
        .group_by(*CELL, "url", "orphan", "event_code", "is_reemitted")
        .agg(
            nw.len().alias("events"),
            nw.col("mentions", "tone").sum(),
            nw.col("tone").count().alias("toned"),
            nw.col("goldstein").max(),  # a code's score, so the same in all rows of a story
        )
    )
    is_fresh = ~nw.col("is_reemitted")
    cells = (
        stories.with_columns(nw.col("events").cast(nw.Int64))
        .select(
            *CELL,
            _where(is_fresh, nw.col("events")).alias("events"),
            _where(is_fresh, nw.col("mentions")).alias("mentions"),
            _where(is_fresh, nw.lit(1, nw.Int64)).alias("stories"),
            _where(~is_fresh, nw.col("events")).alias("reemitted"),
            nw.when(is_fresh).then(_whole(_ratio("tone", "toned"))).alias("tone"),
            nw.when(is_fresh).then(nw.col("goldstein")).alias("goldstein"),
        )
        .group_by(*CELL)
        .agg(
            nw.col("events", "mentions", "stories", "reemitted", "tone", "goldstein").sum(),
            nw.col("tone").count().alias("toned"),
            nw.col("goldstein").count().alias("scored"),
        )
    )
    return (
        cells.with_columns(nw.col("toned", "scored").cast(nw.Int64) * GRAINS)
        .select(
            *CELL,
            "events",
            "mentions",
            "stories",
            _ratio("tone", "toned").alias("tone_mean"),
            _ratio("goldstein", "scored").alias("goldstein_mean"),
            "reemitted",
        )
        .sort(*CELL)
        .to_native()
    )


def weights(first: date, last: date, half_life_days: float) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the tables by which stocks decay: each day's weight, and each month's factor that undoes it.

    A story of day d is outstanding at day e with weight 2^((d - e) / half-life) = (weight of d) x (fade of e). Both count
    from the middle of the span, so that neither leaves the range of a float.

    Args:
        first: First day of events.
        last: Last day of events; the last month ends on it.
        half_life_days: Days after which a story weighs one half, above 0.

    Returns:
        Columns day, number, weight; and number (of the month), month, ends_on, fade.

    Raises:
        AggregationError: The span is longer than MOST_HALF_LIVES half-lives.
    """
    span = (last - first).days
    if not half_life_days > span / MOST_HALF_LIVES:
        raise AggregationError(
            f"A half-life of {half_life_days:g} days is too short for {span} days of events.\n"
            f"Hint: take more than {span / MOST_HALF_LIVES:.3g} days, or fewer days of events."
        )
    middle = first + timedelta(days=span // 2)
    days = [first + timedelta(days=number) for number in range(span + 1)]
    ends = [day for day in days if day == last or day.day == calendar.monthrange(day.year, day.month)[1]]
    by_day = [(day, _number(day), 2.0 ** ((day - middle).days / half_life_days)) for day in days]
    by_month = [(_number(day), day.replace(day=1), day, 2.0 ** ((middle - day).days / half_life_days)) for day in ends]
    return (
        pl.DataFrame(by_day, schema={"day": pl.Date, "number": pl.Int64, "weight": pl.Float64}, orient="row"),
        pl.DataFrame(
            by_month,
            schema={"number": pl.Int64, "month": pl.Date, "ends_on": pl.Date, "fade": pl.Float64},
            orient="row",
        ),
    )


def month_end_stocks(daily: IntoLazyFrameT, days: IntoLazyFrameT, months: IntoLazyFrameT) -> IntoLazyFrameT:
    """Return what is outstanding of each direction's stories at each month's end, and its shares, sorted.

    Narwhals has no decayed sum on Spark: weighted stories are added up over months and faded, which is the same, without
    a horizon.

    Args:
        daily: As `daily_dyads` returns them.
        days: First table of `weights`.
        months: Second table of `weights`.

    Returns:
        Columns dyad_id, month, ends_on, the four CLASSES and their sum `stock` (stories, decayed), conflict_share (of
        the stock, 0 to 1), world_share (of the stock of all directions, 0 to 1). A row for each month from a direction's
        first story on, until its stock is below FORGOTTEN.
    """
    ends = nw.from_native(months)
    weighted = nw.col("stories").cast(nw.Float64) * nw.col("weight")
    flows = (
        nw.from_native(daily)
        .filter(nw.col("stories") > 0)
        .join(nw.from_native(days), on="day", how="inner")
        .with_columns(
            nw.when(nw.col("quad_class") == number).then(weighted).otherwise(0.0).alias(name)
            for number, name in enumerate(CLASSES, start=1)
        )
        .group_by("dyad_id", "number")
        .agg(nw.col(*CLASSES).sum())
    )
    grid = (
        flows.group_by("dyad_id")
        .agg(nw.col("number").min().alias("since"))
        .join(ends, how="cross")
        .filter(nw.col("number") >= nw.col("since"))
    )
    stocks = (
        grid.join(flows, on=["dyad_id", "number"], how="left")
        .with_columns(nw.col(*CLASSES).fill_null(0.0).cum_sum().over("dyad_id", order_by="number") * nw.col("fade"))
        .with_columns(nw.sum_horizontal(*CLASSES).alias("stock"))
        .filter(nw.col("stock") >= FORGOTTEN)
    )
    world = stocks.group_by("number").agg(nw.col("stock").sum().alias("world"))
    conflict = nw.col("verbal_conflict") + nw.col("material_conflict")
    return (
        stocks.join(world, on="number", how="inner")
        .select(
            "dyad_id",
            "month",
            "ends_on",
            *CLASSES,
            "stock",
            (conflict / nw.col("stock")).alias("conflict_share"),
            (nw.col("stock") / nw.col("world")).alias("world_share"),
        )
        .sort("dyad_id", "month")
        .to_native()
    )


def _where(condition: nw.Expr, value: nw.Expr) -> nw.Expr:
    return nw.when(condition).then(value).otherwise(nw.lit(0, nw.Int64))


def _grains(column: str) -> nw.Expr:
    return _whole(nw.col(column) * float(GRAINS)).alias(column)


def _whole(value: nw.Expr) -> nw.Expr:
    """Return the nearest whole number; engines' own `round` differ on halves."""
    return (value + 0.5).floor().cast(nw.Int64)


def _ratio(part: str, whole: str) -> nw.Expr:
    """Return part / whole, null where the whole is 0."""
    return nw.when(nw.col(whole) > 0).then(nw.col(part) / nw.col(whole))


def _number(day: date) -> int:
    return day.year * 12 + day.month - 1
