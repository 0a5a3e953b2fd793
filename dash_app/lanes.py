"""Figures of acts and policies: measures as lanes from stage to stage, acts by period; frames in, a figure out."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta

import polars as pl

from dash_app.figures import (
    COOL,
    GREY,
    GRID,
    OCHRE,
    PILLAR_COLOURS,
    WARM,
    ZERO,
    Figure,
    base_layout,
    country_colour,
    wrap,
)
from dash_app.words import Words, number

STAGES = {
    "floated": (OCHRE, "."),
    "threatened": (OCHRE, "/"),
    "proposed": (OCHRE, "x"),
    "ordered": (WARM, "\\"),
    "in_force": (WARM, ""),
    "suspended": (GREY, "-"),
}
"""Colour and hatch of each stage: announced, decided, halted; the hatch alone tells all of them apart."""
ENDS = {"withdrawn": "x-thin", "expired": "line-ns", "struck_down": "diamond-open"}
"""Mark of each way in which a measure ends."""
LINE, BAR, GAP, TOP = 15, 11, 10, 6
"""Pixels of a line of words, of a bar, between lanes and above the first."""
LABEL = 48
"""Characters a line of a lane's words, which fit a narrow screen."""
FOOT = 130
"""Pixels for the legend and the axis of dates."""
PARTS = {
    "kind": {
        "act": (OCHRE, ""),
        "threat": (WARM, ""),
        "incident": (WARM, "x"),
        "agreement": (COOL, ""),
        "surrender": (COOL, "/"),
        "visit": (GREY, ""),
        "call": (GREY, "/"),
    },
    "pillar": {pillar: (colour, "") for pillar, colour in PILLAR_COLOURS.items()},
    "dimension": {"tension": (WARM, ""), "cooperation": (COOL, ""), "none": (GREY, "")},
}
"""Colour and hatch of the parts of bars, from the axis outwards."""
SIDE_HEIGHT = 190
"""Pixels of the bars of one side."""


def stage_lanes(
    say: Words,
    spans: pl.DataFrame,
    members: Sequence[str],
    period: tuple[date, date],
    href: Callable[[str], str],
) -> tuple[Figure, int]:
    """Draw one lane a measure, the earliest first, its stages as bars; return the figure and its height in pixels.

    Args:
        say: The page's words.
        spans: As `warehouse.measures.stage_spans`, at least one row.
        members: The pair's two countries.
        period: First and last day of the axis.
        href: The address of a measure's page.
    """
    lanes = spans.group_by("policy_id", maintain_order=True).agg(
        pl.all().last(), pl.col("from_on").first().alias("first")
    )
    labels = {row["policy_id"]: _label(say, row) for row in lanes.sort("first", "policy_id").to_dicts()}
    places, at = dict[str, float](), float(TOP)
    titles: list[Figure] = []
    colours = dict(spans.select("policy_id", "imposer").iter_rows())
    for policy, label in labels.items():
        titles.append(_title(label, href(policy), at, country_colour(members, colours[policy])))
        places[policy] = at + LINE * (1 + label.count("<br>")) + BAR / 2 + 1
        at = places[policy] + BAR / 2 + GAP
    layout = base_layout("", showlegend=True, barmode="overlay", annotations=titles)
    layout["xaxis"].update({"range": period, "showgrid": True, "gridcolor": GRID, "side": "bottom", "fixedrange": True})
    layout["yaxis"] = {"range": [at, 0], "visible": False, "fixedrange": True}
    layout["margin"] = {"l": 8, "r": 12, "t": 8, "b": 28}
    layout["legend"] = {"orientation": "h", "y": 1, "yanchor": "bottom", "x": 0, "xanchor": "left"}
    height = FOOT + int(at)
    return {"data": [*_bars(say, spans, places, href), *_ends(say, spans, places, href)], "layout": layout}, height


def _label(say: Words, row: Mapping[str, object]) -> str:
    state = say(f"stage.{row['stage']}")
    if row["rate_pct"]:
        state = say("acts.state_rate", stage=state, rate=f"{row['rate_pct']:g}")
    title = wrap(str(row["title"]), LABEL)
    if len(title.split("<br>")[-1]) + len(state) + 3 > LABEL:
        return f"{title}<br>{state}"
    return say("acts.lane", title=title, state=state)


def _title(label: str, href: str, at: float, colour: str) -> Figure:
    # Plotly encodes the address once more, so the colon of an item's name stays as it is.
    address = href.replace("%3A", ":")
    first, *rest = label.split("<br>")
    link = f'<a href="{address}" target="_self">{first}</a>'
    text = f'<span style="color:{colour}">\N{BLACK SQUARE}</span> ' + "<br>".join([link, *rest])
    place = {"x": 0, "xref": "paper", "xanchor": "left", "y": at, "yanchor": "top", "align": "left", "showarrow": False}
    return {"text": text, "borderpad": 0, "font": {"size": 11.5}, **place}


def _bars(say: Words, spans: pl.DataFrame, places: Mapping[str, float], href: Callable[[str], str]) -> list[Figure]:
    traces: list[Figure] = []
    for stage, (colour, shape) in STAGES.items():
        rows = spans.filter(pl.col("stage") == stage).to_dicts()
        if not rows:
            continue
        pattern = {"shape": shape, "fillmode": "replace", "fgcolor": colour, "size": 5, "solidity": 0.45}
        traces.append(
            {
                "type": "bar",
                "orientation": "h",
                "name": say(f"stage.{stage}"),
                "y": [places[row["policy_id"]] for row in rows],
                "base": [row["from_on"] for row in rows],
                "x": [(row["to_on"] - row["from_on"]) / timedelta(milliseconds=1) for row in rows],
                "width": BAR,
                "marker": {"color": colour, "pattern": pattern, "line": {"color": colour, "width": 1}},
                "hovertext": [_hover(say, row) for row in rows],
                "hovertemplate": "%{hovertext}<extra></extra>",
                "customdata": [href(row["policy_id"]) for row in rows],
            }
        )
    return traces


def _ends(say: Words, spans: pl.DataFrame, places: Mapping[str, float], href: Callable[[str], str]) -> list[Figure]:
    traces: list[Figure] = []
    for stage, symbol in ENDS.items():
        rows = spans.filter(pl.col("stage") == stage).to_dicts()
        if rows:
            traces.append(
                {
                    "type": "scatter",
                    "mode": "markers",
                    "name": say(f"stage.{stage}"),
                    "x": [row["from_on"] for row in rows],
                    "y": [places[row["policy_id"]] for row in rows],
                    "marker": {"symbol": symbol, "size": 9, "color": GREY, "line": {"width": 2, "color": GREY}},
                    "hovertext": [_hover(say, row) for row in rows],
                    "hovertemplate": "%{hovertext}<extra></extra>",
                    "customdata": [href(row["policy_id"]) for row in rows],
                }
            )
    return traces


def _hover(say: Words, row: Mapping[str, object]) -> str:
    first, after = row["from_on"], row["to_on"]
    assert isinstance(first, date)
    assert isinstance(after, date)
    lines = [f"<b>{wrap(str(row['title']))}</b>"]
    day = say("acts.inferred", day=first) if row["is_estimated"] else str(first)
    if after == first:
        lines.append(say("acts.ended", stage=say(f"stage.{row['stage']}"), day=day))
    else:
        last = say("acts.open") if row["is_open"] else str(after - timedelta(days=1))
        lines.append(say("acts.spell", stage=say(f"stage.{row['stage']}"), first=day, last=last))
    if row["rate_pct"] and after > first:
        share = row["share"]
        lines.append(
            say("acts.duty", rate=f"{row['rate_pct']:g}")
            if share is None
            else say("acts.duty_share", rate=f"{row['rate_pct']:g}", share=number(100 * float(str(share))))
        )
    site = str(row["url"] or "").split("/")
    lines.append(say("acts.from", site=site[2] if len(site) > 2 else say("none")))
    return "<br>".join(lines)


def act_bars(
    say: Words, counts: pl.DataFrame, by: str, sides: Sequence[str], *, grain: str, span: tuple[date, date]
) -> tuple[Figure, int]:
    """Draw acts by period, a band of stacked bars a side on one scale; return the figure and its height in pixels.

    Args:
        say: The page's words.
        counts: As `warehouse.measures.counted_acts`.
        by: kind, pillar or dimension.
        sides: Who did them, from the top: a country, or both.
        grain: year or month.
        span: First and last day of the axis.
    """
    top = 1.12 * float(counts.group_by("side", "period").agg(pl.col("acts").sum())["acts"].max() or 1)  # type: ignore[arg-type]  # a column of counts
    layout = base_layout(say("acts.axis"), barmode="stack", showlegend=True, annotations=[], shapes=[])
    layout["xaxis"].update({"range": span, "anchor": "y" if len(sides) == 1 else f"y{len(sides)}"})
    layout["legend"] = {
        "orientation": "h",
        "y": 1,
        "yanchor": "bottom",
        "x": 0,
        "xanchor": "left",
        "traceorder": "normal",
    }
    traces: list[Figure] = []
    shown = set[str]()
    for place, side in enumerate(sides, start=1):
        axis = "" if place == 1 else str(place)
        high = 1 - (place - 1) / len(sides)
        layout[f"yaxis{axis}"] = {
            "domain": [high - 0.86 / len(sides), high - 0.04],
            "range": [0, top],
            "gridcolor": GRID,
            "zerolinecolor": ZERO,
            "nticks": 4,
            "fixedrange": True,
        }
        own = counts.filter(pl.col("side") == side)
        who = say("acts.together") if side == "both" else say.name(side)
        layout["annotations"].append(_heading(say("acts.of", who=who, count=own["acts"].sum()), high))
        for part, (colour, shape) in PARTS[by].items():
            rows = own.filter(pl.col("part") == part)
            if rows.height:
                trace = _stack(say, rows, by, part, grain=grain, style=(colour, shape))
                traces.append({**trace, "yaxis": f"y{axis}", "showlegend": part not in shown})
                shown.add(part)
    _caution(say, counts, layout, span)
    return {"data": traces, "layout": layout}, 110 + SIDE_HEIGHT * len(sides)


def _stack(say: Words, rows: pl.DataFrame, by: str, part: str, *, grain: str, style: tuple[str, str]) -> Figure:
    colour, shape = style
    name = say.name(part) if by == "pillar" else say(f"acts.{by}.{part}")
    dates = "%{x|%Y}" if grain == "year" else "%{x|%Y-%m}"
    return {
        "type": "bar",
        "name": name,
        "legendgroup": part,
        "x": rows["period"].to_list(),
        "y": rows["acts"].to_list(),
        "xperiod": "M12" if grain == "year" else "M1",
        "xperiodalignment": "middle",
        "hovertemplate": f"{dates}: %{{y}}<extra>{name}</extra>",
        "marker": {
            "color": colour,
            "opacity": [1 if fine else 0.5 for fine in rows["is_comparable"]],
            "pattern": {"shape": shape, "fillmode": "replace", "fgcolor": colour, "size": 5, "solidity": 0.5},
            "line": {"color": colour, "width": 0.5},
        },
    }


def _heading(text: str, high: float) -> Figure:
    place = {"x": 0, "xref": "paper", "xanchor": "left", "y": high - 0.035, "yref": "paper", "yanchor": "bottom"}
    return {"text": f"<b>{text}</b>", "showarrow": False, "font": {"size": 12}, **place}


def _caution(say: Words, counts: pl.DataFrame, layout: Figure, span: tuple[date, date]) -> None:
    """Shade the years in which the ledger was kept too thinly to compare counts, and say so on the chart."""
    thin = counts.filter(~pl.col("is_comparable"))["period"].max()
    if not isinstance(thin, date):
        return
    end = date(thin.year + 1, 1, 1)
    area = {"type": "rect", "xref": "x", "yref": "paper", "x0": span[0], "x1": end, "y0": 0, "y1": 1, "layer": "below"}
    layout["shapes"].append({**area, "fillcolor": "rgba(128,128,128,0.10)", "line": {"width": 0}})
    place = {"x": 0, "xref": "paper", "xanchor": "left", "y": 1, "yref": "paper", "yanchor": "top", "yshift": -20}
    layout["annotations"].append({"text": say("acts.thin"), "showarrow": False, "font": {"size": 11}, **place})
