"""Acts and policies: how measures went from threat to end, how often threats were carried out, acts by kind."""

from collections.abc import Sequence
from datetime import date

import polars as pl
from dash import html
from dash.development.base_component import Component

from dash_app import controls, figures, parts, sections
from dash_app.chart import chart
from dash_app.figures import Figure
from dash_app.grid import grid
from dash_app.scene import Answer, Scene
from dash_app.view import FREE, Choices
from dash_app.words import number
from warehouse import measures

DIMENSIONS = ("all", "tension", "cooperation", "none")
CHOICES: Choices = {
    "kind": ("tariff", "all", "designation", "ban", "visa", "financial", "deployment", "programme", "quota", "tax"),
    "imposer": FREE,
    "by": ("dimension", "kind", "pillar"),
    "side": FREE,
    "dimension": DIMENSIONS,
    "q": FREE,
}
STAGES = {
    "floated": (figures.OCHRE, "."),
    "threatened": (figures.OCHRE, "/"),
    "proposed": (figures.OCHRE, "x"),
    "ordered": (figures.PINK, ""),
    "in_force": (figures.WARM, ""),
    "suspended": (figures.GREY, "\\"),
}
"""Colour and pattern of each stage that lasts; the others are ends, drawn as marks."""
PARTS = {"tension": figures.WARM, "cooperation": figures.COOL, "none": figures.GREY, **figures.PILLAR_COLOURS}
KINDS = dict(
    zip(
        ("act", "threat", "incident", "call", "visit", "agreement", "surrender"),
        (figures.WARM, figures.OCHRE, figures.PINK, figures.GREY, figures.PURPLE, figures.COOL, figures.BLUE),
        strict=True,
    )
)
PATTERN = {"fillmode": "overlay", "fgcolor": "rgba(255,255,255,0.75)", "size": 5, "solidity": 0.3}
LANE_HEIGHT, LANES_TOP = 26, 70
MOST_LANES = 45
"""Measures drawn at most, the newest; the table under the chart has all."""


def page(scene: Scene) -> Sequence[Component | str | None]:
    """Return the page."""
    return [
        html.H1(scene.say("acts.title")),
        *_answer(scene),
        _filters(scene),
        _lanes(scene),
        *_threats(scene),
        sections.tariffs(scene),
        *_acts(scene),
    ]


def _member(scene: Scene, key: str, *more: str) -> str:
    """Return the country that a parameter names; empty, which is all, where it names none of the pair."""
    asked = scene.view[key]
    return asked if asked in (*scene.members, *more) else ""


def _filter(scene: Scene) -> dict[str, str]:
    kind = scene.view["kind"]
    return {"kind": "" if kind == "all" else kind, "imposer": _member(scene, "imposer")}


def _filters(scene: Scene) -> Component:
    say = scene.say
    held = set(measures.kinds(scene.warehouse, scene.view.pair)["kind"])
    kinds = [(kind, say(f"acts.kind_{kind}")) for kind in CHOICES["kind"] if kind == "all" or kind in held]
    sides = [("", say("acts.both")), *((code, say.name(code)) for code in scene.members)]
    return controls.bar(
        scene,
        controls.links(scene, "kind", kinds, say("acts.kinds")),
        controls.links(scene, "imposer", sides, say("column.imposer")),
    )


def _answer(scene: Scene) -> list[Component]:
    """Return in a sentence each how often a side's threats of tariffs were carried out, and how fast."""
    say = scene.say
    rows = measures.fulfilment(scene.warehouse, scene.view.pair, kind="tariff").to_dicts()
    lines = []
    for row in rows:
        done = row["fulfilled"] + row["in_part"]
        days = say("acts.fast", days=number(row["median_days"], 0)) if row["median_days"] is not None else ""
        rest = {key: row[key] for key in ("decided", "in_part", "pending", "withdrawn", "lapsed")}
        text = say("acts.answer", issuer=say.name(row["issuer"]), threats=row["threats"], done=done, **rest)
        if row["rate_low"] is not None:
            low, high = (number(100 * row[key], 0) for key in ("rate_low", "rate_high"))
            text += " " + say("acts.range", low=low, high=high)
        lines.append(html.P(f"{text} {days}".strip(), className="headline"))
    loose = measures.loose_threats(scene.warehouse, scene.view.pair)
    return (
        [*lines, html.P(say("acts.loose", count=loose), className="sub")] if lines else [html.P(say("acts.no_threats"))]
    )


def _lanes(scene: Scene) -> Component:
    say = scene.say
    answer = scene.ask(measures.stage_spans, scene.view.pair, scene.view.lang, **_filter(scene))
    shown = answer.frame.filter(pl.col("to_on") >= scene.since)
    order = shown.group_by("policy_id").agg(pl.col("from_on").min()).sort("from_on", "policy_id")["policy_id"].to_list()
    hidden, order = order[:-MOST_LANES], order[-MOST_LANES:]
    if not order:
        return html.P(say("acts.no_measures"), className="notice")
    drawn = shown.filter(pl.col("policy_id").is_in(order))
    sub = say("acts.lanes_sub", shown=len(order), count=len(order) + len(hidden))
    return chart(
        scene,
        "lanes",
        _lane_figure(scene, drawn, order),
        answer,
        title=say("acts.lanes"),
        subtitle=sub,
        source=scene.foot,
        height=LANES_TOP + LANE_HEIGHT * len(order),
        heading=html.H2,
    )


def _lane_figure(scene: Scene, spans: pl.DataFrame, order: Sequence[str]) -> Figure:
    """Return a bar for each span of a stage, a lane for each measure, and a mark for each end."""
    say = scene.say
    lanes = {policy: len(order) - place for place, policy in enumerate(order)}
    titles = dict(spans.select("policy_id", "title").iter_rows())
    traces: list[Figure] = []
    for stage, (colour, pattern) in STAGES.items():
        own = spans.filter(pl.col("stage") == stage).to_dicts()
        if not own:
            continue
        starts = [max(row["from_on"], scene.since) for row in own]
        traces.append(
            {
                "type": "bar",
                "orientation": "h",
                "name": say(f"stage.{stage}"),
                "y": [lanes[row["policy_id"]] for row in own],
                "base": starts,
                "x": [(row["to_on"] - start).days * 86_400_000 for row, start in zip(own, starts, strict=True)],
                "width": 0.62,
                "marker": {
                    "color": colour,
                    "pattern": {**PATTERN, "shape": pattern},
                },
                "text": [_span_text(scene, row) for row in own],
                "textposition": "none",
                "hovertemplate": "%{text}<extra></extra>",
            }
        )
    ends = spans.filter(~pl.col("stage").is_in(list(STAGES))).to_dicts()
    if ends:
        marker = {"symbol": "x-thin-open", "size": 9, "color": figures.GREY, "line": {"width": 2}}
        place = {"x": [row["from_on"] for row in ends], "y": [lanes[row["policy_id"]] for row in ends]}
        hover = {"text": [_span_text(scene, row) for row in ends], "hovertemplate": "%{text}<extra></extra>"}
        traces.append(
            {"type": "scatter", "mode": "markers", "name": say("acts.ended"), "marker": marker, **place, **hover}
        )
    layout = figures.base_layout("", showlegend=True, barmode="overlay")
    layout["legend"] = {
        "orientation": "h",
        "y": 1,
        "yanchor": "bottom",
        "x": 0,
        "xanchor": "left",
        "traceorder": "normal",
    }
    labels = [_short(titles[policy]) for policy in order]
    layout["yaxis"] = {
        "tickvals": [lanes[policy] for policy in order],
        "ticktext": labels,
        "showgrid": False,
        "zeroline": False,
        "fixedrange": True,
        "automargin": True,
        "range": [0.3, len(order) + 0.7],
        "tickfont": {"size": 11},
    }
    layout["xaxis"].update({"range": [max(spans["from_on"].min(), scene.since), scene.span[1]], "showgrid": True})  # type: ignore[type-var]  # dates
    layout["xaxis"]["gridcolor"] = figures.GRID
    layout["margin"] = {"l": 10, "r": 12, "t": 44, "b": 28}
    return {"data": traces, "layout": layout}


def _short(title: str) -> str:
    return title if len(title) <= 46 else title[:45].rstrip() + "…"


def _span_text(scene: Scene, row: dict[str, object]) -> str:
    say = scene.say
    stage = f"stage.{row['stage']}"
    rate = f" · {row['rate_pct']:g} %" if row["rate_pct"] is not None else ""
    start, stop = str(row["from_on"]), str(row["to_on"])
    about = say("acts.about") if row["is_estimated"] else ""
    days = (
        start if start == stop else say("acts.from_to", start=start, stop=say("acts.open") if row["is_open"] else stop)
    )
    return f"{figures.wrap(str(row['title']))}<br>{say.name(str(row['imposer']))}: {say(stage)}{rate}<br>{about}{days}"


def _threats(scene: Scene) -> list[Component]:
    """Return what became of each threat, by issuer and one by one."""
    say = scene.say
    counted = measures.fulfilment(scene.warehouse, scene.view.pair, **_filter(scene))
    answer = scene.ask(measures.threats, scene.view.pair, scene.view.lang, **_filter(scene))
    if answer.frame.is_empty():
        return [html.H2(say("acts.fulfilment")), html.P(say("acts.no_threats"))]
    names = ("threats", "fulfilled", "in_part", "ordered", "suspended", "withdrawn", "lapsed", "pending")
    rows = []
    for row in counted.to_dicts():
        median = number(row["median_days"], 0) if row["median_days"] is not None else say("none")
        rows.append(parts.row([say.name(row["issuer"]), *(str(row[name]) for name in names), median]))
    heads = [say(f"acts.{name}") for name in ("issuer", *names, "median")]
    columns = [
        {"field": "threatened_on", "headerName": say("acts.on"), "width": 120},
        {"field": "issuer", "headerName": say("acts.issuer"), "width": 130},
        {"field": "title", "headerName": say("column.what"), "flex": 3, "minWidth": 220},
        {"field": "outcome", "headerName": say("acts.outcome"), "width": 150},
        {"field": "days_to_outcome", "headerName": say("acts.days"), "width": 100},
        {"field": "threatened_pct", "headerName": say("acts.threatened_pct"), "width": 120},
        {"field": "carried_pct", "headerName": say("acts.carried_pct"), "width": 120},
        {"field": "url", "headerName": say("column.link"), "width": 150, "cellRenderer": "Link"},
    ]
    worded = answer.frame.with_columns(
        pl.col("issuer").map_elements(say.name, return_dtype=pl.String),
        pl.col("outcome").map_elements(lambda code: say(f"outcome.{code}"), return_dtype=pl.String),
    )
    listed = grid(
        scene,
        "threats",
        Answer(worded, answer.sql),
        columns,
        title=say("acts.threats_title", count=answer.frame.height),
        subtitle=say("acts.threats_sub"),
        source=scene.foot,
        height=420,
    )
    return [
        html.H2(say("acts.fulfilment")),
        html.P(say("acts.fulfilment_sub"), className="sub"),
        parts.table(heads, rows),
        listed,
    ]


def _acts(scene: Scene) -> list[Component]:
    """Return how many deeds each side did, and each of them."""
    say, view = scene.say, scene.view
    dimension, since = view["dimension"], max(scene.since, date(1990, 1, 1))
    asked = {
        "act": "",
        "pillar": "",
        "dimension": "" if dimension == "all" else dimension,
        "side": _member(scene, "side", "both"),
        "q": view["q"],
    }
    sides = [("", say("acts.all")), *((code, say.name(code)) for code in scene.members), ("both", say("index.both"))]
    bar = controls.bar(
        scene,
        controls.links(scene, "by", [(key, say(f"acts.by_{key}")) for key in CHOICES["by"]], say("acts.by")),
        controls.links(scene, "side", sides, say("column.who")),
        controls.links(
            scene, "dimension", [(key, say(f"acts.dimension_{key}")) for key in DIMENSIONS], say("acts.dimension")
        ),
        controls.text(scene, "q", say("acts.search")),
    )
    listed = scene.ask(measures.listed_acts, view.pair, view.lang, since=since, **asked)
    head = [html.H2(say("acts.deeds")), bar]
    if listed.frame.is_empty():
        return [*head, html.P(say("acts.none"), className="notice")]
    grain = "month" if view.range == "1y" else "year"
    counted = scene.ask(measures.counted_acts, view.pair, by=view["by"], grain=grain, since=since, **asked)
    drawn = chart(
        scene,
        "deeds",
        _count_figure(scene, counted.frame),
        counted,
        title=say(f"acts.deeds_by_{view['by']}", grain=say(f"acts.{grain}")),
        subtitle=say("acts.deeds_sub"),
        source=scene.foot,
    )
    return [*head, drawn, _listed(scene, listed)]


def _count_figure(scene: Scene, counted: pl.DataFrame) -> Figure:
    say, by = scene.say, scene.view["by"]
    colours = KINDS if by == "kind" else PARTS
    traces: list[Figure] = []
    for (part,), own in counted.group_by("part", maintain_order=True):
        summed = own.group_by("period").agg(pl.col("acts").sum(), pl.col("is_comparable").all()).sort("period")
        name = say.name(str(part)) if by == "pillar" and part != "none" else say(f"acts.part_{part}")
        opacity = [1.0 if fine else 0.45 for fine in summed["is_comparable"]]
        marker = {"color": colours.get(str(part), figures.GREY), "opacity": opacity}
        hover = "%{x|%Y-%m}: %{y}<extra>" + name + "</extra>"
        traces.append(
            {
                "type": "bar",
                "name": name,
                "x": summed["period"].to_list(),
                "y": summed["acts"].to_list(),
                "marker": marker,
                "hovertemplate": hover,
            }
        )
    layout = figures.base_layout(say("acts.axis"), showlegend=True, barmode="stack")
    layout["legend"] = {
        "orientation": "h",
        "y": 1.02,
        "yanchor": "bottom",
        "x": 0,
        "xanchor": "left",
        "traceorder": "normal",
    }
    return {"data": traces, "layout": layout}


def _listed(scene: Scene, listed: Answer) -> Component:
    say = scene.say
    worded = listed.frame.with_columns(
        pl.col("side").map_elements(
            lambda code: say("index.both") if code == "both" else say.name(code), return_dtype=pl.String
        ),
        pl.col("kind").map_elements(lambda code: say(f"acts.part_{code}"), return_dtype=pl.String),
        pl.col("pillar").map_elements(say.name, return_dtype=pl.String),
        pl.col("dimension")
        .fill_null("none")
        .map_elements(lambda code: say(f"acts.part_{code}"), return_dtype=pl.String),
        pl.col("source_tier").map_elements(lambda code: say(f"tier.{code}"), return_dtype=pl.String),
    )
    columns = [
        {"field": "on_day", "headerName": say("column.date"), "width": 115},
        {"field": "side", "headerName": say("column.who"), "width": 130},
        {"field": "title", "headerName": say("column.what"), "flex": 3, "minWidth": 260},
        {"field": "kind", "headerName": say("column.kind"), "width": 110},
        {"field": "pillar", "headerName": say("column.pillar"), "width": 135},
        {"field": "dimension", "headerName": say("acts.dimension"), "width": 120},
        {"field": "ladder_step", "headerName": say("acts.step"), "width": 90},
        {"field": "source_tier", "headerName": say("acts.tier"), "width": 130},
        {"field": "url", "headerName": say("column.link"), "width": 150, "cellRenderer": "Link"},
    ]
    title = say("acts.listed", count=listed.frame.height)
    return grid(
        scene,
        "acts",
        Answer(worded, listed.sql),
        columns,
        title=title,
        subtitle=say("acts.listed_sub"),
        source=scene.foot,
    )
