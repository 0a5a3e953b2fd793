"""Sections that several pages show: the index, the pillars, the four families, what is known badly."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import polars as pl
from dash import html
from dash.development.base_component import Component
from markupsafe import Markup

from dash_app import families, figures, parts
from dash_app.chart import actions, chart
from dash_app.scene import Answer, Scene
from dash_app.view import GRAINS, SWITCH, shifted
from dash_app.words import Words, number
from warehouse import pages

INDEX_HEIGHT, PILLAR_HEIGHT = 430, 150
NOTABLE_POINTS = 1.0
"""Index points that an item must once have added to be marked under the index."""
INDEX_CHOICES = {"grain": GRAINS, "cooperation": SWITCH, "hard": SWITCH, "band": SWITCH[::-1], "real_time": SWITCH}
"""Parameters of the index chart."""
NO_DAYS = pl.DataFrame(schema={"day": pl.Date})


def index(scene: Scene, *, heading: type[html.H2] | type[html.H3] = html.H2) -> Component:
    """Return the index over time, with the acts that mattered marked under it and listed."""
    say, view, pair, warehouse = scene.say, scene.view, scene.view.pair, scene.warehouse
    is_daily = view["grain"] == "daily"
    readings = scene.ask(lambda w: w.monthly_tension(pair, scene.span[0]))
    daily = scene.ask(pages.daily_tension, pair) if is_daily else Answer(NO_DAYS, "")
    acts = pages.notable_acts(warehouse, pair, view.lang, least=NOTABLE_POINTS)
    regimes = pages.regimes(warehouse, pair)
    drawn = figures.tension_line(
        say,
        view,
        scene.members,
        readings=readings.frame,
        daily=daily.frame,
        acts=acts,
        real_time=pages.real_time(warehouse, pair) if view.is_on("real_time") else None,
        regimes=regimes,
    )
    return chart(
        scene,
        "tension",
        drawn,
        daily if is_daily else readings,
        title=say("index.title"),
        subtitle=say(f"index.{view['grain']}"),
        source=scene.foot,
        height=INDEX_HEIGHT,
        picks="month",
        heading=heading,
        below=[html.P(_regimes(say, regimes), className="sub"), _marks(say, acts)],
    )


def _marks(say: Words, acts: pl.DataFrame) -> Component:
    """Return the marks of the index chart as a list for readers without a pointer."""
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
    return parts.folded(say("index.list", count=acts.height), parts.table(heads, rows))


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


def pillars(scene: Scene) -> Component:
    """Return the pillars' scores as small charts on one scale, each under its name and latest score."""
    say = scene.say
    answer = scene.ask(pages.pillar_scores, scene.view.pair)
    scores = answer.frame
    top = max([100.0, *scores["score"].drop_nulls()])
    latest = dict(
        scores.drop_nulls("score").sort("month").group_by("pillar").last().select("pillar", "score").iter_rows()
    )
    charts = [
        html.Section(
            [
                html.H3(say("why.pillar", pillar=say.name(pillar), score=number(latest[pillar]))),
                parts.graph(
                    figures.pillar_line(say, scores, pillar, top=top, since=scene.since),
                    PILLAR_HEIGHT,
                    f"graph-{pillar}",
                ),
            ]
        )
        for pillar in sorted(latest, key=say.name)
    ]
    return panel(
        scene, "pillars", answer, charts, title=say("why.title"), subtitle=say("why.subtitle"), source=scene.foot
    )


def panel(
    scene: Scene, key: str, answer: Answer, charts: Sequence[Component], *, title: str, subtitle: str, source: str
) -> Component:
    """Return small charts side by side that share a scale, a source and a download."""
    scene.answers[key] = answer
    foot = scene.say("chart.foot", source=source, build=scene.build["content_hash"][:8])
    return html.Section(
        [
            html.H2(title, className="title"),
            html.P(subtitle, className="sub"),
            html.Div(list(charts), className="small"),
            html.P(foot, className="src"),
            actions(scene, key, has_picture=False),
        ],
        id=key,
        className="chart",
    )


def extraditions(scene: Scene) -> Component:
    """Return persons surrendered: counts by year and definition, and every claim in its own words."""
    say, pair = scene.say, scene.view.pair
    yearly = scene.ask(pages.yearly_extraditions, pair)
    claims = pages.surrender_claims(scene.warehouse, pair)
    rows = [
        parts.row(
            [
                claim["period_label"],
                say.name(claim["side"]),
                _persons(say, claim),
                say(f"definition.{claim['definition_id']}"),
                claim["label_used"] or say("none"),
                claim["stated_by"],
                parts.site_link(claim["url"], say("none")),
            ]
        )
        for claim in claims.to_dicts()
    ]
    heads = [say(f"column.{key}") for key in ("period", "who", "persons", "definition", "word", "stated", "link")]
    return chart(
        scene,
        "extraditions",
        families.extradition_dots(say, yearly.frame, scene.members, scene.since),
        yearly,
        title=say("extraditions.title"),
        subtitle=say("extraditions.subtitle"),
        source=say(
            "source.foot",
            source=say("source.claims"),
            day=yearly.frame["year"].max() if yearly.frame.height else say("none"),
        ),
        below=[parts.folded(say("extraditions.table", count=claims.height), parts.table(heads, rows))],
    )


def tariffs(scene: Scene) -> Component:
    """Return what duties weigh by month, and every trade measure that stands at the ledger's end."""
    say, pair, day = scene.say, scene.view.pair, scene.span[1]
    points = scene.ask(pages.tariff_points, pair, scene.span[0])
    measures = pages.standing_measures(scene.warehouse, pair, day, scene.view.lang)
    rows = [
        parts.row(
            [
                item["title"],
                say.name(item["imposer"]),
                say(f"stage.{item['stage']}"),
                str(item["stage_on"]),
                f"{item['rate_pct']:g}" if item["rate_pct"] is not None else say("tariffs.no_rate"),
                _share(say, item),
                number(item["points"], 2) if item["points"] is not None else say("none"),
                parts.site_link(item["url"], say("none")),
            ]
        )
        for item in measures.to_dicts()
    ]
    heads = [say(f"column.{key}") for key in ("what", "imposer", "stage", "since", "rate", "share", "burden", "link")]
    unrated = measures["points"].null_count()
    listed = say("tariffs.table", count=measures.height, day=say.day(day), unrated=unrated)
    return chart(
        scene,
        "tariffs",
        families.tariff_lines(say, points.frame, scene.members, scene.since),
        points,
        title=say("tariffs.title"),
        subtitle=say("tariffs.subtitle"),
        source=scene.foot,
        below=[parts.folded(listed, parts.table(heads, rows))],
    )


def stance(scene: Scene) -> Component:
    """Return how each government speaks of the other, with how many statements stand behind it."""
    say = scene.say
    monthly = scene.ask(pages.monthly_stance, scene.view.pair)
    year = monthly.frame.filter(pl.col("month") > shifted(scene.span[1], -12))
    counts = dict(year.group_by("side").agg(pl.col("statements").sum()).iter_rows())
    listed = ", ".join(say("stance.count", country=say.name(side), count=counts.get(side, 0)) for side in scene.members)
    thresholds = {"month": families.MONTH_STATEMENTS, "year": families.YEAR_STATEMENTS}
    return chart(
        scene,
        "stance",
        families.stance_lines(say, monthly.frame, scene.members, scene.since),
        monthly,
        title=say("stance.title"),
        subtitle=say("stance.subtitle", counts=listed, **thresholds),
        source=scene.foot,
    )


def encounters(scene: Scene) -> Component | None:
    """Return border encounters, each series to its own last month; nothing for a pair that they are not about."""
    say = scene.say
    monthly = scene.ask(pages.monthly_encounters, scene.view.pair)
    if monthly.frame.is_empty():
        return None
    ends = monthly.frame.group_by("indicator_id", maintain_order=True).agg(pl.col("month").max())
    listed = "; ".join(
        say("encounters.to", name=say.name(key), month=say.month(month)) for key, month in ends.iter_rows()
    )
    return chart(
        scene,
        "encounters",
        families.encounter_lines(say, monthly.frame, scene.since),
        monthly,
        title=say("encounters.title"),
        subtitle=say("encounters.subtitle"),
        source=say("encounters.foot", source=say("source.encounters"), ends=listed),
    )


def doubts(scene: Scene) -> Component:
    """Return what is known badly: limits, gaps, rejected rows, and how fresh each source is on a day."""
    say, today, warehouse = scene.say, scene.today, scene.warehouse
    gaps, rejected = pages.gaps(warehouse, scene.view.pair), pages.rejected_rows(warehouse)
    sources = pages.source_freshness(warehouse, scene.view.lang)
    outages = pages.lasting_outages(warehouse, scene.view.lang)
    lines = [say("doubt.band"), say("doubt.replay"), say("doubt.coded")]
    if gaps["provisional"]:
        lines.append(say("doubt.provisional", count=gaps["provisional"]))
    if gaps["unsearched"]:
        lines.append(say("doubt.unsearched", count=gaps["unsearched"], total=gaps["searches"]))
    read, stored, refused = (number(gaps[key], 0) for key in ("rows_in", "rows_accepted", "rows_rejected"))
    lines.append(say("doubt.rows", rows_in=read, accepted=stored, rejected=refused))
    content: list[Component] = [html.H2(say("doubt.title")), html.Ul([html.Li(line) for line in lines])]
    if rejected.height:
        rows = [parts.row([rule, table, number(rows, 0)]) for rule, table, rows in rejected.iter_rows()]
        heads = [say(f"column.{key}") for key in ("reason", "table", "rows")]
        content.append(parts.folded(say("doubt.rejected"), parts.table(heads, rows)))
    if outages.height:
        rows = [
            parts.row([title, file, f"{began:%Y-%m-%d %H:%M}", reason.replace("_", " ")])
            for title, file, began, reason in outages.iter_rows()
        ]
        heads = [say(f"column.{key}") for key in ("source", "file", "since", "reason")]
        content.append(parts.folded(say("doubt.outages", count=outages.height), parts.table(heads, rows), is_open=True))
    content += [
        html.H3(say("doubt.freshness")),
        html.P(
            [
                say("doubt.freshness_sub", day=say.day(today)),
                " ",
                html.A(say("doubt.freshness_more"), href=scene.view.href("/data") + "#fresh"),
            ],
            className="sub",
        ),
    ]
    heads = [say(f"column.{key}") for key in ("source", "state", "last", "known", "due", "cadence", "rows", "licence")]
    content.append(parts.table(heads, [_source(say, source, today) for source in sources.to_dicts()]))
    content += [
        html.P(notice, className="src") for notice in sources["notice"].drop_nulls().unique(maintain_order=True)
    ]
    return html.Section(content, id="doubt")


def _source(say: Words, source: dict[str, Any], today: date) -> Markup:  # Any: a row of mixed types
    state, is_late = _state(say, source["rows"], source["cadence"], source["expected_by"], today)
    return parts.row(
        [
            parts.link(source["title"], source["homepage"]),
            parts.marked(state, "late") if is_late else state,
            *(str(source[key] or say("none")) for key in ("last_period", "last_known_from", "expected_by")),
            say(f"cadence.{source['cadence']}"),
            number(source["rows"], 0),
            source["licence"],
        ]
    )


def _state(say: Words, rows: int, cadence: str, due: date | None, today: date) -> tuple[str, bool]:
    """Return a source's state in words and whether it is late."""
    if not rows:
        return say("doubt.empty"), True
    if due is None:
        return say("doubt.ended" if cadence == "ended" else "doubt.never_due"), False
    late = (today - due).days
    return (say("doubt.overdue", days=number(late, 0)), True) if late > 0 else (say("doubt.due_in", days=-late), False)


def _persons(say: Words, claim: dict[str, Any]) -> str:  # Any: a row of mixed types
    persons = number(claim["persons"], 0)
    persons = say("extraditions.at_least", persons=persons) if claim["persons_is_minimum"] else persons
    return say("extraditions.average", persons=persons) if claim["is_yearly_average"] else persons


def _share(say: Words, item: dict[str, Any]) -> str:  # Any: a row of mixed types
    if item["coverage_share"] is None:
        return say("none")
    share = f"{100 * item['coverage_share']:.3g}"
    return say("tariffs.estimated", share=share) if item["coverage_is_estimated"] else share
