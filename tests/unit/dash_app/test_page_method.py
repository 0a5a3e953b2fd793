"""The page about the method: formulas with the build's constants, a month's arithmetic, doubts, the tests."""

from datetime import date

import polars as pl
import pytest

from dash_app.pages import method
from dash_app.scene import Scene, scene_of
from dash_app.words import texts
from transforms.indices.doubt import FACTORS
from warehouse import methods
from warehouse.catalog.registry import load_catalog, load_validation
from warehouse.query import Warehouse
from warehouse.settings import Settings

TODAY = date(2026, 11, 24)
CARD = pl.DataFrame(
    [
        {"check_id": "V1", "figure": 0.2, "outcome": "fail", "reason": "1 of 5 windows", "chance": 0.3, "naive": 0.8},
        {"check_id": "V9", "figure": 0.99, "outcome": "pass", "reason": "r = 0.99", "chance": 0.3, "naive": None},
        {
            "check_id": "V1:ambassador",
            "figure": 55.0,
            "outcome": "reported",
            "reason": "55",
            "chance": None,
            "naive": None,
        },
        {"check_id": "V8", "figure": None, "outcome": "not_run", "reason": "Not run.", "chance": None, "naive": None},
    ]
).with_columns(placebo=pl.lit(None, pl.Float64))


def scene(published: Settings, **query: str) -> Scene:
    return scene_of(Warehouse(published.link).pinned(), "/method", query, TODAY, method.CHOICES)


def test_constants_are_those_of_the_catalogue(published: Settings) -> None:
    at, catalog = scene(published), load_catalog().method
    shown = str(method.page(at))
    constants = dict(at.answers["constants"].frame.select("name", "value").iter_rows())
    values = method.formula_values(constants)
    assert values["base"] == f"{catalog.compression_base:g}"
    assert values["threatened"] == f"{catalog.stage_weights['threatened']:g}"
    assert f"ln(1 + B) \N{FRACTION SLASH} ln {catalog.compression_base:g}" in shown
    assert all(step.means in shown for step in load_catalog().ladders.tension["trade"].values())


@pytest.mark.parametrize("month", ["2025-03", "2026-10", "2003-01"])
def test_the_arithmetic_of_a_month_gives_its_index(published: Settings, month: str) -> None:
    at = scene(published, month=month)
    method.page(at)
    rows = at.answers["arithmetic"].frame
    tension = at.warehouse.frame(
        "SELECT tension_index FROM out_pair__monthly_tension WHERE pair_id = 'MEX_USA' AND view = 'latest' AND month = $m",
        m=at.view.month,
    ).item()
    squares = (rows["weight"] * rows["score"] ** 2).sum() / rows["weight"].sum()
    assert squares**0.5 == pytest.approx(tension)
    assert rows["contribution"].sum() == pytest.approx(tension)


@pytest.mark.parametrize("pair", ["CAN_USA", "CHN_USA"])
def test_a_pair_without_index_says_what_was_not_searched(published: Settings, pair: str) -> None:
    shown = str(method.page(scene(published, pair=pair)))
    assert "has no index in" in shown
    assert "no doubt to share out" in shown


def test_without_a_card_the_tests_and_how_to_run_them_stand(published: Settings) -> None:
    shown = str(method.page(scene(published)))
    assert "dyadwatch check --validation" in shown
    assert all(
        check.passes_when[:20] in shown for check in load_validation().checks.values() if "<" not in check.passes_when
    )


def test_failures_come_first_and_are_counted(published: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(methods, "card", lambda *_: CARD)
    shown = str(method.page(scene(published)))
    assert "meets 1 and misses 1" in shown
    assert shown.index("Missed: 1") < shown.index("Met: 1") < shown.index("Not run: 1")
    assert "finds 80 % of the listed episodes, the index 20 %" in shown


def test_shares_of_the_doubts_are_drawn_and_lead(published: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    shares = {name: 0.01 for name in method.DOUBTS} | {
        "ladder_spacing": 0.5,
        "half_lives": 0.2,
        "irritant_weight": -0.001,
    }
    frame = pl.DataFrame({"doubt": [*shares, "interactions"], "share": [*shares.values(), 0.1]}).sort(
        "share", descending=True
    )
    monkeypatch.setattr(methods, "doubts", lambda *_: frame)
    at = scene(published)
    shown = str(method.page(at))
    assert "Spacing of the ladders makes 50 % of the doubt about October 2026; half-lives comes next with 20 %" in shown
    assert at.answers["doubts"].frame.equals(frame)
    bars = method.doubt_bars("", {"a": 0.5, "b": 0.2})["data"][0]
    assert bars["x"] == [50.0, 20.0]


def test_years_that_cannot_be_compared_are_hollow(published: Settings) -> None:
    at = scene(published)
    assert "In the years 2001\N{EN DASH}2023" in str(method.page(at))
    density = at.answers["density"].frame
    fills = method.density_bars(at, density)["data"][0]["marker"]["color"]
    assert [fill == method.GREY for fill in fills] == density["is_comparable"].to_list()


def test_every_doubt_of_the_build_has_its_words() -> None:
    assert set(FACTORS) == set(method.DOUBTS)
    for kind in ("doubt", "does", "tries"):
        assert {f"method.judgements.{kind}.{name}" for name in FACTORS} <= set(texts("en"))


def test_the_page_says_the_frozen_words() -> None:
    english, frozen = texts("en"), load_validation()
    assert english["method.frozen.rule"] == load_catalog().ledger.inclusion_rule
    assert english["method.frozen.seen_before"] == frozen.seen_before
    said = {
        key: (english[f"method.frozen.{key}.title"], english[f"method.frozen.{key}.passes_when"])
        for key in frozen.checks
    }
    assert said == {key: (check.title, check.passes_when) for key, check in frozen.checks.items()}
