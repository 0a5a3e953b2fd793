"""The address holds the whole view, and says what of it cannot be shown."""

from datetime import date

import pytest

from dash_app.view import Refused, View, read_view, shifted

SPANS = {"MEX_USA": (date(2001, 1, 1), date(2026, 10, 9)), "CAN_USA": (date(2017, 1, 1), date(2026, 10, 9))}


def test_an_address_without_parameters_shows_the_defaults() -> None:
    view, refused = read_view("", SPANS, ["en"])
    assert view == View("MEX_USA", date(2026, 10, 1), range="all", grain="monthly", cooperation="off", hard="off")
    assert refused == []


def test_a_view_is_restored_from_its_own_address() -> None:
    view = View("CAN_USA", date(2025, 3, 1), range="5y", grain="daily", cooperation="on", hard="on", lang="en")
    assert read_view(view.search(), SPANS, ["en"]) == (view, [])


def test_a_control_changes_its_own_field_only() -> None:
    view = View("MEX_USA", date(2025, 3, 1), cooperation="on")
    assert read_view(view.search(range="1y"), SPANS, ["en"])[0] == View(
        "MEX_USA", date(2025, 3, 1), range="1y", cooperation="on"
    )


@pytest.mark.parametrize("text", ["2025-13", "2025", "2000-12", "2026-11", "0000-01", "<b>", "2025-03-04"])
def test_a_month_that_is_none_of_the_ledger_is_refused(text: str) -> None:
    view, refused = read_view(f"?month={text}", SPANS, ["en"])
    assert view.month == date(2026, 10, 1)
    assert refused == [Refused("month", text, "2026-10")]


@pytest.mark.parametrize(
    ("key", "shown"), [("pair", "MEX_USA"), ("range", "all"), ("grain", "monthly"), ("hard", "off"), ("lang", "en")]
)
def test_an_unknown_choice_is_refused(key: str, shown: str) -> None:
    view, refused = read_view(f"?{key}=nonsense", SPANS, ["en"])
    assert getattr(view, key) == shown
    assert refused == [Refused(key, "nonsense", shown)]


@pytest.mark.parametrize(
    ("steps", "expected"), [(-1, date(2024, 12, 1)), (12, date(2026, 1, 1)), (-13, date(2023, 12, 1))]
)
def test_months_are_counted_across_years(steps: int, expected: date) -> None:
    assert shifted(date(2025, 1, 1), steps) == expected
