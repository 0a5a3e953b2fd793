"""The address holds the whole view, and says what of it cannot be shown."""

from collections.abc import Mapping
from datetime import date
from urllib.parse import parse_qs

import pytest

from dash_app.view import FREE, SWITCH, Refused, View, read_view, shifted

SPANS = {"MEX_USA": (date(2001, 1, 1), date(2026, 10, 9)), "CAN_USA": (date(2017, 1, 1), date(2026, 10, 9))}
OWN = {"hard": SWITCH, "speaker": FREE}


def read(query: Mapping[str, str]) -> tuple[View, list[Refused]]:
    return read_view("/index", query, SPANS, ["en", "es"], OWN)


def test_an_address_without_parameters_shows_the_defaults() -> None:
    view, refused = read({})
    assert (view.pair, view.month, view.range, view.lang, view.as_of) == (
        "MEX_USA",
        date(2026, 10, 1),
        "all",
        "en",
        None,
    )
    assert (view["hard"], view["speaker"], view["scheme"]) == ("off", "", "auto")
    assert refused == []
    assert view.search() == "?"


def test_a_view_is_restored_from_its_own_address() -> None:
    chosen = {"pair": "CAN_USA", "month": "2025-03", "range": "5y", "hard": "on", "speaker": "a & b=c", "lang": "es"}
    view, _ = read({**chosen, "as_of": "2025-04-01", "scheme": "dark"})
    again = {key: values[0] for key, values in parse_qs(view.search()[1:]).items()}
    assert read(again) == (view, [])
    assert view.as_of == date(2025, 4, 1)


def test_a_control_changes_its_own_parameter_only() -> None:
    view, _ = read({"month": "2025-03", "hard": "on"})
    assert view.search(range="1y") == "?range=1y&hard=on&month=2025-03"
    assert view.search(hard="off") == "?month=2025-03"


def test_another_page_keeps_what_all_pages_share() -> None:
    view, _ = read({"pair": "CAN_USA", "hard": "on", "as_of": "2025-04-01"})
    assert view.href("/evidence", month=date(2025, 3, 1)) == "/evidence?pair=CAN_USA&month=2025-03&as_of=2025-04-01"


@pytest.mark.parametrize("text", ["2025-13", "2025", "2000-12", "2026-11", "0000-01", "<b>", "2025-03-04"])
def test_a_month_that_is_none_of_the_ledger_is_refused(text: str) -> None:
    view, refused = read({"month": text})
    assert view.month == date(2026, 10, 1)
    assert refused == [Refused("month", text, "2026-10")]


@pytest.mark.parametrize(
    ("key", "shown"), [("pair", "MEX_USA"), ("range", "all"), ("hard", "off"), ("lang", "en"), ("as_of", "")]
)
def test_an_unknown_choice_is_refused(key: str, shown: str) -> None:
    view, refused = read({key: "nonsense"})
    assert view[key] == shown
    assert refused == [Refused(key, "nonsense", shown)]


@pytest.mark.parametrize(
    ("steps", "expected"), [(-1, date(2024, 12, 1)), (12, date(2026, 1, 1)), (-13, date(2023, 12, 1))]
)
def test_months_are_counted_across_years(steps: int, expected: date) -> None:
    assert shifted(date(2025, 1, 1), steps) == expected
