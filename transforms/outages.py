"""Outages: spans in which a source's publisher did not answer, or what it sent could not be used, from the attempts' log."""

from collections.abc import Mapping

import polars as pl

ATTEMPTS = ("source_id", "file", "at", "url", "outcome", "reason", "detail")
"""What is read of each attempt; times are UTC."""
MISSING = "missing_slot"
"""Reason of an attempt for a file that the publisher's own list lacks: a quarter of an hour without events."""


def outages(attempts: pl.DataFrame) -> pl.DataFrame:
    """Return each span of failing attempts of a file, and each file that its publisher's list lacks.

    A span ends with the next good attempt; a file that is lacking, when it lands after all.

    Args:
        attempts: Columns as `ATTEMPTS`, in any order.

    Returns:
        Columns source_id, file, began_at, ended_at (null while it lasts), reason, detail, url; ordered by them.
    """
    lacks = pl.col("reason") == MISSING
    lacking = attempts.filter(lacks.fill_null(value=False))
    ever = lacking.select("source_id", "url").unique()
    by_url = attempts.join(ever, on=["source_id", "url"], how="semi").with_columns(
        pl.col("url").str.split("/").list.last().alias("file")
    )
    by_file = attempts.join(ever, on=["source_id", "url"], how="anti")
    parts = [_spans(by_file, pl.col("outcome") == "kept_last_good"), _spans(by_url, lacks.fill_null(value=False))]
    return pl.concat(parts).sort("source_id", "file", "began_at")


def heard(attempts: pl.DataFrame) -> pl.DataFrame:
    """Return when each source last answered well, and when it last sent something new.

    Returns:
        Columns source_id, last_success_at, last_change_at; a source never asked has no row.
    """
    good = pl.col("outcome") != "kept_last_good"
    return (
        attempts.group_by("source_id")
        .agg(
            pl.col("at").filter(good).max().alias("last_success_at"),
            pl.col("at").filter(pl.col("outcome") == "landed").max().alias("last_change_at"),
        )
        .sort("source_id")
    )


def of_log(rows: Mapping[str, list[Mapping[str, object]]]) -> pl.DataFrame:
    """Return the attempts of every source's log as one frame.

    Args:
        rows: Lines of the log by source, each with the fields of `ATTEMPTS` but the source, `at` in ISO 8601 with its zone.
    """
    every = [{**line, "source_id": source} for source, lines in rows.items() for line in lines]
    text = pl.Schema([(name, pl.String) for name in ATTEMPTS])
    frame = pl.DataFrame([{name: line.get(name) for name in ATTEMPTS} for line in every], schema=text)
    at = pl.col("at").str.to_datetime("%+", time_unit="us", time_zone="UTC")
    return frame.with_columns(at.dt.replace_time_zone(None)).select(ATTEMPTS)


def _spans(attempts: pl.DataFrame, is_bad: pl.Expr) -> pl.DataFrame:
    """Return the runs of bad attempts by source and file; the attempt after a run ends it."""
    file = ["source_id", "file"]
    ordered = attempts.with_columns(is_bad.alias("is_bad")).sort(*file, "at", maintain_order=True)
    turns = pl.col("is_bad") != pl.col("is_bad").shift(1).over(file)
    runs = (
        ordered.with_columns(turns.fill_null(value=True).cum_sum().over(file).alias("run"))
        .group_by(*file, "run", maintain_order=True)
        .agg(
            pl.col("is_bad").first(),
            pl.col("at").first().alias("began_at"),
            pl.col("reason").first(),
            pl.col("detail").first(),
            pl.col("url").first(),
        )
        .with_columns(pl.col("began_at").shift(-1).over(file).alias("ended_at"))
    )
    return runs.filter("is_bad").select(*file, "began_at", "ended_at", "reason", "detail", "url")
