"""The page of acts and policies says what SQL says of stages, threats and acts."""

from datetime import date

import polars as pl
import pytest

from dash_app.pages import acts
from dash_app.scene import Scene, scene_of
from warehouse import measures
from warehouse.query import Warehouse
from warehouse.settings import Settings


def made(settings: Settings, **query: str) -> tuple[Scene, str]:
    scene = scene_of(Warehouse(settings.link).pinned(), "/acts", query, date(2026, 11, 24), acts.CHOICES)
    return scene, str(acts.page(scene))


def test_the_answer_counts_the_tariffs_that_the_united_states_threatened(published: Settings) -> None:
    scene, page = made(published)
    known = scene.warehouse.frame(
        "SELECT count(*) AS threats, count(*) FILTER (m.target = 'WLD') AS general,"
        " count(*) FILTER (f.outcome = 'withdrawn') AS withdrawn"
        " FROM out_policy__fulfilment f JOIN core_policy__measures m USING (policy_id)"
        " WHERE m.known_to IS NULL AND m.kind = 'tariff' AND m.imposer = 'USA' AND m.target IN ('MEX', 'WLD')"
    ).row(0, named=True)
    threats = f"{known['threats']} tariffs ({known['general']} of them aimed at all countries)"
    assert f"The United States threatened Mexico with {threats}: " in page
    assert f"{known['withdrawn']} withdrawn" in page
    assert "These numbers are too small to speak of a rate." in page


def test_the_emergency_duty_was_carried_out_in_part_after_99_days(published: Settings) -> None:
    frame = measures.threats(Warehouse(published.link), "MEX_USA", "en", kind="tariff")
    duty = frame.row(by_predicate=pl.col("policy_id") == "usa_ieepa_mexico_2025", named=True)
    assert (duty["outcome"], duty["days_to_outcome"]) == ("in_part", 99)
    assert (duty["threatened_share"], duty["threatened_pct"], duty["carried_pct"]) == (1.0, 25.0, 25.0)
    assert duty["carried_share"] < 0.9


def test_stages_follow_each_other_and_spare_the_exempt(published: Settings) -> None:
    warehouse = Warehouse(published.link)
    frame = measures.stage_spans(warehouse, "MEX_USA", "en", until=date(2026, 10, 9), kind="tariff")
    duty = frame.filter(pl.col("policy_id") == "usa_ieepa_mexico_2025")
    assert duty["stage"].to_list() == ["threatened", "threatened", "ordered", "suspended", "in_force", "struck_down"]
    assert duty["from_on"][1:].to_list() == duty["to_on"][:-1].to_list()
    steel = frame.filter(pl.col("policy_id") == "usa_s232_steel_2018")
    assert (steel["from_on"][0], steel["to_on"][0]) == (date(2018, 6, 1), date(2019, 5, 20))
    assert steel["is_open"].to_list() == [False, False, False, True]
    assert frame.filter(pl.col("policy_id") == "usa_reciprocal_2025").is_empty()


def test_nothing_is_known_beyond_the_day_asked_for(published: Settings) -> None:
    day = date(2025, 2, 20)
    frame = measures.stage_spans(Warehouse(published.link), "MEX_USA", "en", until=day, kind="tariff")
    assert frame["from_on"].max() <= day
    duty = frame.filter(pl.col("policy_id") == "usa_ieepa_mexico_2025").row(-1, named=True)
    assert (duty["stage"], duty["is_open"]) == ("suspended", True)


def test_every_lane_leads_to_its_evidence(published: Settings) -> None:
    scene, page = made(published)
    for policy in scene.answers["lanes"].frame["policy_id"].unique():
        assert f"/evidence?item=policy%3A{policy}" in page


def test_bars_count_the_deeds_that_the_table_lists(published: Settings) -> None:
    scene, page = made(published)
    counted, listed = scene.answers["acts"].frame, scene.answers["acts_list"].frame
    assert counted["acts"].sum() == listed.height - listed["is_further"].sum() > 0
    assert "shaded: recorded too thinly to compare" in page
    thin = scene.warehouse.frame("FROM out_pair__ledger_density WHERE pair_id = 'MEX_USA' AND NOT is_comparable")
    assert set(counted.filter(~pl.col("is_comparable"))["period"].dt.year()) <= set(thin["year"])


@pytest.mark.parametrize("by", ["kind", "pillar", "dimension"])
def test_bars_of_any_parts_have_one_sum(published: Settings, by: str) -> None:
    scene, _ = made(published, by=by)
    known = scene.warehouse.frame(
        "SELECT count(*) FROM core_act__events JOIN ref_dyads USING (initiator, target) WHERE known_to IS NULL"
        " AND pair_id = 'MEX_USA' AND evidence_of_act_id IS NULL AND occurred_on BETWEEN '2001-01-01' AND '2026-10-09'"
    )
    assert scene.answers["acts"].frame["acts"].sum() == known.item()


def test_a_search_ignores_accents_and_narrows_bars_and_table(published: Settings) -> None:
    scene, _ = made(published, q="osiel cardenas")
    listed = scene.answers["acts_list"].frame
    assert listed["act_id"].to_list() == ["USMX1138"]
    assert scene.answers["acts"].frame["acts"].to_list() == [1]


def test_bad_choices_are_told_and_left_out(published: Settings) -> None:
    _, page = made(published, imposer="CHN", side="XXX")
    assert "The link asks for imposer “CHN”, which does not exist here; shown is all." in page
    assert "The link asks for side “XXX”" in page
    assert page.count("threatened") == made(published)[1].count("threatened")


def test_a_search_without_a_hit_says_what_to_do(published: Settings) -> None:
    scene, page = made(published, q="nothing like this")
    assert "fits these filters" in page
    assert "acts" not in scene.answers


def test_a_kind_without_measures_says_what_to_do(published: Settings) -> None:
    scene, page = made(published, pair="CAN_USA", kind="visa")
    assert "No measure of this kind (visas)" in page
    assert "has no threatened visa measures" in page
    assert "lanes" not in scene.answers


@pytest.mark.parametrize("query", [{"pair": "CHN_USA"}, {"pair": "CAN_USA"}, {"range": "1y"}, {"lang": "es"}])
def test_other_views_stand(published: Settings, query: dict[str, str]) -> None:
    assert {"lanes", "acts", "acts_list"} <= made(published, **query)[0].answers.keys()
