"""A month taken apart: contributions that sum to the reading, and the records behind them."""

from collections.abc import Callable
from datetime import date
from typing import Any

import polars as pl
from dash import html
from dash.development.base_component import Component
from markupsafe import Markup, escape

from dash_app import figures, parts
from dash_app.chart import actions
from dash_app.scene import Scene
from dash_app.view import View, shifted
from dash_app.words import Words, number
from warehouse import pages

TOP = 12
"""Contributions drawn one by one; the rest stands in one bar, and in the table row by row."""
DIMENSIONS = ("tension", "cooperation")
Record = dict[str, Any]  # Any: a row of mixed types
Way = Callable[[str, str], str]
"""The address of a record's own page, by its kind and id; empty where it has none."""


def month_section(scene: Scene, *, tables: bool = True) -> Component:
    """Return what made up the chosen month; without its tables, ways to the page that has them."""
    say, view = scene.say, scene.view
    title = html.H2(say("month.title", month=say.month(view.month)))
    chosen = (view.pair, view.month, view.lang)
    answer = scene.ask(pages.month_items, *chosen)
    scene.answers["month"] = answer
    items, links = answer.frame, pages.linked_records(scene.warehouse, *chosen)
    if items.is_empty():
        content = [title, _neighbours(say, view, scene.span), html.P(say("month.empty", month=say.month(view.month)))]
        return html.Section(content, id="month")
    bars, lists = [], []
    for dimension in DIMENSIONS:
        own = items.filter(pl.col("dimension") == dimension)
        there = "" if tables else view.href("/evidence", month=view.month)
        bars.append(contribution_bars(say, dimension, own, there))
        linked = links.filter(pl.col("dimension") == dimension)
        head = say(f"month.evidence_{dimension}", count=own.height, linked=linked.height)
        lists.append(parts.folded(head, evidence_table(say, own, linked, way_of(view)), is_open=True))
    note = html.P(say("month.sub"), className="sub")
    more = [*lists, note] if tables else [html.A(say("month.more"), href=view.href("/evidence", month=view.month))]
    content = [
        title,
        _neighbours(say, view, scene.span),
        html.Div(bars, className="grid"),
        actions(scene, "month", has_picture=False),
    ]
    return html.Section([*content, *more], id="month")


def contribution_bars(say: Words, dimension: str, items: pl.DataFrame, there: str = "") -> html.Section:
    """Return the contributions as horizontal bars with their sum, which is the month's reading.

    Args:
        say: The page's words.
        dimension: Tension or cooperation.
        items: As `warehouse.pages.month_items`, of the dimension.
        there: Address of the page that has the items' records; this page where empty.
    """
    rows = items.to_dicts()
    total = number(float(items["contribution"].sum()))
    shown: list[tuple[str, float, Record | None]] = [(_label(say, row), row["contribution"], row) for row in rows[:TOP]]
    if rest := rows[TOP:]:
        shown.append((say("month.rest", count=len(rest)), sum(row["contribution"] for row in rest), None))
    widest = max((value for _, value, _ in shown), default=1.0)
    return html.Section(
        [
            html.H3(say(f"month.{dimension}", value=total)),
            html.P(
                say(f"month.{dimension}_sub", where=say("month.there" if there else "month.below")), className="sub"
            ),
            *(_bar(say, label, value, width=value / widest, item=item, there=there) for label, value, item in shown),
            html.P(say("month.sum", count=len(rows), value=total), className="sum"),
        ]
    )


def way_of(view: View) -> Way:
    """Return what gives the address of a record's own page; a stage is on the page of its measure."""

    def way(item_kind: str, item_id: str) -> str:
        if item_kind == "stage":
            item_kind, item_id = "policy", item_id.rpartition(":")[0]
        has_page = item_kind in ("act", "policy", "claim", "statement")
        return view.href("/evidence", item=f"{item_kind}:{item_id}") if has_page else ""

    return way


def evidence_table(say: Words, items: pl.DataFrame, links: pl.DataFrame, way: Way = lambda _kind, _id: "") -> html.Div:
    """Return every item with what it rests on, and beneath it the records that are evidence of it.

    Args:
        say: The page's words.
        items: As `warehouse.pages.month_items`, of one dimension.
        links: As `warehouse.pages.linked_records`, of the same.
        way: The address of a record's own page.
    """
    beneath: dict[tuple[str, str], list[Record]] = {}
    for link in links.to_dicts():
        beneath.setdefault((link["of_kind"], link["of_id"]), []).append(link)
    rows: list[Markup] = []
    for item in items.to_dicts():
        points = f"{item['contribution']:.3f}"
        rows.append(parts.row([*cells(say, item, way), points], row_id=_id(item), name="item"))
        for link in beneath.get((item["item_kind"], item["item_id"]), []):
            rows.append(parts.row([*cells(say, link, way), say("month.linked")], name="linked"))
    return parts.table([say(f"column.{key}") for key in ("date", "what", "who", "publisher", "link", "points")], rows)


def cells(say: Words, record: Record, way: Way) -> list[parts.Cell]:
    """Return a record as cells: day, what it says, leading to its page, who, publisher and tier, link to the source."""
    name: parts.Cell = told(say, record)
    if href := way(record["item_kind"], record["item_id"]):
        name = Markup(f'<a href="{escape(href)}">{escape(name)}</a>')
    threat = parts.marked(say("month.under_threat"), "kind") if record.get("is_under_threat") else ""
    tier = say(f"tier.{record['source_tier']}") if record["source_tier"] else None
    return [
        str(record["on_day"] or say("none")),
        Markup(" ").join([parts.marked(say(f"kind.{record['item_kind']}"), "kind"), name, threat]),
        say.name(record["side"]) if record["side"] else say("none"),
        " · ".join(text for text in (record["publisher"], tier) if text) or say("none"),
        parts.site_link(record["url"], say("none")),
    ]


def told(say: Words, record: Record) -> str:
    """Return what a record says, by its kind."""
    kind, title = record["item_kind"], record["title"] or record["item_id"]
    if kind == "claim":
        definition = say(f"definition.{record['definition_id']}")
        return say("month.claim", persons=int(record["amount"]), definition=definition, period=record["period_label"])
    if kind == "statistic":
        name = say.name(record["indicator_id"])
        if record["amount"] is None:
            return say("month.statistic_carried", name=name)
        return say("month.statistic", name=name, amount=number(record["amount"], 0))
    if kind == "stage":
        until = say("month.stage_until", day=say.day(record["until_on"])) if record["until_on"] else ""
        rate = say("month.stage_rate", rate=f"{record['rate_pct']:g}") if record["rate_pct"] else ""
        return say("month.stage", stage=say(f"stage.{record['stage']}"), until=until, rate=rate)
    if kind == "policy" and record["stage"]:
        since = say.day(record["on_day"])
        basis = ". " + say("month.legal", basis=record["legal_authority"]) if record["legal_authority"] else ""
        return say("month.policy", title=title, stage=say(f"stage.{record['stage']}").capitalize(), since=since) + basis
    return str(title)


def _label(say: Words, item: Record) -> str:
    title = item["title"] if item["item_kind"] == "policy" and item["title"] else told(say, item)
    return say("month.label", pillar=say.name(item["pillar"]), title=title)


def _bar(say: Words, label: str, value: float, *, width: float, item: Record | None, there: str) -> html.Div:
    """Return one bar, `width` of the longest; without an item it stands for the rest."""
    threat = bool(item and item["is_under_threat"])
    colour = figures.PILLAR_COLOURS.get(item["pillar"], figures.GREY) if item else figures.GREY
    style = {"width": f"{100 * width:.2f}%", "backgroundColor": colour}
    mark = [html.Span(say("month.under_threat"), className="threat-word")] if threat else []
    if there and item:
        name: str | Component = html.A(label, href=f"{there}#{_id(item)}", title=label)
    else:
        name = html.A(label, href=f"#{_id(item)}", title=label) if item else label
    return html.Div(
        [
            html.Div([name, *mark], className="what"),
            html.Div(html.Div(style=style, className="threat" if threat else ""), className="bar"),
            html.Div(number(value), className="num"),
        ],
        className="row",
    )


def _id(item: Record) -> str:
    return parts.anchor("e", item["dimension"], item["item_kind"], item["item_id"])


def _neighbours(say: Words, view: View, span: tuple[date, date]) -> html.Nav:
    """Return links to the months beside the chosen one and a year away, as far as the ledger reaches."""
    steps = {"back_year": -12, "back": -1, "forward": 1, "forward_year": 12}
    months = {key: shifted(view.month, step) for key, step in steps.items()}
    links = [
        html.A(say(f"month.{key}", month=say.month(month)), href=view.search(month=month))
        for key, month in months.items()
        if span[0].replace(day=1) <= month <= span[1]
    ]
    return html.Nav(links, className="months", **parts.aria(aria_label=say("month.other")))
