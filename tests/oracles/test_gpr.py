"""Caldara and Iacoviello: the bundled yardsticks are what article counts give."""

from collections.abc import Callable
from datetime import date
from importlib import resources

import polars as pl
import pytest

from transforms.sources.bundled import TABLE_OF_SOURCE, parse_bundled

Read = Callable[[str], pl.DataFrame]
Hold = Callable[..., None]
COLUMNS = {"gpr_world": "GPR", "gpr_mexico": "GPRC_MEX", "gpr_usa": "GPRC_USA"}
"""The oracle's column of each of our indicators."""
RECOUNTED_FROM = date(2023, 3, 1)
"""The oracle is the edition of July 2024. Later ones divide the same counts by a new number of articles from here on: count
over our figure is a whole number again (16,958 for 16,957 in this month, 15,420 for 15,418 in the next)."""
RTOL = 1e-6


@pytest.fixture(scope="module", params=["2026-01", "to_2026-04"])
def months(request: pytest.FixtureRequest, read: Read) -> pl.DataFrame:
    """Return an edition's months that the oracle has too, a column an indicator, with the oracle's."""
    payload = (resources.files("warehouse") / "bundled" / "gpr" / f"{request.param}.csv").read_bytes()
    ours = parse_bundled(payload, ".csv", TABLE_OF_SOURCE["gpr"]).accepted
    wide = ours.pivot(on="indicator_id", index="period_start", values="value")
    oracle = read("gpr/expected_index.csv")
    joined = oracle.join(wide, left_on="month", right_on="period_start", how="inner", validate="1:1").sort("month")
    assert joined.height == oracle.height
    return joined


@pytest.mark.parametrize("indicator", COLUMNS)
def test_months_never_recounted(months: pl.DataFrame, indicator: str, hold: Hold) -> None:
    settled = months.filter(pl.col("month") < RECOUNTED_FROM)
    hold(settled[indicator], settled[COLUMNS[indicator]], rtol=RTOL)


def test_articles_recounted_later_leave_the_counts_as_they_were(months: pl.DataFrame, read: Read, hold: Hold) -> None:
    recounted = months.filter(pl.col("month").is_between(RECOUNTED_FROM, date(2023, 6, 1)))
    counts = recounted.join(read("gpr/input_counts.csv"), on="month", how="left", validate="1:1")
    for indicator, column in COLUMNS.items():
        if indicator != "gpr_world":
            articles = 100 * counts[f"{column}_articles"] / counts[indicator]
            assert (articles > counts["N10"] + 0.5).all(), "recounted"
            hold(articles, articles.round(), rtol=RTOL)


def test_the_world_index_has_the_base_that_it_names(months: pl.DataFrame, hold: Hold) -> None:
    base = months.filter(pl.col("month").dt.year().is_between(1985, 2019))
    hold([base["gpr_world"].mean()], [100.0], rtol=RTOL)


def test_ranks_of_two_months_of_mexico(months: pl.DataFrame, hold: Hold) -> None:
    ranked = months.with_columns(pl.col("gpr_mexico").rank("min", descending=True).alias("rank"))
    found = [ranked.filter(pl.col("month") == month)["rank"].item() for month in (date(2019, 6, 1), date(2017, 2, 1))]
    hold(found, [5, 10])
