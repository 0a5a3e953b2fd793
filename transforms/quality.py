"""What may be wrong with figures that honour their contract: holes in monthly series, sudden jumps, texts cut short."""

import polars as pl

JUMP = 8.0
"""A change is a jump beyond so many times the usual one: the median size of the series' own changes."""
LEAST_CHANGES = 24
"""Changes that a series must have before one of them can be told from the others."""

CONFERENCE = "gobmx_presidency:conference:"
"""How the identifiers of morning conferences begin: one a day, of much the same length."""
USUAL_OF = 30
"""Conferences whose median length is the usual one."""
SHORTENED = ("document_id", "known_from", "text_chars", "is_partial")
"""Columns told of a text."""
SHORT = 0.5
"""A text below this share of the usual length is cut short. Of 397 whole texts from November 2024 to June 2026 8 are, and of
169 that at 13:20 had less than 70 % of what they came to have, 151."""


def gaps(observations: pl.DataFrame) -> pl.DataFrame:
    """Return the months that a monthly series lacks between its first and its last.

    Args:
        observations: As core_indicator__observations.

    Returns:
        Columns indicator_id, definition_id, pair_id, month.
    """
    series = ["indicator_id", "definition_id", "pair_id"]
    monthly = _monthly(observations)
    whole = (
        monthly.group_by(series)
        .agg(pl.date_range(pl.col("period_start").min(), pl.col("period_start").max(), "1mo").alias("period_start"))
        .explode("period_start")
    )
    return (
        whole.join(monthly, on=[*series, "period_start"], how="anti", nulls_equal=True)
        .rename({"period_start": "month"})
        .sort(*series, "month")
    )


def jumps(observations: pl.DataFrame) -> pl.DataFrame:
    """Return the last month of each monthly series whose change is a jump: beyond `JUMP` times the usual one.

    Returns:
        Columns indicator_id, definition_id, pair_id, month, change, usual.
    """
    series = ["indicator_id", "definition_id", "pair_id"]
    changes = (
        _monthly(observations)
        .sort(*series, "period_start")
        .with_columns(pl.col("value").diff().over(series).alias("change"))
        .drop_nulls("change")
    )
    return (
        changes.group_by(series)
        .agg(
            pl.col("period_start").last().alias("month"),
            pl.col("change").last(),
            pl.col("change").abs().median().alias("usual"),
            pl.len().alias("changes"),
        )
        .filter((pl.col("changes") >= LEAST_CHANGES) & (pl.col("change").abs() > JUMP * pl.col("usual")))
        .drop("changes")
        .sort(series)
    )


def cut_short(releases: pl.DataFrame) -> pl.DataFrame:
    """Return the transcripts of the last day on which any became known that are far shorter than those before.

    A page that moved its text, or a text fetched before it is whole, shows so.

    Args:
        releases: As core_document__releases.

    Returns:
        Columns document_id, known_from, text_chars, is_partial, usual.
    """
    texts = releases.filter(pl.col("document_id").str.starts_with(CONFERENCE)).unique(["document_id", "known_from"])
    last = pl.col("known_from") == pl.col("known_from").max()
    newest = texts.filter(last)
    before = texts.filter(~last).sort("known_from").unique("document_id", keep="last").sort("published_on")
    if before.height < USUAL_OF:
        return newest.clear().select(*SHORTENED, pl.lit(0.0).alias("usual"))
    usual = pl.lit(before["text_chars"].tail(USUAL_OF).median(), dtype=pl.Float64)
    short = newest.filter(pl.col("text_chars") < SHORT * usual).select(*SHORTENED, usual.alias("usual"))
    return short.sort("document_id")


def _monthly(observations: pl.DataFrame) -> pl.DataFrame:
    is_month = (pl.col("period_start").dt.day() == 1) & (pl.col("period_end") == pl.col("period_start").dt.month_end())
    return observations.filter(pl.col("known_to").is_null() & is_month & pl.col("pair_id").is_not_null())
