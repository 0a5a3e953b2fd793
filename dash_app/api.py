"""The build over HTTP, read-only: the routes of `/api/v1/`, and the OpenAPI document made of the same declarations.

Values are bound, names of tables and columns come from the build's own catalogue, and one answer is of one build. Rows of a
source that may not be passed on are left out, as in an export.
"""

import calendar
import hashlib
import io
import re
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import cached_property
from http import HTTPStatus
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import orjson
import polars as pl
from flask import Blueprint, Response, request
from werkzeug.datastructures import MIMEAccept

from dash_app.turns import DOWNLOAD, BusyError, Turns, come_again
from warehouse import pages
from warehouse.contracts.columns import VIEWS
from warehouse.contracts.tables import TABLES, key_of
from warehouse.ddl import quoted
from warehouse.errors import DyadwatchError, NoBuildError, QueryError, UnknownKeyError
from warehouse.query import Warehouse
from warehouse.settings import Settings
from warehouse.sheets import harmless

Json = dict[str, Any]  # Any: JSON
Replay = Callable[[date], Path]
"""Makes the build as known on a day, and returns the link to it."""

PREFIX = "/api/v1"
VERSION = version("dyadwatch")
DERIVED = "out_"
"""Beginning of the names of tables that only a replay gives as of a day."""
METHODS = ("GET", "HEAD")
ROWS, MOST_ROWS = 10_000, 100_000
"""Rows of an answer unless asked for otherwise, and at most."""
PROBLEM = "application/problem+json"
FORMATS = {"json": "application/json", "csv": "text/csv", "parquet": "application/vnd.apache.parquet"}
"""Media type by format; the first is what one gets without asking."""
PERIODS = (
    "month", "day", "year", "period_start", "occurred_on", "stated_on", "stage_on", "from_on", "threatened_on",
    "starts_on", "published_on", "ledger_start",
)  # fmt: skip
"""Columns by which a table is cut in time: the first of these that it has, a date or a calendar year."""
LANGUAGES = ("en", "es")
"""Languages that the build has titles in."""
TIME = "%Y-%m-%dT%H:%M:%S%.6fZ"


class RefusedError(DyadwatchError):
    """A request that cannot be answered, with its HTTP status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


# Values: how JSON Schema says them, and how a query string is read; a reader raises ValueError.


@dataclass(frozen=True)
class Kind:
    """A type of value."""

    schema: Json
    read: Callable[[str], object]


def _matched(pattern: str, text: str) -> str:
    if not re.fullmatch(pattern, text, re.ASCII):
        raise ValueError(text)
    return text


def _day(text: str) -> date:
    return date.fromisoformat(_matched(r"\d{4}-\d\d-\d\d", text))


def _month(text: str) -> date:
    return _day(f"{text}-01")


def _first_day(text: str) -> date:
    """Return the first day of a year, month or day."""
    return _day({4: f"{text}-01-01", 7: f"{text}-01"}.get(len(text), text))


def _last_day(text: str) -> date:
    """Return the last day of a year, month or day."""
    first = _day({4: f"{text}-12-01", 7: f"{text}-01"}.get(len(text), text))
    days = calendar.monthrange(first.year, first.month)[1]
    return first if len(text) == len("2025-03-15") else first.replace(day=days)


def _time(text: str) -> datetime:
    """Return a time as the build stores it: UTC, without its zone."""
    found = datetime.fromisoformat(_matched(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)", text))
    return found.astimezone(UTC).replace(tzinfo=None)


def _integer(least: int, most: int) -> Kind:
    def read(text: str) -> int:
        found = int(_matched(r"-?\d{1,19}", text))
        if not least <= found <= most:
            raise ValueError(text)
        return found

    return Kind({"type": "integer", "minimum": least, "maximum": most}, read)


def _number(text: str) -> float:
    found = float(_matched(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?", text))
    if abs(found) == float("inf"):
        raise ValueError(text)
    return found


def _one_of(*values: str) -> Kind:
    return Kind({"type": "string", "enum": list(values)}, {value: value for value in values}.__getitem__)


BOOLEAN = Kind({"type": "boolean"}, {"true": True, "false": False}.__getitem__)
DATE = Kind({"type": "string", "format": "date"}, _day)
MONTH = Kind({"type": "string", "pattern": "^[1-9][0-9]{3}-(0[1-9]|1[0-2])$"}, _month)
TEXT = Kind({"type": "string"}, str)
PERIOD = {"anyOf": [{"type": "string", "pattern": "^[1-9][0-9]{3}(-(0[1-9]|1[0-2]))?$"}, DATE.schema]}
WHOLE = _integer(-(2**63), 2**63 - 1)
KINDS = {
    "VARCHAR": TEXT,
    "BOOLEAN": BOOLEAN,
    "DATE": DATE,
    "TIMESTAMP": Kind({"type": "string", "format": "date-time"}, _time),
    "DOUBLE": Kind({"type": "number"}, _number),
    "TINYINT": WHOLE,
    "SMALLINT": WHOLE,
    "INTEGER": WHOLE,
    "BIGINT": WHOLE,
}
"""Kind by DuckDB's type."""


@dataclass(frozen=True)
class Parameter:
    """A parameter of the query string."""

    name: str
    about: str
    kind: Kind
    many: str = ""
    """How several values are given: `,` between them, `&` as the parameter repeated; one value when empty."""


@dataclass(frozen=True)
class Column:
    """A column of the build."""

    type: str
    nullable: bool
    comment: str


@dataclass(frozen=True)
class Table:
    """A table of the build."""

    name: str
    comment: str
    columns: Mapping[str, Column]

    @property
    def has_vintages(self) -> bool:
        """Whether rows say when they were known."""
        return {"known_from", "known_to"} <= set(self.columns)

    @property
    def is_derived(self) -> bool:
        """Whether it is made of others, so that only a replay gives it as of a day."""
        return self.name.startswith(DERIVED)

    @property
    def period(self) -> str | None:
        """The column that cuts the table in time, if there is one."""
        return next((name for name in PERIODS if name in self.columns), None)

    @property
    def order(self) -> list[str]:
        """Columns that put the rows in one order only: the key, or all of them in a build of another version."""
        key = key_of(self.name) if self.name in TABLES else []
        return key if key and set(key) <= set(self.columns) else list(self.columns)

    @property
    def passed_on(self) -> str:
        """SQL of whether the licence of row t lets it be passed on."""
        free = "IN (SELECT source_id FROM ref_sources WHERE redistributable)"
        if self.name == "meta_rejections":  # holds the publishers' rows, and names their snapshots only
            return (
                "EXISTS (FROM meta_snapshots AS s WHERE s.snapshot_id = t.snapshot_id AND s.table_name = t.table_name"
                f" AND s.source_id {free})"
            )
        return f"t.source_id {free}" if "source_id" in self.columns and self.name != "ref_sources" else "true"

    @property
    def parameters(self) -> list[Parameter]:
        """Its own parameters: the choice of columns, and each column as a filter."""
        filters = (
            Parameter(name, f"Rows whose {name} is one of these.", KINDS.get(column.type, TEXT), "&")
            for name, column in self.columns.items()
        )
        return [Parameter("columns", "These columns only, in this order.", _one_of(*self.columns), ","), *filters]


@dataclass
class Call:
    """A request: the build that answers it, the names in its path, the values of its parameters."""

    build: Warehouse
    path: Mapping[str, str]
    server: str
    replays: bool
    values: dict[str, Any] = field(default_factory=dict)  # Any: each parameter has its own type

    @cached_property
    def about(self) -> Json:
        """The build, as each answer names it."""
        return self.build.build()

    @cached_property
    def catalogue(self) -> dict[str, Table]:
        """The build's tables by name, in order."""
        found = self.build.frame(
            "SELECT table_name, t.comment AS about, column_name, data_type, is_nullable, c.comment"
            " FROM duckdb_columns() AS c JOIN duckdb_tables() AS t USING (table_name)"
            " WHERE regexp_matches(table_name, '^(core|out|ref|meta)_') ORDER BY table_name, column_index"
        )
        tables = found.partition_by("table_name", as_dict=True, include_key=False, maintain_order=True)
        return {
            name: Table(name, rows[0, 0], {row[0]: Column(*row[1:]) for row in rows.drop("about").iter_rows()})
            for (name,), rows in tables.items()
        }

    @cached_property
    def pairs(self) -> list[str]:
        """The build's pairs."""
        return self.build.frame("SELECT pair_id FROM ref_pairs ORDER BY pair_id")["pair_id"].to_list()

    def known(self, name: str) -> list[str]:
        """Return what may stand in the path for a name in braces."""
        return list(self.catalogue) if name == "table" else self.pairs


@dataclass(frozen=True)
class Rows:
    """An answer that can be JSON, CSV or Parquet."""

    name: str
    frame: pl.DataFrame
    about: Json = field(default_factory=dict)
    """What stands beside the rows in JSON."""
    following: int | None = None
    """Offset of the next page, if there is one."""


@dataclass(frozen=True)
class Route:
    """A resource: its path, its parameters, what answers it, and the JSON Schema of the answer's own properties."""

    path: str
    about: str
    answer: Callable[[Call], Json | Rows]
    schema: Json = field(default_factory=dict)
    parameters: tuple[Parameter, ...] = ()
    rows: tuple[str, ...] | None = None
    """Tables whose columns the rows have, none where they have their own; null where the answer is not rows."""

    @property
    def name(self) -> str:
        """The path in letters."""
        return re.sub(r"\W+", "_", self.path).strip("_") or "index"

    def taken(self, table: Table | None, *, replays: bool) -> dict[str, Parameter]:
        """Return the parameters that are taken, by name."""
        left_out: set[str] = set()
        if table and not table.period:
            left_out |= {"startPeriod", "endPeriod"}
        if table and not table.has_vintages:
            left_out |= {"includeHistory", *(() if replays and table.is_derived else ("asOf",))}
        every = (*self.parameters, *(table.parameters if table else ()))
        return {parameter.name: parameter for parameter in every if parameter.name not in left_out}


# Answers


def _index(call: Call) -> Json:
    return {"build": call.about, "resources": [{"href": PREFIX + route.path, "about": route.about} for route in ROUTES]}


def _pairs(call: Call) -> Rows:
    return Rows("ref_pairs", call.build.frame("FROM ref_pairs ORDER BY pair_id"))


def _tables(call: Call) -> Json:
    counts = " UNION ALL ".join(
        f"SELECT '{name}', count(*) FILTER ({table.passed_on}), count(*) FROM {quoted(name)} AS t"
        for name, table in call.catalogue.items()
    )
    rows = {name: (served, held - served) for name, served, held in call.build.frame(counts).iter_rows()}
    return {
        "build": call.about,
        "tables": [
            {
                "name": table.name,
                "href": f"{PREFIX}/tables/{table.name}",
                "comment": table.comment,
                "rows": rows[table.name][0],
                "rows_left_out": rows[table.name][1],
                "key": table.order,
                "period": table.period,
                "columns": [{"name": name, **vars(column)} for name, column in table.columns.items()],
            }
            for table in call.catalogue.values()
        ],
    }


def _table(call: Call) -> Rows:
    table, values = call.catalogue[call.path["table"]], call.values
    where, bound = [table.passed_on], {}
    for number, name in enumerate(name for name in table.columns if name in values):
        where.append(f"t.{quoted(name)} IN (SELECT unnest($v{number}))")
        bound[f"v{number}"] = values[name]
    if table.has_vintages:
        if "asOf" in values:
            bound["day"] = values["asOf"]
            where.append("t.known_from <= $day")
        if not values.get("includeHistory"):
            where.append(f"(t.known_to IS NULL{' OR t.known_to > $day' if 'asOf' in values else ''})")
    for name, sign in (("startPeriod", ">="), ("endPeriod", "<=")):
        if name in values:
            bound[name] = values[name]
            day = "make_date(t.year, 1, 1)" if table.period == "year" else f"t.{quoted(str(table.period))}"
            where.append(f"{day} {sign} ${name}")
    limit, offset = values.get("limit", ROWS), values.get("offset", 0)
    frame = call.build.frame(
        f"SELECT {', '.join('t.' + quoted(name) for name in values.get('columns', table.columns))}"
        f" FROM {quoted(table.name)} AS t WHERE {' AND '.join(where)}"
        f" ORDER BY {', '.join('t.' + quoted(name) for name in table.order)} LIMIT $limit OFFSET $offset",
        **bound,
        limit=limit + 1,
        offset=offset,
    )
    following = offset + limit if frame.height > limit else None
    return Rows(table.name, frame.head(limit), {"table": table.name}, following)


def _tension(call: Call) -> Rows:
    pair, view, day = call.path["pair"], call.values.get("view", VIEWS[0]), call.values.get("asOf")
    bound = {"pair": pair, **({"day": day} if day else {"view": view})}
    as_of = None
    if day is None:
        name, where = "out_pair__monthly_tension", "view = $view"
    else:
        as_of = _vintage(call.build, pair, day)
        name, bound["day"] = "out_pair__tension_vintages", as_of
        # In real time a month reads as in the first vintage that has it, its own month-end's.
        first = "as_of <= $day QUALIFY row_number() OVER (PARTITION BY month ORDER BY as_of) = 1"
        where = first if view == "real_time" else "as_of = $day"
    frame = call.build.frame(
        f"FROM (FROM {name} WHERE pair_id = $pair AND {where}) WHERE month BETWEEN $since AND $until ORDER BY month",
        **bound,
        since=call.values.get("startPeriod", date.min),
        until=call.values.get("endPeriod", date.max),
    )
    return Rows(f"{pair}-tension", frame, {"pair": pair, "view": view, "as_of": as_of})


def _vintage(build: Warehouse, pair: str, day: date) -> date:
    """Return the last day of knowledge up to a day that the vintages hold."""
    ((first, last),) = build.frame(
        "SELECT min(as_of), max(as_of) FILTER (as_of <= $day) FROM out_pair__tension_vintages WHERE pair_id = $pair",
        pair=pair,
        day=day,
    ).iter_rows()
    if last is None:
        raise RefusedError(404, f"Nothing is held of {pair} as known on {day}.\nHint: the first day is {first}.")
    return last  # type: ignore[no-any-return]  # a date of the build


def _month_of(call: Call) -> tuple[str, date]:
    """Return the pair and the month asked for, else its latest with a reading."""
    pair = call.path["pair"]
    months = call.build.frame(
        "SELECT month, tension_index FROM out_pair__monthly_tension WHERE pair_id = $pair AND view = 'latest'"
        " ORDER BY month",
        pair=pair,
    )
    read = months.drop_nulls()["month"]
    month = call.values.get("month", read[-1] if len(read) else months["month"][-1])
    if month not in months["month"]:
        first, last = (f"{months['month'][end]:%Y-%m}" for end in (0, -1))
        raise RefusedError(404, f"{pair} has no month {month:%Y-%m}.\nHint: known are {first} to {last}.")
    return pair, month


def _contributions(call: Call) -> Rows:
    pair, month = _month_of(call)
    view = call.values.get("view", VIEWS[0])
    frame = call.build.frame(
        "FROM out_pair__contributions WHERE pair_id = $pair AND month = $month AND view = $view"
        " ORDER BY contribution DESC, pillar, item_kind, item_id",
        pair=pair,
        month=month,
        view=view,
    )
    name = f"{pair}-{month:%Y-%m}-contributions"
    return Rows(name, frame, {"pair": pair, "month": f"{month:%Y-%m}", "view": view})


def _evidence(call: Call) -> Rows:
    pair, month = _month_of(call)
    language = call.values.get("language", LANGUAGES[0])
    asked = (call.build, pair, month, language)
    frame = pl.concat([pages.month_items(*asked), pages.linked_records(*asked)], how="diagonal_relaxed")
    about = {"pair": pair, "month": f"{month:%Y-%m}", "language": language}
    return Rows(f"{pair}-{month:%Y-%m}-evidence", frame, about)


def _openapi(call: Call) -> Json:
    paths = {}
    for route in ROUTES:
        for table in call.catalogue.values() if "{table}" in route.path else (None,):
            path = route.path.replace("{table}", table.name) if table else route.path
            paths[path] = {"get": _operation(call, route, table)}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "dyadwatch",
            "version": VERSION,
            "summary": "The published build, read-only.",
            "description": "Made from the routes themselves and the build's own catalogue. HEAD is answered as GET.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": call.server}],
        "security": [],
        "paths": paths,
        "components": {
            "schemas": {name: _row_schema(table) for name, table in call.catalogue.items()},
            "responses": {
                "Problem": {
                    "description": "What is wrong, and what to do (RFC 9457).",
                    "content": {PROBLEM: {"schema": _like({"type": "", "title": "", "status": 0, "detail": ""})}},
                },
                "Same": {"description": "As the ETag in If-None-Match says."},
            },
        },
    }


# The OpenAPI document


def _like(example: object) -> Json:
    """Return the schema of values like an example: an object, a list, a text, a whole number; a schema stays as it is."""
    if isinstance(example, list):
        return {"type": "array", "items": _like(example[0])}
    if not isinstance(example, dict):
        return {"type": "string" if isinstance(example, str) else "integer"}
    if example.get("type") or {"anyOf", "$ref"} & set(example):
        return example
    return {
        "type": "object",
        "properties": {name: _like(value) for name, value in example.items()},
        "required": list(example),
    }


def _or_null(schema: Json) -> Json:
    return schema | {"type": [schema["type"], "null"]}


def _row_schema(table: Table) -> Json:
    """Return the schema of a table's rows; no column is required, as `columns` chooses."""
    properties = {}
    for name, column in table.columns.items():
        schema = KINDS.get(column.type, TEXT).schema
        properties[name] = (_or_null(schema) if column.nullable else schema) | {"description": column.comment}
    return {"type": "object", "properties": properties, "additionalProperties": False, "description": table.comment}


def _operation(call: Call, route: Route, table: Table | None) -> Json:
    names = [name for name in re.findall(r"{(\w+)}", route.path) if name != "table"]
    taken = route.taken(table, replays=call.replays).values()
    return {
        "operationId": table.name if table else route.name,
        "summary": route.about,
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string", "enum": call.known(name)}}
            for name in names
        ]
        + [_parameter(parameter) for parameter in taken],
        "responses": {
            "200": {"description": table.comment if table else route.about, "content": _content(route, table)},
            "304": {"$ref": "#/components/responses/Same"},
            **{
                status: {"$ref": "#/components/responses/Problem"}
                for status in ("400", "404", "409", "414", "429", "503")
            },
        },
    }


def _parameter(parameter: Parameter) -> Json:
    schema = parameter.kind.schema
    if parameter.many:
        listed = {"type": "array", "items": schema, "minItems": 1, "uniqueItems": parameter.many == ","}
        shape = {"schema": listed, "style": "form", "explode": parameter.many == "&"}
    else:
        shape = {"schema": schema}
    return {"name": parameter.name, "in": "query", "description": parameter.about, **shape}


def _content(route: Route, table: Table | None) -> Json:
    if route.rows is None:
        return {FORMATS["json"]: {"schema": _like(route.schema)}}
    refs = [{"$ref": f"#/components/schemas/{name}"} for name in ([table.name] if table else route.rows)]
    row = {"anyOf": refs} if refs else {"type": "object"}
    whole = _like({"build": BUILD, **route.schema, "rows": [row], "next": _or_null(TEXT.schema)})
    own = {"json": {"schema": whole}, "csv": {"schema": TEXT.schema}, "parquet": {}}
    return {media: own[name] for name, media in FORMATS.items()}


# The routes

BUILD = {"$ref": "#/components/schemas/meta_builds"}
SINCE = Parameter(
    "startPeriod", "First year, month or day, of the column that `period` names in /tables.", Kind(PERIOD, _first_day)
)
UNTIL = Parameter("endPeriod", "Last year, month or day, itself included.", Kind(PERIOD, _last_day))
AS_OF = Parameter("asOf", "With what was known on this day.", DATE)
HISTORY = Parameter("includeHistory", "Replaced vintages too, of those known by asOf where it is given.", BOOLEAN)
LIMIT = Parameter("limit", f"Rows at most; {ROWS} unless given.", _integer(1, MOST_ROWS))
OFFSET = Parameter("offset", "Rows to skip.", _integer(0, 2**31 - 1))
VIEW = Parameter("view", "latest: with all that is known now; real_time: with what was known then.", _one_of(*VIEWS))
ITS_MONTH = Parameter("month", "Default: the latest with a reading.", MONTH)
LANGUAGE = Parameter("language", "Language of the titles.", _one_of(*LANGUAGES))
FORM = Parameter("format", "Goes before the Accept header; json without either.", _one_of(*FORMATS))
PINNED = Parameter(
    "build",
    "The build_id that must answer; 409 where another is current. `next` carries it, so that pages are of one build.",
    Kind({"type": "string", "pattern": "^[0-9]{8}T[0-9]{12}$"}, lambda text: _matched(r"\d{8}T\d{12}", text)),
)
TABLE_LIKE = {
    "name": "",
    "href": "",
    "comment": "",
    "rows": 0,
    "rows_left_out": 0,
    "key": [""],
    "period": _or_null(TEXT.schema),
    "columns": [{"name": "", "type": "", "nullable": BOOLEAN.schema, "comment": ""}],
}

ROUTES = (
    Route("/", "The resources.", _index, {"build": BUILD, "resources": [{"href": "", "about": ""}]}),
    Route("/openapi.json", "This description, as OpenAPI 3.1.", _openapi, {"openapi": "", "info": {}, "paths": {}}),
    Route("/build", "The current build.", lambda call: call.about, BUILD),
    Route(
        "/tables",
        "The tables, with rows, key, period and columns.",
        _tables,
        {"build": BUILD, "tables": [TABLE_LIKE]},
    ),
    Route(
        "/tables/{table}",
        "Rows of a table in the order of its key; each column is a filter.",
        _table,
        {"table": ""},
        (SINCE, UNTIL, AS_OF, HISTORY, LIMIT, OFFSET, FORM, PINNED),
        rows=("{table}",),
    ),
    Route("/pairs", "The pairs.", _pairs, {}, (FORM, PINNED), rows=("ref_pairs",)),
    Route(
        "/pairs/{pair}/tension",
        "The monthly index with its band; with asOf as known at the last month-end up to that day, which as_of names.",
        _tension,
        {"pair": "", "view": VIEW.kind.schema, "as_of": _or_null(DATE.schema)},
        (VIEW, AS_OF, SINCE, UNTIL, FORM, PINNED),
        rows=("out_pair__monthly_tension", "out_pair__tension_vintages"),
    ),
    Route(
        "/pairs/{pair}/contributions",
        "What each item adds to a month's index, the largest first; they sum to it.",
        _contributions,
        {"pair": "", "month": MONTH.schema, "view": VIEW.kind.schema},
        (ITS_MONTH, VIEW, FORM, PINNED),
        rows=("out_pair__contributions",),
    ),
    Route(
        "/pairs/{pair}/evidence",
        "What a month's items rest on, in tension and in cooperation, then the records that are evidence of them (of_id).",
        _evidence,
        {"pair": "", "month": MONTH.schema, "language": LANGUAGE.kind.schema},
        (ITS_MONTH, LANGUAGE, FORM, PINNED),
        rows=(),
    ),
)
"""All routes: what is served, listed and described."""


# HTTP


def blueprint(
    warehouse: Warehouse, settings: Settings, replay: Replay | None = None, turns: Turns | None = None
) -> Blueprint:
    """Return the routes over a warehouse.

    Args:
        warehouse: The current build.
        settings: Settings; the public address goes into the OpenAPI document.
        replay: Makes the build as known on a day; with it, `asOf` is taken on out_ tables too.
        turns: The server's turns at dear work; answers with rows take one.
    """
    waits = turns or Turns(settings.server_threads)
    api = Blueprint("api", __name__, url_prefix=PREFIX)
    server = settings.public_url.rstrip("/") + PREFIX
    for route in ROUTES:

        def view(route: Route = route, **path: str) -> Response:
            call = Call(_pinned(warehouse), path, server, replay is not None)
            call.values = _values(route, call)
            if replay and path.get("table", "").startswith(DERIVED) and "asOf" in call.values:
                call = replace(call, build=_replayed(replay, call.values["asOf"]))
            with waits.take(DOWNLOAD) if route.rows is not None else nullcontext():
                return _answer(route, call)

        rule = route.path.replace("{", "<").replace("}", ">")
        # The index is there without its slash too: a redirect to it would name whatever host the request named.
        api.add_url_rule(
            rule, route.name, view, methods=["GET"], provide_automatic_options=False, strict_slashes=route.path != "/"
        )

    @api.get("/<path:path>", provide_automatic_options=False)
    def unknown(path: str) -> Response:
        raise UnknownKeyError("resource", f"/{path[:80]}", [route.path for route in ROUTES])

    api.before_app_request(_read_only)  # before routing: the page behind answers OPTIONS for every path
    api.register_error_handler(DyadwatchError, _failed)
    return api


def _read_only() -> Response | None:
    is_ours = request.path == PREFIX or request.path.startswith(f"{PREFIX}/")
    if not is_ours or request.method in METHODS:
        return None
    refused = _problem(405, f"{request.method[:80]} is not taken.\nHint: only {' and '.join(METHODS)} are.")
    refused.headers["Allow"] = ", ".join(METHODS)
    return refused


def _failed(error: DyadwatchError) -> Response:
    if isinstance(error, RefusedError):
        return _problem(error.status, str(error))
    if isinstance(error, UnknownKeyError | NoBuildError):
        return _problem(404 if isinstance(error, UnknownKeyError) else 503, str(error))
    if isinstance(error, BusyError):
        return come_again(_problem(429, str(error)))
    # What is asked has been checked: the build is damaged or another version's. DuckDB's own words name files.
    return _problem(503, "The build cannot be read.\nHint: run `dyadwatch build`, or ask for fewer rows.")


def _pinned(warehouse: Warehouse) -> Warehouse:
    """Return a reader that stays with the current build, whatever is published meanwhile."""
    warehouse.build()  # keeps the file open: to open it for each request takes 14 ms
    return Warehouse(warehouse.link.resolve())


def _replayed(replay: Replay, day: date) -> Warehouse:
    try:
        return _pinned(Warehouse(replay(day)))
    except BusyError:
        raise
    except QueryError as error:
        raise RefusedError(404, str(error)) from error


def _values(route: Route, call: Call) -> Json:
    """Return the values of the request's parameters by name.

    Raises:
        UnknownKeyError: The build has no such table or pair.
        RefusedError: A parameter is unknown, given twice, or not of its type; or another build is current.
    """
    for name, key in call.path.items():
        if key not in (known := call.known(name)):
            raise UnknownKeyError(name, key[:80], known)
    table = call.catalogue[call.path["table"]] if "table" in call.path else None
    taken = route.taken(table, replays=call.replays)
    values = {}
    for name, texts in request.args.lists():
        if name not in taken:
            raise RefusedError(400, _unknown(name, table, taken))
        values[name] = _value(taken[name], texts)
    current = call.about["build_id"]
    if (build := values.get("build", current)) != current:
        raise RefusedError(409, f"{build} is not the current build, {current} is.\nHint: begin again, without offset.")
    return values


def _unknown(name: str, table: Table | None, taken: Mapping[str, Parameter]) -> str:
    if table and name in ("startPeriod", "endPeriod"):
        return f"{table.name} has no period.\nHint: filter by its columns: {', '.join(table.columns)}."
    if table and name in ("asOf", "includeHistory"):
        return (
            f"{table.name} keeps no vintages.\nHint: core_ tables do; the index on a past day is"
            f" {PREFIX}/pairs/PAIR/tension?asOf=DATE, and `dyadwatch serve --as-of DATE` serves all of a day."
        )
    return str(UnknownKeyError("parameter", name[:80], taken))


def _value(parameter: Parameter, texts: list[str]) -> object:
    items = texts if parameter.many == "&" else texts[0].split(",") if parameter.many else texts[:1]
    try:
        if parameter.many != "&" and (len(texts) > 1 or len(set(items)) < len(items)):
            raise ValueError(texts)
        read = [parameter.kind.read(item) for item in items]
    except (ValueError, KeyError, OverflowError) as error:
        how = {"": "once", ",": "once, different values apart by commas", "&": "once for each value"}[parameter.many]
        raise RefusedError(
            400,
            f"{parameter.name} cannot be read: {', '.join(texts)[:80]!r}.\n"
            f"Hint: give it {how}, as {_dumped(parameter.kind.schema).decode()}.",
        ) from error
    return read if parameter.many else read[0]


def _accepted(accepted: MIMEAccept) -> str:
    """Return the format that a client likes best; the first where it names none of them."""
    media = accepted.best_match(list(FORMATS.values()), FORMATS["json"])
    return next(name for name, known in FORMATS.items() if known == media)


def _answer(route: Route, call: Call) -> Response:
    is_rows = route.rows is not None
    form = call.values.get("format") or (_accepted(request.accept_mimetypes) if is_rows else "json")
    about = (VERSION, call.about["build_id"], call.about["content_hash"], request.full_path, form)
    tag = hashlib.sha256("\n".join(about).encode()).hexdigest()[:32]
    if not request.if_none_match.star_tag and request.if_none_match.contains_weak(tag):
        return _response(b"", FORMATS[form], 304, tag)
    found = route.answer(call)
    if isinstance(found, Rows):
        response = _response(_bytes(call, found, form), FORMATS[form], 200, tag)
        if form != "json":
            name = f"{found.name}-{call.about['content_hash']}.{form}"
            response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        if following := _next(call, found):
            response.headers["Link"] = f'<{following}>; rel="next"'
    else:
        response = _response(_dumped(found), FORMATS["json"], 200, tag)
    response.make_conditional(request)
    return response


def _response(body: bytes, media: str, status: int, tag: str | None = None) -> Response:
    response = Response(body, status, content_type=f"{media}; charset=utf-8" if media == FORMATS["csv"] else media)
    if tag:
        response.set_etag(tag, weak=True)  # weak: the server may compress the same content
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Vary"] = "Accept"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _problem(status: int, message: str) -> Response:
    detail, _, remedy = message.partition("\nHint: ")
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    return _response(_dumped(body | ({"remedy": remedy} if remedy else {})), PROBLEM, status)


def _dumped(value: Json) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_NAIVE_UTC | orjson.OPT_UTC_Z)


def _next(call: Call, rows: Rows) -> str | None:
    if rows.following is None:
        return None
    kept = [(name, text) for name, text in request.args.items(multi=True) if name not in ("offset", "build")]
    query = urlencode([*kept, ("offset", str(rows.following)), ("build", call.about["build_id"])])
    return f"{request.script_root}{request.path}?{query}"


def _bytes(call: Call, rows: Rows, form: str) -> bytes:
    if form == "parquet":
        file = io.BytesIO()
        rows.frame.write_parquet(file, compression="zstd")
        return file.getvalue()
    if form == "csv":
        return harmless(rows.frame).write_csv(datetime_format=TIME).encode()
    content = rows.frame.with_columns(pl.col(pl.Datetime).dt.strftime(TIME)).write_json()
    about = {"build": call.about, **rows.about, "next": _next(call, rows)}
    return _dumped(about | {"rows": orjson.Fragment(content)})
