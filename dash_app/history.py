"""What the index page shows beside the index: what it is made of over time, its revisions, outside series beside it."""

from collections.abc import Mapping
from datetime import date, timedelta

import polars as pl
from dash import html
from dash.development.base_component import Component

from dash_app import figures, parts, sections
from dash_app.chart import chart
from dash_app.figures import PILLAR_COLOURS, Figure
from dash_app.listing import listed, way
from dash_app.scene import Answer, Scene
from dash_app.words import Words, number
from warehouse import pages, revisions
from warehouse.catalog.registry import load_validation

PARTS_HEIGHT, REVISION_HEIGHT, YARDSTICK_HEIGHT = 340, 200, 210
NEAR = 20
"""Pixels within which a bar answers: without an end to it, as lines have, the last bar always would."""
MOVED = 0.05
"""Index points below which a revision is none."""


def worst(scene: Scene) -> Component:
    """Return in which month of each year the index and each pillar stood highest; a month leads to its evidence."""
    say = scene.say
    answer = scene.ask(pages.worst_months, scene.view.pair)
    shown = answer.frame.filter(pl.col("year") >= scene.since.year)
    if shown.is_empty():
        return _empty(say("worst.title"), say("over_time.empty", pair=scene.title))
    found = {(row["year"], row["measure"]): row for row in shown.to_dicts()}
    measures = sorted({*shown["measure"]} - {"tension"}, key=say.name)
    cells = {
        key: way(
            say("worst.cell", month=say(f"months.{row['month'].month}"), value=number(row["value"])),
            scene.view.href("/evidence", month=row["month"]),
        )
        for key, row in found.items()
    }
    rows = [
        parts.row([str(year), *(cells.get((year, measure), say("none")) for measure in ("tension", *measures))])
        for year in shown["year"].unique(maintain_order=True)
    ]
    heads = [say("worst.year"), say("index.tension"), *map(say.name, measures)]
    return listed(
        scene,
        "worst",
        Answer(shown, answer.sql),
        [parts.table(heads, rows)],
        title=say("worst.title"),
        subtitle=say("worst.subtitle", month=say.month(scene.span[1])),
        source=scene.foot,
        heading=html.H2,
    )


def contributions(scene: Scene) -> Component:
    """Return what each pillar adds to the index, stacked: by month, and where all is asked by year."""
    say, view = scene.say, scene.view
    is_yearly = view.range == "all"
    question = revisions.yearly_parts if is_yearly else revisions.monthly_parts
    answer = scene.ask(question, view.pair, scene.since)
    if answer.frame.is_empty():
        return _empty(say("over_time.title"), say("over_time.empty", pair=scene.title))
    return chart(
        scene,
        "over_time",
        stacked_parts(say, answer.frame, view.month),
        answer,
        title=say("over_time.title"),
        subtitle=say("over_time.yearly" if is_yearly else "over_time.monthly"),
        source=scene.foot,
        height=PARTS_HEIGHT,
        picks="" if is_yearly else "month",
        heading=html.H2,
    )


def stacked_parts(say: Words, values: pl.DataFrame, chosen: date) -> Figure:
    """Draw what the pillars add as stacked bars that sum to the index; paler where levels are not comparable.

    Args:
        say: The page's words.
        values: As `warehouse.revisions.monthly_parts` or `yearly_parts` returns them; at least one row.
        chosen: The chosen month, marked where bars are months.
    """
    period = values.columns[0]
    traces: list[Figure] = []
    ends: list[Figure] = []
    base = 0.0
    for pillar in sorted(values["pillar"].unique(), key=say.name):
        own = values.filter(pl.col("pillar") == pillar)
        colour, last = PILLAR_COLOURS.get(pillar, figures.GREY), own["contribution"][-1]
        name, days = say.name(pillar), own[period].to_list()
        traces.append(
            {
                "type": "bar",
                "x": days,
                "y": own["contribution"].to_list(),
                "name": name,
                "customdata": own["tension_index"].round(1).to_list(),
                "hovertemplate": say("over_time.hover", when="%{x}" if period == "year" else "%{x|%Y-%m}", name=name),
                "marker": {
                    "color": colour,
                    "opacity": [1.0 if fine else 0.45 for fine in own["is_comparable"].fill_null(value=True)],
                    "pattern": {
                        "shape": ["/" if open_ else "" for open_ in own["is_provisional"]],
                        "fillmode": "overlay",
                        "solidity": 0.2,
                    },
                },
            }
        )
        ends.append({"x": [days[-1]], "y": [base + last / 2], "name": name, "line": {"color": colour, "dash": "solid"}})
        base += last
    top = float(values["tension_index"].max() or 1.0) * 1.06  # type: ignore[arg-type]  # a column of numbers
    layout = figures.base_layout(say("index.axis"), barmode="stack", bargap=0.04, hoverdistance=NEAR)
    layout["yaxis"].update({"range": [0, top], "fixedrange": True})
    layout["annotations"] = [{**label, "xshift": 14} for label in figures.end_labels(ends, 0, top)]
    layout["margin"]["r"] = figures.label_margin(ends) + 12
    if period == "year":
        years = [values[period].to_list()[place] + half for place, half in ((0, -0.6), (-1, 0.6))]
        layout["xaxis"] = {"showgrid": False, "tickformat": "d", "nticks": 6, "range": years}
    else:
        layout["xaxis"]["range"] = _room(values["month"])
        layout["shapes"] = [_cursor(chosen)]
    return {"data": traces, "layout": layout}


def revised(scene: Scene) -> Component:
    """Return by how much months have been revised since their end, with the mean of it in the title."""
    say = scene.say
    answer = scene.ask(revisions.revisions, scene.view.pair, scene.since)
    changes = answer.frame["revision"]
    if changes.is_empty():
        return _empty(say("revised.none"), say("over_time.empty", pair=scene.title))
    moved = (changes.abs() >= MOVED).sum()
    if not moved:
        return _empty(say("revised.none"), say("revised.unmoved", months=changes.len()))
    return chart(
        scene,
        "revised",
        signed_bars(say, answer.frame.select("month", "revision"), scene.view.month, say("revised.axis")),
        answer,
        title=say("revised.title", mean=number(float(changes.abs().mean()), 2)),  # type: ignore[arg-type]  # not empty
        subtitle=say("revised.subtitle", moved=moved, months=changes.len()),
        source=scene.foot,
        height=REVISION_HEIGHT,
        picks="month",
    )


def signed_bars(say: Words, values: pl.DataFrame, chosen: date, axis: str) -> Figure:
    """Draw differences by month around zero, warm where the index is higher now, cool where lower.

    Args:
        say: The page's words.
        values: A month and a difference.
        chosen: The chosen month, which is marked.
        axis: Title of the axis.
    """
    months, changes = values.to_series(0).to_list(), values.to_series(1).to_list()
    bars: Figure = {
        "type": "bar",
        "x": months,
        "y": changes,
        "name": axis,
        "hovertemplate": say("revised.hover"),
        "marker": {"color": [figures.WARM if change > 0 else figures.COOL for change in changes]},
    }
    layout = figures.base_layout(axis, bargap=0.1, hovermode="x", hoverdistance=NEAR)
    reach = max(max(map(abs, changes), default=0.0), MOVED) * 1.1
    layout["yaxis"].update({"range": [-reach, reach], "zeroline": True, "nticks": 4, "fixedrange": True})
    layout["xaxis"]["range"] = _room(values.to_series(0))
    layout["shapes"] = [_cursor(chosen)]
    return {"data": [bars], "layout": layout}


def yardsticks(scene: Scene) -> Component:
    """Return outside series about the pair's countries, each beneath the index of the same months, on its own scale."""
    say, view = scene.say, scene.view
    readings = scene.warehouse.monthly_tension(view.pair, max(scene.since, scene.span[0])).drop_nulls("tension_index")
    answer = scene.ask(revisions.yardsticks, view.pair, scene.since, view.lang)
    if answer.frame.is_empty():
        return _empty(say("yardsticks.title"), say("yardsticks.empty", pair=scene.title))
    found = revisions.yardstick_checks(scene.warehouse, view.pair)
    listed = {(one.indicator_id, one.definition_id) for one in load_validation().checks["V4"].yardsticks.values()}
    every = answer.frame.partition_by("indicator_id", "definition_id", as_dict=True)
    latest_first = sorted(every.items(), key=lambda item: item[1]["month"][-1], reverse=True)
    tiles = [
        _tile(scene, series, readings, found.get(str(key[0])) if key in listed else None)
        for key, series in latest_first
    ]
    return sections.panel(
        scene,
        "yardsticks",
        answer,
        tiles,
        title=say("yardsticks.title"),
        subtitle=say("yardsticks.subtitle") + " " + say("yardsticks.checked" if found else "yardsticks.unchecked"),
        source=say("yardsticks.foot"),
    )


def _tile(scene: Scene, series: pl.DataFrame, readings: pl.DataFrame, correlation: float | None) -> Component:
    say = scene.say
    first = series.row(0, named=True)
    shown = series.filter(pl.col("month") >= scene.since)
    lines = [first["definition"], say("yardsticks.end", month=say.month(series["month"][-1]))]
    if correlation is not None:
        lines.append(say("yardsticks.correlation", figure=number(correlation, 2)))
    end = series["month"][-1]
    content: list[Component] = [html.H3(say.name(first["indicator_id"])), html.P(" ".join(lines), className="sub")]
    if shown.is_empty():
        content.append(html.P(say("yardsticks.none", month=say.month(end)), className="sub"))
    else:
        drawn = beside(say, shown, readings, first["unit"])
        key = parts.anchor("graph", first["indicator_id"], first["definition_id"])
        content.append(parts.graph(drawn, YARDSTICK_HEIGHT, key))
    return html.Section(content)


def beside(say: Words, series: pl.DataFrame, readings: pl.DataFrame, unit: str) -> Figure:
    """Draw an outside series under the index, each on its own scale over the same months.

    Args:
        say: The page's words.
        series: Columns month and value.
        readings: As out_pair__monthly_tension, with an index; may be empty.
        unit: Unit of the series.
    """
    own = figures.line(figures.by_month(series.select("month", "value")), "value", unit, figures.GREY)
    index = figures.line(
        figures.by_month(readings.select("month", "tension_index")), "tension_index", say("index.tension"), figures.WARM
    )
    layout = figures.base_layout("")
    layout["margin"] = {"l": 46, "r": 8, "t": 14, "b": 24}
    plain = {"gridcolor": figures.GRID, "zerolinecolor": figures.ZERO, "fixedrange": True, "rangemode": "tozero"}
    # Without an index the outside series has the whole height.
    panels = [(index, 0.58, 1.0, say("index.tension"))] if readings.height else []
    panels.append((own, 0.0, 0.44 if readings.height else 0.92, unit))
    layout["annotations"] = []
    for number_, (trace, low, high, text) in enumerate(panels, start=1):
        axis = "" if number_ == 1 else str(number_)
        trace["yaxis"] = f"y{axis}"
        layout[f"yaxis{axis}"] = {**plain, "domain": [low, high], "nticks": 3}
        place = {"x": 0, "xref": "paper", "xanchor": "left", "y": high, "yref": "paper", "yanchor": "bottom"}
        layout["annotations"].append({**place, "text": text, "showarrow": False})
    months = pl.concat([series["month"], readings["month"]])
    layout["xaxis"].update(
        {"nticks": 4, "fixedrange": True, "anchor": panels[-1][0]["yaxis"], "range": [months.min(), months.max()]}
    )
    return {"data": [trace for trace, *_ in panels], "layout": layout}


def _room(months: pl.Series) -> list[date]:
    """Return the ends of an axis of bars, each of which stands on its month's first day."""
    half = timedelta(days=16)
    return [months.to_list()[0] - half, months.to_list()[-1] + half]


def _cursor(month: date) -> Mapping[str, object]:
    line = {"color": figures.BLUE, "width": 1, "dash": "dot"}
    return {"type": "line", "x0": month, "x1": month, "yref": "paper", "y0": 0, "y1": 1, "line": line}


def _empty(title: str, text: str) -> Component:
    return html.Section([html.H2(title), html.P(text, className="sub")])
