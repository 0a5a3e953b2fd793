"""pandas: decayed stocks on irregular dates, and the percentile of each month among those up to it."""

from collections.abc import Callable
from datetime import date

import polars as pl
import pytest

from transforms.indices import replay, tension
from transforms.indices.sums import total
from transforms.indices.tables import Setting
from warehouse.catalog.models import Method
from warehouse.catalog.registry import load_catalog

METHOD = load_catalog().method
BURN_IN = METHOD.model_copy(update={"percentile_minimum_months": 60})
"""The oracle has no rank before the 60th month."""
Read = Callable[[str], pl.DataFrame]
Hold = Callable[..., None]


@pytest.fixture(scope="module")
def ranks(read: Read) -> pl.DataFrame:
    """Return the oracle's months with the rank as a percentage."""
    return read("pandas_causal/expanding_rolling_expected.csv").select(
        pl.lit("MEX_USA").alias("pair_id"),
        "month",
        pl.col("x").alias("tension_index"),
        (100 * pl.col("exp_pct_average")).alias("expected"),
    )


def test_percentile_among_all_months_so_far(ranks: pl.DataFrame, hold: Hold) -> None:
    found = ranks.select(tension.causal_percentile("pair_id", BURN_IN).alias("percentile"))
    hold(found["percentile"], ranks["expected"])


def test_percentile_of_each_vintage_of_the_real_time_view(ranks: pl.DataFrame, hold: Hold) -> None:
    as_of = ranks.select(pl.col("month").alias("as_of"))
    vintages = as_of.join_where(ranks, pl.col("month") <= pl.col("as_of"))
    found = replay._ranks(vintages, Setting([], {}, BURN_IN), "pair_id").sort("month")
    hold(found["causal_percentile"], ranks["expected"])


@pytest.mark.parametrize("half_life", [7, 30, 90])
def test_threats_without_a_date_fade_to_the_decayed_sum(
    half_life: int, read: Read, standing: Callable[[pl.DataFrame, date, Method], pl.DataFrame], hold: Hold
) -> None:
    oracle = read("pandas_causal/ewm_irregular_expected.csv")
    days = oracle["date"]
    stages = oracle.select(
        pl.col("date").cast(pl.String).alias("policy_id"),
        pl.col("date").alias("stage_on"),
        pl.lit("threatened").alias("stage"),
        pl.col("value").alias("rate_pct"),
    )
    whole = {**METHOD.stage_weights, "threatened": 1.0}
    method = METHOD.model_copy(update={"undated_threat_half_life_days": float(half_life), "stage_weights": whole})
    burdens = standing(stages, days[-1], method).filter(pl.col("day").is_in(days.implode()))
    stock = burdens.group_by("day").agg(total(pl.col("burden"))).sort("day")
    assert stock["day"].equals(days)
    hold(stock["burden"], oracle[f"ewm_sum_hl{half_life}d"])
