"""The server says whether it has a build, and its first document reads without JavaScript."""

import re
from pathlib import Path

import polars as pl
import pytest
from flask.testing import FlaskClient
from plotly.offline import get_plotlyjs_version

import dash_app
from dash_app.app import create_app
from dash_app.downloads import TABLE_ROWS
from dash_app.serve import create_server
from warehouse.query import Warehouse
from warehouse.settings import Settings


@pytest.fixture
def without_build(tmp_path: Path) -> FlaskClient:
    return create_server(Settings(home=tmp_path)).test_client()


@pytest.fixture
def with_build(published: Settings) -> FlaskClient:
    return create_server(published).test_client()


def test_healthz_is_503_with_a_remedy_where_there_is_no_build(without_build: FlaskClient) -> None:
    answer = without_build.get("/healthz")
    assert answer.status_code == 503
    assert answer.json["status"] == "no build"
    assert "dyadwatch build" in answer.json["message"]


def test_the_page_says_what_to_run_where_there_is_no_build(without_build: FlaskClient) -> None:
    answer = without_build.get("/")
    assert answer.status_code == 200
    assert "Run `dyadwatch build`" in answer.text


def test_healthz_names_the_build(with_build: FlaskClient) -> None:
    answer = with_build.get("/healthz")
    assert answer.status_code == 200
    assert answer.json["ledger_end"] == "2026-10-09"


def test_a_page_that_is_kept_is_written_once(published: Settings) -> None:
    dashboard = create_app(Warehouse(published.link))
    for _ in range(2):
        dashboard.written(dashboard.page("index", {}))
    assert dashboard.written.cache_info()[:2] == (1, 1)  # hits, misses


def test_the_document_has_its_language_and_the_reading(with_build: FlaskClient) -> None:
    text = with_build.get("/?lang=xx&month=nonsense").text
    assert '<html lang="en">' in text
    assert "United States\N{EN DASH}Mexico tension was" in text


def test_a_chart_is_downloaded_as_the_page_shows_it(with_build: FlaskClient, published: Settings) -> None:
    answer = with_build.get("/data/overview/tension.csv?pair=MEX_USA")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="dyadwatch-overview-tension.csv"'
    sql = with_build.get("/data/overview/tension.sql").text
    by_hand = Warehouse(published.link).frame(sql)
    assert by_hand.height > 300
    assert pl.read_csv(answer.data)["tension_index"].to_list() == by_hand["tension_index"].to_list()
    assert "<td>2025-03-01</td>" in with_build.get("/data/overview/tension.html").text


def test_a_long_table_has_the_newest_rows_and_says_that_it_is_cut(with_build: FlaskClient) -> None:
    rows = pl.read_csv(with_build.get("/data/index/pillars.csv").data)
    assert rows.height > TABLE_ROWS
    text = with_build.get("/data/index/pillars.html").text
    assert f"The newest 1,000 of {rows.height:,} rows; the CSV has all." in text
    shown = re.findall(r"<tr><td>(.{10})</td>", text)
    assert shown == sorted(rows["month"].to_list(), reverse=True)[:TABLE_ROWS]
    assert "Las 1,000 filas más recientes" in with_build.get("/data/index/pillars.html?lang=es").text
    by_hand = with_build.get("/data/sql/result.html?q=FROM+out_pair__monthly_tension+SELECT+month+ORDER+BY+month").text
    assert "The first 1,000 of" in by_hand
    assert re.findall(r"<tr><td>(.{10})</td>", by_hand)[0] == min(rows["month"])


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/data/overview/nothing.csv", 404),
        ("/data/nothing/tension.csv", 404),
        ("/data/overview/tension.exe", 404),
        ("/data/overview/tension.csv?build=20200101T000000000000", 400),
        ("/data/overview/tension.csv?build=../../etc/passwd", 400),
        ("/data/overview/tension.csv?as_of=2025-03-10", 400),  # this server was given nothing that replays days
    ],
)
def test_what_is_not_there_is_refused_with_a_reason(with_build: FlaskClient, path: str, status: int) -> None:
    answer = with_build.get(path)
    assert answer.status_code == status
    assert answer.mimetype == "text/plain"
    assert "Traceback" not in answer.text


def test_pages_load_our_own_files_only_and_one_chart_may_stand_elsewhere(with_build: FlaskClient) -> None:
    policy = with_build.get("/").headers["Content-Security-Policy"]
    assert "script-src 'self' 'sha256-" in policy
    assert "frame-ancestors 'none'" in policy
    assert "frame-ancestors *" in with_build.get("/embed?chart=overview.tension").headers["Content-Security-Policy"]
    assert "https://" not in with_build.get("/").text.replace("https://www.w3.org", "")


def test_the_charts_library_is_the_one_that_plotly_was_made_with() -> None:
    first = (Path(dash_app.__file__).parent / "assets" / "plotly-basic.min.js").read_text("utf-8")[:200]
    assert f"plotly.js (basic - minified) v{get_plotlyjs_version()}" in first
