"""The page's lower sections: pillars, the four families, what is known badly."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl
from dash import html
from dash.development.base_component import Component
from markupsafe import Markup

from dash_app import families, figures, parts
from dash_app.view import shifted
from dash_app.words import Words, number

FAMILY_HEIGHT, PILLAR_HEIGHT, PAIRS_HEIGHT = 320, 160, 210


def pillars(say: Words, scores: pl.DataFrame, *, since: date, foot: str) -> Component:
    """Return the pillars' scores as small charts on one scale, each under its name and latest score."""
    top = max([100.0, *scores["score"].drop_nulls()])
    latest = dict(
        scores.drop_nulls("score").sort("month").group_by("pillar").last().select("pillar", "score").iter_rows()
    )
    charts = [
        html.Section(
            [
                html.H3(say("why.pillar", pillar=say.name(pillar), score=number(latest[pillar]))),
                parts.graph(
                    figures.pillar_line(say, scores, pillar, top=top, since=since), PILLAR_HEIGHT, f"graph-{pillar}"
                ),
            ]
        )
        for pillar in sorted(latest, key=say.name)
    ]
    subtitle = html.P(say("why.subtitle"), className="sub")
    return html.Div(
        [html.H2(say("why.title")), subtitle, html.Div(charts, className="small"), html.P(foot, className="src")]
    )


def compared(say: Words, values: pl.DataFrame, titles: Mapping[str, str], *, since: date) -> Component | None:
    """Return the index and the pillars of every pair side by side; nothing where there is one pair only.

    Args:
        say: The page's words.
        values: Columns pair_id, month, measure, value.
        titles: Title of each pair.
        since: First month that charts show.
    """
    if len(titles) < 2:
        return None
    colours = figures.pair_colours(titles)
    top = max([100.0, *values["value"]])
    ends = dict(values.group_by("pair_id").agg(pl.col("month").max()).iter_rows())
    months = max(since, min(values["month"], default=since)), max(ends.values(), default=since)
    charts = []
    for measure in ["tension", *sorted({*values["measure"]} - {"tension"}, key=say.name)]:
        own = values.filter(pl.col("measure") == measure)
        missing = [title for pair_id, title in titles.items() if pair_id not in own["pair_id"].to_list()]
        name = say("index.tension") if measure == "tension" else say.name(measure)
        drawn = figures.pairs_line(say, own, titles, top=top, months=months)
        content = [html.H3(name), parts.graph(drawn, PAIRS_HEIGHT, f"graph-pairs-{measure}")]
        if missing:
            content.append(html.P(say("compare.missing", pairs=", ".join(missing)), className="sub"))
        charts.append(html.Section(content))
    key = [
        html.Li(
            [
                html.Span("━ ", style={"color": colours[pair]}),
                say("compare.key", pair=title, month=say.month(ends[pair])) if pair in ends else title,
            ]
        )
        for pair, title in titles.items()
    ]
    return html.Div(
        [
            html.H2(say("compare.title")),
            html.P(say("compare.subtitle"), className="sub"),
            html.Ul(key, className="key"),
            html.Div(charts, className="small wide"),
            html.P(say("compare.foot", source=say("source.ledger")), className="src"),
        ]
    )


def extraditions(
    say: Words, yearly: pl.DataFrame, claims: pl.DataFrame, members: Sequence[str], since: date
) -> Component:
    """Return the family of persons surrendered: counts by year and definition, and every claim in its own words."""
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
    listed = parts.folded(say("extraditions.table", count=claims.height), parts.table(heads, rows))
    drawn = parts.graph(families.extradition_dots(say, yearly, members, since), FAMILY_HEIGHT, "graph-extraditions")
    last = yearly["year"].max() if yearly.height else say("none")
    foot = say("source.foot", source=say("source.claims"), day=last)
    return parts.chart(say("extraditions.title"), say("extraditions.subtitle"), drawn, foot, listed)


def tariffs(
    say: Words,
    points: pl.DataFrame,
    measures: pl.DataFrame,
    members: Sequence[str],
    *,
    since: date,
    day: date,
    foot: str,
) -> Component:
    """Return the family of tariffs: what they weigh over time, and every trade measure that stands on a day."""
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
    title = say("tariffs.table", count=measures.height, day=say.day(day), unrated=unrated)
    drawn = parts.graph(families.tariff_lines(say, points, members, since), FAMILY_HEIGHT, "graph-tariffs")
    return parts.chart(
        say("tariffs.title"), say("tariffs.subtitle"), drawn, foot, parts.folded(title, parts.table(heads, rows))
    )


def stance(
    say: Words, monthly: pl.DataFrame, members: Sequence[str], *, since: date, day: date, foot: str
) -> Component:
    """Return the family of words: how each government speaks of the other, with how many statements stand behind it."""
    year = monthly.filter(pl.col("month") > shifted(day, -12))
    counts = dict(year.group_by("side").agg(pl.col("statements").sum()).iter_rows())
    listed = ", ".join(say("stance.count", country=say.name(side), count=counts.get(side, 0)) for side in members)
    thresholds = {"month": families.MONTH_STATEMENTS, "year": families.YEAR_STATEMENTS}
    drawn = parts.graph(families.stance_lines(say, monthly, members, since), FAMILY_HEIGHT, "graph-stance")
    return parts.chart(say("stance.title"), say("stance.subtitle", counts=listed, **thresholds), drawn, foot)


def encounters(say: Words, monthly: pl.DataFrame, since: date) -> Component:
    """Return the family of border encounters, each series to its own last month."""
    ends = monthly.group_by("indicator_id", maintain_order=True).agg(pl.col("month").max())
    listed = "; ".join(
        say("encounters.to", name=say.name(key), month=say.month(month)) for key, month in ends.iter_rows()
    )
    drawn = parts.graph(families.encounter_lines(say, monthly, since), FAMILY_HEIGHT, "graph-encounters")
    foot = say("encounters.foot", source=say("source.encounters"), ends=listed)
    return parts.chart(say("encounters.title"), say("encounters.subtitle"), drawn, foot)


def doubts(
    say: Words,
    gaps: dict[str, int],
    rejected: pl.DataFrame,
    sources: pl.DataFrame,
    outages: pl.DataFrame,
    today: date,
) -> Component:
    """Return what is known badly: limits, gaps, rejected rows, and how fresh each source is on a day."""
    lines = [say("doubt.band"), say("doubt.replay"), say("doubt.coded")]
    if gaps["provisional"]:
        key = "provisional" if gaps["provisional"] == 1 else "provisional_many"
        lines.append(say(f"doubt.{key}", count=gaps["provisional"]))
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
        html.P(say("doubt.freshness_sub", day=say.day(today)), className="sub"),
    ]
    heads = [say(f"column.{key}") for key in ("source", "state", "last", "known", "due", "cadence", "rows", "licence")]
    content.append(parts.table(heads, [_source(say, source, today) for source in sources.to_dicts()]))
    content += [
        html.P(notice, className="src") for notice in sources["notice"].drop_nulls().unique(maintain_order=True)
    ]
    return html.Div(content)


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
