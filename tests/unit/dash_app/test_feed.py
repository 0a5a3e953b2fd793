"""The feed of alerts is Atom as RFC 4287 has it, and says what is wrong where there is none."""

import re
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring
from flask.testing import FlaskClient

from dash_app import feed as feed_of
from dash_app.serve import create_server
from warehouse.query import Warehouse
from warehouse.settings import Settings

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def client(published: Settings) -> FlaskClient:
    return create_server(published).test_client()


def entries(root: Element) -> list[Element]:
    return root.findall(f"{ATOM}entry")


def texts(elements: list[Element], name: str) -> list[str]:
    return [str(element.findtext(f"{ATOM}{name}")) for element in elements]


def test_the_feed_has_what_the_rfc_demands(client: FlaskClient) -> None:
    answer = client.get("/alerts.atom")
    assert (answer.status_code, answer.content_type.partition(";")[0]) == (200, "application/atom+xml")
    root = fromstring(answer.data)
    assert root.tag == f"{ATOM}feed"
    assert root.findtext(f"{ATOM}author/{ATOM}name")
    assert entries(root)
    for element in [root, *entries(root)]:
        for name in ("id", "title", "updated"):
            [found] = element.findall(f"{ATOM}{name}")
            assert found.text
        assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", element.findtext(f"{ATOM}id") or "")
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT00:00:00Z", element.findtext(f"{ATOM}updated") or "")
    ids = texts(entries(root), "id")
    assert len(set(ids)) == len(ids)
    [own] = [link for link in root.findall(f"{ATOM}link") if link.get("rel") == "self"]
    assert own.get("href") == "/alerts.atom"


def test_entries_are_the_alerts_newest_first_in_words(client: FlaskClient, published: Settings) -> None:
    root = fromstring(client.get("/alerts.atom").data)
    rows = Warehouse(published.link).frame("FROM out_pair__alerts ORDER BY raised_on DESC, alert_id")
    assert texts(entries(root), "updated") == [f"{day}T00:00:00Z" for day in rows["raised_on"]]
    assert root.findtext(f"{ATOM}updated") == f"{rows['raised_on'][0]}T00:00:00Z"
    assert "United States\N{EN DASH}Mexico: rise apart from its band, February 2025" in texts(entries(root), "title")
    [link] = entries(root)[0].findall(f"{ATOM}link")
    assert link.get("href") == f"/{rows['url'][0]}"


def test_ids_are_the_same_in_another_answer(client: FlaskClient) -> None:
    first, second = (fromstring(client.get("/alerts.atom").data) for _ in range(2))
    assert texts(entries(first), "id") == texts(entries(second), "id")
    ids = dict(zip(texts(entries(first), "title"), texts(entries(first), "id"), strict=True))
    # Fixed: readers know an entry by its id, so one that changed would come up anew for everybody.
    title = "United States\N{EN DASH}Mexico: rise apart from its band, February 2025"
    assert ids[title] == "urn:uuid:94fe6c8d-73ca-5254-ab47-bb9b3186a11e"


def test_links_begin_with_the_public_address(published: Settings) -> None:
    settings = Settings(home=published.home, public_url="https://example.org/")
    root = fromstring(create_server(settings).test_client().get("/alerts.atom?pair=MEX_USA").data)
    hrefs = {str(link.get("href")) for link in root.iter(f"{ATOM}link")}
    assert "https://example.org/alerts.atom?pair=MEX_USA" in hrefs
    assert all(href.startswith("https://example.org/") for href in hrefs)


def test_in_spanish_the_entries_are_the_same_and_lead_to_spanish_pages(client: FlaskClient) -> None:
    english, spanish = (fromstring(client.get(f"/alerts.atom?lang={code}").data) for code in ("en", "es"))
    assert texts(entries(english), "id") == texts(entries(spanish), "id")
    assert "Estados Unidos\N{EN DASH}México: alza que se separa de su banda, febrero de 2025" in texts(
        entries(spanish), "title"
    )
    assert {str(link.get("href"))[-8:] for link in spanish.iter(f"{ATOM}link")} == {"?lang=es", "&lang=es"}
    assert all("lang" not in str(link.get("href")) for link in english.iter(f"{ATOM}link"))


def test_a_pair_has_its_own_feed_which_may_be_empty(client: FlaskClient) -> None:
    own, other = (fromstring(client.get(f"/alerts.atom?pair={pair}").data) for pair in ("MEX_USA", "CAN_USA"))
    assert entries(own)
    assert entries(other) == []
    assert other.findtext(f"{ATOM}updated") == "2026-10-09T00:00:00Z"
    assert own.findtext(f"{ATOM}id") != other.findtext(f"{ATOM}id")


def test_no_more_than_the_newest(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    every = texts(entries(fromstring(client.get("/alerts.atom").data)), "id")
    monkeypatch.setattr(feed_of, "NEWEST", 3)
    assert texts(entries(fromstring(client.get("/alerts.atom").data)), "id") == every[:3]


@pytest.mark.parametrize("pair", ["XXX_YYY", "", "<script>", "MEX_USA' OR 1=1", "%00%ff"])
def test_an_unknown_pair_is_404_with_a_sentence(client: FlaskClient, pair: str) -> None:
    answer = client.get(f"/alerts.atom?pair={pair}")
    assert answer.status_code == 404
    assert answer.content_type.startswith("text/plain")
    assert "known are CAN_USA, CHN_USA, MEX_USA" in answer.text


def test_without_a_build_it_is_503_with_the_remedy(tmp_path: Path) -> None:
    answer = create_server(Settings(home=tmp_path)).test_client().get("/alerts.atom")
    assert answer.status_code == 503
    assert "dyadwatch build" in answer.text


def test_the_page_names_the_feed(client: FlaskClient) -> None:
    head = client.get("/").text.partition("</head>")[0]
    assert '<link rel="alternate" type="application/atom+xml" title="dyadwatch: alerts" href="/alerts.atom">' in head
