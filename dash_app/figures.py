"""Figures of the index and its pillars: frames in, a Plotly figure as a plain dict out; what all figures share."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl

from dash_app.view import View, shifted
from dash_app.words import Words

Figure = dict[str, Any]  # Any: Plotly's own nested mapping

BLUE, GREEN, GREY, WARM, COOL = "#3b7dc4", "#1f9465", "#868b94", "#d0552b", "#2494a3"
"""Colours that stand out by 3:1 and more from the paper of both schemes; a test measures it."""
PURPLE, OCHRE, PINK = "#8f6bc0", "#b3861a", "#c9577f"
PILLAR_COLOURS = {"diplomacy": PURPLE, "law_enforcement": BLUE, "migration": OCHRE, "security": PINK, "trade": WARM}
SHADE = "rgba(208,85,43,0.14)"
PALE = "rgba(208,85,43,0.75)"
GRID, ZERO = "rgba(128,128,128,0.22)", "rgba(128,128,128,0.5)"
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif"
ISO_TICKS = [
    {"dtickrange": [None, 1000 * 86400 * 27], "value": "%Y-%m-%d"},
    {"dtickrange": [1000 * 86400 * 27, "M11"], "value": "%Y-%m"},
    {"dtickrange": ["M11", None], "value": "%Y"},
]
"""Dates on axes in figures, which read alike in every language."""
LABEL_CHARACTERS = 16
"""Characters a line of the label at a curve's end."""
LINE_SHARE = 0.062
"""Height of a label's line as a share of the axis."""


def base_layout(y_title: str, **more: object) -> Figure:
    """Return the layout that all charts share; colours of text are set by the style sheet, for both schemes."""
    base: Figure = {
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": FONT, "size": 12, "color": "#777"},
        "margin": {"l": 52, "r": 12, "t": 12, "b": 28},
        "xaxis": {"showgrid": False, "type": "date", "nticks": 6, "tickformatstops": ISO_TICKS, "automargin": True},
        "yaxis": {"gridcolor": GRID, "zerolinecolor": ZERO, "nticks": 5, "title": {"text": y_title}},
        "showlegend": False,
        "hovermode": "closest",
        "hoverdistance": -1,
    }
    return {**base, **more}


def line(frame: pl.DataFrame, column: str, name: str, colour: str, **more: object) -> Figure:
    """Return a line over the first column; missing values stay gaps."""
    style = {"color": colour, "width": more.pop("width", 1.6), "dash": more.pop("dash", "solid")}
    return {
        "type": "scatter",
        "mode": "lines",
        "x": frame.to_series(0).to_list(),
        "y": frame[column].round(4).to_list(),
        "name": name,
        "line": style,
        "connectgaps": False,
        "hovertemplate": "%{x|%Y-%m}: %{y:,.1f}<extra>" + name + "</extra>",
        **more,
    }


def trimmed(trace: Figure) -> Figure:
    """Return a line without the points before its first value and after its last, which say nothing and must be sent."""
    known = [place for place, y in enumerate(trace["y"]) if y is not None]
    start, end = (known[0], known[-1] + 1) if known else (0, 0)
    marker = dict(trace.get("marker", {}))
    if isinstance(marker.get("opacity"), list):
        marker["opacity"] = marker["opacity"][start:end]
    cut: Figure = {key: trace[key][start:end] for key in ("x", "y", "customdata") if key in trace}
    return {**trace, **cut, **({"marker": marker} if marker else {})}


def by_month(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with every month between its first and last, so that gaps stay gaps."""
    return frame.sort("month").upsample("month", every="1mo") if frame.height else frame


def end_labels(traces: Iterable[Figure], low: float, high: float) -> list[Figure]:
    """Return a label at the end of each line, moved apart where they would touch.

    Args:
        traces: Lines, in any order.
        low: Lower end of the axis.
        high: Upper end of the axis.
    """
    ends: list[tuple[float, Any, Figure]] = [  # Any: Plotly takes dates and numbers
        (y, x, trace)
        for trace in traces
        for x, y in [next(((x, y) for x, y in _backwards(trace) if y is not None), (None, None))]
        if y is not None
    ]
    labels: list[Figure] = []
    floor, last = low, max((x for _, x, _ in ends), default=0)
    for y, _, trace in sorted(ends, key=lambda end: end[0]):
        name = wrap(trace["name"], LABEL_CHARACTERS)
        half = (1 + name.count("<br>")) * LINE_SHARE * (high - low) / 2
        at = max(y, floor + half)
        floor = at + half
        dash = "\N{BOX DRAWINGS HEAVY HORIZONTAL}" if trace["line"]["dash"] == "solid" else "┅"
        text = f'<span style="color:{trace["line"]["color"]}">{dash}</span> {name}'
        place = {"x": last, "y": at, "xanchor": "left", "yanchor": "middle", "xshift": 4, "showarrow": False}
        labels.append({"text": text, "align": "left", **place})
    return labels


def label_margin(traces: Iterable[Figure]) -> int:
    """Return the margin in pixels that keeps room for the labels at the lines' ends."""
    lines = [part for trace in traces for part in wrap(trace["name"], LABEL_CHARACTERS).split("<br>")]
    return 30 + 7 * max(map(len, lines), default=0)


def wrap(text: str | None, width: int = 56) -> str:
    """Return the text broken into lines for a hover label or an axis."""
    lines: list[str] = [""]
    for word in (text or "").split():
        if lines[-1] and len(lines[-1]) + len(word) >= width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return "<br>".join(lines)


def window(years: str, span: tuple[date, date]) -> tuple[date, date]:
    """Return the first and last day that charts show: the ledger, or as many years of it as the view asks for."""
    end = shifted(span[1].replace(day=1), 1)
    count = {"1y": 1, "5y": 5}.get(years)
    return max(span[0], shifted(end, -12 * count)) if count else span[0], end


def tension_line(
    say: Words,
    view: View,
    members: Sequence[str],
    *,
    readings: pl.DataFrame,
    daily: pl.DataFrame,
    acts: pl.DataFrame,
    regimes: pl.DataFrame,
    real_time: pl.DataFrame | None = None,
) -> Figure:
    """Draw the index over time with the acts that mattered in a lane of their own beneath.

    Args:
        say: The page's words.
        view: Period, monthly or daily, further lines, chosen month.
        members: The pair's two countries.
        readings: As out_pair__monthly_tension, ordered; at least one row.
        daily: Columns day, tension_index, mean_score, is_comparable; drawn in place of the months where it has rows.
        acts: Columns item_kind, on_day, side, is_joint, title, stage.
        regimes: As out_pair__regimes; their means are drawn where there are at least two.
        real_time: Columns month and tension_index as read at the time, drawn where given.
    """
    months = _marked(by_month(readings))
    frame = _marked(daily.with_columns(is_provisional=pl.lit(value=False))) if daily.height else months
    hover = _hover(say, frame)
    main = [
        line(frame, "light", say("index.light"), PALE, width=1.5, **hover),
        line(frame, "strong", say("index.tension"), WARM, width=2.6 if daily.is_empty() else 1.6, **hover),
        line(frame, "dotted", say("index.provisional"), WARM, width=2.2, dash="dot", mode="lines+markers", **hover),
    ]
    main[2]["marker"] = {
        "symbol": "circle-open",
        "size": 7,
        "color": WARM,
        "opacity": frame["is_provisional"].cast(int).to_list(),
    }
    step = {"shape": "hv"} if daily.height else {}
    for shown, column, colour, dash in (
        (view["cooperation"], "cooperation_index", COOL, "solid"),
        (view["hard"], "tension_hard", GREY, "dash"),
    ):
        if shown == "on":
            name = say(f"index.{'hard' if column == 'tension_hard' else 'cooperation'}")
            extra = line(months, column, name, colour, dash=dash)
            extra["line"].update(step)
            main.append(extra)
    if real_time is not None:
        # Drawn first, so that where both agree the latest view is what shows.
        main.insert(0, line(by_month(real_time), "tension_index", say("index.real_time"), PURPLE, width=2.2))
    bands = _band(say, months) if view.is_on("band") and daily.is_empty() else []
    top = max((y for trace in [*main, *bands] for y in trace["y"] if y is not None), default=1.0) * 1.06
    traces = [*bands, *map(trimmed, main), _lane(say, acts, members)]
    named = [
        {**trace, "y": frame["tension_index"].to_list()} if trace["name"] == say("index.tension") else trace
        for trace in main
        if trace["name"] not in (say("index.light"), say("index.provisional"))
    ]
    layout = base_layout(say("index.axis"))
    layout["annotations"] = [*end_labels(named, 0, top), *_note(say, frame)]
    layout["yaxis"].update({"domain": [0.2, 1], "range": [0, top], "fixedrange": True})
    layout["yaxis2"] = _lane_axis(members)
    layout["xaxis"].update(_period(view, (months["month"][0], months["month"][-1])))
    layout["margin"].update({"r": label_margin(named), "b": 8})
    layout["shapes"] = [_cursor(view.month), *_levels(regimes, months["month"][-1])]
    layout["uirevision"] = f"{view.pair} {view.range} {view['grain']}"
    return {"data": traces, "layout": layout}


def pillar_line(say: Words, scores: pl.DataFrame, pillar: str, *, top: float, since: date) -> Figure:
    """Draw one pillar's score from a month on, on the scale that all pillars share."""
    frame = by_month(scores.filter((pl.col("pillar") == pillar) & (pl.col("month") >= since)).select("month", "score"))
    trace = line(frame, "score", say.name(pillar), PILLAR_COLOURS.get(pillar, GREY))
    return {"data": [trace], "layout": _small_layout(say, top)}


def pairs_line(
    say: Words, values: pl.DataFrame, titles: Mapping[str, str], *, top: float, months: tuple[date, date]
) -> Figure:
    """Draw one measure of every pair that has it, on the scale that all measures share.

    Args:
        say: The page's words.
        values: Columns pair_id, month, value of one measure.
        titles: Title of each pair, in the order that gives them their colours.
        top: Upper end of the shared scale.
        months: First and last month of the shared axis.
    """
    colours = pair_colours(titles)
    traces = [
        line(by_month(part.select("month", "value")), "value", title, colours[pair_id])
        for pair_id, title in titles.items()
        if (part := values.filter((pl.col("pair_id") == pair_id) & pl.col("month").is_between(*months))).height
    ]
    layout = _small_layout(say, top)
    layout["xaxis"]["range"] = list(months)
    return {"data": traces, "layout": layout}


def _small_layout(say: Words, top: float) -> Figure:
    """Return the layout of charts that stand side by side on one scale."""
    layout = base_layout(say("why.axis"))
    layout["yaxis"].update({"range": [0, top * 1.05], "nticks": 4, "fixedrange": True})
    layout["xaxis"].update({"nticks": 4, "fixedrange": True})
    layout["margin"] = {"l": 46, "r": 8, "t": 6, "b": 24}
    return layout


def pair_colours(titles: Mapping[str, str]) -> dict[str, str]:
    """Return the colour of each pair where pairs are compared; beyond six they are grey."""
    return dict(zip(titles, (WARM, BLUE, GREEN, PURPLE, OCHRE, PINK, *[GREY] * len(titles)), strict=False))


def country_colour(members: Sequence[str], country: str) -> str:
    """Return the colour that a country of the pair has in every chart."""
    return dict(zip(members, (GREEN, BLUE), strict=True)).get(country, GREY)


def _backwards(trace: Figure) -> Iterable[tuple[Any, float | None]]:  # Any: Plotly takes dates and numbers
    return zip(reversed(trace["x"]), reversed(trace["y"]), strict=True)


def _marked(frame: pl.DataFrame) -> pl.DataFrame:
    """Split the index into the spans that are drawn apart; each reaches to its neighbour's first point."""
    frame = frame.with_columns(
        pl.col("is_comparable").fill_null(value=True), pl.col("is_provisional").fill_null(value=False)
    )
    light, dotted = ~pl.col("is_comparable"), pl.col("is_provisional")
    return frame.with_columns(
        light=pl.when(light | light.shift(1).fill_null(value=False)).then("tension_index"),
        strong=pl.when(~light & ~dotted).then("tension_index"),
        dotted=pl.when(dotted | dotted.shift(-1).fill_null(value=False)).then("tension_index"),
    )


def _hover(say: Words, frame: pl.DataFrame) -> Figure:
    if "day" in frame.columns:
        text = say("index.hover_day", tension="%{y:.1f}", mean="%{customdata:.1f}")
        return {"customdata": frame["mean_score"].round(1).to_list(), "hovertemplate": "%{x|%Y-%m-%d}<br>" + text}
    text = say("index.hover", tension="%{y:.1f}", mean="%{customdata[0]:.1f}", coverage="%{customdata[1]:.0f}")
    rows = frame.select(pl.col("mean_score").round(1), pl.col("coverage") * 100).rows()
    return {"customdata": rows, "hovertemplate": "%{x|%Y-%m}<br>" + text}


def _lane(say: Words, acts: pl.DataFrame, members: Sequence[str]) -> Figure:
    rows = acts.to_dicts()
    sides = [say("index.both") if row["is_joint"] else row["side"] for row in rows]
    texts = [
        say(
            "index.mark_stage" if row["stage"] else "index.mark",
            who=say.name(side),
            what=wrap(row["title"]),
            stage=say(f"stage.{row['stage']}") if row["stage"] else "",
        )
        for row, side in zip(rows, sides, strict=True)
    ]
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [row["on_day"] for row in rows],
        "y": [members.index(side) if side in members else 0.5 for side in sides],
        "yaxis": "y2",
        "name": "",
        "text": texts,
        "hovertemplate": "%{x|%Y-%m-%d}<br>%{text}<extra></extra>",
        "marker": {
            "symbol": "line-ns-open",
            "size": 10,
            "line": {"width": 1.6},
            "color": [country_colour(members, side) for side in sides],
        },
    }


def _lane_axis(members: Sequence[str]) -> Figure:
    ticks = {"tickmode": "array", "tickvals": [0, 1], "ticktext": list(members), "ticklen": 0}
    bare = {"showgrid": False, "zeroline": False, "fixedrange": True}
    return {"domain": [0.03, 0.13], "range": [-0.6, 1.6], **ticks, **bare}


def _note(say: Words, frame: pl.DataFrame) -> list[Figure]:
    """Say where the comparable years begin."""
    first = frame.filter(~pl.col("is_comparable")).to_series(0).max()
    if first is None:
        return []
    place = {"x": first, "y": 1, "yref": "y domain", "xanchor": "right", "yanchor": "top", "showarrow": False}
    return [{"text": say("index.incomparable"), **place}]


def _period(view: View, span: tuple[date, date]) -> Figure:
    # The range bar is for the curve: an axis range that no mark reaches keeps the lane's marks out of it.
    bar = {"visible": True, "thickness": 0.07, "bgcolor": GRID, "range": window("all", span)}
    axes = {"yaxis": {"rangemode": "match"}, "yaxis2": {"rangemode": "fixed", "range": [8, 9]}}
    return {"range": window(view.range, span), "anchor": "y2", "automargin": False, "rangeslider": {**bar, **axes}}


def _band(say: Words, months: pl.DataFrame) -> list[Figure]:
    """Return the 90 % band of the index as an area for each span of months that have one."""
    has_band = pl.col("lower_05").is_not_null() & pl.col("upper_95").is_not_null()
    spans = months.with_columns((~has_band).cum_sum().alias("span")).filter(has_band)
    shape = {"type": "scatter", "mode": "lines", "fill": "toself", "line": {"width": 0}, "hoverinfo": "skip"}
    return [
        {
            **shape,
            "x": [*span["month"], *reversed(span["month"].to_list())],
            "y": [*span["upper_95"], *reversed(span["lower_05"].to_list())],
            "fillcolor": SHADE,
            "name": say("controls.band"),
        }
        for _, span in spans.group_by("span", maintain_order=True)
    ]


def _levels(regimes: pl.DataFrame, last: date) -> list[Figure]:
    """Return the mean of each regime as a line over its months; none where the series has one regime only."""
    style = {"type": "line", "layer": "below", "line": {"color": GREY, "width": 1.2, "dash": "longdash"}}
    spans = regimes.select("starts_on", pl.col("ends_on").fill_null(last), "level").rows() if regimes.height > 1 else []
    return [{**style, "x0": start, "x1": end, "y0": level, "y1": level} for start, end, level in spans]


def _cursor(month: date) -> Figure:
    return {
        "type": "line",
        "x0": month,
        "x1": month,
        "yref": "paper",
        "y0": 0,
        "y1": 1,
        "line": {"color": BLUE, "width": 1, "dash": "dot"},
        "layer": "below",
    }
