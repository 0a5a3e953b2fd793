"""The page that compares pairs: which are shown, which measure is large, why a pair has no index."""

from datetime import date

import polars as pl
import pytest

from dash_app.pages import pairs
from dash_app.scene import Scene, scene_of
from warehouse import comparisons
from warehouse.query import Warehouse
from warehouse.settings import Settings

TODAY = date(2026, 11, 24)


def scene(published: Settings, **query: str) -> Scene:
    return scene_of(Warehouse(published.link).pinned(), "/pairs", query, TODAY, pairs.CHOICES)


def test_the_measure_that_all_pairs_share_is_large(published: Settings) -> None:
    at = scene(published)
    pairs.page(at)
    large = at.answers["large"].frame
    assert set(large["measure"]) == {"trade"}
    assert set(large["pair_id"]) == set(at.titles)
    scores = at.warehouse.frame(
        "SELECT count(score), max(score) FROM out_pair__pillar_scores"
        " WHERE view = 'latest' AND dimension = 'tension' AND pillar = 'trade'"
    ).row(0)
    assert (large.height, large["value"].max()) == scores


def test_the_address_chooses_pairs_and_measure(published: Settings) -> None:
    at = scene(published, pairs="CHN_USA,MEX_USA", measure="diplomacy")
    pairs.page(at)
    assert set(at.answers["large"].frame["pair_id"]) == {"CHN_USA", "MEX_USA"}
    assert set(at.answers["large"].frame["measure"]) == {"diplomacy"}
    assert "CAN_USA" not in at.answers["pairs"].frame["pair_id"].to_list()


def test_the_period_cuts_the_large_chart(published: Settings) -> None:
    at = scene(published, range="1y")
    pairs.page(at)
    assert at.answers["large"].frame["month"].min() == at.since


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ({"pairs": "AAA_BBB"}, "asks for the pair “AAA_BBB”"),
        ({"pairs": "<b>,CAN_USA"}, "asks for the pair “<b>”"),
        ({"measure": "nothing"}, "asks for the measure “nothing”"),
    ],
)
def test_what_is_asked_in_vain_is_told(published: Settings, query: dict[str, str], told: str) -> None:
    at = scene(published, **query)
    assert told in str(pairs.page(at))
    assert at.answers["large"].frame.height


def test_a_measure_that_no_chosen_pair_has_is_told_not_drawn(published: Settings) -> None:
    at = scene(published, pairs="CHN_USA", measure="tension")
    assert "Tension is known for none of the chosen pairs" in str(pairs.page(at))
    assert "large" not in at.answers


def test_each_pair_says_its_reading_or_why_it_has_none(published: Settings) -> None:
    at = scene(published)
    shown = str(pairs.page(at))
    states = {row["pair_id"]: row for row in comparisons.pair_states(at.warehouse).to_dicts()}
    assert f"The index stood at {states['MEX_USA']['tension_index']:.1f} in October 2026" in shown
    for pair, best in (("CAN_USA", 60), ("CHN_USA", 75)):
        assert round(100 * states[pair]["best_coverage"]) == best
        assert f"at most {best} % of the weight" in shown
    assert "Law enforcement (not searched for Canada and United States)" in shown
    assert "Law enforcement (no record at all" in shown


def test_peaks_are_the_highest_scores(published: Settings) -> None:
    warehouse = Warehouse(published.link)
    highest = dict(
        warehouse.frame(
            "SELECT pair_id, max(score) FROM out_pair__pillar_scores WHERE view = 'latest' AND dimension = 'tension'"
            " GROUP BY pair_id"
        ).iter_rows()
    )
    assert dict(comparisons.pair_states(warehouse).select("pair_id", "peak_score").iter_rows()) == highest


def test_one_pair_alone_has_nothing_to_compare(published: Settings) -> None:
    at = scene(published)
    del at.titles["CAN_USA"], at.titles["CHN_USA"]
    assert "one pair in this build" in str(pairs.page(at))


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([("A", "tension", 9.0), ("B", "trade", 1.0), ("A", "trade", 1.0)], "trade"),
        ([("A", "tension", 9.0), ("A", "trade", 8.0)], "tension"),
        ([("A", "tension", 8.0), ("A", "trade", 9.0)], "trade"),
        ([], "tension"),
    ],
)
def test_the_most_shared_measure(rows: list[tuple[str, str, float]], expected: str) -> None:
    values = pl.DataFrame(rows, schema={"pair_id": pl.String, "measure": pl.String, "value": pl.Float64}, orient="row")
    assert pairs.most_shared(values, ["tension", "trade"]) == expected
