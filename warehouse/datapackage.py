"""What an export says of itself: descriptor, data dictionary and README, from the contracts and the catalogue."""

import hashlib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dataframely as dy
import polars as pl

from warehouse.contracts.tables import columns_of, contract, key_of
from warehouse.ddl import table_comment

Json = dict[str, object]
Row = Mapping[str, Any]  # Any: one row of mixed types

FIELD_TYPES: dict[type[pl.DataType], str] = {
    pl.String: "string",
    pl.Boolean: "boolean",
    pl.Date: "date",
    pl.Datetime: "datetime",
    pl.Float64: "number",
    pl.Int8: "integer",
    pl.Int16: "integer",
    pl.Int64: "integer",
}
"""Type in the Table Schema standard by type of the contracts."""
REFERENCES = {
    "ref_sources": ["source_id"],
    "ref_pairs": ["pair_id"],
    "ref_dyads": ["dyad_id"],
    "ref_pillars": ["pillar"],
    "ref_indicators": ["indicator_id"],
    "ref_definitions": ["indicator_id", "definition_id"],
    "core_policy__measures": ["policy_id"],
    "core_act__events": ["act_id"],
}
"""Every other table that has these columns refers to the table by them."""
NO_REFERENCES = {("core_indicator__observations", "ref_dyads"), ("core_gdelt__daily_dyads", "ref_dyads")}
"""Exceptions: statistics also cover directions that the catalogue does not follow, to compare with."""
OWN_LICENCE: Json = {"name": "MIT", "title": "MIT, the dyadwatch authors"}
"""Licence of the catalogue, of what is derived and of the record of builds."""
README = """\
dyadwatch: the relationship between two states, measured
========================================================

Cite as
  The dyadwatch authors: dyadwatch, build {build_id} of {built_on}{as_of}, content hash {content_hash}.
The content hash names the figures: two builds with the same hash hold the same figures. It covers the whole build, also
where this package holds a part of it. Where a publisher's own figures are used, cite the publisher too, as below.

Files
  csv/NAME.csv          a table: UTF-8, one header row, true and false, ISO 8601 dates, times in UTC
  parquet/NAME.parquet  the same table, compressed with zstd, with its types
  datapackage.json      descriptor (Frictionless tabular data package): columns, units, keys, licences, sources
  dictionary.csv        the same columns, one row a column
  MANIFEST              path, bytes and SHA-256 of each file, separated by tabs

A missing figure is a null, never a zero. CSV writes a null as an empty cell{exceptions}; no text equals it,
and missingValues in the descriptor names it table by table. Decimal figures have the digits that give the same 64-bit
number back. Texts are exact, for programs: {formulas}

Rows left out, because the source's licence does not allow them to be passed on
{left_out}
  The index and all else in out_ contain none of them: yardsticks are never inputs, and an export is refused where an
  input may not be passed on.

Licences and notices
  MIT: the catalogue (ref_), what is derived (out_) and our records of builds (meta_).
{licences}
"""


@dataclass(frozen=True)
class ExportedTable:
    """One table of an export."""

    name: str
    rows: int
    """Rows written."""
    left_out: dict[str, int]
    """Rows left out, by source."""
    source_ids: list[str]
    """Sources of the rows written; empty where the rows are ours."""
    null: str
    """What stands for a null in the CSV file."""
    formulas: int
    """Texts that a spreadsheet would take for a formula."""


def descriptor(out: Path, build: Row, tables: Collection[ExportedTable], sources: Collection[Row]) -> Json:
    """Return the content of datapackage.json.

    Args:
        out: Folder in which the tables' files already lie.
        build: Row of meta_builds.
        tables: Tables written.
        sources: Rows of ref_sources.
    """
    by_id = {row["source_id"]: row for row in sources}
    names = [table.name for table in tables]
    return {
        "profile": "tabular-data-package",
        "name": "dyadwatch",
        "title": "dyadwatch: the relationship between two states, measured",
        "description": "Acts, policies, statements, official statistics and the tension index of a pair of states.",
        "version": build["content_hash"],
        "created": build["built_at"].isoformat() + "Z",
        "build_id": build["build_id"],
        "method_version": build["method_version"],
        "ledger_end": build["ledger_end"].isoformat(),
        **({"as_of": build["as_of"].isoformat()} if build["as_of"] else {}),
        "licenses": [OWN_LICENCE, *(_licence(row) for row in sources)],
        "sources": [_source(row) for row in sources],
        "left_out": [
            {"table": table.name, "source_id": source_id, "rows": rows}
            for table in tables
            for source_id, rows in table.left_out.items()
        ],
        "resources": [_resource(out, table, names, [by_id[key] for key in table.source_ids]) for table in tables],
    }


def dictionary(tables: Collection[str]) -> pl.DataFrame:
    """Return the columns of the tables, one row a column, with type, key, unit, allowed values and description."""
    rows = [
        {
            "table_name": table,
            "column_name": field["name"],
            "type": field["type"],
            "is_required": field["constraints"]["required"],
            "is_key": field["name"] in key_of(table),
            "unit": field.get("unit"),
            "allowed_values": "; ".join(field["constraints"].get("enum", ())) or None,
            "description": field["description"],
        }
        for table in tables
        for field in _fields(table)
    ]
    return pl.DataFrame(rows, infer_schema_length=None)


def readme(build: Row, tables: Collection[ExportedTable], sources: Collection[Row]) -> str:
    """Return the text of README.txt: how to cite, what the files are, what was left out, licences."""
    left_out = [
        f"  {table.name}: {rows} rows of {source_id}" for table in tables for source_id, rows in table.left_out.items()
    ] or ["  None."]
    marked = [f"{table.null} in {table.name}" for table in tables if table.null]
    running = [f"{table.formulas} in {table.name}" for table in tables if table.formulas]
    return README.format(
        build_id=build["build_id"],
        built_on=build["built_at"].date(),
        as_of=f", with what was known on {build['as_of']}" if build["as_of"] else "",
        content_hash=build["content_hash"],
        exceptions="".join(f", as {text}" for text in marked),
        left_out="\n".join(left_out),
        formulas=f"a spreadsheet would run some as formulas ({', '.join(running)}); import columns as text."
        if running
        else "none begins as a formula of a spreadsheet does.",
        licences="\n".join(_notice(row) for row in sources),
    )


def digest(path: Path) -> tuple[int, str]:
    """Return a file's bytes and the hexadecimal SHA-256 of its content."""
    payload = path.read_bytes()
    return len(payload), hashlib.sha256(payload).hexdigest()


def _resource(out: Path, table: ExportedTable, names: Collection[str], sources: Collection[Row]) -> Json:
    comment = table_comment(table.name)
    return {
        "profile": "tabular-data-resource",
        "name": table.name,
        "title": re.split(r"[:;]|\.$", comment)[0],
        "description": comment,
        **_file(out, f"csv/{table.name}.csv"),
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "dialect": {"delimiter": ",", "lineTerminator": "\n", "quoteChar": '"', "doubleQuote": True, "header": True},
        "parquet": _file(out, f"parquet/{table.name}.parquet"),
        "rows": table.rows,
        "rows_left_out": sum(table.left_out.values()),
        "licenses": [_licence(row) for row in sources] or [OWN_LICENCE],
        **({"sources": [_source(row) for row in sources]} if sources else {}),
        "schema": {
            "fields": _fields(table.name),
            "missingValues": [table.null],
            "primaryKey": key_of(table.name),
            "foreignKeys": [
                {"fields": key, "reference": {"resource": other, "fields": key}}
                for other, key in REFERENCES.items()
                if other in names and other != table.name and (table.name, other) not in NO_REFERENCES
                if set(key) <= set(columns_of(table.name))
            ],
        },
    }


def _file(out: Path, path: str) -> Json:
    size, sha256 = digest(out / path)
    return {"path": path, "bytes": size, "hash": f"sha256:{sha256}"}


def _fields(table: str) -> list[dict[str, Any]]:  # Any: text, and constraints of their own types
    schema = contract(table).columns()
    return [_field(name, schema[name]) for name in columns_of(table)]


def _field(name: str, column: dy.Column) -> dict[str, Any]:  # Any: as above
    extra = column.metadata or {}
    return {
        "name": name,
        "type": FIELD_TYPES[type(column.dtype)],
        "format": "default",
        "description": column.description or "",
        **({"unit": extra["unit"]} if "unit" in extra else {}),
        "constraints": {
            "required": not column.nullable,
            **({"enum": extra["values"]} if "values" in extra else {}),
        },
    }


def _licence(source: Row) -> Json:
    """Return a source's licence: a sentence, so that a path stands where the standard wants a short name."""
    return {"title": source["licence"], "path": "README.txt", "source_id": source["source_id"]}


def _source(source: Row) -> Json:
    homepage = source["homepage"]
    return {
        "title": f"{source['publisher']}: {source['title']}",
        **({"path": homepage} if homepage.startswith("http") else {}),
        "source_id": source["source_id"],
        "redistributable": source["redistributable"],
        **({"notice": source["notice"]} if source["notice"] else {}),
    }


def _notice(source: Row) -> str:
    notice = f" {source['notice']}" if source["notice"] else ""
    return (
        f"  {source['source_id']}: {source['publisher']}, {source['title']}, {source['homepage']}\n"
        f"    Licence: {source['licence']}.{notice}"
    )
