"""DuckDB DDL and comments, generated from the contracts."""

from collections.abc import Iterator

import dataframely as dy
import polars as pl

from warehouse.contracts.tables import columns_of, contract

TYPES: dict[type[pl.DataType], str] = {
    pl.String: "VARCHAR",
    pl.Boolean: "BOOLEAN",
    pl.Date: "DATE",
    pl.Datetime: "TIMESTAMP",
    pl.Float64: "DOUBLE",
    pl.Int8: "TINYINT",
    pl.Int16: "SMALLINT",
    pl.Int64: "BIGINT",
}

MACROS = {
    "observations_as_of": (
        "observations_as_of(t) AS TABLE FROM core_indicator__observations"
        " WHERE known_from <= t AND (known_to IS NULL OR known_to > t)",
        "Observations as known on day t, one row an observation.",
    ),
    "fulfilment_by_issuer": (
        "fulfilment_by_issuer() AS TABLE SELECT issuer, threats, fulfilled, fulfilled / threats AS rate,"
        " (share + 1.9208 / threats - spread) / (1 + 3.8416 / threats) AS rate_low,"
        " (share + 1.9208 / threats + spread) / (1 + 3.8416 / threats) AS rate_high, median_days FROM (SELECT issuer,"
        " count(*) AS threats, count(*) FILTER (outcome = 'fulfilled') AS fulfilled, fulfilled / threats AS share,"
        " 1.96 * sqrt(share * (1 - share) / threats + 0.9604 / threats ** 2) AS spread,"
        " median(days_to_outcome) FILTER (outcome = 'fulfilled') AS median_days"
        " FROM out_policy__fulfilment WHERE outcome <> 'pending' GROUP BY issuer) ORDER BY issuer",
        "Share of an issuer's decided threats that came into force, with Wilson's 95 % interval, and the median days.",
    ),
    "tension_as_of": (
        "tension_as_of(pair, t) AS TABLE SELECT as_of, month, tension_index FROM out_pair__tension_vintages"
        " WHERE pair_id = pair AND as_of = (SELECT max(as_of) FROM out_pair__tension_vintages"
        " WHERE pair_id = pair AND as_of <= t) ORDER BY month",
        "Monthly tension index of a pair as known at the last month-end up to day t, which as_of names.",
    ),
}
"""Table macros of the published file: their definition and their comment."""


def create_macros() -> Iterator[str]:
    """Yield the statements that create the macros with their comments."""
    for name, (definition, comment) in MACROS.items():
        yield f"CREATE OR REPLACE MACRO {definition}"
        yield f"COMMENT ON MACRO TABLE {name} IS {_literal(comment)}"


def create_table(table: str) -> str:
    """Return the statement that creates the table anew, empty."""
    schema = contract(table).columns()
    lines = [
        f"  {quoted(name)} {_sql_type(schema[name])}{'' if schema[name].nullable else ' NOT NULL'}"
        for name in columns_of(table)
    ]
    return f"CREATE OR REPLACE TABLE {quoted(table)} (\n" + ",\n".join(lines) + "\n)"


def comments(table: str) -> Iterator[str]:
    """Yield the statements that comment the table and each of its columns."""
    yield f"COMMENT ON TABLE {quoted(table)} IS {_literal(table_comment(table))}"
    for name in columns_of(table):
        yield f"COMMENT ON COLUMN {quoted(table)}.{quoted(name)} IS {_literal(column_comment(table, name))}"


def table_comment(table: str) -> str:
    """Return the first paragraph of the contract's docstring."""
    return (contract(table).__doc__ or "").strip().split("\n\n")[0]


def column_comment(table: str, name: str) -> str:
    """Return a column's description with its unit and allowed values."""
    column = contract(table).columns()[name]
    extra = column.metadata or {}
    unit = f" Unit: {extra['unit']}." if "unit" in extra else ""
    values = f" One of: {', '.join(extra['values'])}." if "values" in extra else ""
    return f"{column.description or ''}{unit}{values}"


def quoted(name: str) -> str:
    """Return an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def _sql_type(column: dy.Column) -> str:
    return TYPES[type(column.dtype)]


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
