"""What a chart shows, as CSV, as a table for the page, and as the SQL that gives it."""

from contextlib import nullcontext
from datetime import date

import polars as pl
from flask import Blueprint, Response, request
from markupsafe import Markup

from dash_app.app import Dashboard
from dash_app.pages import BY_KEY
from dash_app.scene import Answer, Scene
from dash_app.turns import DOWNLOAD, SQL, BusyError, come_again
from dash_app.words import number
from warehouse.errors import DyadwatchError, NoBuildError
from warehouse.sheets import harmless

TABLE_ROWS = 1000
"""Rows at most of a table within a page; the download has all."""
TIMES = ("day", "month", "year", "fiscal_year")
"""Columns by which a table's newest rows come first."""


def blueprint(dashboard: Dashboard) -> Blueprint:
    """Return the routes of downloads."""
    routes = Blueprint("downloads", __name__)

    @routes.get("/data/<page>/<chart>.<kind>")
    def download(page: str, chart: str, kind: str) -> Response:
        """Answer what a chart of a page shows, in the state that the query says."""
        if page not in BY_KEY or kind not in KINDS:
            return told("There is no such download.", 404)
        # A query takes a turn of its own; tables and SQL of a page come with a page that is most often kept.
        turn = dashboard.limits.turns.take(DOWNLOAD) if kind == "csv" else nullcontext()
        try:
            with turn:
                return _made(dashboard, page, chart, kind)
        except NoBuildError as error:
            return told(error, 503)
        except BusyError as error:
            return come_again(told(error, 429))
        except DyadwatchError as error:
            return told(error, 400)

    return routes


def _made(dashboard: Dashboard, page: str, chart: str, kind: str) -> Response:
    scene = dashboard.made(page, request.args.to_dict())[1]
    if scene.refused:  # a page tells what it shows in place of it; a file cannot
        wrong = ", ".join(f"{one.key}={one.value[:80]!r}" for one in scene.refused)
        return told(f"The address asks for what there is not: {wrong}.", 400)
    if "busy" in scene.passing:
        raise BusyError(SQL)
    if chart not in scene.answers:
        known = ", ".join(scene.answers)
        return told(f"The page has no {chart[:80]!r} in this state; it has {known}.", 404)
    body, mimetype = KINDS[kind](scene, scene.answers[chart])
    answer = Response(body, mimetype=mimetype)
    if kind == "csv":
        answer.headers["Content-Disposition"] = f'attachment; filename="dyadwatch-{page}-{chart}.csv"'
    return answer


def told(what: object, status: int) -> Response:
    """Return an answer in words."""
    return Response(f"{what}\n", status, mimetype="text/plain")


def _csv(_: Scene, answer: Answer) -> tuple[str, str]:
    return harmless(_flat(answer.frame)).write_csv(), "text/csv"


def _sql(_: Scene, answer: Answer) -> tuple[str, str]:
    return answer.sql + "\n", "text/plain"


def _html(scene: Scene, answer: Answer) -> tuple[str, str]:
    frame = answer.frame
    # A reader's own query is in the reader's own order.
    times = [name for name in TIMES if name in frame.columns and scene.view.path != "/sql"]
    if times:
        frame = frame.sort(times[0], descending=True, nulls_last=True, maintain_order=True)
    frame = frame.head(TABLE_ROWS)
    note = Markup("")
    if frame.height < answer.frame.height:
        counts = {"shown": number(TABLE_ROWS, 0), "rows": number(answer.frame.height, 0)}
        cut = scene.say("chart.table_newest" if times else "chart.table_first", **counts)
        note = Markup('<p class="sub">{}</p>').format(cut)
    head = Markup("").join(Markup('<th scope="col">{}</th>').format(name.replace("_", " ")) for name in frame.columns)
    rows = Markup("").join(
        Markup("<tr>{}</tr>").format(Markup("").join(Markup("<td>{}</td>").format(_cell(value)) for value in row))
        for row in _flat(frame).iter_rows()
    )
    table = Markup("<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>").format(head, rows)
    return str(note + table), "text/html"


KINDS = {"csv": _csv, "sql": _sql, "html": _html}


def _flat(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with lists as texts, which CSV has no other form for."""
    lists = [name for name, kind in frame.schema.items() if isinstance(kind, pl.List)]
    return frame.with_columns(pl.col(name).cast(pl.List(pl.String)).list.join(" ") for name in lists)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return number(value, 3).rstrip("0").rstrip(".")
    return value.isoformat() if isinstance(value, date) else str(value)
