"""Outages: a run of failures is one span, ended by the next good attempt; a lacking file ends when it lands."""

from datetime import datetime

import polars as pl

from transforms.outages import ATTEMPTS, heard, of_log, outages


def _log(*lines: tuple[str, str, str, str | None]) -> pl.DataFrame:
    rows = [
        {"file": "f", "at": f"2026-11-{day}T18:00:00+00:00", "url": url, "outcome": outcome, "reason": reason}
        for day, url, outcome, reason in lines
    ]
    return of_log({"s": rows})


def _at(day: int) -> datetime:
    return datetime(2026, 11, day, 18)


def test_a_run_of_failures_is_one_outage_even_as_the_address_changes() -> None:
    log = _log(
        ("01", "https://p/1", "landed", None),
        ("02", "https://p/2", "kept_last_good", "timeout"),
        ("03", "https://p/3", "kept_last_good", "server_error"),
        ("04", "https://p/3", "unchanged", None),
        ("05", "https://p/4", "kept_last_good", "challenge"),
    )
    found = outages(log).select("began_at", "ended_at", "reason").rows()
    assert found == [(_at(2), _at(4), "timeout"), (_at(5), None, "challenge")]


def test_a_lacking_file_ends_when_it_lands_after_all() -> None:
    log = _log(
        ("01", "https://g/a.zip", "unchanged", "missing_slot"),
        ("01", "https://g/b.zip", "unchanged", "missing_slot"),
        ("02", "https://g/a.zip", "landed", None),
    )
    assert outages(log).select("file", "ended_at").rows() == [("a.zip", _at(2)), ("b.zip", None)]


def test_success_and_change_are_told_apart() -> None:
    log = _log(("01", "u", "landed", None), ("02", "u", "unchanged", None), ("03", "u", "kept_last_good", "refused"))
    assert heard(log).rows() == [("s", _at(2), _at(1))]


def test_no_attempt_is_no_outage_and_a_time_zone_is_minded() -> None:
    empty = of_log({})
    assert (outages(empty).height, heard(empty).height, tuple(empty.columns)) == (0, 0, ATTEMPTS)
    log = of_log({"s": [{"file": "f", "at": "2026-11-24T12:00:00-06:00", "url": "u", "outcome": "landed"}]})
    assert log["at"].to_list() == [datetime(2026, 11, 24, 18)]
