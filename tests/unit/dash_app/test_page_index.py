"""The index page: parts that sum, revisions, outside series, and a what-if that is the published index where all is 1."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest
from dash.development.base_component import Component

from dash_app import whatif
from dash_app.pages import index
from dash_app.scene import Scene, scene_of
from transforms.indices import doubt
from transforms.indices.bands import panels
from transforms.indices.ledger import LEDGER_TABLES, ledger_of
from transforms.indices.whatif import WhatIf, adjusted
from warehouse import revisions
from warehouse.query import Warehouse
from warehouse.settings import Settings

PAIR, TODAY, MARCH = "MEX_USA", date(2026, 11, 24), date(2025, 3, 1)


@pytest.fixture
def warehouse(published: Settings) -> Warehouse:
    return Warehouse(published.link).pinned()


def shown(warehouse: Warehouse, **query: str) -> tuple[Scene, str, Mapping[str, Component]]:
    """Return the scene of the page, its text, and its charts and sections by id."""
    scene = scene_of(warehouse, "/index", query, TODAY, index.CHOICES)
    content = [part for part in index.page(scene) if isinstance(part, Component)]
    every = [one for part in content for one in [part, *part._traverse()]]
    named = {one.id: one for one in every if isinstance(getattr(one, "id", None), str)}
    said = (one if isinstance(one, str) else getattr(one, "children", None) for one in every)
    return scene, " ".join(one for one in said if isinstance(one, str)), named


def figure(section: Component) -> dict:
    """Return the figure of a chart."""
    return next(one.figure for one in section._traverse() if type(one).__name__ == "Graph")


def readings(warehouse: Warehouse) -> dict[date, float]:
    """Return the published index by month."""
    frame = warehouse.monthly_tension(PAIR, date.min).drop_nulls("tension_index")
    return dict(frame.select("month", "tension_index").iter_rows())


def test_all_sliders_at_one_give_the_published_index(warehouse: Warehouse) -> None:
    scores, said = revisions.pair_scores(warehouse, PAIR), readings(warehouse)
    weighed = whatif.recomputed(warehouse, PAIR, scores, WhatIf({pillar: 1.0 for pillar in whatif.PILLARS}))
    passed = whatif.from_ledger(warehouse, adjusted(whatif.setting_of(warehouse, PAIR), WhatIf({})), scores)
    for frame, column in ((weighed, "what_if"), (passed, "tension_index")):
        again = dict(frame.drop_nulls(column).select("month", column).iter_rows())
        assert again.keys() == said.keys()
        assert max(abs(again[month] - value) for month, value in said.items()) < 1e-9
    scene, text, _ = shown(warehouse)
    assert scene.answers["what_if"].frame["change"].abs().max() < 1e-9
    assert "your index is the published one" in text


def test_a_doubled_weight_is_the_quadratic_mean_by_hand(warehouse: Warehouse) -> None:
    scene, text, _ = shown(warehouse, w_trade="2", month="2025-03")
    scores = warehouse.frame(
        "SELECT pillar, score FROM out_pair__pillar_scores WHERE pair_id = $pair AND month = $month AND view = 'latest'"
        " AND dimension = 'tension'",
        pair=PAIR,
        month=MARCH,
    ).rows()
    weights = {pillar: 2.0 if pillar == "trade" else 1.0 for pillar, _ in scores}
    mean = sum(weights[pillar] * score**2 for pillar, score in scores) / sum(weights.values())
    row = scene.answers["what_if"].frame.filter(pl.col("month") == MARCH).row(0, named=True)
    assert row["what_if"] == pytest.approx(mean**0.5, abs=1e-9)
    assert row["published"] == readings(warehouse)[MARCH]
    assert f"March 2025: {row['published']:.1f} as published, {row['what_if']:.1f} with your settings" in text


def test_doubled_half_lives_are_those_of_the_band(warehouse: Warehouse) -> None:
    """The band's own panel, which doubles every half-life in some draws, gives the same index."""
    scene, _, _ = shown(warehouse, half_acts="2", half_words="2")
    core = {name: warehouse.frame(f"FROM {name} WHERE known_to IS NULL").lazy() for name in LEDGER_TABLES.values()}
    tables = {name: warehouse.frame(f"FROM {name}") for name in ("out_pair__item_pressures", "out_pair__pillar_scores")}
    found, _ = next(panels(tables, ledger_of(core), whatif.setting_of(warehouse, PAIR)))
    twice = replace(doubt.nothing(), half_life=np.array([doubt.HALF_LIFE_FACTORS.index(2.0)]))
    band = pl.DataFrame({"month": found.months, "band": doubt.tension_under(found, twice)[:, 0]})
    both = scene.answers["what_if"].frame.join(band, on="month").drop_nulls("what_if")
    assert both.height == len(readings(warehouse))
    assert both.select((pl.col("what_if") - pl.col("band")).abs().max()).item() < 1e-9
    assert both["change"].max() > 1  # type: ignore[operator]  # a column of numbers


def test_a_flatter_ladder_never_raises_the_index(warehouse: Warehouse) -> None:
    scene, _, _ = shown(warehouse, ladder="0.5")
    changes = scene.answers["what_if"].frame["change"].drop_nulls()
    assert changes.max() < 1e-9 and changes.min() < -1  # type: ignore[operator]  # a column of numbers


def test_the_what_if_is_in_the_address_and_leaves_by_one_link(warehouse: Warehouse) -> None:
    scene, text, named = shown(warehouse, w_trade="2", ladder="1.25", range="5y")
    assert "not the published index" in text
    (reset,) = [one for one in named["what-if"]._traverse() if getattr(one, "className", "") == "reset"]
    assert reset.href == "?range=5y"
    assert "w_trade=2" in scene.view.search() and "w_security" not in scene.view.search()


def test_weights_that_are_all_nothing_are_told(warehouse: Warehouse) -> None:
    scene, text, _ = shown(warehouse, **{f"w_{pillar}": "0" for pillar in whatif.PILLARS})
    assert "nothing to take the mean of" in text
    assert scene.answers["what_if"].frame["what_if"].null_count() == scene.answers["what_if"].frame.height


def test_values_off_a_slider_are_refused(warehouse: Warehouse) -> None:
    scene, _, _ = shown(warehouse, w_trade="9", ladder="steep")
    assert [(item.key, item.shown) for item in scene.refused] == [("w_trade", "1"), ("ladder", "1")]


def test_bars_of_a_month_sum_to_its_reading(warehouse: Warehouse) -> None:
    _, _, named = shown(warehouse, range="5y")
    drawn = figure(named["over_time"])
    sums: dict[date, float] = {}
    for bar in drawn["data"]:
        for month, part in zip(bar["x"], bar["y"], strict=True):
            sums[month] = sums.get(month, 0.0) + part
    said = readings(warehouse)
    assert len(sums) == 60
    assert max(abs(total - said[month]) for month, total in sums.items()) < 1e-9
    assert any(one.id["key"] == "month" for one in named["over_time"]._traverse() if type(one).__name__ == "Graph")


def test_bars_of_a_year_sum_to_the_mean_of_its_months(warehouse: Warehouse) -> None:
    scene, _, _ = shown(warehouse)
    sums = dict(scene.answers["over_time"].frame.group_by("year").agg(pl.col("contribution").sum()).iter_rows())
    said = warehouse.frame(
        "SELECT year(month) AS year, avg(tension_index) FROM out_pair__monthly_tension"
        " WHERE pair_id = $pair AND view = 'latest' AND tension_index IS NOT NULL GROUP BY ALL",
        pair=PAIR,
    )
    assert sums.keys() == set(said["year"])
    assert max(abs(sums[year] - mean) for year, mean in said.iter_rows()) < 1e-9


def test_the_worst_month_of_a_year_is_told_for_each_pillar_and_leads_to_its_evidence(warehouse: Warehouse) -> None:
    _, _, named = shown(warehouse, range="1y")
    table = next(one for one in named["worst"]._traverse() if getattr(one, "data-html", ""))
    rows = re.findall(r"<tr.*?</tr>", getattr(table, "data-html"))
    month, score = warehouse.frame(
        "SELECT month, score FROM out_pair__pillar_scores WHERE pair_id = $pair AND view = 'latest'"
        " AND dimension = 'tension' AND pillar = 'security' AND year(month) = 2026 ORDER BY score DESC LIMIT 1",
        pair=PAIR,
    ).row(0)
    assert '<th scope="col">Security</th>' in rows[0]
    assert f'<a href="/evidence?month={month:%Y-%m}&amp;range=1y">March {score:.1f}</a>' in rows[1]
    assert [re.findall(r"<td.*?>(\d+)</td>", row)[0] for row in rows[1:]] == ["2026", "2025"]


def test_the_mean_revision_stands_in_the_title(warehouse: Warehouse) -> None:
    scene, text, named = shown(warehouse, real_time="on", range="5y")
    mean = warehouse.frame(
        "SELECT avg(abs(l.tension_index - r.tension_index)) FROM out_pair__monthly_tension l"
        " JOIN out_pair__monthly_tension r USING (pair_id, month)"
        " WHERE pair_id = $pair AND l.view = 'latest' AND r.view = 'real_time' AND month >= DATE '2021-11-01'",
        pair=PAIR,
    ).item()
    assert f"moved by {mean:.2f} points" in text
    assert figure(named["revised"])["data"][0]["y"] == scene.answers["revised"].frame["revision"].to_list()


def test_outside_series_stand_on_their_own_scale_and_are_no_input(warehouse: Warehouse) -> None:
    scene, text, named = shown(warehouse, yardsticks="on")
    assert "never an input" in text
    series = scene.answers["yardsticks"].frame
    assert {"gpr_mexico", "tpu_usa", "epu_mexico", "epu_usa", "wui_mexico"} <= set(series["indicator_id"])
    drawn = next(one.figure for key, one in named.items() if key.startswith("graph-gpr-mexico"))
    assert [trace["yaxis"] for trace in drawn["data"]] == ["y", "y2"]
    outside = series.filter(pl.col("indicator_id") == "gpr_mexico")
    assert dict(zip(drawn["data"][1]["x"], drawn["data"][1]["y"], strict=True)) == {
        month: round(value, 4) for month, value in outside.select("month", "value").iter_rows()
    }
    ends = dict(series.group_by("indicator_id").agg(pl.col("month").max()).iter_rows())
    assert ends["epu_mexico"] == date(2019, 9, 1)
    assert "To September 2019." in text


def test_outside_series_are_off_by_default_and_a_period_without_them_says_so(warehouse: Warehouse) -> None:
    assert "yardsticks" not in shown(warehouse)[2]
    assert "the series ends in September 2019" in shown(warehouse, yardsticks="on", range="1y")[1]


@pytest.mark.parametrize("pair", ["CHN_USA", "CAN_USA"])
def test_pairs_without_an_index_say_why(warehouse: Warehouse, pair: str) -> None:
    _, text, named = shown(warehouse, pair=pair, yardsticks="on", real_time="on", w_trade="2")
    assert "has no tension reading" in text
    assert "what_if" not in named and "over_time" not in named
    assert "yardsticks" in named
