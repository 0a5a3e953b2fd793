"""Figures keep gaps, say what is provisional and not comparable, and label what they draw."""

import re
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from dash_app import families, figures, sections
from dash_app.view import View
from dash_app.words import Words, texts

SAY = Words(texts("en"), {"MEX": "Mexico", "USA": "United States", "southwest_encounters": "South-west"})
MEMBERS = ("MEX", "USA")
READINGS = pl.DataFrame(
    {
        "month": [date(2023, 12, 1), date(2024, 1, 1), date(2024, 3, 1), date(2024, 4, 1)],
        "tension_index": [30.0, 40.0, 42.0, 45.0],
        "mean_score": [25.0, 30.0, 31.0, 32.0],
        "tension_hard": [20.0, 30.0, 31.0, 32.0],
        "cooperation_index": [10.0, 20.0, 21.0, 22.0],
        "coverage": [1.0] * 4,
        "is_comparable": [False, True, True, True],
        "is_provisional": [False, False, False, True],
        "lower_05": [20.0, 30.0, 33.0, 35.0],
        "upper_95": [40.0, 51.0, 52.0, 55.0],
    }
)
ONE_REGIME = pl.DataFrame({"starts_on": [date(2023, 12, 1)], "ends_on": [None], "level": [39.0]}).cast(
    {"ends_on": pl.Date}
)
NO_DAYS = pl.DataFrame(schema={"day": pl.Date})
ACTS = pl.DataFrame(
    {
        "item_kind": ["act", "stage", "act"],
        "on_day": [date(2024, 3, 4)] * 3,
        "side": ["MEX", "USA", "USA"],
        "is_joint": [False, False, True],
        "title": ["Note", "Duty", "Call"],
        "stage": [None, "in_force", None],
    }
)


def shown_view(month: str, **chosen: str) -> View:
    texts = {key: allowed[0] for key, allowed in sections.INDEX_CHOICES.items()}
    return View("/", {"pair": "MEX_USA", "month": month, "range": "all", **texts, **chosen})


def drawn(view: View, daily: pl.DataFrame = NO_DAYS, **more: pl.DataFrame) -> figures.Figure:
    chosen = {"regimes": ONE_REGIME, **more}
    return figures.tension_line(SAY, view, MEMBERS, readings=READINGS, daily=daily, acts=ACTS, **chosen)


def trace(figure: figures.Figure, name: str) -> dict[str, Any]:
    return next(item for item in figure["data"] if item["name"] == name)


def test_a_missing_month_stays_a_gap() -> None:
    strong = trace(drawn(shown_view("2024-03")), "Tension")
    assert strong["x"] == [date(2024, 1, 1), date(2024, 2, 1), date(2024, 3, 1)]  # from its first value to its last
    assert (strong["y"], strong["connectgaps"]) == ([40.0, None, 42.0], False)


def test_months_not_comparable_are_light_and_provisional_ones_dotted() -> None:
    figure = drawn(shown_view("2024-03"))
    light, dotted = trace(figure, "Tension, level not comparable"), trace(figure, "Tension, provisional")
    assert (light["x"][0], light["y"]) == (date(2023, 12, 1), [30.0, 40.0])
    assert (dotted["x"][-1], dotted["y"]) == (date(2024, 4, 1), [42.0, 45.0])
    assert (dotted["line"]["dash"], dotted["marker"]["opacity"]) == ("dot", [0, 1])


@pytest.mark.parametrize(("field", "name", "last"), [("cooperation", "Cooperation", 22.0), ("hard", "Hard part", 32.0)])
def test_further_lines_are_off_until_switched_on(field: str, name: str, last: float) -> None:
    view = shown_view("2024-03")
    assert name not in [item["name"] for item in drawn(view)["data"]]
    on = drawn(shown_view("2024-03", **{field: "on"}))
    assert trace(on, name)["y"][-1] == last


def test_the_band_is_broken_where_the_index_is_and_can_be_switched_off() -> None:
    areas = [item for item in drawn(shown_view("2024-03"))["data"] if item.get("fill")]
    assert [item["y"] for item in areas] == [[40.0, 51.0, 30.0, 20.0], [52.0, 55.0, 35.0, 33.0]]
    off = drawn(shown_view("2024-03", band="off"))
    assert not [item for item in off["data"] if item.get("fill")]


def test_the_reading_of_the_time_is_a_line_of_its_own() -> None:
    then = pl.DataFrame({"month": [date(2024, 1, 1)], "tension_index": [38.0]})
    assert trace(drawn(shown_view("2024-03"), real_time=then), "As known then")["y"] == [38.0]


def test_means_of_regimes_are_drawn_from_the_second_on() -> None:
    view = shown_view("2024-03")
    two = pl.DataFrame(
        {
            "starts_on": [date(2023, 12, 1), date(2024, 3, 1)],
            "ends_on": [date(2024, 3, 1), None],
            "level": [35.0, 43.5],
        }
    )
    levels = [shape for shape in drawn(view, regimes=two)["layout"]["shapes"] if shape.get("y0") != 0]
    assert [(shape["x1"], shape["y0"]) for shape in levels] == [(date(2024, 3, 1), 35.0), (date(2024, 4, 1), 43.5)]
    assert len(drawn(view)["layout"]["shapes"]) == 1


def test_pairs_share_a_chart_and_one_without_the_measure_is_missing() -> None:
    values = pl.DataFrame({"pair_id": ["A_B"], "month": [date(2024, 1, 1)], "value": [12.0]})
    figure = figures.pairs_line(
        SAY, values, {"A_B": "A and B", "A_C": "A and C"}, top=100.0, months=(date(2023, 1, 1), date(2025, 1, 1))
    )
    assert [(item["name"], item["y"]) for item in figure["data"]] == [("A and B", [12.0])]
    colours = figures.pair_colours({"A_B": "", "A_C": ""})
    assert colours["A_B"] != colours["A_C"]


def test_acts_have_a_lane_by_country_and_say_what_and_who() -> None:
    lane = trace(drawn(shown_view("2024-03")), "")
    assert lane["y"] == [0, 1, 0.5]
    assert lane["text"] == ["Mexico: Note", "United States: Duty (in force)", "both: Call"]
    assert lane["marker"]["color"] == [figures.GREEN, figures.BLUE, figures.GREY]


def test_days_take_the_place_of_months() -> None:
    days = pl.DataFrame(
        {"day": [date(2024, 4, 1)], "tension_index": [50.0], "mean_score": [40.0], "is_comparable": [True]}
    )
    figure = drawn(shown_view("2024-03", grain="daily", hard="on"), days)
    assert trace(figure, "Tension")["y"] == [50.0]
    assert trace(figure, "Hard part")["line"]["shape"] == "hv"


@pytest.mark.parametrize(
    ("chosen", "first"), [("all", date(2001, 1, 1)), ("5y", date(2021, 11, 1)), ("1y", date(2025, 11, 1))]
)
def test_the_period_counts_back_from_the_ledgers_end(chosen: str, first: date) -> None:
    view = shown_view("2026-10", range=chosen)
    assert figures.window(view.range, (date(2001, 1, 1), date(2026, 10, 9))) == (first, date(2026, 11, 1))


def test_labels_at_the_end_of_lines_do_not_touch() -> None:
    frame = pl.DataFrame({"month": [date(2024, 1, 1)], "a": [0.0]})
    lines = [figures.line(frame, "a", name, figures.BLUE) for name in ("one", "two", "three, on two lines")]
    heights = [label["y"] for label in figures.end_labels(lines, 0, 100)]
    line = 100 * figures.LINE_SHARE
    assert heights == pytest.approx([line / 2, 3 * line / 2, 3 * line])


def test_surrenders_keep_definitions_apart_and_the_range_of_claims() -> None:
    yearly = pl.DataFrame(
        {
            "dyad_id": ["MEX-USA"] * 3,
            "year": [2008, 2025, 2026],
            "definition_id": ["to_partner_all", "transfer", "transfer"],
            "persons_low": [85.0, 55.0, 37.0],
            "persons_high": [95.0, 55.0, 37.0],
        }
    )
    treaty, transfer = families.extradition_dots(SAY, yearly, MEMBERS, date(2001, 1, 1))["data"]
    assert (treaty["y"], treaty["error_y"]["array"], treaty["text"]) == ([85.0], [10.0], ["2008: 85 to 95 persons"])
    assert (transfer["y"], "error_y" in transfer) == ([55.0, 37.0], False)


def test_tariffs_without_weight_are_not_drawn() -> None:
    points = pl.DataFrame(
        {
            "month": [date(2025, 3, 1)] * 2,
            "imposer": ["MEX", "USA"],
            "in_force": [0.0, 13.2],
            "pending": [0.0, 3.3],
        }
    )
    names = [item["name"] for item in families.tariff_lines(SAY, points, MEMBERS, date.min)["data"]]
    assert names == ["United States, in force", "United States, threatened"]


def test_few_statements_are_hollow_and_make_no_yearly_mean() -> None:
    months = [date(2024, month, 1) for month in range(1, 13)]
    stance = pl.DataFrame(
        {"month": months, "side": ["MEX"] * 12, "stance": [-1.0] + [0.5] * 11, "statements": [4] + [1] * 11}
    )
    data = families.stance_lines(SAY, stance, MEMBERS, date.min)["data"]
    dots, mean = data[0], data[2]
    assert dots["marker"]["symbol"][:2] == ["circle", "circle-open"]
    assert mean["y"][:11] == [None] * 11
    assert mean["y"][11] == pytest.approx((4 * -1.0 + 11 * 0.5) / 15, abs=1e-4)
    few = families.stance_lines(SAY, stance.with_columns(statements=pl.lit(0)), MEMBERS, date.min)["data"][2]
    assert few["y"] == [None] * 12


def test_a_series_that_ends_says_so_and_is_not_joined() -> None:
    encounters = pl.DataFrame(
        {
            "month": [date(2025, 8, 1), date(2025, 8, 1), date(2025, 9, 1)],
            "indicator_id": ["southwest_encounters", "usbp_encounters", "usbp_encounters"],
            "encounters": [9740, 6300, 8400],
        }
    )
    southwest, patrol = families.encounter_lines(SAY, encounters, date.min)["data"]
    assert (southwest["name"], southwest["y"]) == ("South-west (ends 2025-08)", [9740])
    assert patrol["y"] == [6300, 8400]


@pytest.mark.parametrize(
    "colour", [figures.BLUE, figures.GREEN, figures.GREY, figures.WARM, figures.COOL, *figures.PILLAR_COLOURS.values()]
)
def test_colours_stand_out_in_both_schemes(colour: str) -> None:
    style = (Path(figures.__file__).parent / "assets" / "style.css").read_text("utf-8")
    papers = re.findall(r"#[0-9a-f]{6}", re.search(r"--paper: light-dark\((.*?)\)", style)[1])
    assert len(papers) == 2
    for paper in papers:
        light, dark = sorted((luminance(colour), luminance(paper)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 3


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
