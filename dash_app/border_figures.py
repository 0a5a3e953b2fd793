"""Figures of migration and borders: frames in, a Plotly figure as a plain dict out."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from itertools import cycle

import polars as pl

from dash_app import outlines
from dash_app.figures import (
    BLUE,
    COOL,
    GREEN,
    GREY,
    OCHRE,
    PINK,
    PURPLE,
    WARM,
    Figure,
    base_layout,
    end_labels,
    label_margin,
    line,
)
from dash_app.words import Words, number

Called = Callable[[str], str]
"""What a code is called."""
COLOURS = {
    "border_patrol": OCHRE,
    "field_operations": PURPLE,
    "MEX": GREEN,
    "CAN": GREEN,
    "OTHER": GREY,
    "title_8": OCHRE,
    "title_42": PURPLE,
    "Southwest Border": OCHRE,
    "Northern Border": PURPLE,
    "Coastal/Interior": GREY,
    "southwest_land": OCHRE,
    "northern_land": PURPLE,
    "other": GREY,
}
"""Colours that a part has wherever it is drawn; the others take theirs in turn."""
PALETTE = (OCHRE, PURPLE, PINK, COOL, WARM, BLUE)
LABELLED = 5
"""Lines that are labelled at their end."""
OCHRE_RGB, STRONGEST = "179,134,26", 0.62
"""The map's one hue, and how opaque it is at its fullest: text on it stays readable in both schemes."""
STRETCH = {"southwest": 1.18, "northern": 1.42}
"""Length of a degree north for one west, in the middle of a border."""


def colour_of(codes: Sequence[str]) -> dict[str, str]:
    """Return a colour for each code."""
    free = cycle(colour for colour in PALETTE if colour not in {COLOURS.get(code) for code in codes})
    return {code: COLOURS.get(code) or next(free) for code in codes}


def split(say: Words, frame: pl.DataFrame, called: Called, *, stacked: bool) -> Figure:
    """Draw encounters by month and part, one upon the other or each as a line.

    Args:
        say: The page's words.
        frame: Columns month, part, encounters, month_total; the largest part first.
        called: What a part is called.
        stacked: Whether the parts stand one upon the other, so that their height is the total.
    """
    parts = frame["part"].unique(maintain_order=True).to_list()
    colours = colour_of(parts)
    layout = base_layout(say("encounters.axis"))
    if not stacked:
        return lines(say, frame.select("month", key="part", value="encounters"), say("encounters.axis"), called)
    traces: list[Figure] = []
    for part in parts:
        own = frame.filter(pl.col("part") == part)
        text = [
            say("borders.part_hover", value=number(value, 0), total=number(total, 0))
            for value, total in own.select("encounters", "month_total").iter_rows()
        ]
        shown = {"x": own["month"].to_list(), "y": own["encounters"].to_list(), "text": text, "textposition": "none"}
        hover = "%{x|%Y-%m}: %{text}<extra>" + called(part) + "</extra>"
        look = {"name": called(part), "marker": {"color": colours[part]}, "hovertemplate": hover}
        traces.append({"type": "bar", **shown, **look})
    layout.update({"barmode": "stack", "bargap": 0.12, "showlegend": len(parts) > 1})
    layout["legend"] = {
        "orientation": "h",
        "y": 1.02,
        "yanchor": "bottom",
        "x": 0,
        "xanchor": "left",
        "traceorder": "normal",
    }
    return {"data": traces, "layout": layout}


def lines(
    say: Words, frame: pl.DataFrame, axis: str, called: Called, *, unit: str = ",.0f", step: str = "1mo"
) -> Figure:
    """Draw series from nothing up, each over its own months, labelled at their ends; gaps stay gaps.

    Args:
        say: The page's words.
        frame: Columns month, key, value; the first LABELLED keys are drawn.
        axis: Unit of the values.
        called: What a key is called.
        unit: Plotly's format of the values.
        step: Length of the periods.
    """
    keys = frame["key"].unique(maintain_order=True).to_list()[:LABELLED]
    colours = colour_of(keys)
    latest = max(frame["month"], default=date.min)
    traces: list[Figure] = []
    for key in keys:
        own = frame.filter(pl.col("key") == key).select("month", "value").sort("month").upsample("month", every=step)
        name = called(key)
        if (last := own["month"][-1]) != latest:
            name = say("encounters.ends", name=name, month=f"{last:%Y-%m}")
        trace = line(own, "value", name, colours[key], width=2)
        trace["hovertemplate"] = "%{x|%Y-%m}: %{y:" + unit + "}<extra>" + called(key) + "</extra>"
        traces.append(trace)
    layout = base_layout(axis)
    top = 1.06 * max((y for trace in traces for y in trace["y"] if y is not None), default=1.0) or 1.0
    layout["yaxis"]["range"] = [0, top]
    layout["annotations"], layout["margin"]["r"] = end_labels(traces, 0, top), label_margin(traces)
    if frame.height:
        layout["xaxis"]["range"] = [min(frame["month"]), latest]
    return {"data": traces, "layout": layout}


def seizures(say: Words, frame: pl.DataFrame, called: Called) -> Figure:
    """Draw the weight seized by month and region, and below it how many seizures that was.

    Args:
        say: The page's words.
        frame: Columns month, region, quantity_lbs, seizure_events.
        called: What a region is called.
    """
    names = frame.rename({"region": "key"})
    weight = lines(say, names.with_columns(value="quantity_lbs"), say("borders.pounds"), called)
    events = lines(say, names.with_columns(value="seizure_events"), say("borders.seizures"), called)
    layout = weight["layout"]
    layout["yaxis"]["domain"] = [0.42, 1]
    layout["xaxis"]["anchor"] = "y2"
    layout["yaxis2"] = {**events["layout"]["yaxis"], "domain": [0, 0.32], "nticks": 3}
    return {"data": [*weight["data"], *({**trace, "yaxis": "y2"} for trace in events["data"])], "layout": layout}


def region_map(say: Words, level: str, border: str, values: Mapping[str, float], chosen: str, called: Called) -> Figure:
    """Draw the schematic map of a border's places, the fuller the more encounters.

    Args:
        say: The page's words.
        level: state or sector.
        border: southwest or northern.
        values: Encounters by place; a place that is not in it is drawn empty.
        chosen: The place whose outline stands out, if any.
        called: What a place is called.
    """
    most = max([*values.values(), 1])
    # The chosen place comes last, so that its outline lies on its neighbours'.
    places = sorted((place for place in values if outlines.rings(level, place)), key=lambda place: place == chosen)
    traces = [_outline(level, place, values[place] / most, is_chosen=place == chosen) for place in places]
    at = [outlines.label(level, place) for place in places]
    names: Figure = {"type": "scatter", "mode": "markers+text", "ids": places, "name": ""}
    names.update({"x": [x for x, _ in at], "y": [y for _, y in at], "marker": {"size": 30, "opacity": 0}})
    names["text"] = [f"{called(place)}<br>{number(values[place], 0)}" for place in places]
    names.update({"textposition": "middle center", "textfont": {"size": 12}})
    names["customdata"] = [
        say("borders.share", share=number(100 * values[place] / (sum(values.values()) or 1), 1)) for place in places
    ]
    names["hovertemplate"] = "%{text}<br>%{customdata}<extra></extra>"
    layout = base_layout("", margin={"l": 0, "r": 0, "t": 0, "b": 0}, dragmode=False)
    bare = {"visible": False, "fixedrange": True}
    layout["xaxis"] = {**bare, "constrain": "domain"}
    layout["yaxis"] = {**bare, "scaleanchor": "x", "scaleratio": STRETCH[border]}
    return {"data": [*traces, names], "layout": layout}


def _outline(level: str, place: str, share: float, *, is_chosen: bool) -> Figure:
    """Return a place's outline, filled by its share of the most."""
    rings = outlines.rings(level, place)
    points = [point for ring in rings for point in [*ring, ring[0], (None, None)]][:-1]
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [x for x, _ in points],
        "y": [y for _, y in points],
        "fill": "toself",
        "fillcolor": f"rgba({OCHRE_RGB},{STRONGEST * share:.3f})",
        "line": {"color": BLUE if is_chosen else GREY, "width": 2.6 if is_chosen else 1},
        "hoverinfo": "skip",
        "name": place,
    }
