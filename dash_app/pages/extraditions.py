"""Extraditions: who handed over how many people, who calls it what, where publishers differ."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import partial

import polars as pl
from dash import html
from dash.development.base_component import Component
from markupsafe import Markup

from dash_app import claims, controls, families, parts
from dash_app.asked import checked
from dash_app.chart import actions, chart
from dash_app.grid import Column, grid
from dash_app.scene import Answer, Scene
from dash_app.told import item, named, worded
from dash_app.view import FREE, Choices
from warehouse import surrenders

DEFINITIONS = (
    "to_partner_all",
    "to_partner_nationals",
    "all_countries",
    "transfer",
    "treaty_and_transfer",
    "unstated",
)
CHOICES: Choices = {"definition": ("", *DEFINITIONS), "side": FREE, "year": FREE}
TO_PARTNER = ("to_partner_all", "to_partner_nationals")
"""Definitions under which a count answers how many people a side handed to the other by treaty."""
Row = dict[str, object]


def page(scene: Scene) -> Sequence[Component | str | None]:
    """Return the page."""
    say = scene.say
    known = surrenders.years(scene.warehouse, scene.view.pair)
    if known.is_empty():
        return [html.H1(say("extradition.title")), html.P(say("extradition.empty", pair=scene.title), className="sub")]
    years = [str(year) for year in known["year"]]
    # The year shown first is the latest in which publishers differ, for that is what the page is about.
    first = str([*known.filter("is_in_conflict")["year"], known["year"][0]][0])
    scene, bad_side = checked(scene, {"side": scene.members}, say("acts.every"))
    scene, bad_year = checked(scene, {"year": years}, first)
    scene = replace(scene, view=replace(scene.view, chosen={**scene.view.chosen, "year": scene.view["year"] or first}))
    return [
        html.H1(say("extradition.title")),
        *bad_side,
        *bad_year,
        html.P(_sentence(scene), className="headline"),
        controls.bar(
            scene,
            controls.select(
                scene, "year", [(year, _year(scene, year, known)) for year in years], say("extradition.year")
            ),
            controls.links(
                scene,
                "side",
                [("", say("acts.every")), *((side, say.name(side)) for side in scene.members)],
                say("extradition.side"),
            ),
            controls.select(
                scene,
                "definition",
                [("", say("acts.every")), *((key, say(f"definition.{key}")) for key in DEFINITIONS)],
                say("column.definition"),
            ),
        ),
        _yearly(scene),
        _of_year(scene),
        *_transfers(scene),
        _all_claims(scene),
    ]


def _year(scene: Scene, year: str, known: pl.DataFrame) -> str:
    row = known.row(by_predicate=pl.col("year") == int(year), named=True)
    key = "extradition.year_conflict" if row["is_in_conflict"] else "extradition.year_count"
    return scene.say(key, year=year, count=row["claims"])


def _source(scene: Scene, day: date | str) -> str:
    say = scene.say
    return say("source.foot", source=say("source.claims"), day=day)


def _sentence(scene: Scene) -> str:
    """Return how many people a side handed over in the chosen year by treaty, and according to whom."""
    say, year = scene.say, int(scene.view["year"])
    side = scene.view["side"] or scene.members[0]
    partner = next(country for country in scene.members if country != side)
    counts = surrenders.claims_of_year(scene.warehouse, scene.view.pair, year, side=side)
    told = counts.filter(pl.col("definition_id").is_in(TO_PARTNER)).sort("persons")
    others = counts.filter(~pl.col("definition_id").is_in(TO_PARTNER))
    who = {"side": named(say, side), "partner": named(say, partner), "year": year}
    listed = "; ".join(_count(scene, row) for row in told.to_dicts())
    lines = [say("extradition.answer", counts=listed, **who) if told.height else say("extradition.no_answer", **who)]
    if others.height:
        lines.append(say("extradition.others", counts="; ".join(_count(scene, row) for row in others.to_dicts())))
    line = " ".join(lines)
    return line[:1].upper() + line[1:]


def _count(scene: Scene, row: Row) -> str:
    say = scene.say
    persons = f"{row['persons']:,.0f}"
    if row["persons_is_minimum"]:
        persons = say("extraditions.at_least", persons=persons)
    detail = [] if row["definition_id"] == "to_partner_all" else [say(f"definition.{row['definition_id']}")]
    if row["period_label"] != str(row["year"]):
        detail.append(str(row["period_label"]))
    told = say("extradition.count", persons=persons, who=row["stated_by"])
    return f"{told} ({', '.join(detail)})" if detail else told


def _yearly(scene: Scene) -> Component:
    say, view = scene.say, scene.view
    asked = scene.ask(surrenders.yearly, view.pair, side=view["side"], definition=view["definition"])
    shown = asked.frame.filter(pl.col("year") >= scene.since.year)
    title = say("extradition.yearly_title")
    if shown.is_empty():
        text = say("extradition.yearly_empty", since=scene.since.year if scene.since > date.min else scene.span[0].year)
        return html.Section([html.H2(title), html.P(text, className="sub")], id="extraditions")
    figure = families.extradition_dots(say, asked.frame, scene.members, scene.since)
    figure["layout"]["shapes"] = [_cursor(int(view["year"]))]
    return chart(
        scene,
        "extraditions",
        figure,
        Answer(shown, asked.sql),
        title=title,
        subtitle=say("extraditions.subtitle"),
        source=_source(scene, str(shown["year"].max())),
        height=360,
        picks="year",
        heading=html.H2,
    )


def _cursor(year: int) -> dict[str, object]:
    place = {"x0": year, "x1": year, "yref": "paper", "y0": 0, "y1": 1, "layer": "below"}
    return {"type": "line", "line": {"color": "rgba(128,128,128,0.5)", "width": 1, "dash": "dot"}, **place}


def _of_year(scene: Scene) -> Component:
    """Return every count of the chosen year beside each other."""
    say, view, year = scene.say, scene.view, int(scene.view["year"])
    asked = scene.ask(surrenders.claims_of_year, view.pair, year, side=view["side"])
    if asked.frame.is_empty():
        text = say("extradition.year_empty", year=year, side=named(say, view["side"]))
        return html.Section(
            [html.H2(say("extradition.year_none", year=year)), html.P(text, className="sub")], id="year"
        )
    figure, height = claims.year_dots(say, asked.frame, scene.members, partial(item, scene, "claim"))
    return chart(
        scene,
        "year",
        figure,
        asked,
        title=_finding(scene, asked.frame),
        subtitle=say("extradition.year_sub"),
        source=_source(scene, f"{year}"),
        height=height,
        heading=html.H2,
        below=[_year_table(scene, asked.frame)],
    )


def _finding(scene: Scene, counts: pl.DataFrame) -> str:
    """Return whether publishers agree on the chosen year."""
    say, year = scene.say, scene.view["year"]
    whole = counts.filter("is_whole_year").group_by("side", "definition_id", maintain_order=True)
    for (side, definition), part in whole:
        if part["persons"].n_unique() > 1:
            low, high = (f"{value:,.0f}" for value in sorted(part["persons"])[:: part.height - 1])
            return say(
                "extradition.differ",
                year=year,
                side=say.name(str(side)),
                low=low,
                high=high,
                definition=say(f"definition.{definition}"),
            )
    return say("extradition.one" if counts.height == 1 else "extradition.agree", year=year, count=counts.height)


def _year_table(scene: Scene, counts: pl.DataFrame) -> Component:
    say = scene.say
    rows = [
        parts.row(
            [
                say.name(row["side"]),
                Markup('<a href="{}">{}</a>').format(item(scene, "claim", row["claim_id"]), f"{row['persons']:,.0f}"),
                row["period_label"],
                say(f"definition.{row['definition_id']}"),
                row["scope"] or say("none"),
                row["label_used"] or say("none"),
                row["stated_by"],
                row["publisher"],
                parts.site_link(row["url"], say("none")),
            ]
        )
        for row in counts.to_dicts()
    ]
    heads = ("who", "persons", "period", "definition", "scope", "word", "stated", "publisher", "link")
    own = {"scope": say("extradition.scope"), "publisher": say("extradition.publisher")}
    return parts.table([own.get(key) or say(f"column.{key}") for key in heads], rows)


def _transfers(scene: Scene) -> list[Component]:
    """Return the handovers outside the treaty, and who calls them what; nothing where there are none."""
    say, view = scene.say, scene.view
    asked = scene.ask(surrenders.transfers, view.pair)
    if asked.frame.is_empty() or view["side"] not in ("", *asked.frame["side"]):
        return []
    drawn = chart(
        scene,
        "transfers",
        claims.transfer_stems(say, asked.frame, scene.members, partial(item, scene, "claim")),
        asked,
        title=say(
            "extradition.transfers_title", count=asked.frame.height, persons=f"{asked.frame['persons'].sum():.0f}"
        ),
        subtitle=say("extradition.transfers_sub"),
        source=_source(scene, say.day(asked.frame["on_day"][-1])),
        height=280,
        heading=html.H2,
    )
    return [html.Div([drawn, _words(scene)], className="grid")]


def _words(scene: Scene) -> Component:
    """Return which word each speaker or publisher has for each handover, as a table: one row each, one column a word."""
    say = scene.say
    asked = scene.ask(surrenders.words_used, scene.view.pair, scene.view.lang)
    scene.answers["words"] = asked
    used = [word for word in surrenders.WORDS_IN_ADDRESSES if word in asked.frame["word"].to_list()]
    rows = []
    for (who,), part in asked.frame.sort("who", "on_day").group_by("who", maintain_order=True):
        cells: list[Component] = [html.Th(str(who), scope="row")]
        for word in used:
            marks = part.filter(pl.col("word") == word).unique("on_day", keep="first", maintain_order=True)
            cells.append(html.Td(_marks(scene, marks)))
        rows.append(html.Tr(cells))
    head = [
        html.Th(say("extradition.who"), scope="col"),
        *(html.Th(say(f"extradition.word.{word}"), scope="col") for word in used),
    ]
    table = html.Table([html.Thead(html.Tr(head)), html.Tbody(rows)])
    return html.Section(
        [
            html.H2(say("extradition.words_title"), className="title"),
            html.P(say("extradition.words_sub", days=surrenders.DAYS_AFTER), className="sub"),
            html.Div(table, className="scroll matrix", tabIndex=0),
            html.P(
                say("chart.foot", source=_source(scene, say.day(scene.span[1])), build=scene.build["content_hash"][:8]),
                className="src",
            ),
            actions(scene, "words", has_picture=False),
        ],
        id="words",
        className="chart",
    )


def _marks(scene: Scene, marks: pl.DataFrame) -> list[Component]:
    """Return the days on which a word was used, each leading to its page; recorded words stand out."""
    shown: list[Component] = []
    for row in marks.to_dicts():
        href = row["url"] if parts.site_of(row["url"]) else None
        link = html.A(f"{row['on_day']:%Y-%m}", href=href, target="_blank", rel="noopener noreferrer")
        told = scene.say("extradition.recorded" if row["is_recorded"] else "extradition.in_address")
        shown.append(html.Span(link, className="recorded" if row["is_recorded"] else "found", title=told))
    return shown


def _all_claims(scene: Scene) -> Component:
    say, view = scene.say, scene.view
    asked = scene.ask(surrenders.claims, view.pair, side=view["side"], definition=view["definition"])
    shown = worded(asked, {"side": say.name, "definition_id": lambda code: say(f"definition.{code}")})
    widths = {
        "period_label": 160,
        "side": 110,
        "persons": 100,
        "definition_id": 170,
        "label_used": 110,
        "stated_by": 230,
        "publisher": 200,
        "note": 240,
        "url": 170,
    }
    leads: Column = {"cellRenderer": "Item", "cellRendererParams": {"href": item(scene, "claim", ""), "of": "claim_id"}}
    own: dict[str, Column] = {"period_label": leads, "url": {"cellRenderer": "Link"}}
    columns: list[Column] = [
        {"field": field, "headerName": say(f"extradition.column.{field}"), "width": width, **own.get(field, {})}
        for field, width in widths.items()
    ]
    return grid(
        scene,
        "claims",
        shown,
        [*columns, {"field": "claim_id", "hide": True}],
        title=say("extradition.claims_title", count=asked.frame.height),
        subtitle=say("extradition.claims_sub"),
        source=_source(scene, say.day(scene.span[1])),
        height=560,
    )
