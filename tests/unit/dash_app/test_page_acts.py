"""The page of acts and policies says what SQL says of threats, measures and acts."""

from datetime import date

import pytest

from dash_app.pages import acts
from dash_app.scene import Scene, scene_of
from warehouse.query import Warehouse
from warehouse.settings import Settings


def made(settings: Settings, **query: str) -> tuple[Scene, str]:
    scene = scene_of(Warehouse(settings.link).pinned(), "/acts", query, date(2026, 11, 24), acts.CHOICES)
    return scene, str(acts.page(scene))


def test_threats_are_those_that_were_followed(published: Settings) -> None:
    scene, page = made(published)
    known = scene.warehouse.frame(
        "SELECT f.issuer, count(*) AS n FROM out_policy__fulfilment f JOIN core_policy__measures m USING (policy_id)"
        " WHERE m.known_to IS NULL AND m.kind = 'tariff' AND m.imposer = 'USA' AND m.target = 'MEX' GROUP BY ALL"
    )
    threats = scene.answers["threats"].frame
    assert threats.filter(threats["issuer"] == "United States").height >= known["n"].item() > 0
    assert "Border emergency duty on Mexican goods (EO 14194)" in threats["title"].to_list()
    assert (
        f"Tariffs threatened by United States: {threats.filter(threats['issuer'] == 'United States').height}." in page
    )


def test_a_lane_holds_every_stage_of_its_measure(published: Settings) -> None:
    scene, _ = made(published)
    spans = scene.answers["lanes"].frame
    emergency = spans.filter(spans["title"] == "Border emergency duty on Mexican goods (EO 14194)")
    assert {"threatened", "in_force"} <= set(emergency["stage"])
    assert (spans["to_on"] >= spans["from_on"]).all()


def test_acts_are_counted_once_and_found_by_a_word(published: Settings) -> None:
    scene, _ = made(published, q="Caro Quintero")
    listed, counted = scene.answers["acts"].frame, scene.answers["deeds"].frame
    assert counted["acts"].sum() == listed.filter(~listed["is_further"]).height > 0
    assert all("Caro Quintero" in title for title in listed["title"])


@pytest.mark.parametrize("query", [{"pair": "CHN_USA"}, {"pair": "CAN_USA"}, {"imposer": "XXX"}, {"range": "1y"}])
def test_other_views_stand(published: Settings, query: dict[str, str]) -> None:
    scene, _ = made(published, **query)
    assert "lanes" in scene.answers


def test_a_search_without_a_hit_says_what_to_do(published: Settings) -> None:
    scene, page = made(published, q="nothing like this")
    assert "Clear the search" in page
    assert "acts" not in scene.answers
