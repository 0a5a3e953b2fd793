"""Figures and sentences keep gaps, say provisional, and sum."""

from datetime import date

import polars as pl

from dash_app import figures, layout

MONTHLY = pl.DataFrame(
    {
        "month": [date(2025, 1, 1), date(2025, 3, 1), date(2025, 4, 1)],
        "tension_index": [40.0, 42.0, 45.0],
        "cooperation_index": [20.0, 21.0, 22.0],
        "cooperation_under_threat_share": [0.5, 0.5, 0.5],
        "causal_percentile": [None, None, 88.0],
        "is_comparable": [False, True, True],
        "is_provisional": [False, False, True],
        "days_known": [31, 31, 9],
    }
)
ACTS = pl.DataFrame({"occurred_on": [date(2025, 3, 4)], "initiator": ["USA"], "summary_en": ["Duties in force"]})
SCORES = pl.DataFrame({"month": [date(2025, 4, 1)] * 2, "pillar": ["trade", "security"], "score": [80.0, 60.0]})


def test_missing_month_stays_a_gap() -> None:
    strong = figures.tension_line(MONTHLY, ACTS)["data"][1]
    assert strong["y"] == [None, None, 42.0, 45.0]
    assert strong["connectgaps"] is False


def test_cooperation_is_off_by_default() -> None:
    assert figures.tension_line(MONTHLY, ACTS)["data"][3]["visible"] == "legendonly"


def test_headline_says_provisional_change_and_leaders() -> None:
    text = layout.headline(MONTHLY, SCORES)
    assert "45.0 in April 2025 (provisional: 9 days known), up 3.0 on the month before" in text
    assert "no reading on a year ago to compare" in text
    assert "Trade and Security lead." in text


def test_measures_beyond_the_top_are_summed() -> None:
    frame = pl.DataFrame({"month": [date(2025, 1, 1)] * 3, "title": ["a", "b", "c"], "pressure": [3.0, 2.0, 1.0]})
    data = figures.measure_stack(frame, top=1)["data"]
    assert [(trace["name"], trace["y"]) for trace in data] == [("a", [3.0]), ("All others", [3.0])]
