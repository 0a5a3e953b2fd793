"""Regimes: a clear shift is found and dated; a series that only wanders has none."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from transforms.indices.regimes import breakpoints, persistence, regimes

MONTHS = pl.date_range(date(2001, 1, 1), date(2020, 12, 1), "1mo", eager=True)


def _wandering(phi: float, size: int, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    values = np.empty(size)
    values[0] = random.normal() / np.sqrt(1 - phi**2)
    for place in range(1, size):
        values[place] = phi * values[place - 1] + random.normal()
    return values


def test_a_clear_shift_is_found_in_its_month_and_its_interval_holds_it() -> None:
    values = np.random.default_rng(1).normal(size=240)
    values[120:] += 6
    found = regimes(MONTHS, pl.Series(values))
    assert found["starts_on"].to_list() == [date(2001, 1, 1), date(2011, 1, 1)]
    second = found.row(1, named=True)
    assert second["starts_low"] <= second["starts_on"] <= second["starts_high"]
    assert second["level"] - found["level"][0] == pytest.approx(6, abs=0.5)
    assert found["ends_on"].to_list() == [date(2011, 1, 1), None]


@pytest.mark.parametrize("phi", [0.0, 0.6])
def test_a_series_that_only_wanders_has_no_breaks(phi: float) -> None:
    false_breaks = [len(breakpoints(_wandering(phi, 300, seed))) for seed in range(40)]
    assert np.mean(false_breaks) < 0.05


def test_a_shift_of_two_deviations_in_a_persistent_series_is_mostly_found() -> None:
    phi, found = 0.6, 0
    for seed in range(40):
        values = _wandering(phi, 300, seed)
        values[150:] += 2 / np.sqrt(1 - phi**2)
        found += any(abs(place - 150) <= 6 for place in breakpoints(values))
    assert found >= 30


def test_months_without_an_index_at_the_ends_are_left_out() -> None:
    values = [None, *np.random.default_rng(2).normal(size=238), None]
    found = regimes(MONTHS, pl.Series(values))
    assert found["starts_on"][0] == date(2001, 2, 1)


def test_persistence_is_that_of_the_process() -> None:
    estimates = [persistence(_wandering(0.6, 2000, seed)) for seed in range(10)]
    assert np.mean(estimates) == pytest.approx(0.6, abs=0.05)
