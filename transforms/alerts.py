"""Alerts: what a reader should look at, each with its kind, its month and its evidence, from the tables of one build.

Gated by noise: a change counts only where its whole 90 % band lies on one side of zero, by at least `MOVE_POINTS`, two
months running; after an alert of a kind and direction the next must wait. No clock enters: what is late is judged on the
latest day on which anything became known, so the same figures give the same alerts.
"""

from collections.abc import Mapping

import polars as pl

MOVE_POINTS = 1.0
"""Index points by which the nearer end of a change's band must lie beyond zero."""
MOVE_MONTHS = 3
"""Months over which a change is measured."""
COOL_DOWN_MONTHS = {"rise": 6, "fall": 6, "revision": 3}
"""Months after an alert of a kind in which no other is raised."""
REVISION_LEAST = 1.0
"""Index points below which a revision is never told."""
USUAL_QUANTILE, USUAL_MONTHS = 0.95, 24
"""A revision is unusual beyond this quantile of all earlier ones, once there are so many."""
EVIDENCE = 5
"""Items named with a move."""
ALERTS = pl.Schema(
    {
        "pair_id": pl.String,
        "kind": pl.String,
        "raised_on": pl.Date,
        "month": pl.Date,
        "item_ids": pl.String,
        "detail": pl.String,
    }
)


def alerts(tables: Mapping[str, pl.DataFrame], feeds: pl.DataFrame) -> pl.DataFrame:
    """Return every alert of a build, past ones too, so that their record can be judged.

    Args:
        tables: ``out_pair__comparisons``, ``out_pair__monthly_tension``, ``out_pair__contributions``,
            ``out_pair__regimes``, ``meta_freshness`` and ``core_indicator__observations`` by name.
        feeds: Columns pair_id, source_id: which sources say something of which pair.

    Returns:
        Columns as out_pair__alerts. `raised_on` is the end of the month that completes the alert, of a late source the day
        after it was due.
    """
    found = [moves(tables), revisions(tables), regime_shifts(tables), definitions(tables), late_sources(tables, feeds)]
    month = pl.col("month").dt.strftime("%Y-%m")
    return (
        pl.concat([frame.select(ALERTS.names()) for frame in found])
        .with_columns(
            pl.format("{}:{}:{}:{}", "pair_id", "kind", month, pl.col("item_ids").str.split(" ").list.first()).alias(
                "alert_id"
            ),
            pl.format("?pair={}&month={}", "pair_id", month).alias("url"),
        )
        .unique("alert_id", keep="first", maintain_order=True)
        .sort("raised_on", "alert_id")
    )


def moves(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return rises and falls of the latest view over three months that their band separates from zero, two months running."""
    apart = pl.col("against_month") == pl.col("month").dt.offset_by(f"-{MOVE_MONTHS}mo")
    kind = pl.when(pl.col("lower_05") >= MOVE_POINTS).then(pl.lit("rise"))
    changes = (
        tables["out_pair__comparisons"]
        .filter(apart)
        .sort("pair_id", "month")
        .with_columns(kind.when(pl.col("upper_95") <= -MOVE_POINTS).then(pl.lit("fall")).alias("kind"))
        .with_columns((pl.col("kind") == pl.col("kind").shift(1).over("pair_id")).fill_null(value=False).alias("lasts"))
        .filter("lasts")
    )
    told = _cooled(changes)
    return told.join(_moved(tables["out_pair__contributions"], told), on=["pair_id", "month"], how="left").with_columns(
        pl.col("item_ids").fill_null(""),
        pl.format(
            "{} points over three months, 90 % band {} to {}",
            pl.col("change").round(1),
            pl.col("lower_05").round(1),
            pl.col("upper_95").round(1),
        ).alias("detail"),
        pl.col("month").dt.month_end().alias("raised_on"),
    )


def revisions(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return the months that now read otherwise than at the time, by more than 95 % of the months before them."""
    value = pl.col("tension_index")
    sizes = (
        tables["out_pair__monthly_tension"]
        .group_by("pair_id", "month")
        .agg(value.filter(pl.col("view") == view).first().alias(view) for view in ("latest", "real_time"))
        .with_columns((pl.col("latest") - pl.col("real_time")).alias("change"))
        .drop_nulls("change")
        .sort("pair_id", "month")
    )
    usual = (
        pl.col("change").abs().shift(1).rolling_quantile(USUAL_QUANTILE, window_size=10**6, min_samples=USUAL_MONTHS)
    )
    unusual = sizes.with_columns(usual.over("pair_id").alias("usual")).filter(
        (pl.col("change").abs() > pl.col("usual")) & (pl.col("change").abs() >= REVISION_LEAST)
    )
    return _cooled(unusual.with_columns(pl.lit("revision").alias("kind"))).with_columns(
        pl.lit("").alias("item_ids"),
        pl.format("read {} at the time, {} now", pl.col("real_time").round(1), pl.col("latest").round(1)).alias(
            "detail"
        ),
        pl.col("month").dt.month_end().alias("raised_on"),
    )


def regime_shifts(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return the shifts of the mean that pass the penalty; raised when their date's interval has passed."""
    return (
        tables["out_pair__regimes"]
        .filter(pl.col("regime") > 1)
        .with_columns(
            pl.lit("regime").alias("kind"),
            pl.col("starts_on").alias("month"),
            pl.max_horizontal("starts_on", "starts_high").dt.month_end().alias("raised_on"),
            pl.lit("").alias("item_ids"),
            pl.format("mean of {} from here on", pl.col("level").round(1)).alias("detail"),
        )
    )


def definitions(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return the months in which an indicator's series went over to another definition: the old one ends before it."""
    spans = (
        tables["core_indicator__observations"]
        .filter(pl.col("known_to").is_null() & pl.col("pair_id").is_not_null())
        .group_by("pair_id", "indicator_id", "definition_id")
        .agg(pl.col("period_start").min().alias("starts_on"), pl.col("period_start").max().alias("ends_on"))
    )
    former = spans.rename({"definition_id": "former", "starts_on": "former_starts_on", "ends_on": "former_ends_on"})
    return (
        spans.join(former, on=["pair_id", "indicator_id"], how="inner")
        .filter(pl.col("former_ends_on") < pl.col("starts_on"))
        .with_columns(
            pl.lit("definition").alias("kind"),
            pl.col("starts_on").alias("raised_on"),
            pl.col("starts_on").dt.truncate("1mo").alias("month"),
            pl.col("indicator_id").alias("item_ids"),
            pl.format("from {} to {}", "former", "definition_id").alias("detail"),
        )
    )


def late_sources(tables: Mapping[str, pl.DataFrame], feeds: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs' sources whose next figures were due before the latest day on which anything was known."""
    fresh = tables["meta_freshness"]
    return (
        fresh.filter(pl.col("expected_by") < pl.col("last_known_from").max())
        .join(feeds, on="source_id", how="inner", validate="1:m")
        .with_columns(
            pl.lit("data_incident").alias("kind"),
            pl.col("expected_by").dt.offset_by("1d").alias("raised_on"),
            pl.col("expected_by").dt.truncate("1mo").alias("month"),
            pl.col("source_id").alias("item_ids"),
            pl.format("nothing after {}; due by {}", "last_period", "expected_by").alias("detail"),
        )
    )


def _cooled(found: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of a kind that are raised: after each, none for its cool-down. The order decides, so a loop it is."""
    last: dict[tuple[str, str], int] = {}
    raised = []
    for pair_id, kind, number in (
        found.sort("pair_id", "month")
        .select("pair_id", "kind", pl.col("month").dt.year() * 12 + pl.col("month").dt.month())
        .iter_rows()
    ):
        is_raised = number - last.get((pair_id, kind), -(10**6)) > COOL_DOWN_MONTHS[kind]
        raised.append(is_raised)
        if is_raised:
            last[pair_id, kind] = number
    return found.sort("pair_id", "month").filter(pl.Series(raised, dtype=pl.Boolean))


def _moved(contributions: pl.DataFrame, told: pl.DataFrame) -> pl.DataFrame:
    """Return the items that moved each told month most in its direction since three months before, as ids in one text."""
    latest = contributions.filter(pl.col("view") == "latest").select("pair_id", "month", "item_id", "contribution")
    since = latest.with_columns(
        pl.col("month").dt.offset_by(f"{MOVE_MONTHS}mo"), (-pl.col("contribution")).alias("contribution")
    )
    months = told.select("pair_id", "month", pl.col("change").sign().alias("way"))
    return (
        pl.concat([latest, since])
        .join(months, on=["pair_id", "month"], how="inner")
        .group_by("pair_id", "month", "item_id")
        .agg((pl.col("contribution").sum() * pl.col("way").first()).round(6).alias("moved"))
        .filter(pl.col("moved") > 0)
        .sort("pair_id", "month", "moved", "item_id", descending=[False, False, True, False])
        .group_by("pair_id", "month", maintain_order=True)
        .agg(pl.col("item_id").head(EVIDENCE).str.join(" ").alias("item_ids"))
    )
