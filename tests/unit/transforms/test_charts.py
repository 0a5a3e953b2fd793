"""The chart of an asset's page: what its line and words say of a month with an index, and of one without."""

from datetime import date
from urllib.parse import unquote
from xml.etree import ElementTree

import polars as pl

from transforms.charts import tension_charts


def _tension(*values: float | None) -> pl.DataFrame:
    months = pl.date_range(date(2020, 1, 1), interval="1mo", end=date(2029, 12, 1), eager=True)[: len(values)]
    return pl.DataFrame({"month": months, "tension_index": pl.Series(values, dtype=pl.Float64)}).with_columns(
        pl.lit("A_B").alias("pair_id"),
        pl.lit("latest").alias("view"),
        (pl.col("tension_index") - 10).alias("lower_05"),
        (pl.col("tension_index") + 10).alias("upper_95"),
        pl.lit(0.9).alias("coverage"),
    )


def _path(chart: str) -> str:
    picture = chart.split("svg+xml,")[1].rstrip(")")
    assert not set(picture) & set(" ()<>"), "or the Markdown ends there"
    return ElementTree.fromstring(unquote(picture)).findall("{*}path")[-1].attrib["d"]


def test_the_line_runs_from_foot_to_top_and_breaks_where_no_index_is() -> None:
    chart = tension_charts(_tension(0.0, 50.0, None, 100.0, None))["A_B"]
    assert _path(chart) == "M0,100l0,0,8,-50M24,0l0,0"
    assert chart.startswith("2020-05: no index (no band), coverage 0.90\n")
    assert "![Tension index, 2020-01 to 2020-05, from 0 to 100](data:image/svg+xml," in chart


def test_the_latest_month_is_said_with_its_band_and_the_last_five_years_are_shown() -> None:
    past = _tension(*range(70)).with_columns(pl.lit("real_time").alias("view"))
    chart = tension_charts(pl.concat([past, _tension(*[20.0] * 69, 63.25)]))["A_B"]
    assert chart.startswith("2025-10: 63.2 (53.2 to 73.2), coverage 0.90\n")
    assert _path(chart).count(",8,") == 59
    assert len(tension_charts(_tension(*[20.0, 35.0, 10.0] * 20))["A_B"]) < 1000, "Dagster hides a longer one"


def test_an_index_without_a_band_is_said_to_have_none() -> None:
    bare = _tension(40.0).with_columns(pl.lit(None, dtype=pl.Float64).alias("lower_05"))
    assert tension_charts(bare)["A_B"].startswith("2020-01: 40.0 (no band), coverage 0.90\n")


def test_a_pair_without_any_index_has_words_only() -> None:
    assert tension_charts(_tension(None, None)) == {"A_B": "2020-02: no index (no band), coverage 0.90"}
