"""Attacks on the page, the API and the feeds of a server, each refused or bounded. docs/security.md names them all."""

import fcntl
import hashlib
import json
import logging
import os
import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import duckdb
import orjson
import pytest
from dash.development.base_component import Component
from flask.testing import FlaskClient

from dash_app.app import Dashboard, create_app
from dash_app.brief import brief
from dash_app.feed import feed
from dash_app.pages import BY_KEY
from dash_app.serve import LARGEST_REQUEST, LONGEST_ADDRESS, create_server
from dash_app.turns import DOWNLOAD, SQL, BusyError, Turns, Work
from dash_app.view import COMMON, FREE
from warehouse.query import Warehouse
from warehouse.settings import Settings

SCRIPT = "<script>alert(1)</script>"
PAYLOADS = {
    "mixture": f"\"><img src=x onerror=alert(1)>{SCRIPT}'; DROP TABLE meta_builds; --",
    "quote": "' OR '1'='1",
    "second statement": "MEX_USA'; DROP TABLE meta_builds; --",
    "union": "x' UNION SELECT * FROM read_text('/etc/passwd') --",
    "parameter": "$pair $1 ? :a {0} %s %(a)s",
    "script": f'"><img src=x onerror=alert(1)>{SCRIPT}',
    "path": "../../../../etc/passwd",
    "line break": "a\r\nSet-Cookie: stolen=1",
    "null byte": "a\x00b",
    "long": "9" * 5000,
    "digits": "\N{FULLWIDTH DIGIT TWO}025-0\N{ARABIC-INDIC DIGIT THREE}",
}
LEAKS = re.compile(r"Traceback|site-packages|/dash_app/|/warehouse/|root:x:|(Binder|Parser|Catalog|IO) Error")
"""What an answer shows that tells of the machine, or that a value was read as SQL."""


@pytest.fixture(scope="module")
def client(published: Settings) -> FlaskClient:
    return create_server(published).test_client()


@pytest.fixture(scope="module")
def dashboard(published: Settings) -> Dashboard:
    return create_app(Warehouse(published.link))


@pytest.fixture
def untouched(published: Settings) -> Iterator[None]:
    before = hashlib.sha256(published.link.resolve().read_bytes()).hexdigest()
    yield
    assert hashlib.sha256(published.link.resolve().read_bytes()).hexdigest() == before


def writes(component: object) -> Iterator[tuple[str, str]]:
    """Yield what the browser takes for markup or an address: property and text."""
    if isinstance(component, Component):
        for name in ("href", "src", "action", "data-html", "data-src", "data-what"):
            if isinstance(text := getattr(component, name, None), str):
                yield name, text
        yield from writes(getattr(component, "children", None))
    elif isinstance(component, list | tuple):
        for part in component:
            yield from writes(part)


def holds_no_script(page: Component) -> None:
    for name, text in writes(page):
        assert SCRIPT not in text, name
        assert not re.search(r"<img src=x|javascript:alert", text), (name, text[:200])


# Injection by every parameter


@pytest.mark.parametrize("key", list(BY_KEY))
@pytest.mark.usefixtures("untouched")
def test_no_parameter_of_a_page_is_read_as_anything_but_a_value(
    key: str, dashboard: Dashboard, caplog: pytest.LogCaptureFixture
) -> None:
    choices = BY_KEY[key].choices
    free = [name for name, values in choices.items() if values == FREE]  # what has a list is held to it
    whole = [name for name in (*COMMON, *choices) if name not in ("as_of", "build")]  # these two are refused first
    queries: list[Mapping[str, str]] = [
        dict.fromkeys(whole, PAYLOADS[name]) for name in ("mixture", "null byte", "digits")
    ]
    queries += [{name: PAYLOADS["mixture"]} for name in free]
    for query in queries:
        page = dashboard.page(key, query)
        holds_no_script(page)
        if key != "sql":  # whose query is SQL, and its errors DuckDB's
            assert not LEAKS.search(orjson.dumps(dashboard.written(page)).decode()), query
    assert "failed, report" not in caplog.text


def test_no_parameter_of_a_download_breaks_it(client: FlaskClient) -> None:
    for name in COMMON:
        for payload in PAYLOADS.values():
            answer = client.get("/data/overview/tension.csv", query_string={name: payload})
            assert answer.status_code == 400, (name, payload)
            assert not LEAKS.search(answer.text)
            assert "Set-Cookie" not in answer.headers


@pytest.mark.usefixtures("untouched")
def test_no_parameter_of_the_api_is_read_as_anything_but_a_value(client: FlaskClient) -> None:
    document = client.get("/api/v1/openapi.json").json
    parameters = [
        (path, parameter)
        for path, operation in document["paths"].items()
        for parameter in operation["get"].get("parameters", [])
    ]
    empty = 0
    for number, (path, parameter) in enumerate(parameters):
        for name in ("mixture", list(PAYLOADS)[number % len(PAYLOADS)]):  # each with one, and all in turn
            payload, query = PAYLOADS[name], {}
            if parameter["in"] == "path":
                address = path.replace(f"{{{parameter['name']}}}", payload.replace("/", "%2f").replace("?", "%3f"))
            else:
                address, query = path.replace("{pair}", "MEX_USA"), {parameter["name"]: payload}
            answer = client.get(f"/api/v1{address}", query_string=query)
            assert answer.status_code in (200, 400, 404, 409), (path, parameter["name"], name)
            assert not LEAKS.search(answer.text), (path, parameter["name"], name)
            if answer.status_code == 200:  # a filter of text: no row has such a text
                assert answer.json["rows"] == [], (path, parameter["name"], name)
                empty += 1
    assert len(parameters) > 500
    assert empty > 300


# Addresses


@pytest.mark.parametrize(
    "path",
    [
        "/data/overview/..%2f..%2fetc%2fpasswd.csv",
        "/data/..%2f/tension.csv",
        "/data/overview/tension.csv?build=../../../etc/passwd",
        "/data/overview/tension.csv?build=20200101T000000000000/../../x",
        "/evidence?item=act:../../../etc/passwd",
        "/assets/..%2fapp.py",
        "/assets/%2e%2e/%2e%2e/pyproject.toml",
        "/assets//etc/passwd",
        "/_dash-component-suites/dash/..%2f..%2f..%2fetc%2fpasswd",
        "/_dash-component-suites/os/__init__.py",
        "/api/v1/tables/..%2f..%2fetc%2fpasswd",
        "/%2e%2e/%2e%2e/etc/passwd",
    ],
)
def test_no_path_leaves_its_folder(path: str, client: FlaskClient) -> None:
    answer = client.get(path)
    assert answer.status_code in (200, 400, 404)
    assert not re.search(r"root:x:|\[project\]|create_app|import ", answer.text)
    if answer.status_code == 200:  # the page, which says that there is no such page
        assert "<!DOCTYPE html>" in answer.text[:20]


@pytest.mark.parametrize(
    "path", ["/api/v1", "/api/v1/", "//evil.example", "//evil.example/%2f..", "/\\evil.example", "/login?next=//evil.example",
             "/%0d%0aLocation:%20https://evil.example", "/data//evil.example", "/embed?chart=//evil.example"],
)  # fmt: skip
def test_no_address_redirects(path: str, client: FlaskClient) -> None:
    answer = client.get(path)
    assert answer.status_code < 300 or answer.status_code in (400, 404)
    assert "Location" not in answer.headers


@pytest.mark.parametrize(
    ("settings", "host", "status"),
    [
        ({}, "localhost:8050", 200),
        ({}, "127.0.0.1:8050", 200),
        ({}, "[::1]:8050", 200),
        ({}, "evil.example:8050", 400),
        ({}, "127.0.0.1.evil.example", 400),
        ({}, "evil.example@localhost", 400),
        ({"public_url": "https://dyads.example.org/"}, "dyads.example.org", 200),
        ({"public_url": "https://dyads.example.org/"}, "evil.example", 400),
        ({"host": "0.0.0.0"}, "node-3.internal:8050", 200),
    ],
)
def test_a_server_on_loopback_answers_to_its_own_names(
    settings: dict[str, Any], host: str, status: int, published: Settings
) -> None:
    """Else a site whose name is made to resolve to 127.0.0.1 reads all answers as its own."""
    client = create_server(replace(published, **settings)).test_client()
    for path in ("/livez", "/api/v1/build", "/"):
        assert client.get(path, headers={"Host": host}).status_code == status


@pytest.mark.parametrize("name", ["X-Forwarded-Host", "X-Forwarded-Prefix", "Forwarded", "X-Original-URL"])
def test_headers_of_a_proxy_are_not_believed(name: str, client: FlaskClient) -> None:
    for path in ("/", "/alerts.atom", "/api/v1/tables/ref_pairs?limit=1"):
        assert "evil.example" not in client.get(path, headers={name: "evil.example"}).text


# Sizes


def test_a_long_address_is_refused(client: FlaskClient) -> None:
    for path in ("/?q=", "/api/v1/tables?x=", "/data/sql/result.csv?q=", "/"):
        assert client.get(path + "a" * LONGEST_ADDRESS).status_code == 414


def test_a_large_body_is_refused(client: FlaskClient) -> None:
    body = b'{"output": "' + b"a" * LARGEST_REQUEST + b'"}'
    answer = client.post("/_dash-update-component", data=body, content_type="application/json")
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "body",
    [
        "x", "{}", "[]", "null", "1", '"a"', '{"output":"x.y","changedPropIds":[]}', "[" * 5000,
        '{"output":"_pages_content.children","outputs":[],"inputs":[],"changedPropIds":["a"]}',
        '{"output":"..a.b...c.d..","outputs":{"id":"__proto__","property":"x"},"inputs":[{}],"changedPropIds":[]}',
    ],
)  # fmt: skip
def test_a_malformed_request_of_the_page_is_the_clients_fault(
    body: str, client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    answer = client.post("/_dash-update-component", data=body, content_type="application/json")
    assert answer.status_code == 400
    assert "Traceback" not in answer.text + caplog.text


def test_a_defect_is_told_by_a_number(published: Settings, caplog: pytest.LogCaptureFixture) -> None:
    server = create_server(published)

    @server.get("/fails")
    def fails() -> str:
        raise RuntimeError("secret detail")

    answer = server.test_client().get("/fails")
    assert answer.status_code == 500
    assert "secret detail" not in answer.text
    number = re.search(r"logged as ([0-9a-f]{8})", answer.text)
    assert number and number[1] in caplog.text


# Floods


def hold(places: Path, work: Work) -> list[int]:
    """Take all turns of a kind of work, as other processes do."""
    held = [os.open(places / f"{work.name}-{number}", os.O_RDWR | os.O_CREAT) for number in range(work.at_once)]
    for descriptor in held:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    return held


@pytest.fixture
def full(published: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FlaskClient]:
    """Return a client of a server whose turns are all taken."""
    monkeypatch.setattr("dash_app.adhoc.Turns", lambda *_, **__: Turns(places=tmp_path, wait_s=0.05))
    client = create_server(published).test_client()
    held = [*hold(tmp_path, SQL), *hold(tmp_path, DOWNLOAD)]
    yield client
    for descriptor in held:
        os.close(descriptor)


@pytest.mark.parametrize(
    "path",
    ["/data/overview/tension.csv", "/data/sql/result.csv?q=SELECT+1", "/data/sql/result.html?q=SELECT+1",
     "/api/v1/tables/ref_pairs", "/api/v1/pairs/MEX_USA/evidence"],
)  # fmt: skip
def test_beyond_its_turns_dear_work_is_put_off(path: str, full: FlaskClient) -> None:
    answer = full.get(path)
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) >= 1


@pytest.mark.parametrize(
    "path", ["/livez", "/readyz", "/", "/alerts.atom", "/api/v1/build", "/data/overview/tension.html"]
)
def test_what_is_cheap_goes_on_meanwhile(path: str, full: FlaskClient) -> None:
    assert full.get(path).status_code == 200


def test_a_thread_of_each_process_stays_free(tmp_path: Path) -> None:
    turns = Turns(2, places=tmp_path, wait_s=60)
    with turns.take(DOWNLOAD), turns.take(SQL):  # a query within a download counts once
        refused: list[BusyError] = []

        def second() -> None:
            try:
                with turns.take(DOWNLOAD):
                    pass
            except BusyError as error:
                refused.append(error)

        other = threading.Thread(target=second)
        other.start()
        other.join(5)
        assert len(refused) == 1, "it waits, though a minute long no thread would be free"
    with turns.take(DOWNLOAD):
        pass


# Texts from elsewhere

MARKED = {
    "core_act__events": ("summary_en", "summary_es", "url"),
    "core_statement__utterances": ("summary_en", "summary_es", "speaker", "url"),
    "core_policy__measures": ("title_en", "title_es", "instrument", "url"),
    "core_extradition__claims": ("label_used", "stated_by", "publisher", "url"),
    "out_pair__alerts": ("detail",),
    "ref_sources": ("title", "publisher", "homepage", "notice"),
    "ref_indicators": ("title_en", "title_es"),
}
"""Columns of texts that publishers, or whoever writes the ledger, may fill."""


@pytest.fixture(scope="module")
def marked(published: Settings, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """Return a build whose texts are scripts, and whose addresses too."""
    file = tmp_path_factory.mktemp("marked") / "dyadwatch-20260101T000000000000.duckdb"
    file.write_bytes(published.link.resolve().read_bytes())
    with duckdb.connect(str(file)) as connection:
        for table, columns in MARKED.items():
            for column in columns:
                text = "javascript:alert(1)" if column in ("url", "homepage") else PAYLOADS["script"]
                connection.execute(f"UPDATE {table} SET {column} = $text WHERE {column} IS NOT NULL", {"text": text})
    return Warehouse(file)


@pytest.mark.parametrize("key", list(BY_KEY))
@pytest.mark.parametrize("lang", ["en", "es"])
def test_a_fetched_script_is_shown_as_text(
    key: str, lang: str, marked: Warehouse, caplog: pytest.LogCaptureFixture
) -> None:
    dashboard = create_app(marked)
    holds_no_script(dashboard.page(key, {"lang": lang, "month": "2025-03"}))
    assert "failed, report" not in caplog.text


def test_a_fetched_script_is_text_in_tables_feed_and_brief(marked: Warehouse) -> None:
    document = feed(marked, None, base="https://dyads.example.org/")
    assert SCRIPT.encode() not in document
    root = ET.fromstring(document)
    assert SCRIPT in "".join(root.itertext()), "the feed lost the text instead of escaping it"
    page, _ = brief(marked, "MEX_USA", date(2025, 3, 1), "en")
    assert SCRIPT not in page
    assert "javascript:" not in page
    assert "&lt;script&gt;" in page


def test_the_table_of_a_chart_is_escaped(client: FlaskClient) -> None:
    answer = client.get("/data/sql/result.html", query_string={"q": f"SELECT '{SCRIPT}' AS \"<b>name</b>\""})
    assert answer.status_code == 200
    assert "&lt;script&gt;" in answer.text
    assert SCRIPT not in answer.text
    assert "<b>" not in answer.text


def test_no_answer_lets_a_foreign_script_run(client: FlaskClient) -> None:
    """Whatever slipped through: the policy has no inline scripts, and no type is guessed."""
    for path in ("/", "/sql?q=SELECT+1", "/data/sql/result.html?q=SELECT+1", "/nothing"):
        answer = client.get(path)
        policy = answer.headers["Content-Security-Policy"]
        scripts = next(part for part in policy.split("; ") if part.startswith("script-src"))
        assert "unsafe" not in scripts
        assert "*" not in scripts
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


# Secrets


def test_secrets_are_in_no_repr_message_or_log(
    published: Settings,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from orchestration.cli import main

    caplog.set_level(logging.DEBUG)
    secret = "tr0ub4dor"
    monkeypatch.setenv("DYADWATCH_HOME", str(published.home))
    monkeypatch.setenv("DYADWATCH_WEBHOOK_URL", f"http://hooks.example.org/{secret}")
    monkeypatch.setenv("DYADWATCH_SMTP_URL", f"smtps://user:{secret}@mail.example.org:465")
    settings = replace(published, webhook_url=f"https://h/{secret}", smtp_url=f"smtps://u:{secret}@h")
    assert secret not in repr(settings)
    assert main(["status"]) == 0
    assert main(["alerts"]) == 0
    assert main(["alerts", "--approve-all"]) == 1  # a webhook in the clear is refused, by its host
    assert main(["sql", "SELECT * FROM duckdb_settings()"]) == 0
    said = capsys.readouterr()
    assert secret not in said.out + said.err + caplog.text
    assert "hooks.example.org" in said.err


def test_a_query_sees_no_variable_of_the_environment(published: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DYADWATCH_SMTP_URL", "smtps://user:tr0ub4dor@mail.example.org")
    client = create_server(published).test_client()
    answer = client.get("/data/sql/result.csv", query_string={"q": "SELECT getenv('DYADWATCH_SMTP_URL')"})
    assert answer.status_code == 404  # no result: DuckDB's function is the shell's only
    assert "tr0ub4dor" not in json.dumps(client.get("/_dash-layout").json) + answer.text


def test_sql_of_readers_can_be_switched_off(published: Settings) -> None:
    """Not by a path that a proxy refuses: the page asks for all of its pages at one address."""
    server = create_server(replace(published, sql_for_readers=False))
    assert server.test_client().get("/data/sql/result.csv?q=SELECT+1").status_code == 404
    shown = str(server.config["dashboard"].page("sql", {"q": "SELECT 20 + 1 AS secret_answer"}))
    assert "switched off" in shown
    assert "result" not in server.config["dashboard"].made("sql", {"q": "SELECT 1"})[1].answers
