"""How statements are drawn and worded: stance by month, by theme and by speaker; words of offices, themes, stances, cues."""

from collections.abc import Callable, Sequence
from datetime import date
from functools import lru_cache

import polars as pl

from dash_app.families import MONTH_STATEMENTS
from dash_app.figures import (
    GREY,
    GRID,
    ZERO,
    Figure,
    base_layout,
    country_colour,
    end_labels,
    label_margin,
    line,
    wrap,
)
from dash_app.words import Words, number
from transforms.stance import lexicon
from warehouse.speech import YEAR_STATEMENTS

BOUNDS = ((-0.6, "hostile"), (-0.25, "critical"), (0.25, "neutral"), (0.6, "cooperative"))
"""Stances below a bound, and their word; above the last it is friendly. The first two hold their bound."""
ROW_HEIGHT, ROWS = 34, 16
"""Pixels of a row of dots, and rows drawn at most."""
LABEL_WIDTH = 16
"""Characters of a row's name in a line."""
AXIS = [-1.05, 1.05]


def stance_word(say: Words, stance: float) -> str:
    """Return the word for a stance between -1 and 1."""
    for bound, word in BOUNDS:
        if stance < bound or (stance == bound and bound < 0):
            return say(f"statements.stance.{word}")
    return say("statements.stance.friendly")


def signed(value: float) -> str:
    """Return a stance with its sign."""
    shown = round(value, 2)
    return f"+{number(shown, 2)}" if shown > 0 else number(shown + 0.0, 2)


def office_name(say: Words, office: str) -> str:
    """Return what an office is called, without its country; the slug's words where it has no name of ours."""
    slug = office.partition("_")[2] or office
    return say.texts.get(f"statements.offices.{slug}", slug.replace("_", " ").capitalize())


def theme_name(say: Words, theme: str, *, starts: bool = True) -> str:
    """Return what a theme is called, as a sentence starts or goes on; the ledger's tag where it has no name of ours."""
    name = say.texts.get(f"statements.themes.{theme}", theme)
    return name[:1].upper() + name[1:] if starts else name


@lru_cache(maxsize=8192)
def cue_words(text: str, language: str) -> str:
    """Return the words of a text that the scorer's list knows, each with the sign of what it says."""
    if language not in lexicon.LANGUAGES:
        return ""
    signs = {True: "+", False: "\N{MINUS SIGN}"}
    return ", ".join(
        f"{signs[cue.weight > 0]}\N{NO-BREAK SPACE}{cue.text}" for cue in lexicon.cues(lexicon.words(text), language)
    )


def monthly_figure(
    say: Words, monthly: pl.DataFrame, members: Sequence[str], since: date, picked: date | None
) -> Figure:
    """Draw each side's stance, below it the gap between the sides, and below that how many statements there were.

    Args:
        say: The page's words.
        monthly: Columns as `warehouse.speech.monthly`.
        members: The pair's two countries.
        since: First month to be drawn.
        picked: Month that the rest of the page is about, if one is chosen.
    """
    shown = monthly.filter(pl.col("month") >= since)
    sides = [side for side in members if side in shown["side"].to_list()]
    frames = {side: shown.filter(pl.col("side") == side) for side in sides}
    lines = [_year_line(say, frames[side], side, members) for side in sides]
    data = [*(_month_dots(say, frames[side], side, members) for side in sides), *lines]
    gap = _gap(say, frames, members) if len(sides) == 2 else None
    layout = base_layout(say("stance.axis"), barmode="stack", bargap=0.1)
    layout["yaxis"].update({"range": AXIS, "domain": [0.5 if gap else 0.32, 1]})
    ends = [one if any(y is not None for y in one["y"]) else dots for one, dots in zip(lines, data, strict=False)]
    layout["annotations"] = end_labels(ends, *AXIS)
    layout["margin"]["r"] = label_margin(lines)
    if gap:
        data.append(gap)
        layout["yaxis2"] = {**_axis(say("statements.gap_axis")), "domain": [0.27, 0.43]}
    for side in sides:
        hover = "%{x|%Y-%m}: %{y}<extra>" + say.name(side) + "</extra>"
        data.append(_bars(frames[side], "statements", "y3", country_colour(members, side), hover))
    layout["yaxis3"] = {**_axis(say("statements.count_axis")), "domain": [0, 0.2], "rangemode": "tozero"}
    months = [*shown["month"]] or [since]
    layout["xaxis"].update({"anchor": "y3", "range": [min(months), max(months)]})
    layout["shapes"] = [_cursor(picked)] if picked else []
    return {"data": data, "layout": layout}


def _month_dots(say: Words, frame: pl.DataFrame, side: str, members: Sequence[str]) -> Figure:
    few = (frame["statements"] < MONTH_STATEMENTS).replace_strict({True: "circle-open", False: "circle"}).to_list()
    colour, name = country_colour(members, side), say.name(side)
    hover = say("stance.hover", stance="%{y:+.2f}", statements="%{customdata}")
    return line(
        frame,
        "stance",
        name,
        colour,
        mode="markers",
        marker={"symbol": few, "size": 5, "opacity": 0.6, "color": colour},
        customdata=frame["statements"].to_list(),
        hovertemplate="%{x|%Y-%m}: " + hover + "<extra>" + name + "</extra>",
    )


def _year_line(say: Words, frame: pl.DataFrame, side: str, members: Sequence[str]) -> Figure:
    hover = say("stance.hover_year", stance="%{y:+.2f}", statements="%{customdata}")
    return line(
        frame,
        "year_stance",
        say.name(side),
        country_colour(members, side),
        width=2.4,
        customdata=frame["year_statements"].to_list(),
        hovertemplate="%{x|%Y-%m}: " + hover + "<extra>" + say.name(side) + "</extra>",
    )


def _gap(say: Words, frames: dict[str, pl.DataFrame], members: Sequence[str]) -> Figure | None:
    """Return the first side's twelve-month mean less the second's; nothing where no month has both."""
    first, second = (frames[side].select("month", "year_stance") for side in members)
    gap = first.join(second, on="month", suffix="_other").with_columns(
        gap=pl.col("year_stance") - pl.col("year_stance_other")
    )
    if not gap["gap"].count():
        return None
    text = say("statements.gap_hover", first=say.name(members[0]), second=say.name(members[1]))
    return _bars(gap, "gap", "y2", GREY, "%{x|%Y-%m}: %{y:+.2f}<extra>" + text + "</extra>")


def _bars(frame: pl.DataFrame, column: str, axis: str, colour: str, hover: str) -> Figure:
    place = {"x": frame["month"].to_list(), "y": frame[column].round(4).to_list(), "yaxis": axis}
    return {"type": "bar", **place, "marker": {"color": colour}, "hovertemplate": hover}


def _axis(title: str) -> Figure:
    return {"gridcolor": GRID, "zerolinecolor": ZERO, "nticks": 3, "title": {"text": title}, "fixedrange": True}


def _cursor(month: date) -> Figure:
    style = {"color": GREY, "width": 1, "dash": "dot"}
    return {
        "type": "line",
        "x0": month,
        "x1": month,
        "yref": "paper",
        "y0": 0,
        "y1": 1,
        "line": style,
        "layer": "below",
    }


def dots_figure(
    say: Words, grouped: pl.DataFrame, members: Sequence[str], called: Callable[[str], str]
) -> tuple[Figure, int]:
    """Draw the mean stance by name and side as a dot on its middle half; return it with its height in pixels.

    Args:
        say: The page's words.
        grouped: Columns name, side, stance, low, high, statements; names in the order of the chart, from the top.
        members: The pair's two countries.
        called: What a name is called.
    """
    names = grouped["name"].unique(maintain_order=True).to_list()
    sides = [side for side in members if side in grouped["side"].to_list()]
    shift = dict(zip(sides, (-0.13, 0.13) if grouped.select("name").is_duplicated().any() else (0, 0), strict=False))
    traces: list[Figure] = []
    annotations: list[Figure] = []
    for side in sides:
        own = grouped.filter(pl.col("side") == side)
        traces.append(_dots(say, own, [names.index(name) + shift[side] for name in own["name"]], side, members))
        annotations += _counts(say, own, names, side, 14 + 44 * sides.index(side))
    layout = base_layout("")
    layout["margin"] = {"l": 132, "r": 12 + 46 * len(sides), "t": 26, "b": 40}
    axis = {
        "range": AXIS,
        "gridcolor": GRID,
        "zerolinecolor": ZERO,
        "tickangle": 0,
        "title": {"text": say("stance.axis")},
    }
    layout["xaxis"] = {**axis, "tickvals": [-1, 0, 1], "fixedrange": True}
    ticks = [wrap(called(name), LABEL_WIDTH) for name in names]
    layout["yaxis"] = {"tickvals": [*range(len(names))], "ticktext": ticks, "range": [len(names) - 0.4, -0.6]}
    layout["yaxis"].update({"showgrid": False, "zeroline": False, "fixedrange": True, "ticklen": 4})
    layout["annotations"] = annotations
    return {"data": traces, "layout": layout}, 80 + ROW_HEIGHT * len(names)


def _dots(say: Words, own: pl.DataFrame, at: Sequence[float], side: str, members: Sequence[str]) -> Figure:
    colour, rows = country_colour(members, side), own.to_dicts()
    few = ["circle-open" if row["statements"] < YEAR_STATEMENTS else "circle" for row in rows]
    hover = [
        say(
            "statements.dot_hover",
            stance=signed(row["stance"]),
            low=signed(row["low"]),
            high=signed(row["high"]),
            count=row["statements"],
        )
        for row in rows
    ]
    spread = {"type": "data", "symmetric": False, "thickness": 1.4, "width": 0, "color": colour}
    spread["array"] = [max(0.0, row["high"] - row["stance"]) for row in rows]
    spread["arrayminus"] = [max(0.0, row["stance"] - row["low"]) for row in rows]
    marker = {"symbol": few, "size": 9, "color": colour, "line": {"width": 1.6, "color": colour}}
    trace = {"type": "scatter", "mode": "markers", "name": say.name(side), "x": own["stance"].to_list(), "y": [*at]}
    more = {"marker": marker, "error_x": spread, "text": hover}
    return {**trace, **more, "hovertemplate": "%{text}<extra>" + say.name(side) + "</extra>"}


def _counts(say: Words, own: pl.DataFrame, names: Sequence[str], side: str, shift: int) -> list[Figure]:
    """Return how many statements stand behind each row's dot, in a column beside the chart headed by the side's code."""
    place = {"xref": "paper", "x": 1, "xanchor": "left", "xshift": shift, "showarrow": False, "yanchor": "middle"}
    head = {**place, "text": side, "hovertext": say.name(side), "yref": "paper", "y": 1, "yanchor": "bottom"}
    counts = dict(own.select("name", "statements").iter_rows())
    return [head, *({**place, "text": number(counts[name], 0), "y": names.index(name)} for name in counts)]
