"""The server says whether it has a build, and its first document reads without JavaScript."""

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from dash_app.serve import create_server
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


def test_the_document_has_its_language_and_the_reading(with_build: FlaskClient) -> None:
    text = with_build.get("/?lang=xx&month=nonsense").text
    assert '<html lang="en">' in text
    assert "United States\N{EN DASH}Mexico tension was" in text
