"""Dyad-days and stocks by hand, on Polars; the same lines run on Spark in tests/integration/test_events_spark.py."""

from datetime import date, datetime, timedelta

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from tests.events import DAY, event
from transforms.events import FORGOTTEN, READ, daily_dyads, dyad_events, month_end_stocks, weights
from transforms.indices import stocks
from transforms.sources.gdelt import EVENTS
from warehouse.errors import AggregationError

COUNTRIES = pl.LazyFrame({"cameo": ["USA", "MEX", "ROM"], "iso3": ["USA", "MEX", "ROU"]})


def daily(*events: dict[str, object]) -> pl.DataFrame:
    schema = {name: EVENTS.get(name, pl.String) for name in READ}
    return daily_dyads(dyad_events(pl.LazyFrame(events, schema=schema), COUNTRIES)).collect()


def stocks_of(cells: list[tuple[str, date, int, int]], half_life_days: float) -> pl.DataFrame:
    """Return the stocks of stories given as dyad, day, quad class and number."""
    frame = pl.LazyFrame(cells, schema=["dyad_id", "day", "quad_class", "stories"], orient="row")
    first, last = min(cell[1] for cell in cells), max(cell[1] for cell in cells)
    days, months = weights(first, last, half_life_days)
    return month_end_stocks(frame, days.lazy(), months.lazy()).collect()


def test_one_article_is_one_story_and_each_story_weighs_the_same() -> None:
    other, later = "https://example.org/b", "https://example.org/c"
    cells = daily(
        event(1, tone=2.0),
        event(2, tone=2.0),
        event(3, tone=-4.0, url=other, goldstein=-10.0),
        event(4, tone=None, url=None, goldstein=None),
        event(5, url=later, is_reemitted=True),
        event(6, event_code="190", root_code="19", quad_class=4, goldstein=-10.0),
        event(7, actor1_country="MEX", actor2_country="USA"),
    )
    assert cells.to_dicts() == [
        {"dyad_id": "MEX-USA", "day": DAY, "root_code": "02", "quad_class": 1, "events": 1, "mentions": 4, "stories": 1}
        | {"tone_mean": 1.5, "goldstein_mean": 3.4, "reemitted": 0},
        {"dyad_id": "USA-MEX", "day": DAY, "root_code": "02", "quad_class": 1, "events": 4, "mentions": 16}
        | {"stories": 3, "tone_mean": -1.0, "goldstein_mean": -3.3, "reemitted": 1},
        {"dyad_id": "USA-MEX", "day": DAY, "root_code": "19", "quad_class": 4, "events": 1, "mentions": 4, "stories": 1}
        | {"tone_mean": 1.5, "goldstein_mean": -10.0, "reemitted": 0},
    ]


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"actor1_country": None}, id="first actor unknown"),
        pytest.param({"actor2_country": None}, id="second actor unknown"),
        pytest.param({"actor2_country": "EUR"}, id="no country"),
        pytest.param({"actor1_country": "MEX"}, id="with itself"),
        pytest.param({"root_code": "2"}, id="zero lost"),
        pytest.param({"root_code": None}, id="no code"),
        pytest.param({"quad_class": 0}, id="no class"),
        pytest.param({"quad_class": None}, id="class unknown"),
    ],
)
def test_an_event_that_is_between_no_two_known_states_or_of_no_kind_is_no_dyad_day(given: dict[str, object]) -> None:
    assert daily(event(1), event(2, **given))["events"].to_list() == [1]


def test_codes_keep_their_zeros_and_cameos_countries_become_iso3() -> None:
    cells = daily(event(1, actor1_country="ROM", event_code="010", root_code="01"))
    assert cells.select("dyad_id", "root_code").rows() == [("ROU-MEX", "01")]


def test_an_id_that_comes_again_counts_once_as_it_came_first() -> None:
    next_day = {"day": DAY + timedelta(days=1), "added_at": datetime(2018, 3, 27), "snapshot_id": "gdelt_events:b"}
    same_time = {"snapshot_id": "gdelt_events:b", "mentions": 90}
    cells = daily(event(1, mentions=50, **next_day), event(1), event(2, **same_time), event(2, mentions=7), event(2))
    (cell,) = cells.to_dicts()
    assert (cell["day"], cell["events"], cell["stories"]) == (DAY, 2, 1)
    assert cell["mentions"] in (4 + 7, 4 + 4), "the two rows of one file are equally first"


def test_a_day_of_events_dated_far_away_has_no_story_and_no_mean() -> None:
    (cell,) = daily(event(1, is_reemitted=True)).to_dicts()
    assert {name: cell[name] for name in ("events", "mentions", "stories", "reemitted")} == {
        "events": 0,
        "mentions": 0,
        "stories": 0,
        "reemitted": 1,
    }
    assert cell["tone_mean"] is None and cell["goldstein_mean"] is None


def test_stocks_fade_by_half_in_a_half_life_and_shares_are_of_the_month() -> None:
    found = stocks_of(
        [
            ("USA-MEX", date(2018, 1, 1), 1, 8),
            ("USA-MEX", date(2018, 1, 31), 4, 2),
            ("MEX-USA", date(2018, 3, 1), 3, 1),
            ("MEX-USA", date(2018, 3, 2), 2, 0),
        ],
        half_life_days=30,
    )
    mexico, january, february, march = found.sort("dyad_id", "month").to_dicts()
    assert (january["month"], january["ends_on"]) == (date(2018, 1, 1), date(2018, 1, 31))
    assert january["verbal_cooperation"] == pytest.approx(4, rel=1e-15)
    assert january["material_conflict"] == pytest.approx(2, rel=1e-15)
    assert (january["conflict_share"], january["world_share"]) == (pytest.approx(2 / 6), 1.0)
    assert february["stock"] == pytest.approx(6 * 2 ** (-28 / 30), rel=1e-14)
    assert (march["ends_on"], mexico["ends_on"]) == (date(2018, 3, 2), date(2018, 3, 2)), "the last day of events"
    assert march["stock"] == pytest.approx(6 * 2 ** (-30 / 30), rel=1e-14)
    assert mexico["stock"] == pytest.approx(2 ** (-1 / 30), rel=1e-14)
    assert mexico["conflict_share"] == 1.0
    assert mexico["world_share"] == pytest.approx(2 ** (-1 / 30) / (3 + 2 ** (-1 / 30)), rel=1e-14)


def test_stocks_are_those_of_the_decayed_sum_over_45_years() -> None:
    first = date(1980, 1, 1)
    cells = [("USA-MEX", first + timedelta(days=17 * n * n % 16436), 1 + n % 4, 1 + n % 3) for n in range(400)]
    cells.append(("USA-MEX", date(2024, 12, 31), 1, 0))
    found = stocks_of(cells, half_life_days=20)
    stream = pl.LazyFrame(cells, schema=["dyad_id", "day", "quad_class", "value"], orient="row")
    months = pl.date_range(first, date(2024, 12, 1), "1mo", eager=True).alias("month")
    days = stocks.dyad_days(stream.select("dyad_id", "day", pl.col("value").cast(pl.Float64)))
    expected = stocks.month_end_stocks(days, months, 20).collect()
    assert found.height > 500
    together = found.join(expected, on=["dyad_id", "month"], how="left", validate="1:1", suffix="_exact")
    assert_frame_equal(
        together.select("stock"), together.select(stock="stock_exact"), rel_tol=1e-12, abs_tol=0, check_exact=False
    )


def test_a_dyad_is_listed_until_its_stock_is_forgotten() -> None:
    found = stocks_of([("USA-MEX", date(2020, 1, 31), 1, 1), ("MEX-USA", date(2024, 1, 31), 1, 1)], half_life_days=30)
    one = found.filter(pl.col("dyad_id") == "USA-MEX")
    assert one["month"].max() == date(2023, 4, 1), "1,185 days are 39.5 half-lives, 1,216 are 40.5"
    assert one["stock"].min() >= FORGOTTEN


def test_a_half_life_whose_weights_would_leave_a_float_is_refused_and_the_next_is_not() -> None:
    first, last = date(1979, 1, 1), date(2026, 1, 1)
    with pytest.raises(AggregationError, match=r"take more than 8\.67 days"):
        weights(first, last, 8.0)
    days, months = weights(first, last, 8.7)
    assert days["weight"].is_finite().all() and months["fade"].is_finite().all()
    assert days["weight"].min() > 0 and months["fade"].min() > 0
