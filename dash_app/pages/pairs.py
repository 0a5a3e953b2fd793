"""Pairs: one measure of every pair large, the others small, and what each pair says, with why one has no index."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl
from dash import html
from dash.development.base_component import Component

from dash_app import controls, figures, parts
from dash_app.chart import chart
from dash_app.listing import searched_types
from dash_app.scene import Answer, Scene
from dash_app.sections import panel
from dash_app.view import FREE, Choices
from dash_app.words import number
from warehouse import comparisons, holdings, pages
from warehouse.catalog.registry import load_catalog

CHOICES: Choices = {"pairs": FREE, "measure": FREE}
LARGE_HEIGHT, SMALL_HEIGHT = 400, 190
TENSION = "tension"


def page(scene: Scene) -> Sequence[Component | str | None]:
    """Return the page."""
    say = scene.say
    title = html.H1(say("compare.title"))
    if len(scene.titles) < 2:
        return [title, html.P(say("pairs.one"), className="empty")]
    answer = scene.ask(pages.every_pair)
    known = answer.frame.filter(pl.col("measure") == TENSION)["pair_id"].n_unique()
    measures = [TENSION, *sorted({*answer.frame["measure"]} - {TENSION}, key=say.name)]
    chosen, lost = _chosen(scene)
    measure = scene.view["measure"] or most_shared(answer.frame, measures)
    notices = [
        say("pairs.unknown_pair", name=name, shown=", ".join(scene.titles[one] for one in chosen)) for name in lost
    ]
    if measure not in measures:
        notices.append(say("pairs.unknown_measure", name=measure, shown=_name(scene, TENSION)))
        measure = TENSION
    frame = answer.frame.filter(pl.col("pair_id").is_in(chosen))
    shown = Answer(frame, answer.sql)
    return [
        title,
        html.P(say("pairs.lead", known=known, pairs=len(scene.titles)), className="lead"),
        *[html.P(text, className="notice") for text in notices],
        _controls(scene, chosen, measures, measure),
        _large(scene, shown, measure),
        _small(scene, shown, [one for one in measures if one != measure]),
        _each(scene, chosen),
    ]


def _chosen(scene: Scene) -> tuple[list[str], list[str]]:
    """Return the pairs that the address asks for, all where it asks for none, and what it asks for in vain."""
    asked = [name for name in scene.view["pairs"].split(",") if name]
    chosen = [pair for pair in scene.titles if pair in asked] or list(scene.titles)
    return chosen, [name for name in asked if name not in scene.titles]


def most_shared(values: pl.DataFrame, measures: Sequence[str]) -> str:
    """Return the measure that most pairs have, in the most months; of several the one with the highest scores.

    Args:
        values: As `pages.every_pair`.
        measures: The measures, the index first.
    """
    counts = {
        name: (part["pair_id"].n_unique(), part.height, sum(part["value"]))
        for (name,), part in values.group_by("measure", maintain_order=True)
    }
    return max(measures, key=lambda name: counts.get(name, (0, 0, 0.0)))


def _name(scene: Scene, measure: str) -> str:
    return scene.say("index.tension") if measure == TENSION else scene.say.name(measure)


def _controls(scene: Scene, chosen: Sequence[str], measures: Sequence[str], measure: str) -> Component:
    """Return which pairs are shown and which measure is large."""
    say, view = scene.say, scene.view
    every = list(scene.titles)
    pairs = []
    for pair, title in scene.titles.items():
        rest = [one for one in every if (one in chosen) != (one == pair)]
        kept = "" if rest in ([], every) else ",".join(rest)
        pairs.append(controls.choice(title, view.search(pairs=kept), is_on=pair in chosen))
    sizes = [controls.choice(_name(scene, one), view.search(measure=one), is_on=one == measure) for one in measures]
    return controls.bar(scene, controls.named(say("pairs.which"), pairs), controls.named(say("pairs.measure"), sizes))


def _months(scene: Scene, values: pl.DataFrame) -> tuple[date, date]:
    """Return the first and last month of the axis that all charts share."""
    months = values["month"].unique().sort()
    if months.is_empty():
        return scene.span
    return max(scene.since, months[0]), months[-1]


def _top(values: pl.DataFrame) -> float:
    return float(max([100.0, *values["value"]]))


def _large(scene: Scene, shown: Answer, measure: str) -> Component:
    """Return one measure of the chosen pairs, each line under its name."""
    say, values = scene.say, shown.frame
    months = _months(scene, values)
    own = values.filter((pl.col("measure") == measure) & pl.col("month").is_between(*months))
    name = _name(scene, measure)
    if own.is_empty():
        text = html.P(say("pairs.nothing_drawn"), className="empty")
        return html.Section([html.H2(say("pairs.large_none", measure=name)), text], id="large")
    top = _top(own)
    drawn = figures.pairs_line(say, own, scene.titles, top=top, months=months)
    axis = say("pairs.axis_tension" if measure == TENSION else "pairs.axis_pillar")
    drawn["layout"]["yaxis"] |= {"title": {"text": axis}, "nticks": 5}
    drawn["layout"]["xaxis"]["nticks"] = 6
    drawn["layout"]["annotations"] = figures.end_labels(drawn["data"], 0, top * 1.05)
    drawn["layout"]["margin"] |= {"r": figures.label_margin(drawn["data"]), "t": 12}
    last = own.sort("month").group_by("pair_id", maintain_order=True).last().sort("value", descending=True)
    ranked = ", ".join(
        say("pairs.rank", pair=scene.titles[row["pair_id"]], value=number(row["value"])) for row in last.to_dicts()
    )
    title = say("pairs.large", measure=name, ranked=ranked)
    missing = [scene.titles[pair] for pair in _chosen(scene)[0] if pair not in own["pair_id"].to_list()]
    return chart(
        scene,
        "large",
        drawn,
        Answer(own, shown.sql),
        title=title,
        subtitle=say("pairs.large_sub", axis=axis),
        source=say("compare.foot", source=say("source.ledger")),
        height=LARGE_HEIGHT,
        heading=html.H2,
        below=[html.P(say("compare.missing", pairs=", ".join(missing)), className="sub")] if missing else [],
    )


def _small(scene: Scene, shown: Answer, measures: Sequence[str]) -> Component:
    """Return the other measures of the chosen pairs side by side on one scale."""
    say, values = scene.say, shown.frame
    months, top = _months(scene, values), _top(values)
    ends = dict(values.group_by("pair_id").agg(pl.col("month").max()).iter_rows())
    colours = figures.pair_colours(scene.titles)
    charts: list[Component] = []
    for measure in measures:
        own = values.filter((pl.col("measure") == measure) & pl.col("month").is_between(*months))
        drawn = figures.pairs_line(say, own, scene.titles, top=top, months=months)
        graph = parts.graph(drawn, SMALL_HEIGHT, f"graph-pairs-{measure}") if own.height else None
        missing = [scene.titles[pair] for pair in _chosen(scene)[0] if pair not in own["pair_id"].to_list()]
        told = html.P(say("compare.missing", pairs=", ".join(missing)), className="sub") if missing else None
        way = html.A(_name(scene, measure), href=scene.view.search(measure=measure))
        charts.append(html.Section([html.H3(way), graph, told]))
    key = [
        html.Li(
            [
                html.Span("━ ", style={"color": colours[pair]}),
                say("compare.key", pair=scene.titles[pair], month=say.month(ends[pair])),
            ]
        )
        for pair in scene.titles
        if pair in ends
    ]
    section = panel(
        scene,
        "pairs",
        shown,
        charts,
        title=say("pairs.small"),
        subtitle=say("pairs.small_sub"),
        source=say("compare.foot", source=say("source.ledger")),
    )
    section.children.insert(2, html.Ul(key, className="key"))
    return section


def _each(scene: Scene, chosen: Sequence[str]) -> Component:
    """Return what each pair says in its last month, and why it has no index where it has none."""
    states = {row["pair_id"]: row for row in comparisons.pair_states(scene.warehouse).to_dicts()}
    unknown = comparisons.unknown_pillars(scene.warehouse)
    told = [
        _pair(scene, pair, states[pair], unknown.filter(pl.col("pair_id") == pair).to_dicts())
        for pair in chosen
        if pair in states
    ]
    return html.Section([html.H2(scene.say("pairs.each")), html.Div(told, className="cards")], id="each")


def _pair(scene: Scene, pair: str, state: Mapping[str, Any], unknown: Sequence[Mapping[str, Any]]) -> Component:
    say, title = scene.say, scene.titles[pair]
    lines = [_reading(scene, state)]
    if state["highest_pillar"]:
        values = {
            "pillar": say.name(state["highest_pillar"]),
            "value": number(state["highest_score"]),
            "peak": number(state["peak_score"]),
            "peak_pillar": say.name(state["peak_pillar"]).lower(),
            "peak_month": say.month(state["peak_month"]),
        }
        lines.append(say("pairs.highest", **values))
    else:
        lines.append(say("pairs.nothing"))
    lines.append(say("pairs.coverage", coverage=number(100 * state["coverage"], 0), month=say.month(state["month"])))
    if unknown:
        searches = holdings.searches(scene.warehouse, pair)
        reasons = [_reason(scene, searches, state["month"].year, row) for row in unknown]
        lines.append(say("pairs.unknown", reasons="; ".join(reasons)))
    newest = scene.view.defaults["month"]  # the default is left out: another pair's ledger ends in another month
    ways = [
        html.A(say("pairs.open", pair=title), href=scene.view.href("/", pair=pair, month=newest)),
        html.A(say("pairs.here"), href=scene.view.search(pairs=pair)),
        html.A(say("pairs.searched"), href=scene.view.href("/data", pair=pair, month=newest) + "#searched"),
    ]
    return html.Section([html.H3(title), html.P(" ".join(lines), className="prose"), html.P(ways, className="acts")])


def _reading(scene: Scene, state: Mapping[str, Any]) -> str:
    """Return what the index says, or why there is none, by the rule of coverage."""
    say, method = scene.say, load_catalog().method
    month = say.month(state["month"])
    if state["tension_index"] is not None:
        value = number(state["tension_index"])
        if state["lower_05"] is None:
            return say("pairs.index_bare", value=value, month=month)
        return say(
            "pairs.index", value=value, month=month, low=number(state["lower_05"]), high=number(state["upper_95"])
        )
    needed = number(100 * method.minimum_coverage, 0)
    if state["months_with_index"]:
        coverage = number(100 * state["coverage"], 0)
        return say("pairs.lapsed", month=month, coverage=coverage, needed=needed, months=state["months_with_index"])
    best = number(100 * state["best_coverage"], 0)
    return say("pairs.no_index", best=best, needed=needed, pillars=method.minimum_pillars)


def _reason(scene: Scene, searches: pl.DataFrame, year: int, row: Mapping[str, Any]) -> str:
    """Return why a pillar is not known in a year."""
    say, pillar = scene.say, scene.say.name(row["pillar"])
    if not row["has_records"]:
        return say("pairs.reason_records", pillar=pillar)
    sought = searched_types(searches, row["pillar"], year)
    bare = [say.name(side) for side, types in sought.items() if not types]
    if bare:
        return say("pairs.reason_side", pillar=pillar, sides=say("pairs.and").join(bare))
    return say("pairs.reason_types", pillar=pillar)
