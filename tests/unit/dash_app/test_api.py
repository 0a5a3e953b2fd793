"""The API answers one build: every page once, as of a day, in three formats, and says what is wrong as RFC 9457 has it."""

import csv
import io
import json
import re
import shlex
from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pytest
from flask import Flask
from flask.testing import FlaskClient
from polars.testing import assert_frame_equal
from werkzeug.test import TestResponse

from dash_app import api
from dash_app.serve import create_server
from warehouse.contracts.tables import TABLES, columns_of
from warehouse.errors import QueryError
from warehouse.query import Warehouse
from warehouse.settings import Settings

DOCS = Path(__file__).parents[3] / "docs" / "api.md"
CURLS = [shlex.split(line) for line in re.findall(r"^curl .*$", DOCS.read_text("utf-8"), re.M)]


@pytest.fixture(scope="module")
def client(published: Settings) -> FlaskClient:
    return create_server(published).test_client()


@pytest.fixture(scope="module")
def warehouse(published: Settings) -> Warehouse:
    return Warehouse(published.link)


def got(client: FlaskClient, path: str) -> dict:
    answer = client.get(f"/api/v1{path}")
    assert answer.status_code == 200, answer.text
    return answer.json


def problem(answer: TestResponse, status: int) -> str:
    """Return the problem's words, once its shape is as RFC 9457 has it."""
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    assert set(answer.json) == {"type", "title", "status", "detail", "remedy"}
    assert answer.json["status"] == status
    return f"{answer.json['detail']} {answer.json['remedy']}"


def paged(client: FlaskClient, path: str) -> list[dict]:
    rows, following = [], f"/api/v1{path}"
    while following:
        page = client.get(following).json
        rows += page["rows"]
        following = page["next"]
    return rows


def test_the_index_lists_what_is_routed(client: FlaskClient) -> None:
    listed = {resource["href"] for resource in got(client, "/")["resources"]}
    routed = {
        re.sub(r"<(\w+)>", r"{\1}", rule.rule)
        for rule in client.application.url_map.iter_rules()
        if rule.rule.startswith("/api/") and rule.endpoint != "api.unknown"
    }
    assert listed == routed
    assert client.get("/api/v1", follow_redirects=True).json == got(client, "/")


def test_the_build_is_named(client: FlaskClient, warehouse: Warehouse) -> None:
    build = warehouse.build()
    assert got(client, "/build") == build | {
        "built_at": f"{build['built_at']:%Y-%m-%dT%H:%M:%S.%f}Z",
        "ledger_end": "2026-10-09",
    }


def test_tables_are_told_with_rows_and_columns(client: FlaskClient, warehouse: Warehouse) -> None:
    tables = {table["name"]: table for table in got(client, "/tables")["tables"]}
    assert set(tables) == warehouse.tables()
    acts = tables["core_act__events"]
    assert acts["rows"] == warehouse.frame("FROM core_act__events").height
    assert acts["period"] == "occurred_on"
    assert acts["columns"][0] == {
        "name": "act_id", "type": "VARCHAR", "nullable": False, "comment": "Identifier of the act in the ledger.",
    }  # fmt: skip


def test_columns_never_take_a_parameters_name() -> None:
    [route] = [route for route in api.ROUTES if route.path == "/tables/{table}"]
    names = {parameter.name for parameter in route.parameters} | {"columns"}
    assert not {(table, name) for table in TABLES for name in names & set(columns_of(table))}


@pytest.mark.parametrize("table", ["out_pair__regimes", "core_policy__stages", "meta_tables", "ref_ladders"])
@pytest.mark.parametrize("limit", [1, 7, 50])
def test_pages_hold_each_row_once(client: FlaskClient, warehouse: Warehouse, table: str, limit: int) -> None:
    history = "&includeHistory=true" if table.startswith("core_") else ""
    rows = paged(client, f"/tables/{table}?limit={limit}{history}")
    assert len(rows) == warehouse.frame(f"FROM {table}").height
    assert len({json.dumps(row) for row in rows}) == len(rows)
    assert rows == got(client, f"/tables/{table}?limit=1000{history}")["rows"]


def test_the_last_page_has_no_next_even_when_full(client: FlaskClient) -> None:
    assert got(client, "/tables/ref_pairs?limit=3")["next"] is None
    assert got(client, "/tables/ref_pairs?limit=2")["next"].startswith(
        "/api/v1/tables/ref_pairs?limit=2&offset=2&build="
    )
    assert got(client, "/tables/ref_pairs?offset=2147483647")["rows"] == []


def test_csv_and_parquet_name_the_next_page_in_a_header(client: FlaskClient) -> None:
    answer = client.get("/api/v1/tables/ref_pairs?limit=2&format=csv")
    following = re.fullmatch(r'<(.*)>; rel="next"', answer.headers["Link"])
    assert following
    last = client.get(following[1])
    assert "Link" not in last.headers
    assert last.text.splitlines()[1].startswith("MEX_USA,")


def test_a_page_of_another_build_is_refused(client: FlaskClient) -> None:
    words = problem(client.get("/api/v1/tables/ref_pairs?build=20200101T000000000000"), 409)
    assert "begin again" in words


def test_columns_are_filters(client: FlaskClient, warehouse: Warehouse) -> None:
    path = "/tables/out_pair__monthly_tension?pair_id=MEX_USA&pair_id=CAN_USA&view=latest&month=2025-03-01"
    rows = got(client, f"{path}&columns=pair_id,tension_index")["rows"]
    expected = warehouse.frame(
        "SELECT pair_id, tension_index FROM out_pair__monthly_tension"
        " WHERE pair_id <> 'CHN_USA' AND view = 'latest' AND month = DATE '2025-03-01' ORDER BY pair_id"
    )
    assert rows == expected.to_dicts()
    assert list(rows[0]) == ["pair_id", "tension_index"]


@pytest.mark.parametrize(
    ("table", "query", "sql"),
    [
        pytest.param("core_act__events", "is_joint=true", "is_joint", id="boolean"),
        pytest.param("ref_ladders", "ladder_step=5&ladder_step=1", "ladder_step IN (1, 5)", id="integer"),
        pytest.param("ref_ladders", "magnitude=1.0", "magnitude = 1", id="number"),
        pytest.param("core_policy__stages", "stage_on=2025-03-04", "stage_on = DATE '2025-03-04'", id="date"),
    ],
)
def test_filters_are_read_by_type(client: FlaskClient, warehouse: Warehouse, table: str, query: str, sql: str) -> None:
    current = " AND known_to IS NULL" if table.startswith("core_") else ""
    expected = warehouse.frame(f"FROM {table} WHERE {sql}{current}").height
    assert len(got(client, f"/tables/{table}?{query}")["rows"]) == expected > 0


def test_times_are_filters_in_any_zone(client: FlaskClient) -> None:
    built = got(client, "/build")["built_at"]
    assert len(got(client, f"/tables/meta_builds?built_at={built}")["rows"]) == 1
    hours = f"{(int(built[11:13]) + 1) % 24:02}"
    shifted = f"{built[:11]}{hours}{built[13:-1]}%2B01:00"
    if hours != "00":
        assert len(got(client, f"/tables/meta_builds?built_at={shifted}")["rows"]) == 1


@pytest.mark.parametrize("attack", ["' OR 1=1 --", "MEX_USA'; DROP TABLE ref_pairs; --", "\x00", "$v0", "\N{SNOWMAN}"])
def test_values_are_bound(client: FlaskClient, attack: str) -> None:
    answer = client.get("/api/v1/tables/ref_pairs", query_string={"pair_id": attack})
    assert (answer.status_code, answer.json["rows"]) == (200, [])
    assert len(got(client, "/tables/ref_pairs")["rows"]) == 3


@pytest.mark.parametrize(
    ("table", "query", "sql"),
    [
        (
            "out_pair__daily_tension",
            "startPeriod=2025-02&endPeriod=2025-02",
            "day BETWEEN '2025-02-01' AND '2025-02-28'",
        ),
        (
            "out_pair__daily_tension",
            "startPeriod=2024-02-29&endPeriod=2024",
            "day BETWEEN '2024-02-29' AND '2024-12-31'",
        ),
        ("out_dyad__yearly_extraditions", "startPeriod=2019&endPeriod=2020-06", "year BETWEEN 2019 AND 2020"),
        ("out_dyad__yearly_extraditions", "startPeriod=2019-02&endPeriod=2020", "year = 2020"),
        ("core_act__events", "startPeriod=2025-01-31&endPeriod=2025-01-31", "occurred_on = '2025-01-31'"),
    ],
)
def test_periods_cut_both_ends_included(
    client: FlaskClient, warehouse: Warehouse, table: str, query: str, sql: str
) -> None:
    current = " AND known_to IS NULL" if table.startswith("core_") else ""
    expected = warehouse.frame(f"FROM {table} WHERE {sql}{current}").height
    assert len(got(client, f"/tables/{table}?{query}")["rows"]) == expected > 0


def test_every_table_with_a_date_of_its_own_has_a_period(client: FlaskClient) -> None:
    without = {table["name"] for table in got(client, "/tables")["tables"] if table["period"] is None}
    assert without == {
        "core_coding__codes", "core_policy__measures", "meta_builds", "meta_checks", "meta_freshness", "meta_outages",
        "meta_rejections", "meta_tables", "out_coding__agreement", "out_pair__stance_lags", "out_pair__validation",
        "ref_countries", "ref_definitions", "ref_dyads", "ref_ladders", "ref_method", "ref_pillars", "ref_sources",
    }  # fmt: skip


AS_OF = date(2024, 6, 30)


@pytest.mark.parametrize(
    ("query", "sql"),
    [
        ("", "known_to IS NULL"),
        ("includeHistory=true", "true"),
        ("includeHistory=false", "known_to IS NULL"),
        (f"asOf={AS_OF}", f"known_from <= '{AS_OF}' AND (known_to IS NULL OR known_to > '{AS_OF}')"),
        (f"asOf={AS_OF}&includeHistory=true", f"known_from <= '{AS_OF}'"),
    ],
)
def test_core_tables_are_read_as_of_a_day(client: FlaskClient, warehouse: Warehouse, query: str, sql: str) -> None:
    rows = got(client, f"/tables/core_indicator__observations?limit=100000&{query}")["rows"]
    expected = warehouse.frame(
        f"SELECT observation_id, known_from::VARCHAR FROM core_indicator__observations WHERE {sql}"
    )
    assert sorted((row["observation_id"], row["known_from"]) for row in rows) == sorted(expected.iter_rows())


def test_as_of_ends_on_the_day_of_replacement(tmp_path: Path, published: Settings) -> None:
    file = copied(published, tmp_path)
    with duckdb.connect(str(file)) as connection:
        connection.execute(
            "UPDATE core_usbp__monthly_encounters SET known_from = '2020-01-10', known_to = '2020-02-10',"
            " closed_because = 'revised' WHERE month = '2019-12-01'"
        )
    client = create_server(Settings(home=tmp_path)).test_client()
    for day, rows in {"2020-01-09": 0, "2020-01-10": 1, "2020-02-09": 1, "2020-02-10": 0}.items():
        path = f"/tables/core_usbp__monthly_encounters?month=2019-12-01&asOf={day}"
        assert len(got(client, path)["rows"]) == rows


def copied(published: Settings, home: Path) -> Path:
    """Return a copy of the build that may be written, as the current one of a home."""
    file = home / "dyadwatch-copy.duckdb"
    file.write_bytes(published.link.read_bytes())
    (home / "dyadwatch.duckdb").symlink_to(file)
    return file


def test_rows_that_may_not_be_passed_on_are_left_out(tmp_path: Path, published: Settings) -> None:
    with duckdb.connect(str(copied(published, tmp_path))) as connection:
        connection.execute("UPDATE ref_sources SET redistributable = false WHERE source_id = 'banxico_remittances'")
        (held,) = connection.execute(
            "SELECT count(*) FROM core_indicator__observations WHERE source_id = 'banxico_remittances'"
        ).fetchone() or (0,)
    client = create_server(Settings(home=tmp_path)).test_client()
    tables = {table["name"]: table for table in got(client, "/tables")["tables"]}
    assert tables["core_indicator__observations"]["rows_left_out"] == held > 0
    assert tables["meta_rejections"]["rows_left_out"] > 0
    assert tables["ref_sources"]["rows_left_out"] == 0
    for table in ("core_indicator__observations", "meta_rejections", "meta_snapshots"):
        answer = client.get(f"/api/v1/tables/{table}?limit=100000&format=csv")
        assert "banxico_remittances" not in answer.text


@pytest.mark.parametrize(
    "table", ["core_policy__stages", "meta_builds", "out_pair__monthly_tension", "out_pair__changes", "ref_sources"]
)
def test_three_formats_hold_the_same(client: FlaskClient, warehouse: Warehouse, table: str) -> None:
    path = f"/api/v1/tables/{table}"
    rows = client.get(path).json["rows"]
    parquet = pl.read_parquet(client.get(f"{path}?format=parquet").data)
    assert parquet.schema == warehouse.frame(f"FROM {table} LIMIT 0").schema
    times = pl.col(pl.Datetime).dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ")
    text = parquet.with_columns(times).with_columns(pl.col(pl.Date).cast(pl.String))
    assert rows == text.to_dicts()
    answer = client.get(f"{path}?format=csv")
    read = pl.read_csv(answer.data, schema_overrides=text.schema)
    assert_frame_equal(read, text.with_columns(pl.col(pl.String).replace("", None)), check_exact=True)


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("text/csv", "text/csv; charset=utf-8"),
        ("application/vnd.apache.parquet", "application/vnd.apache.parquet"),
        ("text/csv;q=0.5, application/json", "application/json"),
        ("text/html, */*;q=0.8", "application/json"),
        ("image/png", "application/json"),
        ("", "application/json"),
    ],
)
def test_accept_chooses_the_format(client: FlaskClient, accept: str, media: str) -> None:
    answer = client.get("/api/v1/pairs", headers={"Accept": accept})
    assert answer.content_type == media
    assert "Accept" in answer.headers["Vary"]


def test_files_are_named_by_table_and_build(client: FlaskClient) -> None:
    content_hash = got(client, "/build")["content_hash"]
    for form in ("csv", "parquet"):
        header = client.get(f"/api/v1/tables/ref_pairs?format={form}").headers["Content-Disposition"]
        assert header == f'attachment; filename="ref_pairs-{content_hash}.{form}"'
    assert "Content-Disposition" not in client.get("/api/v1/tables/ref_pairs").headers


def test_csv_disarms_formulas_and_leaves_numbers_alone(tmp_path: Path, published: Settings) -> None:
    texts = {
        "=1+1": "'=1+1", "+cmd|' /C calc'!A0": "'+cmd|' /C calc'!A0", "-2+3": "'-2+3", "@SUM(A1)": "'@SUM(A1)",
        "\tx": "'\tx", "\rx": "'\rx", "-0.8": "-0.8", "+5": "+5", "-1e-3": "-1e-3", "a=b": "a=b", "'=1": "'=1",
        "-0.8\n=1": "'-0.8\n=1",
    }  # fmt: skip
    with duckdb.connect(str(copied(published, tmp_path))) as connection:
        connection.execute("DELETE FROM ref_method")
        connection.executemany("INSERT INTO ref_method VALUES (?, -1.5, '1.0')", [[text] for text in texts])
    client = create_server(Settings(home=tmp_path)).test_client()
    answer = client.get("/api/v1/tables/ref_method?format=csv")
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert sorted(row["name"] for row in rows) == sorted(texts.values())
    assert {row["value"] for row in rows} == {"-1.5"}
    assert {row["name"] for row in got(client, "/tables/ref_method")["rows"]} == set(texts)


@pytest.mark.parametrize("form", ["json", "csv", "parquet"])
def test_what_a_client_holds_is_not_sent_again(client: FlaskClient, form: str) -> None:
    path = f"/api/v1/tables/ref_sources?format={form}"
    for encoding in ("identity", "gzip"):
        first = client.get(path, headers={"Accept-Encoding": encoding})
        assert first.headers["Cache-Control"] == "no-cache"
        again = client.get(path, headers={"Accept-Encoding": encoding, "If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")
        assert again.headers["ETag"] == first.headers["ETag"]


def test_tags_differ_by_request_and_a_wrong_one_does_not_match(client: FlaskClient) -> None:
    paths = ["/pairs", "/build", "/tables/ref_pairs", "/tables/ref_pairs?limit=1", "/tables/ref_pairs?format=csv"]
    tags = [client.get(f"/api/v1{path}").headers["ETag"] for path in paths]
    tags.append(client.get("/api/v1/pairs", headers={"Accept": "text/csv"}).headers["ETag"])
    assert len(set(tags)) == len(tags)
    assert client.get("/api/v1/pairs", headers={"If-None-Match": tags[1]}).status_code == 200
    problem(client.get("/api/v1/pairs?x=1", headers={"If-None-Match": "*"}), 400)


def test_head_is_get_without_its_body(client: FlaskClient) -> None:
    for path in ("/", "/tables/ref_pairs?format=csv", "/pairs/MEX_USA/tension"):
        get, head = client.get(f"/api/v1{path}"), client.head(f"/api/v1{path}")
        assert (head.status_code, head.data, head.headers) == (200, b"", get.headers)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY"])
@pytest.mark.parametrize("path", ["", "/", "/tables/ref_pairs", "/nothing"])
def test_no_other_method_is_taken(client: FlaskClient, method: str, path: str) -> None:
    answer = client.open(f"/api/v1{path}", method=method)
    problem(answer, 405)
    assert answer.headers["Allow"] == "GET, HEAD"


def test_the_page_keeps_its_own_methods(client: FlaskClient) -> None:
    assert client.options("/").status_code == 200
    assert client.get("/api/v2/").content_type.startswith("text/html")


def test_other_sites_scripts_may_not_read(client: FlaskClient) -> None:
    answer = client.get("/api/v1/pairs", headers={"Origin": "https://example.org"})
    assert not [name for name in answer.headers.keys() if name.startswith("Access-Control")]  # noqa: SIM118


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/nothing", 404, "known are /, /build"),
        ("/tables/", 404, "known are"),
        ("/tables/sqlite_master", 404, "core_act__events"),
        ("/tables/ref_pairs%22%20--", 404, "ref_pairs"),
        ("/tables/ref_pairs?colour=red", 400, "known are build, columns, endPeriod"),
        ("/tables/ref_pairs?columns=colour", 400, "ledger_start"),
        ("/tables/ref_pairs?columns=pair_id,pair_id", 400, "different values"),
        ("/tables/ref_pairs?columns=", 400, "columns"),
        ("/tables/ref_pairs?limit=0", 400, '"maximum":100000'),
        ("/tables/ref_pairs?limit=100001", 400, '"maximum":100000'),
        ("/tables/ref_pairs?limit=1&limit=2", 400, "once"),
        ("/tables/ref_pairs?limit=1_0", 400, "limit"),
        ("/tables/ref_pairs?offset=-1", 400, "offset"),
        ("/tables/ref_pairs?format=xml", 400, "parquet"),
        ("/tables/ref_pairs?ledger_end=yesterday", 400, '"format":"date"'),
        ("/tables/ref_pairs?ledger_end=20250101", 400, "date"),
        ("/tables/ref_pairs?startPeriod=2025-13", 400, "startPeriod"),
        ("/tables/ref_pairs?endPeriod=2025-02-30", 400, "endPeriod"),
        ("/tables/ref_pillars?weight=nan", 400, "number"),
        ("/tables/ref_pillars?weight=1e999", 400, "number"),
        ("/tables/ref_search_log?year=99999999999999999999", 400, "integer"),
        ("/tables/ref_search_log?was_searched=1", 400, "boolean"),
        ("/tables/meta_builds?built_at=0001-01-01T00:00:00%2B05:00", 400, "date-time"),
        ("/tables/meta_checks?startPeriod=2025", 400, "has no period. filter by its columns: check_id"),
        ("/tables/out_pair__regimes?asOf=2025-01-01", 400, "dyadwatch serve --as-of"),
        ("/tables/ref_pairs?includeHistory=true", 400, "core_ tables"),
        ("/pairs/XXX_YYY/tension", 404, "CAN_USA, CHN_USA, MEX_USA"),
        ("/pairs/MEX_USA/tension?view=both", 400, "real_time"),
        ("/pairs/MEX_USA/tension?asOf=1990-01-01", 404, "the first day is 2001-01-31"),
        ("/pairs/MEX_USA/contributions?month=1990-01", 404, "known are 2001-01 to 2026-10"),
        ("/pairs/MEX_USA/evidence?month=2025-03-01", 400, "month"),
        ("/pairs/MEX_USA/evidence?language=xx", 400, "language"),
        ("/build?x=", 400, "Unknown parameter 'x'"),
    ],
)
def test_what_is_wrong_is_told_with_what_is_known(client: FlaskClient, path: str, status: int, words: str) -> None:
    answer = client.get(f"/api/v1{path}")
    assert words in problem(answer, status)
    assert answer.headers["Cache-Control"] == "no-cache"


def test_without_a_build_it_is_503_with_the_remedy(tmp_path: Path) -> None:
    client = create_server(Settings(home=tmp_path)).test_client()
    for path in ("/", "/build", "/tables/ref_pairs", "/pairs/MEX_USA/tension", "/openapi.json"):
        assert "dyadwatch build" in problem(client.get(f"/api/v1{path}"), 503)


def test_a_damaged_build_is_503_and_names_no_file(tmp_path: Path) -> None:
    (tmp_path / "dyadwatch.duckdb").write_bytes(b"no database")
    words = problem(create_server(Settings(home=tmp_path)).test_client().get("/api/v1/build"), 503)
    assert "dyadwatch build" in words
    assert str(tmp_path) not in words


def test_an_answer_stays_with_its_build(tmp_path: Path, published: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    copied(published, tmp_path)
    other = tmp_path / "other.duckdb"
    other.write_bytes(published.link.read_bytes())
    with duckdb.connect(str(other)) as connection:
        connection.execute("UPDATE meta_builds SET build_id = 'other'; DELETE FROM ref_pairs")
    read, link = api._values, tmp_path / "dyadwatch.duckdb"

    def published_meanwhile(*arguments: object) -> object:
        values = read(*arguments)  # type: ignore[arg-type]
        link.unlink()
        link.symlink_to(other)
        return values

    monkeypatch.setattr(api, "_values", published_meanwhile)
    client = create_server(Settings(home=tmp_path)).test_client()
    first, second = got(client, "/pairs"), got(client, "/pairs")
    assert (len(first["rows"]), len(second["rows"])) == (3, 0)
    assert second["build"]["build_id"] == "other" != first["build"]["build_id"]


@pytest.mark.parametrize("view", ["latest", "real_time"])
def test_tension_is_the_monthly_index(client: FlaskClient, warehouse: Warehouse, view: str) -> None:
    answer = got(client, f"/pairs/MEX_USA/tension?view={view}&startPeriod=2024-10&endPeriod=2025-03")
    expected = warehouse.frame(
        "FROM out_pair__monthly_tension WHERE pair_id = 'MEX_USA' AND view = $view"
        " AND month BETWEEN '2024-10-01' AND '2025-03-01' ORDER BY month",
        view=view,
    )
    assert [row["tension_index"] for row in answer["rows"]] == expected["tension_index"].to_list()
    assert {"lower_05", "upper_95"} <= set(answer["rows"][0])
    assert (answer["pair"], answer["view"], answer["as_of"]) == ("MEX_USA", view, None)


def test_tension_as_of_a_day_names_the_month_end_it_rests_on(client: FlaskClient, warehouse: Warehouse) -> None:
    answer = got(client, "/pairs/MEX_USA/tension?asOf=2025-03-10")
    expected = warehouse.frame("FROM tension_as_of('MEX_USA', DATE '2025-03-10')")
    assert answer["as_of"] == "2025-02-28"
    assert [row["tension_index"] for row in answer["rows"]] == expected["tension_index"].to_list()
    assert got(client, "/pairs/MEX_USA/tension?asOf=2099-01-01")["as_of"] == "2026-10-09"


def test_tension_in_real_time_as_of_a_day_is_what_had_been_read_by_then(
    client: FlaskClient, warehouse: Warehouse
) -> None:
    rows = got(client, "/pairs/MEX_USA/tension?view=real_time&asOf=2025-03-10")["rows"]
    read = warehouse.frame(
        "FROM out_pair__monthly_tension WHERE pair_id = 'MEX_USA' AND view = 'real_time' AND month < '2025-03-01'"
        " ORDER BY month"
    )
    assert [row["tension_index"] for row in rows] == read["tension_index"].to_list()


def test_contributions_sum_to_the_reading(client: FlaskClient) -> None:
    rows = got(client, "/pairs/MEX_USA/contributions?month=2025-03")["rows"]
    [reading] = got(client, "/pairs/MEX_USA/tension?startPeriod=2025-03&endPeriod=2025-03")["rows"]
    assert abs(sum(row["contribution"] for row in rows) - reading["tension_index"]) < 1e-9
    assert [row["contribution"] for row in rows] == sorted((row["contribution"] for row in rows), reverse=True)


def test_the_latest_month_is_the_last_with_a_reading(client: FlaskClient) -> None:
    answer = got(client, "/pairs/MEX_USA/contributions")
    assert (answer["month"], bool(answer["rows"])) == ("2026-10", True)
    assert got(client, "/pairs/CHN_USA/contributions")["rows"] == []


def test_evidence_has_items_and_the_records_behind_them(client: FlaskClient) -> None:
    rows = got(client, "/pairs/MEX_USA/evidence?month=2025-03")["rows"]
    [item] = [row for row in rows if row["item_id"] == "usa_ieepa_mexico_2025" and row["of_id"] is None]
    assert item["contribution"] > 20
    assert "USMX0096" in {row["item_id"] for row in rows if row["of_id"] == "USMX0097"}
    spanish = got(client, "/pairs/MEX_USA/evidence?month=2025-03&language=es")["rows"]
    assert [row["item_id"] for row in spanish] == [row["item_id"] for row in rows]
    assert [row["title"] for row in spanish] != [row["title"] for row in rows]


def replayed(published: Settings, *, replay: api.Replay) -> FlaskClient:
    server = Flask("replayed")
    server.register_blueprint(api.blueprint(Warehouse(published.link), published, replay))
    return server.test_client()


def test_out_tables_are_read_as_of_a_day_where_it_can_be_replayed(published: Settings, tmp_path: Path) -> None:
    with duckdb.connect(str(copied(published, tmp_path))) as connection:
        connection.execute("UPDATE meta_builds SET as_of = '2025-03-10'; DELETE FROM out_pair__regimes")
    days: list[date] = []

    def replay(day: date) -> Path:
        days.append(day)
        return tmp_path / "dyadwatch.duckdb"

    client = replayed(published, replay=replay)
    answer = got(client, "/tables/out_pair__regimes?asOf=2025-03-10")
    assert (answer["build"]["as_of"], answer["rows"], days) == ("2025-03-10", [], [date(2025, 3, 10)])
    assert got(client, "/tables/out_pair__regimes")["rows"]
    assert got(client, "/tables/core_act__events?asOf=2025-03-10")["build"]["as_of"] is None
    problem(client.get("/api/v1/tables/ref_pairs?asOf=2025-03-10"), 400)


def test_a_day_that_cannot_be_replayed_is_404(published: Settings) -> None:
    def replay(day: date) -> Path:
        raise QueryError(f"Nothing is held as known on {day}.\nHint: ask for a day from the ledger's start on.")

    client = replayed(published, replay=replay)
    assert "ledger's start" in problem(client.get("/api/v1/tables/out_pair__regimes?asOf=1900-01-01"), 404)


def test_the_document_holds_every_route_and_table_and_all_its_references(client: FlaskClient) -> None:
    document = got(client, "/openapi.json")
    tables = {table["name"] for table in got(client, "/tables")["tables"]}
    plain = {route.path for route in api.ROUTES if "{table}" not in route.path}
    assert set(document["paths"]) == plain | {f"/tables/{name}" for name in tables}
    for reference in re.findall(r'"\$ref":"#/components/(\w+)/(\w+)"', json.dumps(document, separators=(",", ":"))):
        assert reference[1] in document["components"][reference[0]]
    ids = [path["get"]["operationId"] for path in document["paths"].values()]
    assert len(set(ids)) == len(ids)
    assert document["servers"] == [{"url": "/api/v1"}]


def test_the_document_names_each_parameter_that_is_taken(client: FlaskClient) -> None:
    paths = got(client, "/openapi.json")["paths"]
    parameters = {item["name"]: item for item in paths["/tables/core_act__events"]["get"]["parameters"]}
    assert parameters["occurred_on"]["schema"]["items"] == {"type": "string", "format": "date"}
    assert parameters["limit"]["schema"] == {"type": "integer", "minimum": 1, "maximum": 100_000}
    assert not {"asOf", "startPeriod"} & {item["name"] for item in paths["/tables/ref_pillars"]["get"]["parameters"]}
    [pair] = [item for item in paths["/pairs/{pair}/tension"]["get"]["parameters"] if item["in"] == "path"]
    assert pair["schema"]["enum"] == ["CAN_USA", "CHN_USA", "MEX_USA"]


@pytest.mark.parametrize("words", CURLS, ids=[" ".join(words) for words in CURLS])
def test_each_command_of_the_page_answers(client: FlaskClient, words: list[str]) -> None:
    [url] = [word for word in words if word.startswith("http")]
    headers = dict(words[at + 1].split(": ", 1) for at, word in enumerate(words) if word == "-H")
    answer = client.get(url.removeprefix("http://127.0.0.1:8050"), headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.headers["ETag"]
    assert not answer.is_json or answer.json.get("rows", True)


def test_the_page_shows_every_route() -> None:
    shown = " ".join(word for words in CURLS for word in words)
    for route in api.ROUTES:
        assert re.search(re.sub(r"{\w+}", r"\\w+", route.path) + r"(\?|\s|$)", shown), route.path
