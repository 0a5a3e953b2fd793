"""Checks of a whole build, across tables: what no single contract can say. A failed one is not published."""

from dataclasses import dataclass

import duckdb
import polars as pl

from warehouse.contracts.columns import Known
from warehouse.contracts.tables import TABLES, key_of
from warehouse.ddl import quoted

RESIDUAL = 1e-9
"""Largest difference between an index and the sum of its contributions."""


@dataclass(frozen=True)
class Reference:
    """A column that names rows of a table by their key, or nothing where it is null."""

    table: str
    column: str
    other: str
    key: str


REFERENCES = (
    Reference("core_policy__stages", "policy_id", "core_policy__measures", "policy_id"),
    Reference("core_policy__coverage", "policy_id", "core_policy__measures", "policy_id"),
    Reference("core_policy__exemptions", "policy_id", "core_policy__measures", "policy_id"),
    Reference("core_act__events", "policy_id", "core_policy__measures", "policy_id"),
    Reference("core_act__events", "claim_id", "core_extradition__claims", "claim_id"),
    Reference("core_act__events", "evidence_of_act_id", "core_act__events", "act_id"),
    Reference("core_statement__utterances", "policy_id", "core_policy__measures", "policy_id"),
    Reference("core_statement__utterances", "act_id", "core_act__events", "act_id"),
)


@dataclass(frozen=True)
class Check:
    """A figure that must not exceed a limit; `sql` returns one row with one number."""

    check_id: str
    says: str
    sql: str
    limit: float = 0.0


def run_checks(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Return check_id, outcome and detail of every check of the build."""
    rows = []
    for check in checks():
        figure = connection.sql(check.sql).fetchall()[0][0] or 0
        rows.append(
            {
                "check_id": check.check_id,
                "outcome": "pass" if figure <= check.limit else "fail",
                "detail": f"{check.says}: {figure:g}, at most {check.limit:g}",
            }
        )
    return pl.DataFrame(rows).sort("check_id")


def checks() -> list[Check]:
    """Return every check."""
    return [
        Check(
            "rows_are_conserved",
            "Snapshots whose rows in are not those accepted and those in meta_rejections",
            "SELECT count(*) FROM meta_snapshots s LEFT JOIN (SELECT snapshot_id, table_name, count(*) AS rejected"
            " FROM meta_rejections GROUP BY ALL) r USING (snapshot_id, table_name)"
            " WHERE s.rows_in <> s.rows_accepted + s.rows_rejected OR s.rows_rejected <> coalesce(r.rejected, 0)",
        ),
        *(_sums(level, "contributions", "tension_index") for level in ("pair", "dyad")),
        _sums("pair", "cooperation_contributions", "cooperation_index"),
        *(_one_vintage_a_day(table) for table, schema in TABLES.items() if issubclass(schema, Known)),
        *map(_resolves, REFERENCES),
        Check(
            "core_act__events_answers_act_id_resolves",
            "Acts that answer a threat which is neither an act nor a policy",
            "SELECT count(*) FROM core_act__events WHERE known_to IS NULL AND answers_act_id IS NOT NULL AND answers_act_id"
            " NOT IN (SELECT act_id FROM core_act__events UNION SELECT policy_id FROM core_policy__measures)",
        ),
        Check(
            "rated_stages_are_covered",
            "Stages with a rate that begin before any coverage of their policy",
            "SELECT count(*) FROM core_policy__stages s WHERE known_to IS NULL AND rate_pct IS NOT NULL AND NOT EXISTS"
            " (FROM core_policy__coverage c WHERE c.policy_id = s.policy_id AND c.known_to IS NULL"
            " AND c.from_on <= s.stage_on)",
        ),
    ]


def _sums(level: str, parts: str, index: str) -> Check:
    key = f"{level}_id, month, view"
    return Check(
        f"{level}_{parts}_sum_to_{index}",
        "Largest difference of a month",
        f"SELECT max(abs(t.{index} - coalesce(c.total, 0))) FROM out_{level}__monthly_tension t LEFT JOIN"
        f" (SELECT {key}, sum(contribution) AS total FROM out_{level}__{parts} GROUP BY ALL) c USING ({key})"
        f" WHERE t.{index} > 0",
        RESIDUAL,
    )


def _one_vintage_a_day(table: str) -> Check:
    key = ", ".join(quoted(name) for name in key_of(table) if name != "known_from")
    return Check(
        f"{table}_has_one_vintage_a_day",
        "Rows that begin to be known before an earlier vintage ends",
        f"SELECT count(*) FROM (SELECT known_from, lag(coalesce(known_to, DATE '9999-12-31')) OVER"
        f" (PARTITION BY {key} ORDER BY known_from) AS ended FROM {quoted(table)}) WHERE known_from < ended",
    )


def _resolves(reference: Reference) -> Check:
    table, column, other = reference.table, reference.column, reference.other
    return Check(
        f"{table}_{column}_resolves",
        f"Rows of {table} whose {column} is not in {other}",
        f"SELECT count(*) FROM {table} WHERE known_to IS NULL AND {column} IS NOT NULL AND {column} NOT IN"
        f" (SELECT {reference.key} FROM {other} WHERE known_to IS NULL)",
    )
