"""Vintages: whatever the order in which editions arrive, a day's view is what a replay edition by edition gives."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.parsed import Edition, Parsed, no_rejections
from transforms.vintages import vintages

LAG = timedelta(days=20)
MONTHS = [date(2020, month, 1) for month in range(1, 7)]
SCHEMA = {"month": pl.Date, "place": pl.String, "value": pl.Int64}
Figures = dict[tuple[date, str], int]


def _month_end(day: date) -> date:
    return date(day.year, day.month + 1, 1) - timedelta(days=1)


def _edition(number: int, figures: Figures, published_on: date | None) -> Edition:
    rows = [(month, place, value) for (month, place), value in sorted(figures.items())]
    frame = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    return Edition("source", f"source:{number:02d}", published_on, LAG, Parsed(frame, no_rejections(), len(rows)))


@st.composite
def editions(draw: st.DrawFn) -> list[Edition]:
    made = []
    for number in range(draw(st.integers(1, 5))):
        first = draw(st.integers(0, 5))
        last = draw(st.integers(first, 5))
        keys = [(month, place) for month in MONTHS[first : last + 1] for place in ("a", "b")]
        figures = draw(st.dictionaries(st.sampled_from(keys), st.integers(0, 2), min_size=1))
        published = draw(st.none() | st.sampled_from([date(2020, month, 1) for month in range(7, 12)]))
        made.append(_edition(number, figures, published))
    return made


def _opened(edition: Edition) -> date:
    if edition.published_on is not None:
        return edition.published_on
    return _month_end(edition.parsed.accepted["month"].max()) + LAG  # type: ignore[arg-type]


def _replay(made: list[Edition], day: date) -> Figures:
    """Read edition after edition in the order of publication, as somebody would have who lived through it."""
    held: Figures = {}
    first_days: dict[tuple[date, str], date] = {}
    every = {key for edition in made for key in edition.parsed.accepted.select("month", "place").iter_rows()}
    for edition in sorted(made, key=lambda item: (_opened(item), item.snapshot_id)):
        rows = {(month, place): value for month, place, value in edition.parsed.accepted.iter_rows()}
        covered = [month for month, _ in rows]
        for key in every:
            if not min(covered) <= key[0] <= max(covered):
                continue  # the edition says nothing of that month
            opening = _opened(edition)
            if first_days.setdefault(key, opening) == opening:  # the earliest edition held is dated back
                opening = min(opening, _month_end(key[0]) + LAG)
            if opening <= day:
                held.pop(key, None)
                if key in rows:
                    held[key] = rows[key]
    return held


@settings(max_examples=150, deadline=None)
@given(made=editions(), order=st.randoms(), day=st.dates(date(2020, 1, 15), date(2021, 1, 31)))
def test_a_days_view_equals_a_replay_in_any_order_of_arrival(made: list[Edition], order: object, day: date) -> None:
    shuffled = list(made)
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    frame = vintages(shuffled, ["month", "place"], ["value"])
    held = frame.filter((pl.col("known_from") <= day) & (pl.col("known_to").is_null() | (pl.col("known_to") > day)))
    assert {(month, place): value for month, place, value in held.select(*SCHEMA).iter_rows()} == _replay(made, day)
    assert not held.select("month", "place").is_duplicated().any()


@settings(max_examples=50, deadline=None)
@given(made=editions())
def test_reading_an_edition_twice_equals_reading_it_once(made: list[Edition]) -> None:
    once = vintages(made, ["month", "place"], ["value"])
    assert vintages([*made, *made], ["month", "place"], ["value"]).equals(once)


@settings(max_examples=50, deadline=None)
@given(made=editions())
def test_every_accepted_figure_is_held_on_the_day_its_edition_opened(made: list[Edition]) -> None:
    frame = vintages(made, ["month", "place"], ["value"])
    for edition in made:
        day = _opened(edition)
        same_day = [other for other in made if _opened(other) == day]
        if edition is not max(same_day, key=lambda item: item.snapshot_id):
            continue  # a later edition of the same day says otherwise
        held = frame.filter((pl.col("known_from") <= day) & (pl.col("known_to").is_null() | (pl.col("known_to") > day)))
        assert edition.parsed.accepted.join(held, on=list(SCHEMA), how="anti").is_empty()


def test_unchanged_values_stay_one_row_and_what_vanished_is_closed() -> None:
    first = _edition(1, {(MONTHS[0], "a"): 1, (MONTHS[1], "a"): 2, (MONTHS[1], "b"): 5}, date(2020, 7, 1))
    second = _edition(2, {(MONTHS[0], "a"): 1, (MONTHS[1], "a"): 3}, date(2020, 8, 1))
    rows = vintages([second, first], ["month", "place"], ["value"]).sort("month", "place", "known_from")
    assert rows.select("value", "known_from", "known_from_is_estimated", "known_to", "closed_because").rows() == [
        (1, date(2020, 2, 20), True, None, None),
        (2, date(2020, 3, 20), True, date(2020, 8, 1), "revised"),
        (3, date(2020, 8, 1), False, None, None),
        (5, date(2020, 3, 20), True, date(2020, 8, 1), "vanished"),
    ]


def test_of_two_editions_dated_alike_the_one_received_later_counts() -> None:
    figures = [{(date(2020, 1, 1), "a"): value} for value in (1, 2, 3)]
    bundled, corrected, first = (_edition(number, one, None) for number, one in zip((9, 1, 5), figures, strict=True))
    first = replace(first, received_at=datetime(2020, 2, 21))
    corrected = replace(corrected, received_at=datetime(2020, 2, 25))
    found = vintages([corrected, bundled, first], ["month", "place"], ["value"])
    assert found.select("value", "snapshot_id").rows() == [(2, corrected.snapshot_id)]
