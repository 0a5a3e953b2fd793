"""The sentence says provisional, change, rank with its caution, drivers, and cooperation under threat."""

from datetime import date

import polars as pl

from dash_app.headline import facts, headline
from dash_app.words import Words, plain, texts

SAY = Words(texts("en"), {"trade": "Trade", "security": "Security"})
READINGS = pl.DataFrame(
    {
        "month": [date(2025, 1, 1), date(2025, 3, 1), date(2025, 4, 1)],
        "tension_index": [40.0, 42.0, 45.0],
        "lower_05": [None, None, 38.0],
        "upper_95": [None, None, 52.04],
        "mean_score": [30.0, 32.0, 35.0],
        "tension_hard": [38.0, 39.0, None],
        "new_pressure": [1.0, 2.0, 3.0],
        "coverage": [1.0, 1.0, 0.8],
        "cooperation_index": [20.0, 21.0, 22.0],
        "cooperation_under_threat_share": [0.5, 0.5, 0.5],
        "causal_percentile": [None, None, 88.0],
        "is_comparable": [False, True, True],
        "is_provisional": [False, False, True],
        "days_known": [31, 31, 9],
    }
)
SCORES = pl.DataFrame({"month": [date(2025, 4, 1)] * 2, "pillar": ["security", "trade"], "score": [60.0, 80.0]})
STANDING = {
    "months_known": 30,
    "months_incomparable": 28,
    "first_incomparable": date(2001, 1, 1),
    "last_incomparable": date(2023, 12, 1),
    "months_comparable": 2,
    "comparable_rank": 2,
}


def sentence(**changes: object) -> str:
    return plain(headline(SAY, "United States\N{EN DASH}Mexico", READINGS, SCORES, {**STANDING, **changes}))


def test_tension_is_given_with_its_changes() -> None:
    text = sentence()
    assert text.startswith(
        "United States\N{EN DASH}Mexico tension was 45.0 in April 2025 (provisional: 9 days known), up 3.0"
    )
    assert "no reading a year ago to compare" in text


def test_the_percentile_comes_with_its_caution_and_the_comparable_rank() -> None:
    text = sentence()
    assert (
        "88 % of the 30 months known by then were no higher, but 28 of them (2001\N{EN DASH}2023) are not comparable"
        in text
    )
    assert "of the 2 comparable months 1 were higher" in text
    assert "of the 2 comparable months none was higher" in sentence(comparable_rank=1)


def test_nothing_is_cautioned_where_all_months_are_comparable() -> None:
    assert "comparable" not in sentence(months_incomparable=0)


def test_drivers_and_cooperation_close_the_sentence() -> None:
    assert sentence().endswith("Trade and security weigh most. Cooperation stood at 22.0, 50 % of it under threat.")


def test_no_reading_is_said() -> None:
    empty = READINGS.with_columns(tension_index=pl.lit(None, pl.Float64))
    assert headline(SAY, "A\N{EN DASH}B", empty, SCORES, {}) == "A\N{EN DASH}B has no tension reading yet."
    assert facts(SAY, empty, date(2025, 4, 9), date(2025, 4, 10)) is None


def test_facts_show_a_missing_figure_as_a_dash_and_the_age_of_the_data() -> None:
    shown = facts(SAY, READINGS, date(2025, 4, 9), date(2025, 4, 19))
    assert shown is not None
    values = [item.children[1].children for item in shown.children]
    assert values == ["38.0 to 52.0", "35.0", "\N{EN DASH}", "3.0", "80 %", "9 April 2025, 10 days ago"]
