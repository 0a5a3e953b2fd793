"""Holes, jumps and texts cut short; on the bundled figures the known hole in trade is told."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from transforms.quality import cut_short, gaps, jumps

LENGTHS = Path(__file__).parents[4] / "shared" / "data" / "statements" / "mananera_truncation" / "lengths.csv"


def _series(values: dict[date, float]) -> pl.DataFrame:
    return pl.DataFrame(
        {"period_start": list(values), "value": list(values.values())},
        schema={"period_start": pl.Date, "value": pl.Float64},
    ).with_columns(
        pl.col("period_start").dt.month_end().alias("period_end"),
        pl.lit("x").alias("indicator_id"),
        pl.lit("d").alias("definition_id"),
        pl.lit("A_B").alias("pair_id"),
        pl.lit(None, dtype=pl.Date).alias("known_to"),
    )


MONTHS = pl.date_range(date(2020, 1, 1), date(2022, 12, 1), "1mo", eager=True).to_list()


def test_a_month_between_the_ends_is_a_gap() -> None:
    values = {month: 1.0 for month in MONTHS if month != date(2021, 5, 1)}
    assert gaps(_series(values))["month"].to_list() == [date(2021, 5, 1)]
    assert gaps(_series({month: 1.0 for month in MONTHS})).is_empty()


def test_a_jump_is_many_times_the_usual_change_in_a_series_long_enough() -> None:
    calm = {month: float(number % 2) for number, month in enumerate(MONTHS)}
    assert jumps(_series(calm)).is_empty()
    wild = {**calm, MONTHS[-1]: 50.0}
    assert jumps(_series(wild)).select("month", "usual").rows() == [(MONTHS[-1], 1.0)]
    assert jumps(_series({month: wild[month] for month in MONTHS[-10:]})).is_empty()


FIRST = date(2026, 1, 1)


def _releases(lengths: Sequence[int], later: Mapping[int, tuple[int, int]] | None = None) -> pl.DataFrame:
    """Return a conference a day, in both directions; `later` has texts by number of day: fetched on, length."""
    texts = [(number, number, chars) for number, chars in enumerate(lengths)]
    texts += [(number, known, chars) for number, (known, chars) in (later or {}).items()]
    days = [(FIRST + timedelta(number), FIRST + timedelta(known), chars) for number, known, chars in texts]
    rows = [
        (f"gobmx_presidency:conference:{day}", day, known, chars, False, dyad)
        for day, known, chars in days
        for dyad in ("MEX-USA", "MEX-CAN")
    ]
    names = ("document_id", "published_on", "known_from", "text_chars", "is_partial", "dyad_id")
    return pl.DataFrame(rows, schema=names, orient="row")


def test_a_text_of_less_than_half_of_the_usual_length_is_told_once() -> None:
    assert cut_short(_releases([80_000] * 30 + [40_000])).is_empty()
    told = cut_short(_releases([20_000] * 5 + [80_000] * 30 + [39_999])).row(0, named=True)
    assert told == {
        "document_id": "gobmx_presidency:conference:2026-02-05",
        "known_from": date(2026, 2, 5),
        "text_chars": 39_999,
        "is_partial": False,
        "usual": 80_000.0,
    }


def test_a_later_text_is_judged_on_its_day_and_replaces_the_former_as_usual() -> None:
    assert cut_short(_releases([80_000] * 32, {25: (33, 9_000)}))["text_chars"].to_list() == [9_000]
    parts = {number: (30, 80_000) for number in range(30)}
    assert cut_short(_releases([9_000] * 30, parts)).is_empty(), "what grew is not short"
    assert cut_short(_releases([9_000] * 30 + [80_000, 9_000], parts)).height == 1


def test_nothing_is_usual_before_thirty_texts_and_other_documents_are_not_compared() -> None:
    assert cut_short(_releases([80_000] * 29 + [9_000])).is_empty()
    other = pl.col("document_id").str.replace("conference:", "communique-")
    assert cut_short(_releases([80_000] * 30 + [9_000]).with_columns(other)).is_empty()
    assert cut_short(_releases([80_000]).clear()).is_empty()


@pytest.mark.skipif(not LENGTHS.is_file(), reason=f"needs the shared file {LENGTHS}")
def test_half_of_the_usual_tells_parts_from_whole_texts() -> None:
    days = pl.read_csv(LENGTHS)
    whole, at_noon = days["chars_bucalem"].to_list(), days["chars_fferegrino"].to_list()
    is_part = (days["ratio"] < 0.7).to_list()
    told, found, parts = 0, 0, 0
    for number in range(30, days.height):
        told += cut_short(_releases(whole[: number + 1])).height
        if is_part[number]:
            parts += 1
            found += cut_short(_releases([*whole[:number], at_noon[number]])).height
    assert (told, days.height - 30) == (8, 397)
    assert (found, parts) == (151, 169)
