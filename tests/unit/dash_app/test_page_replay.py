"""The replay page: the index of a past day beside today's, and the difference by cause and record, which sum."""

import shutil
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from dash.development.base_component import Component

from dash_app.pages import replay
from dash_app.scene import Scene, scene_of
from orchestration.replay import replayed
from warehouse.query import Warehouse
from warehouse.settings import Settings

PAIR, TODAY, MARCH = "MEX_USA", date(2026, 11, 24), date(2025, 3, 1)
IDES = date(2025, 3, 15)


@pytest.fixture(scope="module")
def warehouse(published: Settings) -> Warehouse:
    return Warehouse(published.link).pinned()


@pytest.fixture(scope="module")
def past(published: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """Yield the build as known on 15 March 2025."""
    home: Path = tmp_path_factory.mktemp("past") / "home"
    shutil.copytree(published.home, home, symlinks=True)
    yield Warehouse(replayed(Settings(home=home), IDES).link).pinned()


def shown(warehouse: Warehouse, **query: str) -> tuple[Scene, str, Mapping[str, Component]]:
    """Return the scene of the page, its text, and its parts by id."""
    scene = scene_of(warehouse, "/replay", query, TODAY, replay.CHOICES)
    content = [part for part in replay.page(scene) if isinstance(part, Component)]
    every = [one for part in content for one in [part, *part._traverse()]]
    named = {one.id: one for one in every if isinstance(getattr(one, "id", None), str)}
    said = (one if isinstance(one, str) else getattr(one, "children", None) for one in every)
    return scene, " ".join(one for one in said if isinstance(one, str)), named


def test_the_ides_of_march_2025_and_why_they_read_otherwise(warehouse: Warehouse) -> None:
    scene, text, _ = shown(warehouse, day="2025-03-15", month="2025-03")
    assert "On 15 March 2025 the index of March 2025 stood at 53.01. Today it reads 52.73, 0.29 lower." in text
    assert "16 days to go" in text
    found = scene.answers["causes"].frame
    changes = {indicator: round(change, 2) for indicator, change in found.select("indicator_id", "change").iter_rows()}
    assert changes == {
        "ledger_policies": 0.87,
        "ledger_acts": -0.74,
        "ledger_statements": -0.37,
        "usbp_encounters": -0.04,
    }
    assert set(found["cause"]) == {"new_data"}
    row = scene.answers["known"].frame.filter(pl.col("month") == MARCH).row(0, named=True)
    assert row["known_then"] + found["change"].sum() == pytest.approx(row["latest"], abs=1e-9)


def test_records_and_the_rest_sum_to_the_difference(warehouse: Warehouse) -> None:
    scene, text, _ = shown(warehouse, day="2025-03-15", month="2025-03")
    records = scene.answers["records"].frame
    assert records.height == 3 and "3 records became known after 15 March 2025" in text
    assert (records["known_from"] > IDES).all()
    duty = records.filter(pl.col("what").str.contains("duty on cars")).row(0, named=True)
    known = warehouse.frame(
        "SELECT min(known_from) FROM core_policy__measures WHERE title_en = $title", title=duty["what"]
    )
    assert duty["known_from"] == known.item()
    assert duty["then"] == 0.0
    said = warehouse.frame(
        "SELECT contribution FROM out_pair__contributions c JOIN core_policy__measures m ON m.policy_id = c.item_id"
        " WHERE c.view = 'latest' AND c.pair_id = $pair AND month = $month AND m.title_en = $title",
        pair=PAIR,
        month=MARCH,
        title=duty["what"],
    ).item()
    assert duty["now"] == pytest.approx(said, abs=1e-9)
    past_ = replay._past(scene, IDES, [])
    assert past_.since is not None
    items = replay._items(past_.since, MARCH)
    change = scene.answers["known"].frame.filter(pl.col("month") == MARCH)["change"].item()
    assert items["effect"].sum() == pytest.approx(change, abs=1e-9)
    assert duty["evidence"].startswith("/evidence?month=2025-03#e-tension-policy-")


def test_a_months_end_is_what_the_build_kept_and_computes_alike(warehouse: Warehouse) -> None:
    scene, _, _ = shown(warehouse, day="2024-01-31", month="2024-01")
    kept = warehouse.frame(
        "SELECT month, tension_index FROM out_pair__tension_vintages WHERE pair_id = $pair AND as_of = $day",
        pair=PAIR,
        day=date(2024, 1, 31),
    )
    known = scene.answers["known"].frame.drop_nulls("known_then")
    assert dict(known.select("month", "known_then").iter_rows()) == dict(kept.drop_nulls().iter_rows())
    again = replay.moved(warehouse, PAIR, date(2024, 1, 31)).then.monthly.select(
        "month", pl.col("tension_index").alias("t")
    )
    assert known.join(again, on="month").select((pl.col("known_then") - pl.col("t")).abs().max()).item() < 1e-9
    row = known.filter(pl.col("month") == date(2024, 1, 1)).row(0, named=True)
    causes = scene.answers["causes"].frame["change"].sum()
    assert abs(row["change"]) > 1
    assert causes == pytest.approx(row["change"], abs=1e-9)


def test_the_last_day_of_the_year_before_is_the_default(warehouse: Warehouse) -> None:
    scene, text, _ = shown(warehouse)
    assert "on 31 December 2025, and why" in text
    known = scene.answers["known"].frame.drop_nulls("known_then")
    assert known["month"].max() == date(2025, 12, 1)


def test_a_month_after_the_day_gives_way_to_the_days(warehouse: Warehouse) -> None:
    assert "the index of March 2025 stood" in shown(warehouse, day="2025-03-15", month="2026-02")[1]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("soon", "is not a day written as 2025-03-15; shown is 31 December 2025"),
        ("2025-02-30", "is not a day written as 2025-03-15; shown is 31 December 2025"),
        ("1990-01-01", "shown is 1 January 2001"),
        ("2030-01-01", "shown is 9 October 2026"),
    ],
)
def test_days_that_cannot_be_shown_are_told(warehouse: Warehouse, asked: str, told: str) -> None:
    assert told in shown(warehouse, day=asked)[1]


def test_the_other_pages_are_a_link_away_as_known_on_the_day(warehouse: Warehouse) -> None:
    _, _, named = shown(warehouse, day="2025-03-15", month="2025-02")
    hrefs = [one.href for one in named["whole"]._traverse() if hasattr(one, "href")]
    assert "/?month=2025-02&as_of=2025-03-15" in hrefs or "/?as_of=2025-03-15&month=2025-02" in hrefs
    assert len(hrefs) == len(replay.WHOLE_PAGES)
    assert all("as_of=2025-03-15" in href for href in hrefs)


@pytest.mark.parametrize("pair", ["CHN_USA", "CAN_USA"])
def test_pairs_without_an_index_still_lead_to_their_past(warehouse: Warehouse, pair: str) -> None:
    _, text, named = shown(warehouse, pair=pair)
    assert "has no tension reading" in text
    assert all(f"pair={pair}" in one.href for one in named["whole"]._traverse() if hasattr(one, "href"))


def test_the_page_of_a_past_day_compares_two_past_days(past: Warehouse) -> None:
    scene, text, _ = shown(past, as_of="2025-03-15", month="2024-12")
    assert "on 31 December 2024, and why" in text
    assert "This page is itself shown as of 15 March 2025" in text
    row = scene.answers["known"].frame.filter(pl.col("month") == date(2024, 12, 1)).row(0, named=True)
    assert scene.answers["causes"].frame["change"].sum() == pytest.approx(row["change"], abs=1e-9)


def test_the_page_of_a_past_day_names_the_months_end_it_knows(past: Warehouse) -> None:
    _, text, _ = shown(past, as_of="2025-03-15", day="2025-02-10")
    assert "at the ends of months only; shown is 31 January 2025" in text
