"""Method: formulas with this build's constants, ladders, judgements and doubts, and how the index fares when tested."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
from dash import html
from dash.development.base_component import Component
from markupsafe import Markup

from dash_app import parts
from dash_app.chart import chart
from dash_app.figures import GREY, Figure, base_layout
from dash_app.listing import deed_types, listed, spans, ways
from dash_app.scene import Answer, Scene
from dash_app.view import Choices, shifted
from dash_app.words import number
from warehouse import methods
from warehouse.catalog.registry import load_catalog, load_validation

CHOICES: Choices = {}
SECTIONS = ("measured", "steps", "constants", "ladders", "judgements", "card", "comparable", "limits")
STEPS = ("burden", "weight", "acts", "speech", "pressure", "index")
OUTCOMES = ("fail", "pass", "reported", "not_run")
OPEN = ("fail", "pass")
"""Outcomes whose tests are open at first."""
DOUBTS = (
    "ladder_spacing", "aggregation", "half_lives", "ladder_steps", "pillar_weights", "stage_weights", "speech_weight",
    "stance", "unknown_ends", "coverage_shares", "general_policies", "habituation", "source_tier", "irritant_weight",
)  # fmt: skip
"""Judgements in the order in which they are listed where no shares are known."""
LEAST_SHARE = 0.005
"""Share of a doubt below which its bar is left out: noise."""


def page(scene: Scene) -> Sequence[Component | str | None]:
    """Return the page."""
    say = scene.say
    constants, card = scene.ask(methods.constants), scene.ask(methods.card, scene.view.pair)
    counts = {name: card.frame.filter(pl.col("outcome") == name).height for name in OUTCOMES}
    marked = counts["pass"] + counts["fail"]
    values = {"marked": marked, "passed": counts["pass"], "failed": counts["fail"], "pair": scene.title}
    return [
        html.H1(say("method.title")),
        html.P(say("method.lead" if marked else "method.lead_none", **values), className="lead"),
        ways([(name, say(f"method.way.{name}")) for name in SECTIONS], say("method.within")),
        _measured(scene),
        _steps(scene, dict(constants.frame.select("name", "value").iter_rows())),
        _constants(scene, constants),
        _ladders(scene),
        _judgements(scene),
        _card(scene, card, {**counts, **values}),
        _comparable(scene),
        _limits(scene),
    ]


def _measured(scene: Scene) -> Component:
    say = scene.say
    lines = [say(f"method.measured.{key}", top=25) for key in ("tension", "hundred", "pillar", "cooperation", "not")]
    rule = say("method.measured.counts", rule=say("method.frozen.rule"))
    return html.Section(
        [html.H2(say("method.measured.title")), *[html.P(line, className="prose") for line in [*lines, rule]]],
        id="measured",
    )


def _steps(scene: Scene, constants: Mapping[str, float]) -> Component:
    """Return the formulas, each with its constants and why, and the arithmetic of the chosen month."""
    say = scene.say
    values = formula_values(constants)
    steps = [
        html.Li(
            [
                html.H3(say(f"method.steps.{step}")),
                html.P(
                    [html.Span(one) for one in say(f"method.steps.{step}_formula", **values).split("        ")],
                    className="formula",
                ),
                html.P(say(f"method.steps.{step}_why", **values), className="prose"),
            ]
        )
        for step in STEPS
    ]
    return html.Section(
        [
            html.H2(say("method.steps.title")),
            html.P(say("method.steps.sub", method=scene.build["method_version"]), className="sub"),
            html.Ol(steps, className="steps"),
            _arithmetic(scene),
        ],
        id="steps",
    )


def formula_values(constants: Mapping[str, float]) -> dict[str, str]:
    """Return what the formulas' placeholders say: the build's own constants."""
    named = {
        "base": "compression_base", "low": "magnitudes.1", "high": "magnitudes.5", "act": "half_lives_days.act",
        "threat": "half_lives_days.threat", "call": "half_lives_days.call", "speech": "speech_half_life_days",
        "speech_weight": "speech_weight", "irritant_weight": "irritant_weight", "pillars": "minimum_pillars",
    } | {key: f"stage_weights.{key}" for key in ("floated", "threatened", "ordered", "in_force", "withdrawn")} | {
        key: f"rank_weights.{key}" for key in ("head", "minister", "agency")
    }  # fmt: skip
    values = {key: f"{constants[name]:g}" for key, name in named.items()}
    return values | {"coverage": f"{100 * constants['minimum_coverage']:g}"}


def _arithmetic(scene: Scene) -> Component:
    """Return how the chosen month's index is made of its pillars."""
    say, month = scene.say, scene.view.month
    answer = scene.ask(methods.arithmetic, scene.view.pair, month)
    heads = [say(f"method.month.{key}") for key in ("pillar", "pressure", "score", "weight", "square", "contribution")]
    rows = [_pillar(scene, row) for row in answer.frame.to_dicts()]
    tension = answer.frame["tension_index"].first() if answer.frame.height else None
    if tension is not None:
        squares = sum((answer.frame["weight"] * answer.frame["score"] ** 2).drop_nulls())
        sums = [say("method.month.sum"), "", "", "", number(squares, 1), number(sum(answer.frame["contribution"]), 2)]
        rows.append(parts.row([parts.marked(one, "late") if one else "" for one in sums]))
    steps = {"back": shifted(month, -1), "forward": shifted(month, 1)}
    links = [
        html.A(say(f"method.month.{key}", month=say.month(day)), href=scene.view.search(month=day) + "#arithmetic")
        for key, day in steps.items()
        if scene.span[0].replace(day=1) <= day <= scene.span[1]
    ]
    none = say("method.month.none", pair=scene.title, month=say.month(month))
    return listed(
        scene,
        "arithmetic",
        answer,
        [
            html.Nav(links, className="months", **parts.aria(aria_label=say("method.month.other"))),
            html.P(none, className="empty") if tension is None else None,
            parts.table(heads, rows),
        ],
        title=say("method.month.title", month=say.month(month)),
        subtitle=say("method.month.sub"),
        source=scene.foot,
    )


def _pillar(scene: Scene, row: Mapping[str, Any]) -> Markup:  # Any: a row of mixed types
    say, score = scene.say, row["score"]
    if score is None:
        unknown = say("method.month.unknown")
        return parts.row([say.name(row["pillar"]), unknown, unknown, f"{row['weight']:g}", say("none"), say("none")])
    figures = [number(row["pressure"], 3), number(score), f"{row['weight']:g}", number(row["weight"] * score**2, 1)]
    return parts.row([say.name(row["pillar"]), *figures, number(row["contribution"], 2)])


Rows = Sequence[Sequence[str]]
"""Rows of a small table."""


def _constants(scene: Scene, constants: Answer) -> Component:
    """Return the build's constants as small tables, grouped by what they are about."""
    say = scene.say
    values: dict[str, float] = dict(constants.frame.select("name", "value").iter_rows())
    content = [
        html.Section(
            [
                html.H3(say(f"method.constants.{name}")),
                parts.table([say(f"method.constants.{head}") for head in heads], [parts.row(row) for row in rows]),
            ]
        )
        for name, heads, rows in _grouped(scene, values)
    ]
    return listed(
        scene,
        "constants",
        constants,
        [html.Div(content, className="cards")],
        title=say("method.constants.title"),
        subtitle=say("method.constants.sub", count=constants.frame.height),
        source=say("method.constants.foot", method=scene.build["method_version"]),
        heading=html.H2,
    )


def _grouped(scene: Scene, values: Mapping[str, float]) -> list[tuple[str, Sequence[str], Rows]]:
    """Return the constants group by group: the group's name, its columns, its rows, the largest first."""
    say = scene.say

    def under(prefix: str) -> list[tuple[str, float]]:
        found = [(name.removeprefix(prefix), value) for name, value in values.items() if name.startswith(prefix)]
        return sorted(found, key=lambda one: -one[1])

    base, weights = values["compression_base"], methods.pillar_weights(scene.warehouse)
    deeds = {name: ", ".join(say(f"data.searched.deed.{one}") for one in deed_types()[name]) for name in weights}
    pillars = [(say.name(name), f"{weight:g}", deeds[name]) for name, weight in weights.items()]
    stages = [(_stage(scene, name), f"{weight:g}") for name, weight in under("stage_weights.")]
    lives = [*under("half_lives_days."), ("undated", values["undated_threat_half_life_days"])]
    lives.append(("speech", values["speech_half_life_days"]))
    fades = [(say(f"method.constants.fades.{name}"), f"{days:g}") for name, days in lives]
    sizes = [(step, f"{m:g}", number(base**m - 1, 3)) for step, m in reversed(under("magnitudes."))]
    ranks = [(say(f"method.constants.rank.{name}"), f"{weight:g}") for name, weight in under("rank_weights.")]
    surrenders = sorted((int(persons), f"{step:g}") for persons, step in under("surrender_steps."))
    alone = [name for name in values if "." not in name and "half_life" not in name]
    others = [(name, f"{values[name]:g}", say(f"method.constants.about.{name}")) for name in alone]
    return [
        ("pillars", ("pillar", "weight", "deeds"), pillars),
        ("stages", ("stage", "weight"), stages),
        ("half_lives", ("item", "days"), fades),
        ("steps", ("step", "magnitude", "burden"), sizes),
        ("ranks", ("office", "weight"), ranks),
        ("surrender", ("persons", "step"), [(str(persons), step) for persons, step in surrenders]),
        ("other", ("name", "value", "meaning"), others),
    ]


def _stage(scene: Scene, name: str) -> str:
    return scene.say("method.constants.done") if name == "done" else scene.say(f"stage.{name}")


def _ladders(scene: Scene) -> Component:
    """Return the ladders, folded, a pillar's tension beside its cooperation."""
    say, answer = scene.say, scene.ask(methods.ladders)
    heads = [say(f"method.ladders.{key}") for key in ("step", "burden", "means", "example")]
    folded: list[Component] = []
    for (dimension, pillar), part in answer.frame.group_by("dimension", "pillar", maintain_order=True):
        rows = [
            parts.row(
                [
                    str(row["ladder_step"]),
                    number(row["burden"], 2),
                    row["means"],
                    f"{row['anchor_first']}; {row['anchor_second']}",
                ]
            )
            for row in part.to_dicts()
        ]
        title = say(f"method.ladders.{dimension}", pillar=say.name(str(pillar)))
        folded.append(parts.folded(title, parts.table(heads, rows)))
    return listed(
        scene,
        "ladders",
        answer,
        folded,
        title=say("method.ladders.title"),
        subtitle=say("method.ladders.sub"),
        source=say("method.ladders.foot"),
        heading=html.H2,
    )


def _judgements(scene: Scene) -> Component:
    """Return the judgements with what is tried instead, and how much of the chosen month's doubt each makes."""
    say, month = scene.say, scene.say.month(scene.view.month)
    answer = scene.ask(methods.doubts, scene.view.pair, scene.view.month)
    shares: dict[str, float] = dict(answer.frame.iter_rows())
    joint = shares.pop("interactions", 0.0)
    heads = ["name", "here", "instead", *(["share"] if shares else [])]
    rows = [
        parts.row(
            [
                *(say(f"method.judgements.{key}.{name}") for key in ("doubt", "does", "tries")),
                *([_percent(scene, shares[name])] if shares else []),
            ]
        )
        for name in list(shares) or DOUBTS
    ]
    if shares:
        told = _doubts(scene, answer, shares, joint)
    else:
        has_index = scene.view.pair in methods.pairs_with_index(scene.warehouse)
        text = say("method.judgements.none" if has_index else "method.judgements.no_index", month=month)
        told = [html.P(text, className="empty")]
    table = parts.table([say(f"method.judgements.{head}", month=month) for head in heads], rows)
    return html.Section([html.H2(say("method.judgements.title")), *told, table], id="judgements")


def _doubts(scene: Scene, answer: Answer, shares: Mapping[str, float], joint: float) -> list[Component]:
    """Return what makes the chosen month's doubt: in a sentence, and as bars.

    Args:
        scene: The page's scene.
        answer: What the bars show.
        shares: Share by judgement, the largest first.
        joint: Share that judgements make only together.
    """
    say, month = scene.say, scene.say.month(scene.view.month)
    names = {name: say(f"method.judgements.doubt.{name}") for name in shares}
    first, second = list(shares)[:2]
    text = say(
        "method.judgements.lead",
        first=names[first],
        share=number(100 * shares[first], 0),
        second=names[second].lower(),
        share_second=number(100 * shares[second], 0),
        month=month,
    )
    drawn = {names[name]: share for name, share in shares.items() if share >= LEAST_SHARE}
    return [
        html.P(text, className="prose"),
        html.P(say("method.judgements.sub", month=month), className="sub"),
        chart(
            scene,
            "doubts",
            doubt_bars(say("method.judgements.axis"), drawn),
            answer,
            title=say("method.judgements.chart", month=month),
            subtitle=say("method.judgements.chart_sub", joint=number(100 * joint, 0)),
            source=say("method.judgements.foot"),
            height=80 + 26 * len(drawn),
        ),
    ]


def _percent(scene: Scene, share: float) -> str:
    nil = abs(share) < LEAST_SHARE
    return (
        scene.say("method.judgements.nil")
        if nil
        else scene.say("method.judgements.percent", value=number(100 * share, 0))
    )


def doubt_bars(axis: str, shares: Mapping[str, float]) -> Figure:
    """Draw the shares of a month's doubt as bars, the largest on top; shares by name, from 0 to 1."""
    names = list(shares)
    values = [round(100 * share, 1) for share in shares.values()]
    layout = base_layout("", margin={"l": 12, "r": 40, "t": 6, "b": 44})
    layout["xaxis"] = {
        "title": {"text": axis},
        "rangemode": "tozero",
        "nticks": 5,
        "gridcolor": layout["yaxis"]["gridcolor"],
    }
    layout["yaxis"] = {"autorange": "reversed", "automargin": True, "showgrid": False}
    bars = {"type": "bar", "orientation": "h", "x": values, "y": names, "marker": {"color": GREY}}
    texts = {"text": [number(value, 0) for value in values], "textposition": "outside", "cliponaxis": False}
    return {"data": [{**bars, **texts, "hovertemplate": "%{y}: %{x} %<extra></extra>"}], "layout": layout}


def _card(scene: Scene, card: Answer, counts: Mapping[str, Any]) -> Component:  # Any: numbers and the pair's name
    """Return the validation card, failures first."""
    say, frozen = scene.say, load_validation()
    content: list[Component | None] = []
    if card.frame.is_empty():
        content.append(html.P(say("method.card.none"), className="empty"))
        heads = [say("method.card.test"), say("method.card.wanted")]
        content.append(
            parts.table(
                heads,
                [
                    parts.row([f"{key} {say(f'method.frozen.{key}.title')}", say(f"method.frozen.{key}.passes_when")])
                    for key in frozen.checks
                ],
            )
        )
    else:
        content.append(
            html.P(
                say("method.card.lead" if counts["marked"] else "method.card.lead_unrun", **counts), className="prose"
            )
        )
    heads = [
        say(f"method.card.{key}")
        for key in ("test", "result", "found", "wanted", "figure", "chance", "naive", "placebo")
    ]
    for (outcome,), part in card.frame.group_by("outcome", maintain_order=True):
        rows = [_check(scene, row) for row in part.to_dicts()]
        title = say(f"method.card.group.{outcome}", count=part.height)
        content.append(parts.folded(title, parts.table(heads, rows), is_open=outcome in OPEN or not counts["marked"]))
    if counts["marked"]:
        content += [
            html.P(say("method.card.columns"), className="sub"),
            html.H3(say("method.card.means")),
            html.P(say("method.card.stock"), className="prose"),
            _outdone(scene, card.frame),
            html.P(say("method.card.rank"), className="prose"),
        ]
    return listed(
        scene,
        "card",
        card,
        content,
        title=say("method.card.title"),
        subtitle=say("method.card.sub", day=say.day(frozen.frozen_on), seen=say("method.frozen.seen_before")),
        source=say("method.card.foot"),
        heading=html.H2,
    )


def _outdone(scene: Scene, card: pl.DataFrame) -> Component | None:
    """Say by how much a plain count outdoes the index at finding episodes, where it does."""
    found = card.filter((pl.col("check_id") == "V1") & (pl.col("naive") > pl.col("figure"))).to_dicts()
    shares = {key: number(100 * found[0][key], 0) for key in ("naive", "figure")} if found else {}
    return html.P(scene.say("method.card.outdone", **shares), className="prose") if found else None


def _check(scene: Scene, row: Mapping[str, Any]) -> Markup:  # Any: a row of mixed types
    say = scene.say
    head, _, part = row["check_id"].partition(":")
    name = Markup("<strong>{}</strong> {}{}").format(
        head, say(f"method.frozen.{head}.title"), f" ({part.replace('_', ' ').replace(':', ', ')})" if part else ""
    )
    outcome = parts.marked(say(f"method.card.outcome.{row['outcome']}"), f"outcome {row['outcome']}")
    # An outcome without a mark is no pass: what the whole check wants does not belong beside it.
    wanted = say(f"method.frozen.{head}.passes_when") if row["outcome"] in OPEN else say("none")
    figures = [
        say("none") if row[key] is None else number(row[key], 3) for key in ("figure", "chance", "naive", "placebo")
    ]
    return parts.row([name, outcome, row["reason"].replace("_", " "), wanted, *figures])


def _comparable(scene: Scene) -> Component:
    """Return how densely the ledger was kept by year, and what follows for comparing."""
    say, answer = scene.say, scene.ask(methods.density, scene.view.pair)
    thin = answer.frame.filter(~pl.col("is_comparable"))["year"].to_list()
    share = 100 * load_catalog().method.comparable_density
    text = (
        say("method.comparable.some", years=spans(thin), share=f"{share:g}") if thin else say("method.comparable.all")
    )
    return html.Section(
        [
            html.H2(say("method.comparable.title")),
            html.P(text, className="prose"),
            chart(
                scene,
                "density",
                density_bars(scene, answer.frame),
                answer,
                title=say("method.comparable.chart", pair=scene.title),
                subtitle=say("method.comparable.chart_sub"),
                source=scene.foot,
                height=260,
            ),
        ],
        id="comparable",
    )


def density_bars(scene: Scene, density: pl.DataFrame) -> Figure:
    """Draw the records a month of each year; hollow where the level is not comparable."""
    say, rows = scene.say, density.to_dicts()
    layout = base_layout(say("method.comparable.axis"))
    layout["xaxis"] |= {"type": "linear", "nticks": 6, "tickformat": "d"}
    layout["yaxis"]["rangemode"] = "tozero"
    fills = [GREY if row["is_comparable"] else "rgba(134,139,148,0.18)" for row in rows]
    texts = [
        say(
            "method.comparable.hover",
            year=row["year"],
            value=number(row["records_a_month"]),
            count=row["counted_records"],
        )
        for row in rows
    ]
    bars: Figure = {
        "type": "bar",
        "x": [row["year"] for row in rows],
        "y": [round(row["records_a_month"], 2) for row in rows],
        "marker": {"color": fills, "line": {"color": GREY, "width": 1.4}},
        "text": texts,
        "textposition": "none",
        "hovertemplate": "%{text}<extra></extra>",
    }
    return {"data": [bars], "layout": layout}


def _limits(scene: Scene) -> Component:
    say, frozen = scene.say, load_validation()
    known = methods.pairs_with_index(scene.warehouse)
    without = [title for pair_id, title in scene.titles.items() if pair_id not in known]
    lines = [say(f"method.limits.{key}") for key in ("coding", "searched", "ends", "band")]
    lines.append(say("method.limits.replay", month=say.month(frozen.frozen_on)))
    if without:
        lines.append(say("method.limits.pairs", pairs=", ".join(without)))
    lines += [
        say("method.limits.mexico", pair=scene.titles.get(frozen.pair, frozen.pair)),
        say("method.limits.more"),
    ]
    return html.Section(
        [
            html.H2(say("method.limits.title")),
            html.Ul([html.Li(parts.linked(line)) for line in lines], className="prose"),
        ],
        id="limits",
    )
