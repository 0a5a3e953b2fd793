"""DuckDB's own command line opens the published file read-only and finds its way by the comments alone."""

import csv
import io
import shutil
import subprocess

import pytest

from warehouse.settings import Settings

CLI = shutil.which("duckdb")
pytestmark = pytest.mark.skipif(CLI is None, reason="no duckdb on the path; get it with: uv pip install duckdb-cli")

BY_MONTH = """
WITH acts AS (
    SELECT date_trunc('month', occurred_on)::DATE AS month, count(*) AS acts
    FROM core_act__events JOIN ref_dyads USING (initiator, target)
    WHERE known_to IS NULL AND pair_id = 'MEX_USA' GROUP BY ALL
), tariffs AS (
    SELECT date_trunc('month', s.stage_on)::DATE AS month, count(*) AS tariffs
    FROM core_policy__stages AS s JOIN core_policy__measures AS m USING (policy_id)
    WHERE s.known_to IS NULL AND m.known_to IS NULL AND m.kind = 'tariff'
        AND m.imposer IN ('MEX', 'USA') AND m.target IN ('MEX', 'USA', 'WLD') GROUP BY ALL
), statements AS (
    SELECT date_trunc('month', stated_on)::DATE AS month, count(*) AS statements
    FROM core_statement__utterances JOIN ref_dyads ON initiator = country AND target = addressee
    WHERE known_to IS NULL AND pair_id = 'MEX_USA' GROUP BY ALL
), encounters AS (
    SELECT month, sum(encounters)::BIGINT AS encounters
    FROM core_cbp__monthly_encounters_southwest WHERE known_to IS NULL GROUP BY ALL
)
FROM encounters LEFT JOIN acts USING (month) LEFT JOIN tariffs USING (month) LEFT JOIN statements USING (month)
WHERE month BETWEEN DATE '2023-10-01' AND DATE '2024-09-30' ORDER BY month
"""


def ask(published: Settings, sql: str) -> subprocess.CompletedProcess[str]:
    """Return what the command line answers to one statement, as CSV with a header."""
    command = [str(CLI), "-readonly", "-csv", "-nullvalue", "", str(published.link.resolve()), "-c", sql]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def rows(published: Settings, sql: str) -> list[dict[str, str]]:
    """Return the rows of an answer."""
    answer = ask(published, sql)
    assert answer.returncode == 0, answer.stderr
    return list(csv.DictReader(io.StringIO(answer.stdout)))


def test_tables_are_listed_by_layer(published: Settings) -> None:
    names = {row["name"] for row in rows(published, "SHOW TABLES")}
    assert {"core_act__events", "core_policy__stages", "out_pair__monthly_tension", "ref_method"} <= names
    assert {name.split("_")[0] for name in names} == {"core", "out", "ref", "meta"}


@pytest.mark.parametrize("kind", ["tables", "columns"])
def test_everything_carries_a_comment(kind: str, published: Settings) -> None:
    column = "column_name" if kind == "columns" else "NULL"
    found = rows(published, f"SELECT table_name, {column} AS part, comment FROM duckdb_{kind}() WHERE NOT internal")
    assert len(found) > 30
    assert [row for row in found if not row["comment"].strip()] == []


def test_acts_tariffs_statements_and_encounters_join_by_month(published: Settings) -> None:
    months = rows(published, BY_MONTH)
    assert len(months) == 12
    assert sum(int(month["encounters"]) for month in months) == 2_135_005, "CBP's total of fiscal 2024"
    by_month = {month["month"]: month for month in months}
    # two metals proclamations of 10 July 2024; the pause of 27 August is an act answered by words
    assert by_month["2024-07-01"]["tariffs"] == "2"
    assert all(int(by_month["2024-08-01"][kind]) > 0 for kind in ("acts", "statements"))
    assert by_month["2024-08-01"]["tariffs"] == "", "nothing was set that month"


def test_the_file_is_not_written_to(published: Settings) -> None:
    answer = ask(published, "CREATE TABLE mine (n INT)")
    assert answer.returncode != 0
    assert "read-only" in answer.stderr
