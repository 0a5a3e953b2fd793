"""What if it were weighed otherwise: the index anew with a reader's own judgements, by the functions of the build."""

from dataclasses import replace
from datetime import date

import polars as pl
from dash import html
from dash.development.base_component import Component

from dash_app import controls, figures
from dash_app.chart import chart
from dash_app.figures import Figure
from dash_app.scene import Answer, Scene
from dash_app.view import Choices
from dash_app.words import Words, number
from transforms.indices import tension
from transforms.indices.changes import method_of
from transforms.indices.ledger import ledger_of
from transforms.indices.pressures import observed_irritants
from transforms.indices.scope import index_inputs, index_setting
from transforms.indices.tables import Setting
from transforms.indices.whatif import WhatIf, adjusted, tension_by_month
from warehouse import revisions
from warehouse.catalog.registry import load_catalog
from warehouse.query import Warehouse

PILLARS = ("security", "migration", "trade", "diplomacy", "law_enforcement")
HEIGHT = 320


def _steps(low: float, high: float, step: float) -> list[str]:
    """Return the values of a slider as texts, 1 first: what leaves the published index as it is."""
    every = [low + step * place for place in range(round((high - low) / step) + 1)]
    return ["1", *(f"{value:g}" for value in every if value != 1)]


WEIGHTS = {f"w_{pillar}": (0.0, 3.0, 0.25) for pillar in PILLARS}
RULES = {"half_acts": (0.5, 2.0, 0.25), "half_words": (0.5, 2.0, 0.25), "ladder": (0.5, 1.5, 0.125)}
SLIDERS = WEIGHTS | RULES
CHOICES: Choices = {key: _steps(*limits) for key, limits in SLIDERS.items()}


def section(scene: Scene) -> Component:
    """Return the sliders, what they make of the index, and the way back."""
    say, view = scene.say, scene.view
    asked = {key: float(view[key]) for key in SLIDERS}
    is_changed = any(value != 1 for value in asked.values())
    answer = _answer(scene, asked)
    head = [
        html.H2(say("what_if.title")),
        html.P([html.Strong(say("what_if.yours")), " ", say("what_if.subtitle")], className="sub"),
    ]
    if answer.frame["published"].null_count() == answer.frame.height:
        return html.Section([*head, html.P(say("over_time.empty", pair=scene.title))], id="what-if")
    if not any(asked[key] for key in WEIGHTS):
        told: str = say("what_if.no_weight")
    else:
        told = _told(say, answer.frame, view.month) if is_changed else say("what_if.unchanged")
    reset = html.A(say("what_if.reset"), href=view.search(**dict.fromkeys(SLIDERS, "1")), className="reset")
    drawn = chart(
        scene,
        "what_if",
        curves(say, answer.frame.filter(pl.col("month") >= scene.since), view.month, is_changed=is_changed),
        answer,
        title=say("what_if.chart"),
        subtitle=say("what_if.chart_sub"),
        source=scene.foot,
        height=HEIGHT,
        picks="month",
    )
    result = html.P([told, " ", reset] if is_changed else told, className="result", role="status")
    return html.Section([*head, _sliders(scene), result, drawn], id="what-if")


def _sliders(scene: Scene) -> Component:
    say = scene.say
    groups = []
    for name, keys in (("weights", WEIGHTS), ("rules", RULES)):
        lines = [
            controls.slider(
                scene,
                key,
                say("what_if.times", name=_name(say, key), factor=scene.view[key]),
                low=low,
                high=high,
                step=step,
                marks=(low, 1, high),
            )
            for key, (low, high, step) in keys.items()
        ]
        label = say(f"what_if.{name}")
        groups.append(html.Fieldset([html.Legend(label), html.Div(lines, className="sliders")]))
    return html.Div(groups, className="what-if")


def _name(say: Words, key: str) -> str:
    return say.name(key.removeprefix("w_")) if key in WEIGHTS else say(f"what_if.{key}")


def _answer(scene: Scene, asked: dict[str, float]) -> Answer:
    """Return month, published, what_if and change; the SQL gives what is published and the scores it is made of."""
    pair = scene.view.pair
    readings = scene.ask(lambda w: w.monthly_tension(pair, scene.span[0]))
    scores = scene.ask(revisions.pair_scores, pair)
    weights = {key.removeprefix("w_"): asked[key] for key in WEIGHTS}
    what_if = WhatIf(weights, deeds=asked["half_acts"], words=asked["half_words"], ladder=asked["ladder"])
    frame = readings.frame.select("month", pl.col("tension_index").alias("published")).join(
        recomputed(scene.warehouse, pair, scores.frame, what_if), on="month", how="left", validate="1:1"
    )
    frame = frame.with_columns((pl.col("what_if") - pl.col("published")).alias("change")).sort("month")
    return Answer(frame, f"{readings.sql};\n\n{scores.sql}")


def recomputed(warehouse: Warehouse, pair_id: str, scores: pl.DataFrame, what_if: WhatIf) -> pl.DataFrame:
    """Return the index of a pair under a reader's judgements; columns month and what_if.

    Weights alone need only the published scores of the pillars; the rest needs the ledger.

    Args:
        warehouse: The build.
        pair_id: The pair.
        scores: As `warehouse.revisions.pair_scores`.
        what_if: What the reader changes.
    """
    setting = setting_of(warehouse, pair_id)
    changed = adjusted(setting, what_if)
    if not sum(changed.weights.values()):
        monthly = scores.select("month", tension_index=pl.lit(None, pl.Float64)).unique("month")
    elif what_if.is_weights_alone:
        monthly = tension.monthly_tension(scores.lazy(), changed.weights, changed.method, "pair_id").collect()
    else:
        monthly = from_ledger(warehouse, changed, scores)
    return monthly.select("month", pl.col("tension_index").alias("what_if"))


def from_ledger(warehouse: Warehouse, setting: Setting, scores: pl.DataFrame) -> pl.DataFrame:
    """Return the index by month, computed anew from the current rows of a build; as `tension.monthly_tension`.

    Args:
        warehouse: The build.
        setting: The pair, weights and constants.
        scores: As `warehouse.revisions.pair_scores`; which pillars were searched does not hang on judgements.
    """
    catalog = load_catalog()
    held = {name: revisions.rows(warehouse, name).lazy() for name in index_inputs(catalog)}
    known = {name: frame.filter(pl.col("known_to").is_null()) for name, frame in held.items()}
    observed = observed_irritants(known, catalog.irritants, [date.max])
    grid = scores.lazy().select(
        "pair_id", "month", "dimension", "pillar", (pl.col("coverage") > 0).alias("is_searched")
    )
    return tension_by_month(ledger_of(known), observed, grid, setting)


def setting_of(warehouse: Warehouse, pair_id: str) -> Setting:
    """Return what a build computed the index of a pair with: its days, weights and constants."""
    catalog = load_catalog()
    setting, build = index_setting(catalog), warehouse.build()
    ends = dict(warehouse.frame("SELECT pair_id, ledger_end FROM ref_pairs").iter_rows())
    end = min(ends[pair_id], build["as_of"] or date.max)
    weights = dict(warehouse.frame("SELECT pillar, weight FROM ref_pillars").iter_rows())
    method = method_of(revisions.constants(warehouse), build["method_version"], catalog.method)
    scopes = [replace(scope, ledger_end=end) for scope in setting.scopes if scope.pair_id == pair_id]
    return Setting(scopes, weights, method)


def _told(say: Words, values: pl.DataFrame, month: date) -> str:
    """Return what the reader's judgements do: to the chosen month, and to all months on the mean."""
    both = values.drop_nulls(["published", "what_if"])
    mean, order = both["change"].abs().mean(), both.select(pl.corr("published", "what_if", method="spearman")).item()
    overall = say("what_if.overall", mean=number(float(mean or 0.0)), order=number(order, 2))  # type: ignore[arg-type]  # a mean of numbers
    row = both.filter(pl.col("month") == month)
    if row.is_empty():
        return say("what_if.no_month", month=say.month(month)) + " " + overall
    published, changed, change = (row[name].item() for name in ("published", "what_if", "change"))
    step = "up" if change >= 0 else "down"
    by = say(f"what_if.{step}", change=number(abs(change)))
    figures_ = {"published": number(published), "changed": number(changed), "by": by}
    return say("what_if.told", month=say.month(month), **figures_) + " " + overall


def curves(say: Words, values: pl.DataFrame, chosen: date, *, is_changed: bool) -> Figure:
    """Draw the reader's curve over the published one; the published alone where nothing is changed.

    Args:
        say: The page's words.
        values: Columns month, published, what_if.
        chosen: The chosen month, which is marked.
        is_changed: Whether the reader has changed anything.
    """
    months = figures.by_month(values)
    traces = [figures.line(months, "published", say("what_if.published"), figures.WARM, width=2.0)]
    if is_changed:
        traces.append(figures.line(months, "what_if", say("what_if.curve"), figures.PURPLE, width=2.4))
    top = max((y for trace in traces for y in trace["y"] if y is not None), default=1.0) * 1.06
    layout = figures.base_layout(say("index.axis"))
    layout["yaxis"].update({"range": [0, top], "fixedrange": True})
    layout["annotations"] = figures.end_labels(traces, 0, top)
    layout["margin"]["r"] = figures.label_margin(traces)
    layout["xaxis"]["range"] = [months["month"].min(), months["month"].max()]
    line = {"color": figures.BLUE, "width": 1, "dash": "dot"}
    layout["shapes"] = [{"type": "line", "x0": chosen, "x1": chosen, "yref": "paper", "y0": 0, "y1": 1, "line": line}]
    return {"data": traces, "layout": layout}
