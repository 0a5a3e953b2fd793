"""SQL: questions of one's own to the build, their result as a table and a chart; the address holds all of it."""

from collections.abc import Mapping, Sequence

import polars as pl
from dash import dcc, html
from dash.development.base_component import Component
from markupsafe import Markup

from dash_app import adhoc, controls, parts
from dash_app.chart import chart
from dash_app.figures import GREY, Figure, base_layout, wrap
from dash_app.grid import grid
from dash_app.listing import columns_of, plain_frame
from dash_app.scene import Answer, Scene
from dash_app.turns import SQL, BusyError
from dash_app.view import FREE, Choices, shifted
from dash_app.words import number
from warehouse import holdings
from warehouse.errors import QueryError
from warehouse.examples import examples

CHOICES: Choices = {"q": FREE, "x": FREE, "y": FREE, "draw": ("auto", "line", "bar", "none")}
LONGEST = 8000
"""Characters of a query at most: servers and proxies refuse longer addresses."""
SHOWN = 1000
"""Rows of a result that are shown; its download has all."""
KEPT_BYTES = 4_000_000
"""Size of a result up to which its page is kept ready."""
LINE_POINTS, BARS = 5000, 25
"""Points at most that a chart draws."""
LABEL = 34
"""Characters of a bar's label; all of it is on the hover label."""


def page(scene: Scene) -> Sequence[Component | str | None]:
    """Return the page."""
    say, limits = scene.say, scene.limits
    lead = say(
        "sql.lead",
        seconds=f"{limits.timeout_s:g}",
        memory=number(limits.memory_mb, 0),
        rows=number(limits.row_limit, 0),
    )
    end = scene.span[1]
    texts = examples(scene.view.pair, scene.view.month, scene.today, shifted(end.replace(day=1), -12))
    sql = scene.view["q"].strip()
    return [
        html.H1(say("sql.title")),
        html.P(lead, className="lead"),
        html.Div(
            [html.Div([_editor(scene, sql or texts["index"]), _examples(scene, texts)]), _schema(scene)],
            className="desk",
        ),
        *_result(scene, sql),
    ]


def _editor(scene: Scene, sql: str) -> Component:
    """Return the form; what else the address says goes with it, except what belongs to another result."""
    say, view = scene.say, scene.view
    kept = {
        key: text
        for key, text in view.chosen.items()
        if text != view.defaults.get(key) and key not in ("q", "x", "y", "draw")
    }
    return html.Form(
        [
            html.Label(say("sql.label"), htmlFor="q"),
            dcc.Textarea(id="q", name="q", value=sql, spellCheck=False, rows=max(7, min(22, sql.count("\n") + 2))),
            *[dcc.Input(type="hidden", name=key, value=text, id=f"kept-{key}") for key, text in kept.items()],
            html.Div(
                [
                    html.Button(say("sql.run"), type="submit", className="run"),
                    html.Span(say("sql.keys"), className="sub keys"),
                    html.Span(say("sql.running"), className="running", role="status"),
                ],
                className="send",
            ),
        ],
        id="ask",
        action="/sql",
        method="get",
    )


def _examples(scene: Scene, texts: dict[str, str]) -> Component:
    say = scene.say
    filled = {
        "month": say.month(scene.view.month),
        "day": say.day(scene.today),
        "past": say.day(shifted(scene.span[1].replace(day=1), -12)),
    }
    ways = [
        html.Li(html.A(say(f"sql.example.{name}", **filled), href=scene.view.search(q=sql, x="", y="", draw="auto")))
        for name, sql in texts.items()
    ]
    return html.Section(
        [html.H2(say("sql.examples")), html.P(say("sql.examples_sub"), className="sub"), html.Ul(ways)], id="examples"
    )


def _schema(scene: Scene) -> Component:
    """Return every table with its columns; assets/sql.js puts a chosen name into the query."""
    say = scene.say
    tables = holdings.tables(scene.warehouse)
    columns = dict(
        (str(name), part)
        for (name,), part in holdings.columns(scene.warehouse).group_by("table_name", maintain_order=True)
    )
    pieces = [
        _table(
            scene,
            say("sql.table_rows", table=row["table_name"], rows=number(row["rows"], 0)),
            row["comment"],
            [(row["table_name"], "", row["comment"])]
            + [(name, kind.lower(), told) for name, kind, told in columns[row["table_name"]].select(
                "column_name", "data_type", "comment").iter_rows()],
        )
        for row in tables.to_dicts()
    ]  # fmt: skip
    macros = [(name, "", told) for name, told in holdings.macros(scene.warehouse).iter_rows()]
    if macros:
        pieces.append(_table(scene, say("sql.macros"), "", macros))
    return html.Section(
        [
            html.H2(say("sql.schema")),
            html.P(say("sql.schema_sub"), className="sub"),
            html.Div(className="scroll", tabIndex=0, **parts.aria(data_html=str(Markup("").join(pieces)))),
        ],
        id="schema",
    )


def _table(scene: Scene, title: str, comment: str, names: Sequence[tuple[str, str, str]]) -> Markup:
    items = Markup("").join(
        Markup(
            '<li><button type="button" data-act="insert" data-what="{}" title="{}" aria-label="{}">{}</button> {}</li>'
        ).format(name, told, scene.say("sql.insert", name=name), name, kind)
        for name, kind, told in names
    )
    return Markup('<details><summary title="{}">{}</summary><ul>{}</ul></details>').format(comment, title, items)


def _result(scene: Scene, sql: str) -> list[Component | str | None]:
    """Return what the query gives, or why it gives nothing."""
    say = scene.say
    if not sql:
        return [html.P(say("sql.nothing_run"), className="sub")]
    if len(sql) > LONGEST:
        told = say("sql.too_long", count=number(len(sql), 0), most=number(LONGEST, 0))
        return [html.P(told, className="notice", role="alert")]
    try:
        result = adhoc.run(scene.warehouse.link, sql, scene.limits)
    except BusyError:
        scene.passing.append("busy")
        return [html.P(say("sql.busy", count=SQL.at_once), className="notice", role="alert")]
    except QueryError as error:
        scene.passing.append("error")  # it may run in time, or in memory, when asked again
        return [_failure(scene, str(error))]
    frame = plain_frame(result.frame)
    if frame.estimated_size() > KEPT_BYTES:
        scene.passing.append("large")
    answer = Answer(frame, sql)
    seconds = f"{result.seconds:.1f}"
    if frame.is_empty():
        scene.answers["result"] = answer
        return [html.P(say("sql.empty", seconds=seconds), className="notice", role="status")]
    return [_table_of(scene, answer, seconds, is_cut=result.is_cut), *_drawn(scene, answer)]


def _failure(scene: Scene, text: str) -> Component:
    what, _, hint = text.partition("\nHint: ")
    return html.Section(
        [
            html.H2(scene.say("sql.error")),
            html.Pre(what, className="error"),
            html.P(scene.say("sql.hint", hint=hint) if hint else scene.say("sql.refused_hint")),
        ],
        role="alert",
        id="failure",
    )


def _table_of(scene: Scene, answer: Answer, seconds: str, *, is_cut: bool) -> Component:
    say, rows = scene.say, answer.frame.height
    shown, columns = columns_of(answer.frame.head(SHOWN))
    key = "result_cut" if is_cut else "result_more" if rows > SHOWN else "result_sub"
    section = grid(
        scene,
        "result",
        Answer(shown, answer.sql),
        columns,
        title=say("sql.result", rows=number(rows, 0), seconds=seconds),
        subtitle=say(f"sql.{key}", shown=number(shown.height, 0), rows=number(rows, 0)),
        source=say("sql.foot"),
        height=min(460, 120 + 34 * rows),
    )
    scene.answers["result"] = answer
    return section


def _drawn(scene: Scene, answer: Answer) -> list[Component]:
    """Return the chart of a result, with the choice of its columns and form."""
    say, frame, view = scene.say, answer.frame, scene.view
    numbers = [name for name, kind in frame.schema.items() if kind.is_numeric()]
    if not numbers:
        return [html.P(say("sql.no_chart"), className="sub")]
    if frame.height == 1 and view["draw"] == "auto":
        return []  # one row is read in the table
    first = frame.columns[0]
    x = _picked(view["x"], frame.columns, first)
    y = _picked(view["y"], numbers, next((name for name in numbers if name != x), numbers[0]))
    notices = [
        html.P(say("sql.no_column", name=asked, shown=shown), className="notice")
        for asked, shown in ((view["x"], x), (view["y"], y))
        if asked and asked != shown
    ]
    own = _choices(scene, {"x": (first, frame.columns), "y": (y, numbers)})
    if view["draw"] == "none":
        return [own]
    is_time = frame.schema[x].is_temporal()
    form = view["draw"] if view["draw"] != "auto" else "line" if is_time else "bar"
    points = pl.DataFrame([frame[name] for name in dict.fromkeys((x, y))]).head(
        LINE_POINTS if form == "line" or is_time else BARS
    )
    key = "chart_sub" if points.height == frame.height else "chart_first"
    figure = result_figure(points, x, y, form)
    drawn = chart(
        scene,
        "chart",
        figure,
        Answer(points, answer.sql),
        title=say("sql.chart", x=x, y=y),
        subtitle=say(f"sql.{key}", count=number(points.height, 0), rows=number(frame.height, 0)),
        source=say("sql.foot"),
        height=figure["layout"].get("height", 340),
    )
    return [*notices, own, drawn]


def _choices(scene: Scene, columns: Mapping[str, tuple[str, Sequence[str]]]) -> Component:
    """Return the choice of a chart's form and, unless there is none, of its columns.

    Args:
        scene: The page's scene.
        columns: By parameter, the column that is taken by itself and all that can be taken.
    """
    say, view = scene.say, scene.view
    forms = [(form, say(f"sql.draw_{form}")) for form in CHOICES["draw"]]
    selects = [
        controls.select(
            scene, key, [("", say("sql.auto", name=own)), *((name, name) for name in names)], say(f"sql.{key}")
        )
        for key, (own, names) in columns.items()
    ]
    return controls.bar(
        scene,
        controls.links(scene, "draw", forms, say("sql.draw")),
        *(selects if view["draw"] != "none" else []),
    )


def _picked(asked: str, known: Sequence[str], default: str) -> str:
    return asked if asked in known else default


def result_figure(frame: pl.DataFrame, x: str, y: str, form: str) -> Figure:
    """Draw one column of a result over another.

    Args:
        frame: The points, in the order in which they are drawn; over time they are put in order.
        x: Column across, of any type; bars of texts lie, so that the texts can be read.
        y: Column of numbers.
        form: `line` or `bar`.
    """
    kind = frame.schema[x]
    if kind.is_temporal():
        frame = frame.sort(x)
    axis = "date" if kind.is_temporal() else "linear" if kind.is_numeric() else "category"
    labels, heights = frame[x].to_list(), frame[y].cast(pl.Float64).to_list()
    if form == "bar" and axis == "category":
        return _lying([str(label) for label in labels], heights, y)
    layout = base_layout(y)
    layout["xaxis"] |= {"type": axis, "title": {"text": x}, "nticks": 6}
    layout["margin"]["b"] = 48
    trace: Figure = {"type": "scatter", "mode": "lines", "line": {"color": GREY, "width": 2}, "connectgaps": False}
    if form == "bar":
        layout["yaxis"]["rangemode"] = "tozero"
        trace = {"type": "bar", "marker": {"color": GREY}}
    trace |= {"x": labels, "y": heights, "hovertemplate": "%{x}<br>%{y:,}<extra></extra>"}
    return {"data": [trace], "layout": layout}


def _lying(labels: Sequence[str], values: Sequence[float | None], title: str) -> Figure:
    """Draw bars that lie, one for each label from the top down."""
    layout = base_layout("", height=90 + 22 * len(labels), margin={"l": 12, "r": 12, "t": 12, "b": 48})
    grid_colour = layout["yaxis"]["gridcolor"]
    layout["xaxis"] = {"title": {"text": title}, "gridcolor": grid_colour, "nticks": 5, "rangemode": "tozero"}
    places = list(range(len(labels)))
    layout["yaxis"] = {"autorange": "reversed", "automargin": True, "tickmode": "array", "showgrid": False}
    layout["yaxis"] |= {"tickvals": places, "ticktext": [_short(label) for label in labels]}
    trace: Figure = {"type": "bar", "orientation": "h", "marker": {"color": GREY}, "x": values, "y": places}
    trace |= {"customdata": list(map(wrap, labels)), "hovertemplate": "%{customdata}<br>%{x:,}<extra></extra>"}
    return {"data": [trace], "layout": layout}


def _short(text: str) -> str:
    return text if len(text) <= LABEL else text[: LABEL - 1].rstrip() + "…"
