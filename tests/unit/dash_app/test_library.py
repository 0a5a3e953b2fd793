"""Builds that readers ask for: what was asked of one is kept with it, within bounds."""

from datetime import date

import polars as pl
import pytest

from dash_app import library
from dash_app.library import Library, Remembering
from warehouse.errors import QueryError
from warehouse.query import Warehouse
from warehouse.settings import Settings

SQL = "SELECT month FROM out_pair__monthly_tension WHERE pair_id = $pair AND month = $month AND view = 'latest'"


@pytest.fixture
def build(published: Settings) -> Remembering:
    return Remembering(published.link.resolve())


def test_an_answer_is_kept_for_its_own_values(build: Remembering) -> None:
    for _ in range(2):
        for month in (date(2025, 3, 1), date(2025, 4, 1)):
            assert build.frame(SQL, month=month, pair="MEX_USA")["month"].to_list() == [month]
    assert len(build._answers) == 2


def test_nobody_changes_what_is_kept(build: Remembering) -> None:
    for _ in range(2):
        build.frame("SELECT 1 AS number").insert_column(0, pl.Series("more", [1]))


def test_answers_are_kept_within_bounds(build: Remembering, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "MOST_KEPT", 2)
    for number in range(5):
        assert build.frame("SELECT $number::INT AS number", number=number).item() == number
        assert len(build._answers) <= 2
    monkeypatch.setattr(library, "LARGEST_KEPT", 8)
    kept = len(build._answers)
    assert build.frame("SELECT unnest(range(100)) AS number").height == 100
    assert len(build._answers) == kept


def test_an_error_is_not_kept(build: Remembering) -> None:
    for _ in range(2):
        with pytest.raises(QueryError):
            build.frame("FROM nothing_of_that_name")


def test_the_current_build_is_opened_once(published: Settings) -> None:
    shelf = Library(Warehouse(published.link))
    assert shelf.open({}) is shelf.open({"build": ""})
    assert shelf.open({}).link == published.link.resolve()
