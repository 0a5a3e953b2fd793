"""The page of evidence: what a month rests on, a record with all that hangs on it, search."""

from datetime import date

import polars as pl
import pytest

from dash_app.pages import evidence
from dash_app.scene import Scene, scene_of
from warehouse import records
from warehouse.query import Warehouse
from warehouse.settings import Settings

DUTY = "policy:usa_ieepa_mexico_2025"


def made(settings: Settings, **query: str) -> tuple[Scene, str]:
    scene = scene_of(Warehouse(settings.link).pinned(), "/evidence", query, date(2026, 11, 24), evidence.CHOICES)
    return scene, str(evidence.page(scene))


def test_a_month_counts_its_records_and_publishers_once(published: Settings) -> None:
    scene, page = made(published, month="2025-03")
    sources = scene.answers["sources"].frame
    publishers = sources["publisher"].drop_nulls().n_unique()
    assert f"Evidence for March 2025 rests on {sources['records'].sum()} records from {publishers} publishers" in page
    items = scene.warehouse.frame(
        "SELECT DISTINCT item_kind, item_id FROM (SELECT item_kind, item_id, pair_id, month, view"
        " FROM out_pair__contributions UNION SELECT item_kind, item_id, pair_id, month, view"
        " FROM out_pair__cooperation_contributions)"
        " WHERE pair_id = 'MEX_USA' AND month = '2025-03-01' AND view = 'latest'"
    )
    assert sources["records"].sum() >= items.height > 0


def test_rows_of_a_month_lead_to_their_own_page_and_keep_their_anchor(published: Settings) -> None:
    _, page = made(published, month="2025-03")
    assert 'id="e-tension-policy-usa-ieepa-mexico-2025"' in page
    assert 'href="/evidence?month=2025-03&amp;item=policy%3Ausa_ieepa_mexico_2025"' in page
    assert "#e-tension-policy-usa-ieepa-mexico-2025" in page


def test_a_measure_shows_stages_coverage_codes_and_weight(published: Settings) -> None:
    scene, page = made(published, item=DUTY)
    for words in ("Its stages (6)", "struck down", "USMCA goods exempt", "Records tied to it", "How it was coded"):
        assert words in page
    weight = scene.answers["weight"].frame
    known = scene.warehouse.frame(
        "SELECT max_by(contribution, contribution) AS top, max_by(month, contribution) AS month"
        " FROM out_pair__contributions WHERE pair_id = 'MEX_USA' AND view = 'latest' AND item_id = 'usa_ieepa_mexico_2025'"
    ).row(0, named=True)
    assert abs(weight["contribution"].max() - known["top"]) < 1e-9
    assert f"At most {known['top']:.1f} points of tension, in {known['month']:%B %Y}" in page


def test_a_handover_leads_to_its_count_and_the_words_about_it(published: Settings) -> None:
    _, page = made(published, item="act:USMX0213")
    assert "item=claim%3Atransfer%3AT2" in page
    assert "item=statement%3AUSMX0214" in page
    assert "It is evidence of another record, which carries the weight." in page


@pytest.mark.parametrize("kind", records.TABLES)
def test_every_kind_of_record_has_its_page(published: Settings, kind: str) -> None:
    table, key = records.TABLES[kind]
    warehouse = Warehouse(published.link)
    ids = warehouse.frame(f"SELECT {key} FROM {table} WHERE known_to IS NULL ORDER BY hash({key}) LIMIT 15")
    for item_id in ids.to_series():
        _, page = made(published, item=f"{kind}:{item_id}")
        assert "not in this build" not in page
        assert "Its sources" in page


def test_codes_of_passes_stand_beside_each_other(published: Settings) -> None:
    warehouse = Warehouse(published.link)
    codes = records.codes(warehouse, "policy", "usa_ieepa_mexico_2025")
    march = codes.filter(pl.col("part") == "MEX 2025-03-07", pl.col("variable") == "coverage_share")
    known = warehouse.frame(
        "SELECT coder, code FROM core_coding__codes WHERE known_to IS NULL AND variable = 'coverage_share'"
        " AND item_id = 'usa_ieepa_mexico_2025@MEX@2025-03-07' ORDER BY coder"
    )
    assert march.select("coder", "code").equals(known)
    assert known.height == 2


def test_a_search_finds_measures_acts_words_and_counts(published: Settings) -> None:
    scene, page = made(published, q="CARDENAS")
    assert scene.answers["found"].frame["item_id"].to_list() == ["USMX1138"]
    assert "item=act%3AUSMX1138" in page
    assert set(made(published, q="mexic")[0].answers["found"].frame["item_kind"]) >= {"policy", "act", "statement"}


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"item": "act:nope"}, "which is not in this build"),
        ({"item": "nothing"}, "which is not in this build"),
        ({"q": "x"}, "at least 2 characters"),
        ({"q": "no such words"}, "No act, measure, statement or count"),
        ({"q": "'; DROP TABLE x; --"}, "No act, measure, statement or count"),
    ],
)
def test_what_is_not_held_is_told(published: Settings, query: dict[str, str], words: str) -> None:
    assert words in made(published, **query)[1]


@pytest.mark.parametrize("pair", ["CHN_USA", "CAN_USA"])
def test_a_pair_without_an_index_says_so(published: Settings, pair: str) -> None:
    scene, page = made(published, pair=pair)
    assert "so nothing adds to it" in page
    assert "sources" not in scene.answers


def test_a_record_is_told_in_spanish(published: Settings) -> None:
    scene, page = made(published, lang="es", item=DUTY)
    title = scene.warehouse.frame(
        "SELECT title_es FROM core_policy__measures WHERE policy_id = $id", id=DUTY[7:]
    ).item()
    assert title in page
    assert "weight" in scene.answers
