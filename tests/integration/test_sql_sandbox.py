"""Ad hoc SQL reads the published tables and does nothing else, whatever is asked."""

import hashlib
import io
import json
import re
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl
import pytest

from orchestration.cli import main
from warehouse.contracts.tables import columns_of
from warehouse.errors import NoBuildError, QueryError
from warehouse.query import ad_hoc
from warehouse.sandbox import RESULT_MB
from warehouse.settings import Settings

TIMEOUT_S = 2.0
"""Time limit of the attacks that only a limit stops; the others get minutes, to tell a refusal from a busy machine."""
MEMORY_MB = 256
ROW_LIMIT = 1000
GRACE_S = 30.0
"""Seconds for starting a process on a busy machine; without the limits the slow attacks take hours."""

DEEP = 5000
STATEMENTS = {
    "copy to a file": ("COPY meta_builds TO 'stolen.csv'", "COPY"),
    "copy a query to a file": ("COPY (SELECT 1) TO '/tmp/stolen.csv'", "COPY"),
    "copy over the published file": ("COPY (SELECT 1) TO '@FILE' (FORMAT csv, USE_TMP_FILE false)", "COPY"),
    "copy a pivot beside the published file": (
        "COPY (PIVOT meta_builds ON build_id) TO '@FILE.wal' (FORMAT csv, USE_TMP_FILE false)",
        "MULTI",
    ),
    "copy from a file": ("COPY meta_builds FROM '/etc/passwd'", "COPY"),
    "copy database": ("COPY FROM DATABASE memory TO temp", "PRAGMA"),
    "explain analyze copy into the log": ("EXPLAIN ANALYZE COPY (SELECT 1) TO '@FILE.wal' (FORMAT csv)", "COPY"),
    "explain copy behind a comment": ("EXPLAIN ANALYZE --\nCOPY (SELECT 1) TO '@FILE.wal' (FORMAT csv)", "COPY"),
    "export database": ("EXPORT DATABASE 'stolen'", "EXPORT"),
    "import database": ("IMPORT DATABASE '/tmp'", "PRAGMA"),
    "attach a file": ("ATTACH '/tmp/other.duckdb' AS other", "ATTACH"),
    "attach memory": ("ATTACH ':memory:' AS other", "ATTACH"),
    "detach": ("DETACH memory", "DETACH"),
    "use": ("USE memory", "SET"),
    "install": ("INSTALL httpfs", "LOAD"),
    "force install from an address": ("FORCE INSTALL shellfs FROM 'http://127.0.0.1:9'", "LOAD"),
    "load": ("LOAD '/tmp/evil.duckdb_extension'", "LOAD"),
    "pragma database_list": ("PRAGMA database_list", "PRAGMA"),
    "pragma behind a comment that a carriage return ends": ("--\rPRAGMA database_list", "PRAGMA"),
    "pragma behind a comment in a comment": ("/* /* */ */ PRAGMA database_list", "PRAGMA"),
    "pragma behind a semicolon": (";PRAGMA database_list", "PRAGMA"),
    "pragma behind a byte order mark": ("\ufeffPRAGMA database_list", "PRAGMA"),
    "pragma behind a space of no width": ("\u200bPRAGMA database_list", "PRAGMA"),
    "pragma setting": ("PRAGMA memory_limit='100GB'", "PRAGMA|SET"),
    "explain pragma": ("EXPLAIN ANALYZE PRAGMA enable_profiling", "PRAGMA"),
    "set": ("SET memory_limit = '100GB'", "SET"),
    "set access": ("SET enable_external_access = true", "SET"),
    "unlock configuration": ("SET GLOBAL lock_configuration = false", "SET"),
    "enable file systems": ("RESET disabled_filesystems", "SET"),
    "set variable": ("SET VARIABLE a = 1", "SET|VARIABLE_SET"),
    "explain set": ("EXPLAIN ANALYZE SET threads = 64", "SET"),
    "create table": ("CREATE TABLE t (a INTEGER)", "CREATE"),
    "create table as": ("CREATE OR REPLACE TABLE meta_builds AS SELECT 1", "CREATE"),
    "create temp table": ("CREATE TEMP TABLE t AS FROM range(10)", "CREATE"),
    "create temp table by explain": ("explain analyze create temp table t as select 1", "CREATE"),
    "create temp table of a pivot": ("CREATE TEMP TABLE t AS PIVOT meta_builds ON build_id", "MULTI"),
    "create view": ("CREATE VIEW v AS SELECT 1", "CREATE"),
    "create macro": ("CREATE MACRO f(a) AS a + 1", "CREATE"),
    "create function": ("CREATE FUNCTION f(a) AS a + 1", "CREATE"),
    "create secret": ("CREATE PERSISTENT SECRET s (TYPE s3, KEY_ID 'a', SECRET 'b')", "CREATE"),
    "create schema": ("CREATE SCHEMA s", "CREATE"),
    "create sequence": ("CREATE SEQUENCE s", "CREATE"),
    "create type": ("CREATE TYPE mood AS ENUM ('a')", "CREATE"),
    "insert": ("INSERT INTO meta_builds FROM meta_builds", "INSERT"),
    "insert by explain": ("EXPLAIN ANALYZE INSERT INTO meta_builds FROM meta_builds", "INSERT"),
    "update": ("UPDATE meta_builds SET build_id = 'x'", "UPDATE"),
    "delete": ("DELETE FROM meta_builds RETURNING *", "DELETE"),
    "truncate": ("TRUNCATE meta_builds", "DELETE"),
    "merge": ("MERGE INTO meta_builds USING meta_builds AS b USING (build_id) WHEN MATCHED THEN DELETE", "MERGE_INTO"),
    "write the catalogue": ("UPDATE pg_catalog.pg_class SET relname = 'x'", "UPDATE"),
    "drop": ("DROP TABLE meta_builds", "DROP"),
    "alter": ("ALTER TABLE meta_builds ADD COLUMN a INTEGER", "ALTER"),
    "comment on": ("COMMENT ON TABLE meta_builds IS 'x'", "ALTER"),
    "vacuum": ("VACUUM", "VACUUM"),
    "analyze": ("ANALYZE", "VACUUM"),
    "checkpoint": ("FORCE CHECKPOINT", "CALL"),
    "begin": ("BEGIN TRANSACTION", "TRANSACTION"),
    "commit": ("COMMIT", "TRANSACTION"),
    "prepare": ("PREPARE p AS SELECT 1", "PREPARE"),
    "execute": ("EXECUTE p", "EXECUTE"),
    "deallocate": ("DEALLOCATE p", "DROP"),
    "call": ("CALL enable_logging()", "CALL"),
    "two statements": ("SELECT 1; SELECT 2", "SELECT, SELECT"),
    "write after a read": ("SELECT 1; DROP TABLE meta_builds", "SELECT, DROP"),
    "write after an explained read": ("EXPLAIN SELECT 1; COPY (SELECT 1) TO '@FILE.wal'", "SELECT, COPY"),
    "write behind a comment": ("/* SELECT 1 */ DROP TABLE meta_builds -- SELECT 1", "DROP"),
    "write after a pivot and a comment": (
        "PIVOT meta_builds ON build_id --\n; COPY (SELECT 1) TO '@FILE.wal' --",
        "MULTI, COPY",
    ),
    "nothing": ("", "no statement"),
    "only a comment": ("-- SELECT 1", "no statement"),
}
"""Statements of a kind that is refused before anything runs, and the kinds that the refusal names."""

FILES = {
    "read_csv": "FROM read_csv('/etc/passwd')",
    "read_csv of many": "FROM read_csv(['/etc/passwd', '/etc/group'])",
    "read_parquet": "FROM read_parquet('@HOME/*.parquet')",
    "read_json": "FROM read_json('/etc/passwd')",
    "read_ndjson": "FROM read_ndjson_objects('/etc/passwd')",
    "read_text": "SELECT content FROM read_text('/etc/passwd')",
    "read_text of the user's home": "SELECT content FROM read_text('~/.ssh/id_rsa')",
    "read_blob": "SELECT content FROM read_blob('/proc/self/environ')",
    "read_blob of the published file": "SELECT content FROM read_blob('@FILE')",
    "read_duckdb": "FROM read_duckdb('@HOME/warehouse/build.duckdb', table_name = 'meta_builds')",
    "glob": "FROM glob('/etc/*')",
    "sniff_csv": "FROM sniff_csv('/etc/passwd')",
    "parquet_metadata": "FROM parquet_metadata('/tmp/a.parquet')",
    "file as a table": "FROM '/etc/passwd.csv'",
    "file as a table in a subquery": "SELECT (SELECT count(*) FROM '../secrets.parquet')",
    "file by query_table": "FROM query_table('/etc/passwd.csv')",
    "file by query": "FROM query('SELECT * FROM read_text(''/etc/passwd'')')",
    "file by a serialized query": (
        "FROM json_execute_serialized_sql(json_serialize_sql('SELECT * FROM read_text(''/etc/passwd'')'))"
    ),
    "file by a summary": "SUMMARIZE FROM '/etc/passwd.csv'",
    "file by describe": "DESCRIBE FROM '/etc/passwd.csv'",
    "file by explain": "EXPLAIN ANALYZE FROM read_text('/etc/passwd')",
    "http address": "FROM 'http://127.0.0.1:9/a.parquet'",
    "https address": "FROM read_csv('https://example.org/a.csv')",
    "s3 address": "FROM 's3://bucket/a.parquet'",
    "extensions on disk": "FROM duckdb_extensions()",
}
"""Queries that read, but not the published tables."""

ERRORS = {
    "variable of python": ("FROM request", "Catalog Error: Table with name request does not exist"),
    "constant of python": ("FROM SANDBOX", "Catalog Error: Table with name SANDBOX does not exist"),
    "function of python": ("SELECT _connect(1)", "Catalog Error: Scalar Function with name _connect"),
    "python_map_function": ("FROM python_map_function(1)", "Binder Error"),
    "pandas_scan": ("FROM pandas_scan(1)", "Binder Error"),
    "arrow_scan": ("FROM arrow_scan(1, 1, 1)", "Binder Error"),
    "getenv": ("SELECT getenv('HOME')", "Catalog Error: Scalar Function with name getenv"),
    "shell command": ("FROM read_text_auto('id |')", "Catalog Error"),
    "load_aws_credentials": ("FROM load_aws_credentials()", "Catalog Error"),
    "from_substrait": ("FROM from_substrait('\\x00'::BLOB)", "Catalog Error"),
    "sqlite_scan": ("FROM sqlite_scan('/tmp/a.db', 't')", "Catalog Error"),
    "postgres_query": ("FROM postgres_query('host=127.0.0.1', 'SELECT 1')", "Catalog Error"),
    "logging to a file": (
        "FROM enable_logging(storage = 'file', storage_path = '/tmp')",
        "Invalid Input Error: Cannot change configuration",
    ),
    "profile into the log": (
        "FROM enable_profiling(save_location = '@FILE.wal')",
        "Invalid Input Error: Cannot change configuration",
    ),
    "force_checkpoint": ("FROM force_checkpoint()", "TransactionContext Error"),
    "create_external_resource": ("FROM create_external_resource('shell')", "Invalid Input Error"),
    "insert in a common table": (
        "WITH a AS (INSERT INTO meta_builds FROM meta_builds RETURNING *) FROM a",
        "(?s)Invalid Input Error: Cannot execute.*read-only",
    ),
    "writing query()": ("FROM query('DROP TABLE meta_builds')", "Parser Error: Expected a single SELECT"),
    "null byte": ("SELECT\x001", "Parser Error"),
    "bytes that are no text": ("FROM \udcff\udcfe", "Parser Error"),
    "parameter": ("SELECT $1", "Invalid Input Error"),
    "deep parentheses": (f"SELECT {'(' * DEEP}1{')' * DEEP}", "Parser Error: Max expression depth"),
    "deep lists": (f"SELECT {'[' * DEEP}{']' * DEEP}", "Parser Error: Max expression depth"),
    "deep negation": (f"SELECT {'NOT ' * DEEP}true", "Parser Error: Max expression depth"),
    "many grouping sets": (
        f"SELECT count(*) FROM meta_tables GROUP BY CUBE({', '.join(f'rows + {n}' for n in range(20))})",
        "Parser Error: Maximum grouping set count",
    ),
    "list longer than a list": ("SELECT range(1000000000000)", "Invalid Input Error: Lists larger than"),
    "text longer than a text": ("SELECT repeat('x', 10000000000)", "Out of Range Error"),
    "error with a trace of the machine's files": ("""SELECT "<"('a', 1)""", "INTERNAL Error"),
    "broken statement": ("SELEC 1", "Parser Error"),
}
"""Queries that DuckDB refuses under the sandbox, and the start of its message."""

STOPPED = {
    "endless recursion": "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT max(n) FROM r",
    "endless recursion that grows": "WITH RECURSIVE r AS (SELECT [1] AS n UNION ALL SELECT n || n FROM r) FROM r",
    "cross join": "SELECT count(*) FROM range(1000000) a, range(1000000) b, range(9) c WHERE a.range * b.range % 7 = 8",
    "cross join sorted": "SELECT hash(a.range, b.range) AS h FROM range(1000000) a, range(1000000) b ORDER BY h",
    "cross joins nested": "WITH c0 AS (SELECT unnest([1, 2]) AS x), "
    + ", ".join(f"c{n + 1} AS MATERIALIZED (SELECT a.x FROM c{n} a, c{n} b)" for n in range(30))
    + " SELECT count(*) FROM c30",
    "join of sixty tables": f"SELECT count(*) FROM {', '.join(f'meta_tables t{n}' for n in range(60))}",
    "sum of a huge range": "SELECT sum(range::HUGEINT) FROM range(1000000000000)",
    "huge range as one list": "SELECT range(1000000000)",
    "huge series as one list": "SELECT len(generate_series(1, 2000000000))",
    "huge aggregate list": "SELECT list(range) FROM range(1000000000000)",
    "huge string_agg": "SELECT string_agg(repeat('x', 1000), '') FROM range(100000000)",
    "huge unnest": "SELECT unnest(range(500000000))",
    "huge split": "SELECT string_split(repeat('a,', 100000000), ',')",
    "huge repeat": "SELECT repeat('x', 4000000000)",
    "huge repeat measured": "SELECT length(repeat('x', 3000000000))",
    "huge repeat of bytes": "SELECT repeat('x'::BLOB, 4000000000)::VARCHAR",
    "huge pad": "SELECT lpad('x', 2000000000, 'y')",
    "huge format": "SELECT format('{:>2000000000}', 'x')",
    "huge rows": "SELECT repeat('x', 10000000 + range) FROM range(2000)",
    "huge groups": "SELECT hash(range), count(*) FROM range(1000000000) GROUP BY ALL",
    "huge pivot": "PIVOT (SELECT range AS a, range AS b FROM range(90000)) ON a USING sum(b)",
    "regex bomb": "SELECT regexp_replace(repeat('a', 50000000), '(((a{1,100}){1,10})*)*b', 'c', 'g')",
    "levenshtein": "SELECT levenshtein(repeat('a', 1000000), repeat('b', 1000000))",
    "sleep": "SELECT sleep_ms(3600000)",
    "long text": f"SELECT '{'x' * 50_000_000}'",
    "long list of numbers": f"SELECT 1 IN ({', '.join(map(str, range(1_000_000)))})",
}
"""Queries without end or measure, stopped by a limit."""

HARMLESS = {
    "stored secrets": ("FROM duckdb_secrets()", []),
    "secret of an address": ("FROM which_secret('s3://bucket/a', 's3')", []),
    "proxy's password": ("SELECT current_setting('http_proxy_password'), current_setting('http_proxy')", [("", "")]),
    "directory of secrets": (
        "SELECT count(*) FROM duckdb_settings() WHERE value LIKE '%/.duckdb%'",
        [(0,)],
    ),
    "variable": ("SELECT getvariable('a')", [(None,)]),
    "spilled files": ("FROM duckdb_temporary_files()", []),
    "logs": ("FROM duckdb_logs()", []),
    "checkpoint()": ("FROM checkpoint()", []),
    "endless recursion, cut": (
        "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) FROM r",
        [(n,) for n in range(1, ROW_LIMIT + 1)],
    ),
    "endless repeat(), cut": ("FROM repeat(7, 1000000000000)", [(7,)] * ROW_LIMIT),
}
"""Attacks that run and get nothing, and what they get."""

ATTACKS = {
    **{name: sql for name, (sql, _) in STATEMENTS.items()},
    **FILES,
    **{name: sql for name, (sql, _) in ERRORS.items()},
    **STOPPED,
    **{name: sql for name, (sql, _) in HARMLESS.items()},
}


@dataclass(frozen=True)
class Outcome:
    """What became of an attack: its rows, or the message."""

    rows: list[tuple[object, ...]] | None
    message: str
    seconds: float


@dataclass(frozen=True)
class Traces:
    """State of the disk: digest of the published file, and every path around it and in the working directory."""

    digest: str
    paths: list[Path]


IS_15 = duckdb.__version__.startswith("1.5")
WORDED_15 = {
    "copy a pivot beside the published file": "TRANSACTION, CREATE, COPY, TRANSACTION",
    "import database": "it reaches for a file or the network",
    "copy database": "TRANSACTION, COPY_DATABASE, COPY_DATABASE, TRANSACTION",
    "create temp table of a pivot": "TRANSACTION, CREATE, CREATE, TRANSACTION",
    "write after a pivot and a comment": "CREATE, SELECT, COPY",
    "logging to a file": "Can not enable file logging with the LocalFileSystem disabled",
    "profile into the log": "Refused: it reaches for a file or the network",
    "create_external_resource": "Catalog Error: Table Function with name create_external_resource does not exist",
    "insert in a common table": "Parser Error: A CTE needs a SELECT",
    "parameter": "Binder Error: Unexpected prepared parameter",
    "error with a trace of the machine's files": "Catalog Error: Scalar Function with name < does not exist",
}
"""What DuckDB 1.5 says where it words a refusal otherwise."""


def expected(name: str, pattern: str) -> str:
    return WORDED_15.get(name, pattern) if IS_15 else pattern


def attack(settings: Settings, name: str) -> Outcome:
    sql = ATTACKS[name].replace("@FILE", str(settings.link.resolve())).replace("@HOME", str(settings.home))
    timeout_s = TIMEOUT_S if name in STOPPED else 120.0
    start = time.monotonic()
    try:
        frame, _ = ad_hoc(settings.link, sql, timeout_s=timeout_s, row_limit=ROW_LIMIT, memory_mb=MEMORY_MB)
    except QueryError as error:
        return Outcome(None, str(error), time.monotonic() - start)
    return Outcome(frame.rows(), "", time.monotonic() - start)


def ask(settings: Settings, sql: str, *, row_limit: int = ROW_LIMIT) -> tuple[pl.DataFrame, bool]:
    return ad_hoc(settings.link, sql, timeout_s=60.0, row_limit=row_limit, memory_mb=1024)


def traces(settings: Settings) -> Traces:
    digest = hashlib.sha256(settings.link.resolve().read_bytes()).hexdigest()
    return Traces(digest, sorted([*settings.home.rglob("*"), *Path.cwd().rglob("*")]))


@pytest.fixture(scope="module")
def siege(
    published: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[dict[str, Outcome], Traces, Traces]]:
    """Run every attack once, several at a time, in an empty working directory; give outcomes and traces around them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HTTP_PROXY", "http://user:secret@127.0.0.1:9")
        patch.chdir(tmp_path_factory.mktemp("cwd"))
        before = traces(published)
        with ThreadPoolExecutor(4) as pool:
            outcomes = dict(zip(ATTACKS, pool.map(lambda name: attack(published, name), ATTACKS), strict=True))
        yield outcomes, before, traces(published)


@pytest.fixture(scope="module")
def outcomes(siege: tuple[dict[str, Outcome], Traces, Traces]) -> dict[str, Outcome]:
    return siege[0]


def test_attacks_leave_no_trace(siege: tuple[dict[str, Outcome], Traces, Traces]) -> None:
    _, before, after = siege
    assert after == before


@pytest.mark.parametrize("name", STATEMENTS)
def test_statement_is_refused(name: str, outcomes: dict[str, Outcome]) -> None:
    assert re.match(rf"Refused: ({expected(name, STATEMENTS[name][1])})\.\nHint: ", outcomes[name].message)


@pytest.mark.parametrize("name", FILES)
def test_file_and_network_are_out_of_reach(name: str, outcomes: dict[str, Outcome]) -> None:
    assert re.match(r"Refused: it reaches for a file or the network\.\nHint: ", outcomes[name].message)


@pytest.mark.parametrize("name", ERRORS)
def test_query_is_refused(name: str, outcomes: dict[str, Outcome]) -> None:
    if IS_15 and name == "deep parentheses":  # no limit there: it is an answer, and none that hurts
        assert outcomes[name].rows == [(1,)]
        return
    assert re.match(expected(name, ERRORS[name][1]), outcomes[name].message)


@pytest.mark.parametrize("name", STOPPED)
def test_query_is_stopped(name: str, outcomes: dict[str, Outcome]) -> None:
    assert re.match(r"Stopped (at 256 MB|after 2 s).*\nHint: ", outcomes[name].message)
    assert outcomes[name].seconds < TIMEOUT_S + GRACE_S


@pytest.mark.parametrize("name", HARMLESS)
def test_query_gets_nothing(name: str, outcomes: dict[str, Outcome]) -> None:
    assert outcomes[name].rows == HARMLESS[name][1]


def test_messages_name_no_path_of_the_machine(outcomes: dict[str, Outcome]) -> None:
    said = "\n".join(outcome.message for outcome in outcomes.values())
    assert not [place for place in (sys.prefix, sys.base_prefix, str(Path.home()), ".so") if place in said]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        pytest.param("SELECT 20 + 1 AS n", [(21,)], id="select"),
        pytest.param("FROM range(2)", [(0,), (1,)], id="from first"),
        pytest.param("WITH a AS (SELECT 20 AS n) SELECT n + 1 FROM a", [(21,)], id="with"),
        pytest.param("VALUES (1, 'a'), (2, NULL)", [(1, "a"), (2, None)], id="values"),
        pytest.param("SELECT count(*) FROM (SHOW TABLES) WHERE name = 'meta_builds'", [(1,)], id="show in a query"),
        pytest.param("PIVOT (VALUES ('a', 1), ('b', 2)) t(k, v) ON k USING sum(v)", [(1, 2)], id="pivot"),
        pytest.param("PIVOT (VALUES ('a', 1)) t(k, v) ON k IN ('a', 'b') USING sum(v)", [(1, None)], id="pivot in"),
        pytest.param("FROM (PIVOT (VALUES ('a', 1)) t(k, v) ON k USING sum(v));", [(1,)], id="pivot in a query"),
        pytest.param("UNPIVOT (SELECT 1 AS a, 2 AS b) ON a, b", [("a", 1), ("b", 2)], id="unpivot"),
        pytest.param("\ufeff" + "/**/" * 1000 + "select/**/1", [(1,)], id="many comments"),
        pytest.param("(SELECT 1)", [(1,)], id="parentheses"),
        pytest.param("-- how many\nSELECT 1 /* one */;", [(1,)], id="comments and semicolon"),
        pytest.param(
            "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 3) FROM r ORDER BY n DESC",
            [(3,), (2,), (1,)],
            id="recursion with an end",
        ),
    ],
)
def test_reading_statement_works(sql: str, expected: list[tuple[object, ...]], published: Settings) -> None:
    assert ask(published, sql)[0].rows() == expected


@pytest.mark.parametrize("sql", ["DESCRIBE meta_builds", "SUMMARIZE meta_builds", "SHOW meta_builds"])
def test_columns_are_described(sql: str, published: Settings) -> None:
    assert ask(published, sql)[0]["column_name"].to_list() == list(columns_of("meta_builds"))


def test_tables_are_shown(published: Settings) -> None:
    frame, _ = ask(published, "SHOW TABLES")
    counted, _ = ask(published, "SELECT DISTINCT table_name FROM duckdb_columns() WHERE NOT internal ORDER BY ALL")
    assert "out_pair__monthly_tension" in frame["name"]
    assert frame["name"].to_list() == counted["table_name"].to_list()


@pytest.mark.parametrize(
    "sql", ["EXPLAIN SELECT count(*) FROM range(9)", "EXPLAIN ANALYZE\nSELECT count(*) FROM range(9)"]
)
def test_plan_is_explained(sql: str, published: Settings) -> None:
    frame, _ = ask(published, sql)
    assert "range" in frame["explain_value"].item().lower()


def test_unknown_name_gets_a_suggestion(published: Settings) -> None:
    with pytest.raises(QueryError, match=r"meta_build does not exist!\nDid you mean \"meta_builds\""):
        ask(published, "FROM meta_build")


@pytest.mark.parametrize(("row_limit", "rows", "is_cut"), [(10, 10, True), (11, 11, False)])
def test_rows_are_cut_at_the_limit(row_limit: int, rows: int, is_cut: bool, published: Settings) -> None:
    frame, cut = ask(published, "FROM range(11)", row_limit=row_limit)
    assert (frame.height, cut) == (rows, is_cut)


def test_memory_of_one_call_is_bounded(published: Settings) -> None:
    """DuckDB does not count what `format` takes; given time, the gigabyte would be had."""
    with pytest.raises(QueryError, match=f"Stopped at {MEMORY_MB} MB"):
        ad_hoc(
            published.link,
            "SELECT length(format('{:>1000000000}', 'x'))",
            timeout_s=120.0,
            row_limit=ROW_LIMIT,
            memory_mb=MEMORY_MB,
        )


def test_large_result_is_refused(published: Settings) -> None:
    with pytest.raises(QueryError, match=f"larger than {RESULT_MB} MB"):
        ask(published, f"SELECT repeat('x', {RESULT_MB + 1} * 1024 * 1024) AS x")


@pytest.mark.parametrize("sql", ["SELECT INTERVAL 1 DAY", "SELECT [union_value(a := 1)]"])
def test_value_that_cannot_be_handed_over_gets_a_hint(sql: str, published: Settings) -> None:
    with pytest.raises(QueryError, match="Hint: name each column, and cast it"):
        ask(published, sql)


def test_no_build_is_said(tmp_path: Path) -> None:
    with pytest.raises(NoBuildError):
        ask(Settings(home=tmp_path), "SELECT 1")


@pytest.fixture
def at_home(published: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DYADWATCH_HOME", str(published.home))


@pytest.mark.usefixtures("at_home")
class TestCommand:
    ROWS = "SELECT 'MEX_USA' AS pair, true AS yes, NULL AS none, 1.5::DOUBLE AS half, DATE '2025-03-04' AS day"

    def test_refusal_exits_with_1(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["sql", "DROP TABLE meta_builds"]) == 1
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err.startswith("dyadwatch: Refused: DROP.\nHint: ")

    def test_csv_has_one_header_row(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["sql", self.ROWS, "--format", "csv"]) == 0
        assert capsys.readouterr().out == "pair,yes,none,half,day\nMEX_USA,true,,1.5,2025-03-04\n"

    def test_json_is_one_list_of_objects(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["sql", self.ROWS, "--format", "json"]) == 0
        row = {"pair": "MEX_USA", "yes": True, "none": None, "half": 1.5, "day": "2025-03-04"}
        assert json.loads(capsys.readouterr().out) == [row]

    def test_parquet_is_bytes(self, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
        assert main(["sql", "FROM range(3)", "--format", "parquet"]) == 0
        frame = pl.read_parquet(io.BytesIO(capsysbinary.readouterr().out))
        assert frame.rows() == [(0,), (1,), (2,)]

    def test_table_shows_the_whole_plan(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["sql", "EXPLAIN SELECT tension_index FROM out_pair__monthly_tension"]) == 0
        drawn = capsys.readouterr().out.strip()
        assert "scan" in drawn.lower()
        assert drawn[-1] in "\N{BOX DRAWINGS LIGHT ARC UP AND LEFT}\N{BOX DRAWINGS LIGHT UP AND LEFT}"

    def test_cut_is_said_on_standard_error(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("DYADWATCH_SQL_ROW_LIMIT", "2")
        assert main(["sql", "FROM range(3)", "--format", "csv"]) == 0
        said = capsys.readouterr()
        assert said.out == "range\n0\n1\n"
        assert said.err == "dyadwatch: cut at 2 rows\n"

    def test_nested_value_does_not_fit_csv(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["sql", "SELECT [1] AS a", "--format", "csv"]) == 1
        assert "Hint: cast it" in capsys.readouterr().err
