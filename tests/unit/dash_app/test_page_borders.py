"""The page of borders shows the build's figures by part and place, none added that overlap, each series to its own end."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl
import pytest
from dash.development.base_component import Component

from dash_app import outlines
from dash_app.pages import borders
from dash_app.scene import Answer, scene_of
from warehouse import borders as asked
from warehouse.query import Warehouse
from warehouse.settings import Settings

PARTS = {
    "component": "component",
    "demographic": "demographic",
    "citizenship": "citizenship_group",
    "authority": "authority",
}
FISCAL_YEARS = ("977,509", "458,088", "1,734,686", "2,378,944", "2,475,669", "2,135,005")
"""South-west land border encounters of the fiscal years 2019 to 2024, as CBP publishes them."""


@pytest.fixture(scope="module")
def warehouse(published: Settings) -> Warehouse:
    return Warehouse(published.link).pinned()


def texts_of(part: object) -> list[str]:
    """Return the texts that stand in a component itself."""
    children = getattr(part, "children", None)
    return [child for child in (children if isinstance(children, list) else [children]) if isinstance(child, str)]


def shown(warehouse: Warehouse, query: Mapping[str, str] | None = None) -> tuple[str, Mapping[str, Answer], list[Any]]:
    """Return a page's words with its tables, what its charts show by key, and its components."""
    scene = scene_of(warehouse, "/borders", query or {}, date(2026, 11, 24), borders.CHOICES)
    made = [piece for piece in borders.page(scene) if piece is not None]
    parts = [part for piece in made if isinstance(piece, Component) for part in [piece, *piece._traverse()]]
    tables = [getattr(part, "data-html", "") for part in parts]
    return " ".join([*(text for part in parts for text in texts_of(part)), *tables]), scene.answers, parts


def figure(parts: list[Any], chart: str) -> dict[str, Any]:
    drawn: dict[str, Any] = next(
        part.figure for part in parts if isinstance(getattr(part, "id", None), dict) and part.id.get("chart") == chart
    )
    return drawn


@pytest.mark.parametrize("by", PARTS)
def test_the_parts_of_each_month_add_up_to_its_total(warehouse: Warehouse, by: str) -> None:
    words, _, parts = shown(warehouse, {"by": by})
    totals: dict[date, int] = {}
    for trace in figure(parts, "split")["data"]:
        for month, value in zip(trace["x"], trace["y"], strict=True):
            totals[month] = totals.get(month, 0) + value
    expected = warehouse.frame(
        "SELECT month, sum(encounters)::BIGINT FROM core_cbp__monthly_encounters_southwest WHERE known_to IS NULL GROUP BY 1"
    )
    assert totals == dict(expected.iter_rows())
    assert all(f">{total}</td>" in words for total in FISCAL_YEARS)


def test_filters_narrow_chart_and_years(warehouse: Warehouse) -> None:
    words, answers, _ = shown(warehouse, {"by": "authority", "demographic": "family_unit", "citizenship": "MEX"})
    expected = warehouse.frame(
        "SELECT authority AS part, sum(encounters)::BIGINT AS encounters FROM core_cbp__monthly_encounters_southwest"
        " WHERE known_to IS NULL AND demographic = 'family_unit' AND citizenship_group = 'MEX' GROUP BY 1"
    )
    given = answers["split"].frame.group_by("part").agg(pl.col("encounters").sum())
    assert dict(given.iter_rows()) == dict(expected.iter_rows())
    assert ", only families, Mexico" in words
    assert FISCAL_YEARS[0] not in words


def test_an_empty_choice_of_parts_says_so(warehouse: Warehouse) -> None:
    words, answers, _ = shown(warehouse, {"component": "border_patrol", "demographic": "accompanied_minor"})
    assert "No encounters are as chosen in any month." in words
    assert "split" not in answers


def test_a_year_that_is_not_held_whole_says_so(warehouse: Warehouse) -> None:
    words, _, _ = shown(warehouse)
    assert "2025 (11 months)" in words
    assert "2024 (" not in words


def test_the_sentence_gives_the_latest_month_the_year_before_and_the_peak(warehouse: Warehouse) -> None:
    words, _, _ = shown(warehouse)
    values = dict(
        warehouse.frame(
            "SELECT month, encounters FROM core_usbp__monthly_encounters WHERE known_to IS NULL"
        ).iter_rows()
    )
    latest, before, peak = values[date(2026, 7, 1)], values[date(2025, 7, 1)], max(values.values())
    assert max(values) == date(2026, 7, 1)
    up = round(100 * (latest / before - 1))
    assert f"{latest:,} in July 2026, up {up} % on a year before ({before:,})" in words
    assert f"{peak:,} in December 2023" in words


@pytest.mark.parametrize(
    ("border", "level"), [(b, level) for b in ("southwest", "northern") for level in ("state", "sector")]
)
def test_every_place_of_the_data_is_on_the_map(warehouse: Warehouse, border: str, level: str) -> None:
    places = asked.by_place(warehouse, border, level)["place"].unique().to_list()
    assert len(places) > 3
    for place in places:
        assert all(len(ring) > 2 for ring in outlines.rings(level, place) or [[]])
        west, north = outlines.label(level, place)
        assert -126 < west < -66
        assert 25 < north < 50


def test_the_map_of_sectors_sums_to_the_fiscal_year(warehouse: Warehouse) -> None:
    words, answers, parts = shown(warehouse, {"level": "sector"})
    places = answers["map"].frame
    assert places["encounters"].sum() == 400_651  # Border Patrol, south-west, fiscal year 2020
    assert places["months"].to_list() == [12] * 9
    assert "400,651 in all, October 2019 to September 2020" in words
    names = figure(parts, "map")["data"][-1]
    assert sorted(names["ids"]) == sorted(places["place"])
    fills = {trace["name"]: trace["fillcolor"] for trace in figure(parts, "map")["data"][:-1]}
    assert fills[places["place"][0]].endswith(f"{0.62:.3f})")


def test_a_chosen_place_and_month_are_those_shown(warehouse: Warehouse) -> None:
    words, answers, parts = shown(warehouse, {"place": "TX", "over": "month", "on": "2023-12"})
    texas = warehouse.frame(
        "SELECT sum(encounters)::BIGINT FROM core_cbp__monthly_encounters_by_state WHERE known_to IS NULL AND state = 'TX'"
        " AND border_region = 'southwest_land' AND month = '2023-12-01'"
    ).item()
    assert dict(answers["map"].frame.select("place", "encounters").iter_rows())["TX"] == texas
    assert set(answers["place"].frame["place"]) == {"TX"}
    assert "Encounters by state, December 2023" in words
    assert "Texas by month" in words
    outline = next(trace for trace in figure(parts, "map")["data"] if trace["name"] == "TX")
    assert outline["line"]["width"] > 2


def test_seizures_of_fentanyl_are_cbps_and_their_sets_add_up(warehouse: Warehouse) -> None:
    words, answers, _ = shown(warehouse)
    assert "27,023 (1,351)" in words  # fiscal year 2023
    assert "21,889 (1,116)" in words  # fiscal year 2024
    pounds = {
        land: shown(warehouse, {"land": land})[1]["seizures"].frame["quantity_lbs"].sum() for land in ("land", "other")
    }
    assert sum(pounds.values()) == pytest.approx(answers["seizures"].frame["quantity_lbs"].sum())
    assert min(pounds.values()) > 0


def test_another_drug_is_shown(warehouse: Warehouse) -> None:
    words, answers, _ = shown(warehouse, {"drug": "methamphetamine", "land": "land"})
    events = warehouse.frame(
        "SELECT sum(seizure_events)::BIGINT FROM core_cbp__monthly_drug_seizures WHERE known_to IS NULL"
        " AND drug = 'Methamphetamine' AND land_filter = 'Land Only'"
    ).item()
    assert answers["seizures"].frame["seizure_events"].sum() == events
    assert "How much methamphetamine is seized" in words


def test_returns_of_ices_own_are_not_drawn_beside_the_whole(warehouse: Warehouse) -> None:
    words, answers, _ = shown(warehouse)
    keys = set(answers["us_returns"].frame["key"])
    assert len(keys) == 4
    assert not [key for key in keys if key.startswith("ice") or "all_citizenships" in key]
    assert "189,830" in words  # the claim of March 2026
    assert answers["remittances"].frame["month"].max() == date(2026, 1, 1)


def test_each_series_ends_where_it_ends_and_says_so(warehouse: Warehouse) -> None:
    words, answers, _ = shown(warehouse, {"range": "1y"})
    assert "Data to 31 August 2025. A newer edition was due on 20 October 2025 and is not held, 400 days on" in words
    assert "The publisher ended the series" in words
    assert "September 2024 to August 2025" in words  # the last year of the series, not of the ledger
    assert answers["mexico_returns"].frame["month"].max() == date(2025, 4, 1)


def test_values_that_are_not_held_are_told_and_left_out(warehouse: Warehouse) -> None:
    words, answers, _ = shown(warehouse, {"place": "tucson", "drug": "tea", "on": "1990-01"})
    assert "place “tucson”" in words
    assert "drug “tea”" in words
    assert "on “1990-01”" in words
    assert answers["place"].frame["place"].n_unique() == 4


def test_canada_has_the_northern_border(warehouse: Warehouse) -> None:
    words, answers, _ = shown(warehouse, {"pair": "CAN_USA"})
    total = warehouse.frame(
        "SELECT sum(encounters)::BIGINT FROM core_cbp__monthly_encounters_by_state WHERE known_to IS NULL"
        " AND border_region = 'northern_land' AND month = '2025-11-01'"
    ).item()
    assert f"{total:,} in November 2025" in words
    assert "Not held" in words
    assert "NY" in answers["map"].frame["place"].to_list()
    assert not {"split", "us_returns"} & set(answers)


def test_china_has_its_citizens_and_no_border(warehouse: Warehouse) -> None:
    words, answers, _ = shown(warehouse, {"pair": "CHN_USA"})
    assert "share no land border" in words
    assert set(answers) == {"citizens"}
    expected = warehouse.frame(
        "SELECT sum(encounters)::BIGINT FROM core_cbp__monthly_encounters_by_state WHERE known_to IS NULL"
        " AND citizenship = 'CHN'"
    ).item()
    assert answers["citizens"].frame["encounters"].sum() == expected > 0
