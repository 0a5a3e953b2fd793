"""Figures of the four families: frames in, a Plotly figure as a plain dict out."""

from collections.abc import Sequence
from datetime import date

import polars as pl

from dash_app.figures import BLUE, GREY, Figure, base_layout, by_month, country_colour, end_labels, label_margin, line
from dash_app.words import Words

SYMBOLS = {
    "to_partner_all": "circle",
    "to_partner_nationals": "diamond-open",
    "all_countries": "triangle-up-open",
    "transfer": "square",
}
MONTH_STATEMENTS, YEAR_STATEMENTS = 3, 6
"""Statements below which a month's dot is hollow, and below which no twelve-month mean is drawn."""


def extradition_dots(say: Words, yearly: pl.DataFrame, members: Sequence[str], since: date) -> Figure:
    """Draw persons surrendered by year: a mark at the lowest published count, a bar up to the highest.

    Args:
        say: The page's words.
        yearly: Columns as out_dyad__yearly_extraditions.
        members: The pair's two countries.
        since: Day whose year is the first to be drawn.
    """
    traces: list[Figure] = []
    shown = yearly.filter(pl.col("year") >= since.year)
    for (dyad, definition), part in shown.group_by("dyad_id", "definition_id", maintain_order=True):
        country = str(dyad)[:3]
        spread = [high - low or None for low, high in part.select("persons_low", "persons_high").iter_rows()]
        hover = [
            say(
                "extraditions.hover_range" if low < high else "extraditions.hover",
                year=year,
                low=int(low),
                high=int(high),
            )
            for year, low, high in part.select("year", "persons_low", "persons_high").iter_rows()
        ]
        name = say("extraditions.series", country=say.name(country), definition=say(f"definition.{definition}"))
        marker = {"symbol": SYMBOLS.get(str(definition), "x"), "size": 9, "color": country_colour(members, country)}
        trace: Figure = {"type": "scatter", "mode": "markers", "name": name, "marker": marker}
        trace.update({"x": part["year"].to_list(), "y": part["persons_low"].to_list(), "text": hover})
        trace["hovertemplate"] = "%{text}<extra>" + name + "</extra>"
        if any(spread):
            trace["error_y"] = {"type": "data", "symmetric": False, "array": spread, "arrayminus": [0] * part.height}
        traces.append(trace)
    layout = base_layout(say("extraditions.axis"), showlegend=True)
    layout["xaxis"] = {"showgrid": False, "tickformat": "d", "nticks": 6}
    layout["yaxis"]["rangemode"] = "tozero"
    # The legend tells shapes apart, which a label at a line's end cannot: there are no lines.
    layout["legend"] = {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "xanchor": "left"}
    return {"data": traces, "layout": layout}


def tariff_lines(say: Words, points: pl.DataFrame, members: Sequence[str], since: date) -> Figure:
    """Draw what each side's duties weigh, in force and threatened.

    Args:
        say: The page's words.
        points: Columns month, imposer, in_force, pending, in percentage points of the imposer's imports.
        members: The pair's two countries.
        since: First month to be drawn.
    """
    traces = [
        line(
            points.filter((pl.col("imposer") == country) & (pl.col("month") >= since)).select("month", status),
            status,
            say(f"tariffs.{status}", country=say.name(country)),
            country_colour(members, country),
            width=2.2 if status == "in_force" else 1.6,
            dash="solid" if status == "in_force" else "dot",
        )
        for country in members
        for status in ("in_force", "pending")
    ]
    drawn = [trace for trace in traces if any(trace["y"])]
    layout = base_layout(say("tariffs.axis"))
    layout["yaxis"]["range"] = [0, 1.06 * max((y for trace in drawn for y in trace["y"]), default=1.0)]
    return {"data": drawn, "layout": _labelled(drawn, layout)}


def stance_lines(say: Words, stance: pl.DataFrame, members: Sequence[str], since: date) -> Figure:
    """Draw each government's mean stance: dots by month, a line over twelve.

    Args:
        say: The page's words.
        stance: Columns month, side, stance, statements.
        members: The pair's two countries.
        since: First month to be drawn.
    """
    dots: list[Figure] = []
    lines: list[Figure] = []
    for country in members:
        colour, name = country_colour(members, country), say.name(country)
        frame = _twelve_months(by_month(stance.filter(pl.col("side") == country)))
        frame = frame.filter(pl.col("month") >= since)
        few = frame["statements"].fill_null(0) < MONTH_STATEMENTS
        marker = {
            "symbol": few.replace_strict({True: "circle-open", False: "circle"}).to_list(),
            "size": 5,
            "opacity": 0.6,
        }
        hover = say("stance.hover", stance="%{y:+.2f}", statements="%{customdata}")
        dots.append(
            line(
                frame,
                "stance",
                name,
                colour,
                mode="markers",
                marker={**marker, "color": colour},
                customdata=frame["statements"].to_list(),
                hovertemplate="%{x|%Y-%m}: " + hover + "<extra>" + name + "</extra>",
            )
        )
        hover = say("stance.hover_year", stance="%{y:+.2f}", statements="%{customdata}")
        lines.append(
            line(
                frame,
                "year_mean",
                name,
                colour,
                width=2.4,
                customdata=frame["year_statements"].to_list(),
                hovertemplate="%{x|%Y-%m}: " + hover + "<extra>" + name + "</extra>",
            )
        )
    layout = base_layout(say("stance.axis"))
    layout["yaxis"]["range"] = [-1.05, 1.05]
    return {"data": [*dots, *lines], "layout": _labelled(lines, layout)}


def encounter_lines(say: Words, encounters: pl.DataFrame, since: date) -> Figure:
    """Draw border encounters by month, each series alone; an end before the chart's is marked.

    Args:
        say: The page's words.
        encounters: Columns month, indicator_id, encounters.
        since: First month to be drawn.
    """
    encounters = encounters.filter(pl.col("month") >= since)
    colours = {"southwest_encounters": BLUE}
    traces: list[Figure] = []
    latest = encounters["month"].max()
    for (indicator,), part in encounters.group_by("indicator_id", maintain_order=True):
        colour = colours.get(str(indicator), GREY)
        trace = line(by_month(part.select("month", "encounters")), "encounters", say.name(str(indicator)), colour)
        trace["hovertemplate"] = "%{x|%Y-%m}: %{y:,.0f}<extra>" + trace["name"] + "</extra>"
        if (month := part["month"].max()) != latest:
            trace["name"] = say("encounters.ends", name=trace["name"], month=str(month)[:7])
            last = [0] * (len(trace["x"]) - 1) + [8]
            trace.update({"mode": "lines+markers", "marker": {"symbol": "x-thin-open", "size": last, "color": colour}})
        traces.append(trace)
    layout = base_layout(say("encounters.axis"))
    layout["yaxis"]["range"] = [0, 1.06 * float(encounters["encounters"].max() or 1)]  # type: ignore[arg-type]  # a column of counts
    return {"data": traces, "layout": _labelled(traces, layout)}


def _twelve_months(frame: pl.DataFrame) -> pl.DataFrame:
    """Add the mean over twelve months, each statement counting once; none where there are too few."""
    weight = pl.col("statements").cast(pl.Float64)
    total = (pl.col("stance") * weight).fill_null(0).rolling_sum(12, min_samples=12)
    counted = weight.fill_null(0).rolling_sum(12, min_samples=12)
    return frame.with_columns(
        year_mean=pl.when(counted >= YEAR_STATEMENTS).then(total / counted),
        year_statements=counted.round(0).cast(pl.Int64),
    )


def _labelled(traces: Sequence[Figure], layout: Figure) -> Figure:
    """Return the layout with a label at each line's end; the axis ends with the data, not with the labels."""
    low, high = layout["yaxis"]["range"]
    layout["annotations"] = end_labels(traces, low, high)
    layout["margin"]["r"] = label_margin(traces)
    days = [x for trace in traces for x in trace["x"]]
    if days:
        layout["xaxis"]["range"] = [min(days), max(days)]
    return layout
