"""Figures of extraditions: the counts of a year beside each other, and handovers of many on their days."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta

import polars as pl

from dash_app.families import SYMBOLS
from dash_app.figures import GRID, Figure, base_layout, country_colour, wrap
from dash_app.words import Words

LINE, DOT, GAP, TOP, FOOT = 15, 20, 12, 4, 62
"""Pixels of a line of words, of the room of a dot, between counts, above the first and below the last."""
LABEL = 48
"""Characters a line of the words over a dot, which fit a narrow screen."""


def year_dots(
    say: Words, counts: pl.DataFrame, members: Sequence[str], href: Callable[[str], str]
) -> tuple[Figure, int]:
    """Draw every count of a year, a row a count, joined where one definition has several; return figure and height.

    Args:
        say: The page's words.
        counts: As `warehouse.surrenders.claims_of_year`, at least one row.
        members: The pair's two countries.
        href: The address of a count's page.
    """
    at, traces, titles = float(TOP), list[Figure](), list[Figure]()
    top = 1.15 * float(counts["persons"].max() or 1)  # type: ignore[arg-type]  # a column of counts
    for (side, definition), part in counts.group_by("side", "definition_id", maintain_order=True):
        colour, places = country_colour(members, str(side)), list[float]()
        for row in part.to_dicts():
            label = wrap(say("extradition.dot", who=row["stated_by"], publisher=row["publisher"]), LABEL)
            place = {"x": 0, "xref": "paper", "xanchor": "left", "y": at, "yanchor": "top", "align": "left"}
            titles.append({"text": label, "showarrow": False, "borderpad": 0, "font": {"size": 11.5}, **place})
            places.append(at + LINE * (1 + label.count("<br>")) + DOT / 2)
            at = places[-1] + DOT / 2 + GAP
        style = {"color": colour, "width": 2}
        if part.height > 1:
            traces.append(
                {
                    "type": "scatter",
                    "mode": "lines",
                    "x": part["persons"].to_list(),
                    "y": places,
                    "line": {**style, "dash": "dot"},
                    "hoverinfo": "skip",
                }
            )
        traces.append(
            {
                "type": "scatter",
                "mode": "markers+text",
                "x": part["persons"].to_list(),
                "y": places,
                "text": [_told(say, row) for row in part.to_dicts()],
                "textposition": [
                    "middle left" if row["persons"] > top / 2 else "middle right" for row in part.to_dicts()
                ],
                "marker": {"symbol": SYMBOLS.get(str(definition), "x"), "size": 11, "color": colour},
                "hovertext": [_hover(say, row) for row in part.to_dicts()],
                "hovertemplate": "%{hovertext}<extra></extra>",
                "customdata": [href(row["claim_id"]) for row in part.to_dicts()],
            }
        )
    layout = base_layout("", annotations=titles)
    layout["xaxis"] = {"range": [0, top], "showgrid": True, "gridcolor": GRID, "nticks": 5, "fixedrange": True}
    layout["xaxis"]["title"] = {"text": say("extradition.axis"), "standoff": 6}
    layout["yaxis"] = {"range": [at, 0], "visible": False, "fixedrange": True}
    layout["margin"] = {"l": 8, "r": 12, "t": 4, "b": 48}
    return {"data": traces, "layout": layout}, FOOT + int(at)


def _told(say: Words, row: dict[str, object]) -> str:
    count = f"{row['persons']:,.0f}"
    if row["persons_is_minimum"]:
        count = say("extraditions.at_least", persons=count)
    definition = say(f"definition.{row['definition_id']}")
    return f" <b>{count}</b> {definition} "


def _hover(say: Words, row: dict[str, object]) -> str:
    lines = [
        say("extradition.hover", side=say.name(str(row["side"])), period=row["period_label"], persons=_told(say, row)),
        say("extradition.dot", who=row["stated_by"], publisher=row["publisher"]),
        say("extradition.words", word=row["label_used"] or say("none"), scope=row["scope"] or say("none")),
    ]
    return "<br>".join(wrap(text, 64) for text in [*lines, str(row["note"] or "")] if text)


def transfer_stems(say: Words, transfers: pl.DataFrame, members: Sequence[str], href: Callable[[str], str]) -> Figure:
    """Draw each handover of many as a stem on its day.

    Args:
        say: The page's words.
        transfers: As `warehouse.surrenders.transfers`, at least one row.
        members: The pair's two countries.
        href: The address of a count's page.
    """
    rows = transfers.to_dicts()
    days: list[date] = [row["on_day"] for row in rows]
    colours = [country_colour(members, row["side"]) for row in rows]
    stems = [
        {
            "type": "line",
            "x0": row["on_day"],
            "x1": row["on_day"],
            "y0": 0,
            "y1": row["persons"],
            "line": {"color": colour, "width": 3},
        }
        for row, colour in zip(rows, colours, strict=True)
    ]
    marks = {
        "type": "scatter",
        "mode": "markers+text",
        "x": days,
        "y": [row["persons"] for row in rows],
        "text": [f"<b>{row['persons']:.0f}</b><br>{row['on_day']}" for row in rows],
        "textposition": "top center",
        "marker": {"symbol": SYMBOLS["transfer"], "size": 11, "color": colours},
        "hovertext": [
            say("extradition.event", day=row["on_day"], persons=int(row["persons"]), who=row["stated_by"])
            for row in rows
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "customdata": [href(row["claim_id"]) for row in rows],
    }
    layout = base_layout(say("extradition.axis"), shapes=stems)
    layout["xaxis"]["range"] = [min(days) - timedelta(days=75), max(days) + timedelta(days=75)]
    layout["xaxis"]["nticks"] = 5
    layout["yaxis"]["range"] = [0, 1.35 * max(row["persons"] for row in rows)]
    layout["margin"]["l"] = 48
    return {"data": [marks], "layout": layout}
