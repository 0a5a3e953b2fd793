"""The page of statements shows what the build's statements say, as chosen, and tells what it leaves out."""

import shutil
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from dash.development.base_component import Component

from dash_app import speech
from dash_app.pages import statements
from dash_app.scene import Answer, scene_of
from dash_app.words import Words, texts
from warehouse import pages
from warehouse.query import Warehouse
from warehouse.settings import Settings

SAY = Words(texts("en"), {"MEX": "Mexico", "USA": "United States"})
BETWEEN = (
    "SELECT s.* FROM core_statement__utterances s JOIN ref_dyads d ON d.initiator = country AND d.target = addressee"
)
PAIR = f"{BETWEEN} WHERE known_to IS NULL AND pair_id = 'MEX_USA'"


@pytest.fixture(scope="module")
def warehouse(published: Settings) -> Warehouse:
    return Warehouse(published.link).pinned()


def texts_of(part: object) -> list[str]:
    """Return the texts that stand in a component itself."""
    children = getattr(part, "children", None)
    return [child for child in (children if isinstance(children, list) else [children]) if isinstance(child, str)]


def shown(warehouse: Warehouse, query: Mapping[str, str] | None = None) -> tuple[str, Mapping[str, Answer], list[Any]]:
    """Return a page's words, what its charts show by key, and its components."""
    scene = scene_of(warehouse, "/statements", query or {}, date(2026, 11, 24), statements.CHOICES)
    made = [piece for piece in statements.page(scene) if piece is not None]
    parts = [part for piece in made if isinstance(piece, Component) for part in [piece, *piece._traverse()]]
    words = " ".join(text for part in parts for text in texts_of(part))
    return words, scene.answers, parts


def figure(parts: list[Any], chart: str) -> dict[str, Any]:
    drawn: dict[str, Any] = next(
        part.figure for part in parts if isinstance(getattr(part, "id", None), dict) and part.id.get("chart") == chart
    )
    return drawn


def test_the_head_chart_is_that_of_the_overview(warehouse: Warehouse) -> None:
    _, answers, parts = shown(warehouse)
    overview = pages.monthly_stance(warehouse, "MEX_USA")
    both = answers["monthly"].frame.filter(pl.col("statements") > 0).join(overview, on=["month", "side"], how="full")
    assert both.height == overview.height > 200
    assert both["stance"].to_list() == both["stance_right"].to_list()
    assert both["statements"].to_list() == both["statements_right"].to_list()
    bars = [trace for trace in figure(parts, "monthly")["data"] if trace["type"] == "bar" and trace["yaxis"] == "y3"]
    assert sum(sum(trace["y"]) for trace in bars) == overview["statements"].sum()


def test_the_gap_is_the_first_side_less_the_second(warehouse: Warehouse) -> None:
    _, answers, parts = shown(warehouse)
    gap = next(trace for trace in figure(parts, "monthly")["data"] if trace.get("yaxis") == "y2")
    wide = answers["monthly"].frame.pivot("side", index="month", values="year_stance").sort("month")
    expected = (wide["MEX"] - wide["USA"]).round(4).to_list()
    assert gap["y"] == expected
    assert None in gap["y"]  # months in which a side said too little stay gaps


def test_the_sentence_gives_both_years_of_both_sides(warehouse: Warehouse) -> None:
    words, _, _ = shown(warehouse)
    for side, name in (("MEX", "Mexico"), ("USA", "United States")):
        for first, last in (("2025-11-01", "2026-10-31"), ("2024-11-01", "2025-10-31")):
            mean, count = warehouse.frame(
                f"SELECT avg(stance), count(*) FROM ({PAIR}) WHERE is_counted AND country = '{side}'"
                f" AND stated_on BETWEEN '{first}' AND '{last}'"
            ).row(0)
            assert speech.signed(mean) in words
            assert f"in {count}" in words
        assert f"{name}: " in words


def test_a_theme_and_a_side_narrow_charts_and_list_alike(warehouse: Warehouse) -> None:
    _, answers, _ = shown(warehouse, {"theme": "water", "side": "MEX"})
    count, mean = warehouse.frame(
        f"SELECT count(*), avg(stance) FROM ({PAIR}) WHERE is_counted AND theme = 'water' AND country = 'MEX'"
    ).row(0)
    listed, themes = answers["list"].frame, answers["theme"].frame
    assert listed.height == count == answers["monthly"].frame["statements"].sum()
    assert set(listed["theme"]) == {"water"}
    assert themes.select("name", "side", "statements").rows() == [("water", "MEX", count)]
    assert themes["stance"][0] == pytest.approx(mean)
    assert set(answers["monthly"].frame["side"]) == {"MEX"}


def test_words_are_found_without_their_accents_and_in_any_order(warehouse: Warehouse) -> None:
    _, answers, _ = shown(warehouse, {"q": "OBRADOR lopez", "counted": "all"})
    names = answers["list"].frame["speaker"].fill_null("")
    spoken = warehouse.frame(f"SELECT count(*) FROM ({PAIR}) WHERE speaker = 'Andrés Manuel López Obrador'").item()
    assert (names == "Andrés Manuel López Obrador").sum() == spoken > 300


def test_what_the_index_leaves_out_says_why(warehouse: Warehouse) -> None:
    heights = {key: shown(warehouse, {"counted": key})[1]["list"].frame.height for key in ("index", "outside", "all")}
    assert heights["index"] + heights["outside"] == heights["all"] == warehouse.frame(PAIR).height
    outside = shown(warehouse, {"counted": "outside"})[1]["list"].frame
    assert outside["kept_out"].null_count() == 0
    assert outside["in_index"].str.starts_with("no: ").all()
    assert outside.filter(pl.col("kept_out") == "legislature")["in_index"].unique().to_list() == ["no: legislature"]
    act = outside.filter(pl.col("kept_out") == "act").row(0, named=True)
    assert act["in_index"] == f"no: coded as the act {act['kept_for']}"


def test_a_month_is_listed_and_the_charts_beside_it(warehouse: Warehouse) -> None:
    words, answers, _ = shown(warehouse, {"when": "2025-03"})
    count = warehouse.frame(
        f"SELECT count(*) FROM ({PAIR}) WHERE is_counted AND strftime(stated_on, '%Y-%m') = '2025-03'"
    )
    assert answers["list"].frame.height == answers["theme"].frame["statements"].sum() == count.item() > 0
    assert "about March 2025" in words


def test_values_that_are_not_held_are_told_and_left_out(warehouse: Warehouse) -> None:
    words, answers, _ = shown(warehouse, {"speaker": "Nobody", "when": "1990-01", "side": "CHN"})
    assert "speaker “Nobody”" in words
    assert "when “1990-01”" in words
    assert "side “CHN”" in words
    assert answers["list"].frame.height == shown(warehouse)[1]["list"].frame.height


def test_an_empty_choice_says_what_is_missing_and_where_it_is(warehouse: Warehouse) -> None:
    words, answers, _ = shown(warehouse, {"side": "USA", "theme": "water", "range": "1y"})
    assert "No statements by United States on water in this period." in words
    assert "In all years: 1." in words
    assert "list" not in answers


def test_few_statements_are_hollow_and_the_kindest_theme_is_on_top(warehouse: Warehouse) -> None:
    _, answers, parts = shown(warehouse)
    drawn = figure(parts, "theme")
    usa = next(trace for trace in drawn["data"] if trace["name"] == "United States")
    own = {row["name"]: row for row in answers["theme"].frame.filter(pl.col("side") == "USA").to_dicts()}
    by_stance = {row["stance"]: row["statements"] for row in own.values()}
    assert {symbol for x, symbol in zip(usa["x"], usa["marker"]["symbol"], strict=True) if by_stance[x] < 6} == {
        "circle-open"
    }
    assert {symbol for x, symbol in zip(usa["x"], usa["marker"]["symbol"], strict=True) if by_stance[x] > 5} == {
        "circle"
    }
    assert drawn["layout"]["yaxis"]["ticktext"][0] == "Diplomacy"


@pytest.mark.parametrize(
    ("stance", "word"),
    [(-1, "hostile"), (-0.6, "hostile"), (-0.5, "critical"), (-0.25, "critical"), (-0.2, "neutral"), (0, "neutral"),
     (0.25, "cooperative"), (0.59, "cooperative"), (0.6, "friendly"), (1, "friendly")],
)  # fmt: skip
def test_each_stance_has_its_word(stance: float, word: str) -> None:
    assert speech.stance_word(SAY, stance) == word


@pytest.mark.parametrize(
    ("stance", "shown"), [(-0.004, "0.00"), (0, "0.00"), (0.3, "+0.30"), (-0.3, "\N{MINUS SIGN}0.30")]
)
def test_a_stance_of_nothing_has_no_sign(stance: float, shown: str) -> None:
    assert speech.signed(stance) == shown


def test_cue_words_carry_their_sign() -> None:
    assert speech.cue_words("Asked about US threats, she praises cooperation.", "en").split(", ")[0] == (
        "\N{MINUS SIGN}\N{NO-BREAK SPACE}threats"
    )
    assert "+\N{NO-BREAK SPACE}cooperation" in speech.cue_words(
        "Asked about US threats, she praises cooperation.", "en"
    )
    assert speech.cue_words("Bedrohung", "de") == ""


def test_offices_and_themes_without_a_name_of_ours_keep_their_own() -> None:
    assert speech.office_name(SAY, "mex_weather_service") == "Weather service"
    assert speech.theme_name(SAY, "space") == "Space"


def test_the_listed_sql_gives_the_list(warehouse: Warehouse) -> None:
    answer = shown(warehouse, {"theme": "fentanyl", "rank": "head"})[1]["list"]
    assert warehouse.frame(answer.sql)["statement_id"].to_list() == answer.frame["statement_id"].to_list() != []


def test_each_row_leads_to_its_evidence(warehouse: Warehouse) -> None:
    frame = shown(warehouse, {"q": "avocado", "lang": "en"})[1]["list"].frame
    assert frame.height > 0
    for row in frame.to_dicts():
        assert row["record"] == f"/evidence?item=statement%3A{row['statement_id']}"


@pytest.mark.parametrize("pair", ["CHN_USA", "CAN_USA"])
def test_other_pairs_have_their_own_statements(warehouse: Warehouse, pair: str) -> None:
    _, answers, _ = shown(warehouse, {"pair": pair})
    sides = set(answers["list"].frame["side"])
    assert sides == set(pair.split("_"))


@pytest.fixture
def with_documents(published: Settings, tmp_path: Path) -> Warehouse:
    path = tmp_path / "copy.duckdb"
    shutil.copy(published.link.resolve(), path)
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "INSERT INTO core_document__releases BY NAME SELECT 'MEX-USA' AS dyad_id, 'doc' AS document_id, 'MEX' AS country,"
            " 'mex_sre' AS office, 'release' AS kind, 'Note of protest' AS title, DATE '2026-09-01' AS published_on,"
            " 'en' AS language, true AS names_partner, 'x' AS text_sha256, 10 AS text_chars, false AS is_partial,"
            " -0.7 AS stance, 'model' AS stance_method, 'protest -0.60' AS stance_cues, 'gobmx_sre' AS source_id,"
            " 's' AS snapshot_id, DATE '2026-09-01' AS known_from, false AS known_from_is_estimated"
        )
    return Warehouse(path).pinned()


def test_scored_documents_are_context_and_enter_no_chart(warehouse: Warehouse, with_documents: Warehouse) -> None:
    words, answers, _ = shown(with_documents)
    assert "context only" in words
    assert answers["documents"].frame.select("title", "word", "stance_cues").rows() == [
        ("Note of protest", "hostile", "protest -0.60")
    ]
    assert answers["monthly"].frame.equals(shown(warehouse)[1]["monthly"].frame)
    assert "documents" not in shown(with_documents, {"method": "hand"})[1]


def test_the_scorer_gave_no_statement_its_stance(warehouse: Warehouse) -> None:
    words, answers, _ = shown(warehouse, {"method": "model"})
    assert "No statements as filtered in this period." in words
    assert "This build holds none in this period." in words
    assert "list" not in answers
