"""The page of extraditions shows counts beside each other, transfers apart, and who calls them what."""

from datetime import date

import polars as pl
import pytest

from dash_app.pages import extraditions
from dash_app.scene import Scene, scene_of
from warehouse import surrenders
from warehouse.query import Warehouse
from warehouse.settings import Settings


def made(settings: Settings, **query: str) -> tuple[Scene, str]:
    scene = scene_of(
        Warehouse(settings.link).pinned(), "/extraditions", query, date(2026, 11, 24), extraditions.CHOICES
    )
    return scene, str(extraditions.page(scene))


def test_2008_has_the_ambassadors_and_the_departments_count(published: Settings) -> None:
    scene, page = made(published, year="2008")
    counts = scene.answers["year"].frame
    assert counts.filter(pl.col("side") == "MEX")["persons"].to_list() == [95, 85]
    assert counts.filter(pl.col("side") == "USA")["persons"].to_list() == [32]
    answer = (
        "In 2008, Mexico extradited to the United States, by treaty: 85 according to US Ambassador Garza; 95 according"
    )
    assert answer in page
    assert "2008: 85 or 95? Publishers differ on Mexico" in page


def test_the_latest_year_in_conflict_is_shown_first(published: Settings) -> None:
    years = surrenders.years(Warehouse(published.link), "MEX_USA")
    assert years.filter("is_in_conflict")["year"].to_list() == [2008]
    assert "2008: 85 or 95?" in made(published)[1]


def test_a_side_answers_for_itself(published: Settings) -> None:
    page = made(published, year="2006", side="USA")[1]
    assert "In 2006, the United States extradited to Mexico, by treaty: 25 according to US Ambassador Garza." in page


def test_other_definitions_are_said_apart(published: Settings) -> None:
    page = made(published, year="2012")[1]
    assert "Nobody has published how many people Mexico extradited to the United States by treaty in 2012." in page
    assert "Counted otherwise: 122 according to PGR" in page


def test_transfers_stand_apart_and_are_never_added_to_extraditions(published: Settings) -> None:
    scene, page = made(published)
    assert scene.answers["transfers"].frame["persons"].to_list() == [29, 26, 37]
    assert "92 people in 3 transfers outside the treaty" in page
    treaty = scene.answers["extraditions"].frame.filter(pl.col("definition_id") == "to_partner_all")
    assert treaty.filter(pl.col("year") >= 2025).is_empty()


def test_one_handover_has_several_words(published: Settings) -> None:
    words = surrenders.words_used(Warehouse(published.link), "MEX_USA", "en")
    february = words.filter(pl.col("on_day") == date(2025, 2, 27))
    assert {"transfer", "extradition", "expulsion"} <= set(february["word"])
    recorded = words.filter("is_recorded", pl.col("item_id") == "transfer:T1")
    assert recorded["word"].to_list() == ["transfer"]
    assert (
        words.filter(~pl.col("is_recorded"))["url"].str.contains("(?i)transfer|trasl|extradi|expul|send|custody").all()
    )


def test_a_definition_and_a_side_narrow_the_counts(published: Settings) -> None:
    scene, _ = made(published, definition="to_partner_nationals", side="MEX")
    known = scene.warehouse.frame(
        "FROM core_extradition__claims WHERE known_to IS NULL AND definition_id = 'to_partner_nationals'"
        " AND dyad_id = 'MEX-USA'"
    )
    assert scene.answers["claims"].frame.height == known.height > 0
    assert set(scene.answers["extraditions"].frame["definition_id"]) == {"to_partner_nationals"}


def test_every_count_is_listed_with_its_source(published: Settings) -> None:
    scene, _ = made(published)
    known = scene.warehouse.frame("FROM core_extradition__claims WHERE known_to IS NULL")
    assert scene.answers["claims"].frame.sort("claim_id")["url"].to_list() == known.sort("claim_id")["url"].to_list()


@pytest.mark.parametrize(("key", "value"), [("year", "1700"), ("year", "x"), ("side", "XXX"), ("definition", "none")])
def test_a_bad_choice_is_told_and_left_out(published: Settings, key: str, value: str) -> None:
    scene, page = made(published, **{key: value})
    told = f"The link asks for {key} “{value}”" in page or [one.key for one in scene.refused] == [key]
    assert told
    assert scene.answers["claims"].frame.height == made(published)[0].answers["claims"].frame.height


def test_a_year_without_a_count_of_that_side_says_so(published: Settings) -> None:
    assert "Nobody has published a count for the United States in 2003." in made(published, year="2003", side="USA")[1]


@pytest.mark.parametrize("pair", ["CHN_USA", "CAN_USA"])
def test_a_pair_without_counts_says_so(published: Settings, pair: str) -> None:
    assert "There are no published counts of extraditions" in made(published, pair=pair)[1]
