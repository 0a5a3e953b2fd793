"""Figures: a frame in, a Plotly figure as a plain dict out."""

from typing import Any

import polars as pl

from dash_app.strings import COUNTRIES, DEFINITIONS, NAMES

Figure = dict[str, Any]  # Any: Plotly's own nested mapping

BLUE, GREEN, GREY, WARM, COOL = "#3b7dc4", "#1f9465", "#8a8f98", "#d0552b", "#2a9aa8"
PILLAR_COLOURS = {
    "diplomacy": "#8f6bc0",
    "law_enforcement": "#3b7dc4",
    "migration": "#c99a1e",
    "security": "#c9577f",
    "trade": "#d0552b",
}
STACK = ("#d0552b", "#c99a1e", "#8f6bc0", "#3b7dc4", "#c9577f", "#2a9aa8", "#8a8f98")
YEAR_STATEMENTS = 6
"""Statements in twelve months below which no twelve-month mean is drawn."""
GRID = "rgba(128,128,128,0.22)"
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif"


def _layout(y_title: str, **more: object) -> Figure:
    """Return the layout that all charts share."""
    axis = {"gridcolor": GRID, "zerolinecolor": "rgba(128,128,128,0.5)", "nticks": 6}
    base: dict[str, Any] = {
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": FONT, "size": 12, "color": "#777"},
        "margin": {"l": 52, "r": 12, "t": 12, "b": 32},
        "xaxis": {"showgrid": False},
        "yaxis": {**axis, "title": {"text": y_title}, "rangemode": "tozero"},
        "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "xanchor": "left"},
        "hovermode": "closest",
    }
    return {**base, **more}


def _by_month(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with every month between its first and last, so that gaps stay gaps."""
    return frame.sort("month").upsample("month", every="1mo") if frame.height else frame


def _line(frame: pl.DataFrame, column: str, name: str, colour: str, width: float = 1.6, **more: object) -> Figure:
    """Return a line over months."""
    return {
        "type": "scatter",
        "mode": "lines",
        "x": frame["month"].to_list(),
        "y": frame[column].to_list(),
        "name": name,
        "line": {"color": colour, "width": width},
        "connectgaps": False,
        "hovertemplate": "%{x|%b %Y}: %{y:,.1f}<extra>" + name + "</extra>",
        **more,
    }


def tension_line(monthly: pl.DataFrame, acts: pl.DataFrame) -> Figure:
    """Draw the index over time with acts in a lane beneath.

    Args:
        monthly: Columns month, tension_index, cooperation_index, is_comparable, is_provisional.
        acts: Columns occurred_on, initiator, summary_en.
    """
    frame = _by_month(monthly).with_columns(pl.col("is_comparable").fill_null(value=True))
    solid = pl.col("is_comparable")
    edge = ~solid | ~solid.shift(1).fill_null(value=True) | ~solid.shift(-1).fill_null(value=True)
    frame = frame.with_columns(strong=pl.when(solid).then("tension_index"), light=pl.when(edge).then("tension_index"))
    open_months = frame.filter("is_provisional")
    traces: list[Figure] = [
        _line(frame, "light", "Not comparable", "rgba(208,85,43,0.55)", 1.4),
        _line(frame, "strong", "Tension", WARM, 2.6),
        _line(
            open_months,
            "tension_index",
            "Provisional",
            WARM,
            mode="markers",
            marker={"symbol": "circle-open", "size": 8, "color": WARM},
        ),
        _line(frame, "cooperation_index", "Cooperation (off: click)", COOL, 1.4, visible="legendonly"),
        {
            "type": "scatter",
            "mode": "markers",
            "x": acts["occurred_on"].to_list(),
            "y": [0.66 if state == "USA" else 0.33 for state in acts["initiator"].to_list()],
            "yaxis": "y2",
            "name": "Acts",
            "showlegend": False,
            "text": [
                f"{COUNTRIES.get(s, s)}: {wrap(t)}" for s, t in acts.select("initiator", "summary_en").iter_rows()
            ],
            "hovertemplate": "%{x|%d %b %Y}<br>%{text}<extra></extra>",
            "marker": {
                "symbol": "line-ns-open",
                "size": 9,
                "color": [{"USA": BLUE, "MEX": GREEN}.get(s, GREY) for s in acts["initiator"].to_list()],
            },
        },
    ]
    buttons = [
        {"count": 1, "step": "year", "stepmode": "backward", "label": "1 y"},
        {"count": 5, "step": "year", "stepmode": "backward", "label": "5 y"},
        {"step": "all", "label": "all"},
    ]
    layout = _layout("Index, 0 = nothing outstanding")
    layout["yaxis"]["domain"] = [0.16, 1]
    layout["yaxis2"] = {
        "domain": [0, 0.1],
        "range": [0, 1],
        "showticklabels": False,
        "showgrid": False,
        "zeroline": False,
        "fixedrange": True,
    }
    selector = {
        "buttons": buttons,
        "x": 1,
        "xanchor": "right",
        "y": 1.0,
        "yanchor": "bottom",
        "bgcolor": "rgba(128,128,128,0.15)",
        "activecolor": "rgba(128,128,128,0.4)",
    }
    layout["xaxis"] = {"showgrid": False, "anchor": "y2", "type": "date", "rangeselector": selector}
    layout["margin"]["t"] = 64
    layout["legend"]["y"] = 1.1
    return {"data": traces, "layout": layout}


def wrap(text: str | None, width: int = 60) -> str:
    """Return the text broken into lines for a hover label."""
    lines: list[str] = [""]
    for word in (text or "").split():
        if len(lines[-1]) + len(word) > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return "<br>".join(lines)


def pillar_line(scores: pl.DataFrame, pillar: str, top: float) -> Figure:
    """Draw one pillar's score on the scale that all pillars share."""
    frame = _by_month(scores.filter(pl.col("pillar") == pillar).select("month", "score"))
    layout = _layout("Score", height=170, showlegend=False)
    layout["yaxis"].update({"range": [0, top * 1.05], "nticks": 4})
    layout["xaxis"]["nticks"] = 4
    layout["margin"] = {"l": 44, "r": 8, "t": 6, "b": 24}
    return {
        "data": [_line(frame, "score", NAMES.get(pillar, pillar), PILLAR_COLOURS.get(pillar, GREY))],
        "layout": layout,
    }


def extradition_bars(yearly: pl.DataFrame, *, transfers: bool) -> Figure:
    """Draw persons surrendered by year: dots at the lowest and highest published count, a bar between.

    Args:
        yearly: Columns as out_dyad__yearly_extraditions.
        transfers: Draw transfers only, or everything else.
    """
    is_transfer = pl.col("definition_id") == "transfer"
    frame = yearly.filter(is_transfer if transfers else ~is_transfer)
    symbols = {"to_partner_all": "circle", "to_partner_nationals": "diamond-open", "transfer": "square"}
    traces: list[Figure] = []
    for (dyad, definition), part in frame.group_by("dyad_id", "definition_id", maintain_order=True):
        mine = str(dyad)[:3]
        spread = [high - low or None for low, high in part.select("persons_low", "persons_high").iter_rows()]
        name = f"{COUNTRIES.get(mine, mine)}: {DEFINITIONS.get(str(definition), str(definition)).lower()}"
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "x": part["year"].to_list(),
                "y": part["persons_low"].to_list(),
                "name": name,
                "error_y": {
                    "type": "data",
                    "symmetric": False,
                    "array": spread,
                    "arrayminus": [0] * len(spread),
                    "width": 3,
                },
                "marker": {
                    "symbol": symbols.get(str(definition), "circle"),
                    "size": 8,
                    "color": GREEN if mine == "MEX" else BLUE,
                },
                "customdata": part["persons_high"].to_list(),
                "hovertemplate": "%{x}: %{y:,.0f} to %{customdata:,.0f}<extra></extra>",
            }
        )
    layout = _layout("Persons a year", showlegend=True)
    layout["xaxis"].update({"tickformat": "d", **({"dtick": 1} if transfers else {"nticks": 6})})
    layout["legend"].update({"y": -0.14, "yanchor": "top"})
    return {"data": traces, "layout": layout}


def measure_stack(measures: pl.DataFrame, top: int = 6) -> Figure:
    """Draw trade measures stacked, the largest by name and the rest together; columns month, title, pressure."""
    order = (
        measures.group_by("title").agg(pl.col("pressure").max()).sort("pressure", descending=True)["title"].to_list()
    )
    frame = measures.with_columns(
        title=pl.when(pl.col("title").is_in(order[:top])).then("title").otherwise(pl.lit("All others"))
    )
    wide = (
        frame.group_by("month", "title").agg(pl.col("pressure").sum()).pivot("title", index="month", values="pressure")
    )
    wide = _by_month(wide).fill_null(0)
    traces = []
    for name, colour in zip([*order[:top], "All others"], STACK, strict=False):
        if name in wide.columns:
            short = name if len(name) <= 52 else name[:50] + "…"
            traces.append(
                _line(
                    wide,
                    name,
                    short,
                    colour,
                    0.5,
                    stackgroup="one",
                    hovertemplate="%{x|%b %Y}: %{y:.2f}<extra>" + wrap(name, 40) + "</extra>",
                )
            )
    layout = _layout("Weighted burden, 1 = ladder's top")
    layout["legend"].update({"y": -0.14, "yanchor": "top"})
    return {"data": traces, "layout": layout}


def stance_lines(stance: pl.DataFrame) -> Figure:
    """Draw the two governments' mean stance: dots by month, a line over twelve.

    Args:
        stance: Columns month, country, stance, statements.
    """
    traces: list[Figure] = []
    for code, colour in (("USA", BLUE), ("MEX", GREEN)):
        name = COUNTRIES[code]
        frame = _by_month(stance.filter(pl.col("country") == code).select("month", "stance", "statements"))
        weight = pl.col("statements").cast(pl.Float64)
        total = (pl.col("stance") * weight).fill_null(0).rolling_sum(12, min_samples=12)
        counted = weight.fill_null(0).rolling_sum(12, min_samples=12)
        frame = frame.with_columns(year_mean=pl.when(counted >= YEAR_STATEMENTS).then(total / counted))
        hover = "%{x|%b %Y}: %{y:+.2f}<extra>" + name
        dots = {"size": 4, "color": colour, "opacity": 0.45}
        month_name = f"{name}, month"
        traces.append(
            _line(frame, "stance", month_name, colour, mode="markers", marker=dots, hovertemplate=f"{hover}</extra>")
        )
        traces.append(
            _line(frame, "year_mean", f"{name}, 12 months", colour, 2.2, hovertemplate=f"{hover}, 12 months</extra>")
        )
    return {"data": traces, "layout": _layout("Mean stance")}


def encounter_lines(encounters: pl.DataFrame) -> Figure:
    """Draw southwest border encounters by month; columns month, series, encounters."""
    traces = [
        _line(
            _by_month(encounters.filter(pl.col("series") == key).select("month", "encounters")),
            "encounters",
            name,
            colour,
            width,
            hovertemplate="%{x|%b %Y}: %{y:,.0f}<extra>" + name + "</extra>",
        )
        for key, name, colour, width in (
            ("border_patrol", "Border Patrol, long series", GREY, 1.4),
            ("all", "All encounters, ports of entry included", BLUE, 2.2),
        )
    ]
    return {"data": traces, "layout": _layout("Encounters a month")}
