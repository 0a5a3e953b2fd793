"""The page's frame, its control bar, and what stands around the index chart; callbacks fill the sections."""

import polars as pl
from dash import dcc, html
from dash.development.base_component import Component

from dash_app import ids, parts
from dash_app.scene import Scene
from dash_app.view import GRAINS
from dash_app.words import Words, languages, number, texts

INDEX_HEIGHT = 430


def frame(title: str) -> html.Main:
    """Return the empty page: what stands where, with room kept for the charts while they load."""
    blank = {"data": [], "layout": {"paper_bgcolor": "rgba(0,0,0,0)", "plot_bgcolor": "rgba(0,0,0,0)"}}
    return html.Main(
        [
            dcc.Location(id=ids.LOCATION, refresh=False),
            dcc.Store(id=ids.SHOWN),
            html.Header([html.H1(title), html.Div(id=ids.CONTROLS)]),
            html.Div(id=ids.NOTICE, role="status"),
            html.Div(id=ids.HEADLINE),
            html.Section(
                [
                    html.Div(id=ids.INDEX_HEAD),
                    parts.graph(blank, INDEX_HEIGHT, ids.TENSION_GRAPH),
                    html.Div(id=ids.INDEX_FOOT),
                ]
            ),
            html.Section(id=ids.WHY),
            html.Section(id=ids.COMPARE),
            html.Section(id=ids.MONTH),
            html.Section(id=ids.FAMILIES),
            html.Section(id=ids.DOUBT),
            html.Footer(id=ids.FOOTER),
        ]
    )


def controls(scene: Scene) -> html.Nav:
    """Return the control bar: each control is a link to the address that shows the other choice."""
    say, view = scene.say, scene.view
    flip = {"on": "off", "off": "on"}
    bars = {
        "pair": [(title, {"pair": pair_id}, pair_id == view.pair) for pair_id, title in scene.titles.items()],
        "range": [(say(f"controls.range_{key}"), {"range": key}, key == view.range) for key in ("1y", "5y", "all")],
        "grain": [(say(f"controls.grain_{key}"), {"grain": key}, key == view.grain) for key in GRAINS],
        "lines": [
            (say("controls.cooperation"), {"cooperation": flip[view.cooperation]}, view.cooperation == "on"),
            (say("controls.hard"), {"hard": flip[view.hard]}, view.hard == "on"),
            (say("controls.band"), {"band": flip[view.band]}, view.band == "on"),
            (say("controls.real_time"), {"real_time": flip[view.real_time]}, view.real_time == "on"),
        ],
        "lang": [(texts(code)["language"], {"lang": code}, code == view.lang) for code in languages()],
    }
    if len(bars["lang"]) == 1:
        del bars["lang"]
    groups = [
        html.Div(
            [
                html.Span(say(f"controls.{key}"), className="name"),
                html.Ul([_choice(text, view.search(**change), is_on) for text, change, is_on in choices]),
            ]
        )
        for key, choices in bars.items()
    ]
    return html.Nav(groups, className="controls", **parts.aria(aria_label=say("controls.label")))


def notice(scene: Scene) -> list[Component]:
    """Return a line for each parameter of the address that cannot be shown."""
    say = scene.say
    first, last = (say.month(day) for day in scene.span)
    lines = [
        say("controls.bad_month", value=item.value, first=first, last=last, shown=say.month(scene.view.month))
        if item.key == "month"
        else say("controls.bad", key=item.key, value=item.value, shown=item.shown)
        for item in scene.refused
    ]
    return [html.P(line, className="notice") for line in lines]


def index_head(scene: Scene) -> list[Component]:
    """Return the title and definition of the index chart."""
    return [html.H2(scene.say("index.title")), html.P(scene.say(f"index.{scene.view.grain}"), className="sub")]


def index_foot(say: Words, acts: pl.DataFrame, regimes: pl.DataFrame, foot: str) -> list[Component]:
    """Return the source of the index chart, and its marks as a list for readers without a pointer.

    Args:
        say: The page's words.
        acts: As `warehouse.pages.notable_acts`.
        regimes: As `warehouse.pages.regimes`.
        foot: The source line.
    """
    rows = [
        parts.row(
            [
                str(act["on_day"]),
                say("index.both") if act["is_joint"] else say.name(act["side"]),
                act["title"],
                say(f"stage.{act['stage']}") if act["stage"] else say("kind.act"),
                parts.site_link(act["url"], say("none")),
            ]
        )
        for act in reversed(acts.to_dicts())
    ]
    heads = [say(f"column.{key}") for key in ("date", "who", "what", "kind", "link")]
    listed = parts.folded(say("index.list", count=acts.height), parts.table(heads, rows))
    return [html.P(_regimes(say, regimes), className="sub"), html.P(foot, className="src"), listed]


def _regimes(say: Words, regimes: pl.DataFrame) -> str:
    """Return what is said of shifts of the mean: each with the span in which it may have begun."""
    if regimes.height < 2:
        return say("index.one_regime") if regimes.height else ""
    shifts = [
        say(
            "index.shift",
            month=say.month(row["starts_on"]),
            low=say.month(row["starts_low"]),
            high=say.month(row["starts_high"]),
            level=number(row["level"]),
        )
        for row in regimes[1:].to_dicts()
    ]
    return say("index.shifts", level=number(regimes["level"][0]), shifts="; ".join(shifts))


def _choice(text: str, href: str, is_on: bool) -> html.Li:
    mark = parts.aria(aria_current="true") if is_on else {}
    return html.Li(dcc.Link(text, href=href, refresh=False), className="on" if is_on else "", **mark)
