"""Extraditions: who handed over how many people, who calls it what, where publishers differ."""

from collections.abc import Sequence
from typing import Any

import polars as pl
from dash import html
from dash.development.base_component import Component

from dash_app import controls, families, figures, parts, sections
from dash_app.chart import actions, chart
from dash_app.figures import Figure
from dash_app.grid import grid
from dash_app.scene import Answer, Scene
from dash_app.view import FREE, Choices
from dash_app.words import Words
from warehouse import surrenders

CHOICES: Choices = {"year": FREE, "side": FREE}
WORDS_IN = {"hands over": "handover", "handed over": "handover", "hand over": "handover", "extradit": "extradition"}
WORDS_IN |= {
    "sends": "sending",
    "sent": "sending",
    "flies": "flight",
    "moved": "move",
    "expel": "expulsion",
    "expul": "expulsion",
}
"""What a word of a summary is counted as, where it is not that itself."""


def page(scene: Scene) -> Sequence[Component | str | None]:
    """Return the page."""
    say = scene.say
    found = surrenders.years(scene.warehouse, scene.view.pair)
    chosen = _chosen(scene, found)
    first = [html.H1(say("surrenders.title"))]
    if chosen is None:
        return [*first, html.P(say("surrenders.none", pair=scene.title), className="notice")]
    side, year, refused = chosen
    notice = (
        [html.P(say("surrenders.bad_year", value=scene.view["year"], year=year), className="notice")] if refused else []
    )
    claims = scene.ask(surrenders.claims_of, scene.view.pair, side, year)
    return [
        *first,
        *notice,
        html.P(_sentence(scene, claims.frame, side, year), className="headline"),
        _bar(scene, found, side, year),
        _conflict(scene, claims, side, year),
        sections.extraditions(scene),
        *_transfers(scene),
        _claims(scene),
    ]


def _chosen(scene: Scene, found: pl.DataFrame) -> tuple[str, int, bool] | None:
    """Return the side and year to take apart, and whether the address asked for others in vain."""
    default = surrenders.latest_difference(found)
    if default is None:
        return None
    asked, side = scene.view["year"], scene.view["side"] or default[0]
    own = found.filter(pl.col("side") == side)
    if own.is_empty():
        return (*default, True)
    if not asked:
        return side, default[1] if side == default[0] else own["year"][-1], False
    if asked.isdigit() and int(asked) in own["year"].to_list():
        return side, int(asked), False
    return side, default[1] if side == default[0] else own["year"][-1], True


def _bar(scene: Scene, found: pl.DataFrame, side: str, year: int) -> Component:
    say, view = scene.say, scene.view
    rows = found.filter(pl.col("side") == side).to_dicts()
    years = [
        html.Li(
            html.A(
                f"{row['year']}{'*' if row['differ'] else ''}",
                href=view.search(side=side, year=row["year"]),
                **(parts.aria(aria_current="true") if row["year"] == year else {}),
            ),
            className="on" if row["year"] == year else "",
        )
        for row in rows
    ]
    sides = [
        html.Li(html.A(say.name(code), href=view.search(side=code, year="")), className="on" if code == side else "")
        for code in found["side"].unique().sort()
    ]
    return controls.bar(
        scene,
        html.Div([html.Span(say("surrenders.by"), className="name"), html.Ul(sides)]),
        html.Div([html.Span(say("surrenders.year"), className="name"), html.Ul(years)]),
        html.Span(say("surrenders.star"), className="name"),
    )


def _sentence(scene: Scene, claims: pl.DataFrame, side: str, year: int) -> str:
    """Return who counted how many in the year, each count with its definition."""
    say = scene.say
    to = next(code for code in scene.members if code != side)
    listed = "; ".join(
        say(
            "surrenders.count",
            persons=_persons(say, row),
            who=row["stated_by"],
            what=say(f"definition.{row['definition_id']}"),
        )
        for row in claims.to_dicts()
    )
    return say("surrenders.answer", side=say.name(side), to=say.name(to), year=year, counts=listed)


def _persons(say: Words, row: dict[str, Any]) -> str:  # Any: a row of mixed types
    persons = f"{row['persons']:g}"
    return say("extraditions.at_least", persons=persons) if row["persons_is_minimum"] else persons


def _conflict(scene: Scene, claims: Answer, side: str, year: int) -> Component:
    """Return every count of the year beside each other."""
    say = scene.say
    rows = claims.frame.sort("persons", "claim_id").to_dicts()
    names = [figures.wrap(f"{row['stated_by']}, {row['publisher']}", 34) for row in rows]
    marker = {
        "symbol": [families.SYMBOLS.get(row["definition_id"], "x") for row in rows],
        "size": 11,
        "color": figures.country_colour(scene.members, side),
    }
    shown: Figure = {
        "type": "scatter",
        "mode": "markers+text",
        "x": [row["persons"] for row in rows],
        "y": list(range(len(rows))),
        "text": [f"{_persons(say, row)} {say('definition.' + row['definition_id'])}" for row in rows],
        "textposition": "middle right",
        "cliponaxis": False,
        "marker": marker,
        "customdata": [row["scope"] for row in rows],
        "hovertemplate": "%{text}<br>%{customdata}<extra></extra>",
    }
    layout = figures.base_layout("")
    layout["xaxis"] = {
        "rangemode": "tozero",
        "nticks": 5,
        "gridcolor": figures.GRID,
        "title": {"text": say("surrenders.persons")},
    }
    layout["xaxis"]["range"] = [0, 1.5 * max(row["persons"] for row in rows)]
    layout["yaxis"] = {"tickvals": list(range(len(rows))), "ticktext": names, "showgrid": False, "zeroline": False}
    layout["yaxis"] |= {"automargin": True, "range": [-0.6, len(rows) - 0.4], "fixedrange": True}
    layout["margin"] = {"l": 10, "r": 20, "t": 8, "b": 44}
    return chart(
        scene,
        "counts",
        {"data": [shown], "layout": layout},
        claims,
        title=say("surrenders.conflict", year=year),
        subtitle=say("surrenders.conflict_sub"),
        source=say("source.foot", source=say("source.claims"), day=year),
        height=90 + 46 * len(rows),
        heading=html.H2,
    )


def _transfers(scene: Scene) -> list[Component]:
    """Return the handings over outside the treaty, and what each calls them."""
    say = scene.say
    answer = scene.ask(surrenders.transfers, scene.view.pair)
    if answer.frame.is_empty():
        return []
    rows = answer.frame.to_dicts()
    shown: Figure = {
        "type": "bar",
        "x": [str(row["on_day"]) for row in rows],
        "y": [row["persons"] for row in rows],
        "text": [f"{row['persons']:g}" for row in rows],
        "textposition": "outside",
        "cliponaxis": False,
        "width": 0.4,
        "marker": {"color": [figures.country_colour(scene.members, row["side"]) for row in rows]},
        "hovertext": [row["stated_by"] for row in rows],
        "hovertemplate": "%{x}: %{y}<br>%{hovertext}<extra></extra>",
    }
    layout = figures.base_layout(say("surrenders.persons"))
    layout["xaxis"] = {"type": "category", "showgrid": False}
    drawn = chart(
        scene,
        "transfers",
        {"data": [shown], "layout": layout},
        answer,
        title=say("surrenders.transfers"),
        subtitle=say("surrenders.transfers_sub"),
        source=say("source.foot", source=say("source.claims"), day=rows[-1]["on_day"]),
        height=240,
        heading=html.H2,
    )
    words = scene.ask(surrenders.transfer_words, scene.view.pair, scene.view.lang)
    scene.answers["words"] = words
    cells = [
        parts.row(
            [
                str(row["on_day"]),
                f"{row['persons']:g}",
                str(row["said_on"]),
                row["who"],
                say(f"surrenders.word_{WORDS_IN.get(row['word'], row['word'])}"),
                row["title"] or say("surrenders.label"),
                parts.site_link(row["url"], say("none")),
            ]
        )
        for row in words.frame.to_dicts()
    ]
    keys = (
        "surrenders.on",
        "surrenders.persons",
        "column.date",
        "column.who",
        "column.word",
        "column.what",
        "column.link",
    )
    table = html.Section(
        [
            html.H3(say("surrenders.words")),
            html.P(say("surrenders.words_sub"), className="sub"),
            parts.table([say(key) for key in keys], cells),
            actions(scene, "words", has_picture=False),
        ],
        id="words",
        className="chart",
    )
    return [drawn, table]


def _claims(scene: Scene) -> Component:
    say = scene.say
    answer = scene.ask(surrenders.claims, scene.view.pair)
    worded = answer.frame.with_columns(
        pl.col("side").map_elements(say.name, return_dtype=pl.String),
        pl.col("definition_id").map_elements(lambda code: say(f"definition.{code}"), return_dtype=pl.String),
        pl.col("label_used").fill_null(say("none")),
    )
    columns = [
        {"field": "period_label", "headerName": say("column.period"), "width": 130},
        {"field": "side", "headerName": say("column.who"), "width": 130},
        {"field": "persons", "headerName": say("column.persons"), "width": 110},
        {"field": "definition_id", "headerName": say("column.definition"), "width": 190},
        {"field": "label_used", "headerName": say("column.word"), "width": 140},
        {"field": "stated_by", "headerName": say("column.stated"), "flex": 2, "minWidth": 180},
        {"field": "scope", "headerName": say("surrenders.scope"), "flex": 2, "minWidth": 180},
        {"field": "url", "headerName": say("column.link"), "width": 150, "cellRenderer": "Link"},
    ]
    title = say("extraditions.table", count=worded.height)
    return grid(
        scene,
        "claims",
        Answer(worded, answer.sql),
        columns,
        title=title,
        subtitle=say("surrenders.claims_sub"),
        source=say("source.foot", source=say("source.claims"), day=scene.say.day(scene.span[1])),
    )
