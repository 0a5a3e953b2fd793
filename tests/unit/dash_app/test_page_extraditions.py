"""The page of extraditions shows counts beside each other, and transfers apart."""

from datetime import date

import pytest

from dash_app.pages import extraditions
from dash_app.scene import Scene, scene_of
from warehouse.query import Warehouse
from warehouse.settings import Settings


def made(settings: Settings, **query: str) -> tuple[Scene, str]:
    scene = scene_of(
        Warehouse(settings.link).pinned(), "/extraditions", query, date(2026, 11, 24), extraditions.CHOICES
    )
    return scene, str(extraditions.page(scene))


def test_2008_has_the_ambassadors_and_the_departments_count(published: Settings) -> None:
    scene, page = made(published, year="2008", side="MEX")
    assert scene.answers["counts"].frame["persons"].to_list() == [85, 95]
    assert "From Mexico to United States in 2008: 85 by treaty according to US Ambassador Garza; 95 by treaty" in page


def test_the_latest_year_in_conflict_is_shown_first(published: Settings) -> None:
    assert "in 2008" in made(published)[1]


def test_transfers_stand_apart_with_their_words(published: Settings) -> None:
    scene, _ = made(published)
    assert scene.answers["transfers"].frame["persons"].to_list() == [29, 26, 37]
    assert not set(scene.answers["counts"].frame["mechanism"]) & {"transfer"}
    words = scene.answers["words"].frame
    assert {"transfer", "hands over", "flies"} <= set(words["word"])


@pytest.mark.parametrize("query", [{"year": "1700"}, {"year": "x"}, {"side": "XXX"}, {"side": "USA", "year": "2008"}])
def test_a_bad_or_other_choice_is_answered(published: Settings, query: dict[str, str]) -> None:
    _, page = made(published, **query)
    assert ("There is no published count" in page) == (query.get("side") != "USA")


@pytest.mark.parametrize("pair", ["CHN_USA", "CAN_USA"])
def test_a_pair_without_counts_says_so(published: Settings, pair: str) -> None:
    assert "nobody has published a count" in made(published, pair=pair)[1]
