"""Replay: every page as it was known on a day, and why the index reads otherwise than on that day."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import polars as pl
from dash import dcc, html
from dash.development.base_component import Component
from markupsafe import Markup

from dash_app import controls, figures, history, parts, whatif
from dash_app.chart import actions, chart
from dash_app.figures import Figure
from dash_app.scene import Answer, Scene
from dash_app.view import FREE, Choices, shifted
from dash_app.words import Words, number
from transforms.indices.changes import Since, moved_since
from transforms.indices.scope import index_inputs
from warehouse import revisions
from warehouse.catalog.registry import load_catalog
from warehouse.query import Warehouse

CHOICES: Choices = {"day": FREE}
WHOLE_PAGES = ("overview", "index", "acts", "extraditions", "statements", "borders", "evidence")
CURVES_HEIGHT, CHANGES_HEIGHT, CAUSE_HEIGHT = 340, 190, 34
SAME = 1e-6
"""Index points by which what is computed may miss what the build says; beyond it the build is of another method."""
MOST = 4
SHOWN = 0.005
"""Index points from which a change shows in two decimals."""


@dataclass(frozen=True)
class Past:
    """The index as known on a day beside today's: what the whole page is about."""

    day: date
    month: date
    """The chosen month, or the day's where the chosen one had not begun."""
    curve: Answer
    """Columns month, known_then, latest, change."""
    since: Since | None
    """What changed by cause; none where the build's rows cannot give it."""

    @property
    def reading(self) -> dict[str, Any] | None:  # Any: a row of mixed types
        """The month's row, where it had an index then and has one now."""
        rows = self.curve.frame.filter(pl.col("month") == self.month).drop_nulls(["known_then", "latest"])
        return rows.row(0, named=True) if rows.height else None


def page(scene: Scene) -> Sequence[Component | str | None]:
    """Return the page."""
    say = scene.say
    days = revisions.reading_days(scene.warehouse, scene.view.pair)
    if not scene.warehouse.monthly_tension(scene.view.pair, scene.span[0])["tension_index"].count():
        return [html.H1(say("replay.question")), html.P(say("replay.empty", pair=scene.title)), _whole(scene, None)]
    day, notices = _day(scene, days)
    scene = _fixed(scene, day)
    past = _past(scene, day, days)
    return [
        html.H1(say("replay.title", day=say.day(day))),
        *notices,
        html.Div([_slider(scene, days, day), controls.bar(scene, _any_day(scene))]),
        html.P(_headline(scene, past), className="headline"),
        _most_revised(scene),
        _curves(scene, past),
        _changes(scene, past),
        _causes(scene, past),
        _records(scene, past),
        _whole(scene, past),
    ]


def _day(scene: Scene, days: Sequence[date]) -> tuple[date, list[Component]]:
    """Return the day that is shown, and what the reader must be told of it."""
    say, asked = scene.say, scene.view["day"]
    first, last = scene.span
    default = _default(scene)
    told: list[str] = []
    try:
        day = date.fromisoformat(asked) if asked else default
    except ValueError:
        day = default
        told.append(say("replay.bad", value=asked, shown=say.day(day)))
    if not first <= day <= last:
        shown = min(max(day, first), last)
        told.append(
            say("replay.outside", day=say.day(day), first=say.day(first), last=say.day(last), shown=say.day(shown))
        )
        day = shown
    if scene.build["as_of"] and day not in days:
        day = max((end for end in days if end <= day), default=days[0])
        told.append(say("replay.month_end", day=say.day(day)))
    lines: list[Component] = [html.P(text, className="notice", role="status") for text in told]
    if scene.build["as_of"]:
        link = html.A(
            say("replay.against_today"), href=scene.view.search(as_of="", day=scene.build["as_of"].isoformat())
        )
        lines.append(html.P([say("replay.past", day=say.day(scene.build["as_of"])), " ", link], className="sub"))
    return day, lines


def _default(scene: Scene) -> date:
    """Return the last day of the year before the ledger's end, or the ledger's first where it began later."""
    return max(date(scene.span[1].year - 1, 12, 31), scene.span[0])


def _fixed(scene: Scene, day: date) -> Scene:
    """Return the scene whose address says the day that is shown."""
    view, default = scene.view, _default(scene).isoformat()
    chosen = {**view.chosen, "day": day.isoformat()}
    return replace(scene, view=replace(view, chosen=chosen, defaults={**view.defaults, "day": default}))


def _past(scene: Scene, day: date, days: Sequence[date]) -> Past:
    pair, month = scene.view.pair, min(scene.view.month, day.replace(day=1))
    latest = scene.ask(lambda w: w.monthly_tension(pair, scene.span[0]))
    now = latest.frame.select("month", pl.col("tension_index").alias("latest"))
    since = moved(scene.warehouse, pair, day)
    if day in days:
        curve = scene.ask(revisions.vintage, pair, day)
        then = curve.frame.select("month", "known_then")
    else:
        then = since.then.monthly.select("month", pl.col("tension_index").alias("known_then"))
        joined = now.join(then, on="month", how="left", validate="1:1").sort("month")
        frame = joined.select(
            "month", "known_then", "latest", (pl.col("latest") - pl.col("known_then")).alias("change")
        )
        curve = Answer(frame, f"{_command(pair, day)}\n{latest.sql}")
    is_this_build = _agree(since.then.monthly, then, "known_then") and _agree(since.now.monthly, now, "latest")
    return Past(day, month, curve, since if is_this_build else None)


def _agree(computed: pl.DataFrame, said: pl.DataFrame, name: str) -> bool:
    both = said.join(computed.select("month", "tension_index"), on="month", how="left").drop_nulls(name)
    missed = (both[name] - both["tension_index"]).abs()
    return not missed.null_count() and float(missed.max() or 0.0) < SAME  # type: ignore[arg-type]  # numbers


@lru_cache(maxsize=16)
def moved(warehouse: Warehouse, pair_id: str, day: date) -> Since:
    """Return the index of a pair as known on a day and now, with what changed by cause, from a build's rows.

    Args:
        warehouse: The build, pinned: the answer is kept for it.
        pair_id: The pair.
        day: Day of knowledge, within the pair's ledger.
    """
    catalog = load_catalog()
    tables = {name: revisions.rows(warehouse, name) for name in index_inputs(catalog)}
    return moved_since(tables, whatif.setting_of(warehouse, pair_id), day, catalog.irritants)


def _command(pair: str, day: date) -> str:
    return f"-- Computed from the rows known by then, as does:\n-- dyadwatch changes --since {day} --pair {pair}"


def _headline(scene: Scene, past: Past) -> str:
    say, row = scene.say, past.reading
    open_days = (shifted(past.month, 1) - past.day).days - 1
    if row is None:
        return say("replay.no_reading", month=say.month(past.month), day=say.day(past.day))
    texts = {"month": say.month(past.month), "day": say.day(past.day), "then": number(row["known_then"], 2)}
    key = "same" if abs(row["change"]) < SHOWN else "up" if row["change"] > 0 else "down"
    told = say(f"replay.{key}", **texts, now=number(row["latest"], 2), change=number(abs(row["change"]), 2))
    return told + (" " + say("replay.unfinished", days=open_days) if open_days > 0 else "")


def _any_day(scene: Scene) -> Component:
    """Return the choice of any day; the page has always one, so there is nothing to clear."""
    field = controls.day(scene, "day", scene.say("replay.day"))
    field.clearable = False  # type: ignore[attr-defined]  # a property of the picker
    return field


def _most_revised(scene: Scene) -> Component | None:
    """Return ways to the months that were revised most since their end."""
    say = scene.say
    found = revisions.revisions(scene.warehouse, scene.view.pair, date.min).filter(pl.col("revision").abs() >= SHOWN)
    if found.is_empty():
        return None
    links: list[Component | str] = [say("replay.most")]
    for row in found.top_k(MOST, by=pl.col("revision").abs()).to_dicts():
        end = min(shifted(row["month"], 1) - timedelta(days=1), scene.span[1])
        href = scene.view.search(day=str(end), month=row["month"])
        links += [
            " ",
            html.A(say("replay.revised", month=say.month(row["month"]), change=_signed(row["revision"])), href=href),
        ]
    return html.P(links, className="sub")


def _slider(scene: Scene, days: Sequence[date], day: date) -> Component:
    """Return the line of month-ends; assets/replay.js writes the chosen one into the address."""
    say = scene.say
    place = sum(end <= day for end in days) - 1
    line = dcc.Input(id="month-end", type="range", min=0, max=len(days) - 1, step=1, value=max(place, 0))
    return html.Div(
        html.Label([html.Span(say("replay.slider"), className="name"), line, html.Span(str(day), className="shown")]),
        className="month-ends",
        **parts.aria(data_days=" ".join(map(str, days))),
    )


def _curves(scene: Scene, past: Past) -> Component:
    say = scene.say
    frame = past.curve.frame.filter(pl.col("month") >= _from(scene, past))
    return chart(
        scene,
        "known",
        curves(say, frame, past),
        Answer(frame, past.curve.sql),
        title=say("replay.known", day=say.day(past.day)),
        subtitle=say("replay.known_sub"),
        source=scene.foot,
        height=CURVES_HEIGHT,
        picks="month",
        heading=html.H2,
    )


def _from(scene: Scene, past: Past) -> date:
    """Return the first month shown: as the period says, and at least a year before the day."""
    return min(scene.since, shifted(past.day.replace(day=1), -12))


def curves(say: Words, values: pl.DataFrame, past: Past) -> Figure:
    """Draw the index as known on a day under today's, which shows where both agree; the day is marked."""
    months = figures.by_month(values)
    # The narrower first: where both agree, today's line is what shows.
    then = figures.line(months, "known_then", say("replay.then", day=past.day), figures.PURPLE, width=2.0)
    now = figures.line(months, "latest", say("replay.now"), figures.WARM, width=2.4)
    top = max((y for trace in (then, now) for y in trace["y"] if y is not None), default=1.0) * 1.1
    layout = figures.base_layout(say("index.axis"))
    layout["yaxis"].update({"range": [0, top], "fixedrange": True})
    key = "   ".join(f'<span style="color:{one["line"]["color"]}">━</span> {one["name"]}' for one in (then, now))
    layout["annotations"] = [
        {
            "x": 0,
            "xref": "paper",
            "xanchor": "left",
            "y": 1,
            "yref": "paper",
            "yanchor": "bottom",
            "text": key,
            "showarrow": False,
        },
        {
            "x": past.day,
            "y": 1,
            "yref": "paper",
            "yanchor": "top",
            "xanchor": "left",
            "xshift": 4,
            "text": str(past.day),
            "showarrow": False,
        },
    ]
    layout["margin"].update({"t": 26, "r": 78})
    layout["xaxis"]["range"] = [months["month"].min(), months["month"].max()]
    layout["shapes"] = [
        {"type": "line", "x0": at, "x1": at, "yref": "paper", "y0": 0, "y1": 1, "line": {"width": 1, **style}}
        for at, style in (
            (past.day, {"color": figures.GREY}),
            (past.month, {"color": figures.BLUE, "dash": "dot"}),
        )
    ]
    return {"data": [then, now], "layout": layout}


def _changes(scene: Scene, past: Past) -> Component | None:
    say = scene.say
    changed = past.curve.frame.drop_nulls("change").filter(pl.col("month") >= _from(scene, past))
    if changed.is_empty():
        return None
    count = (changed["change"].abs() >= SHOWN).sum()
    if not count:
        return html.P(say("replay.unchanged", months=changed.height), id="changes")
    largest = changed.sort(pl.col("change").abs(), descending=True).row(0, named=True)
    texts = {"count": count, "months": changed.height, "month": say.month(largest["month"])}
    return chart(
        scene,
        "changes",
        history.signed_bars(say, changed.select("month", "change"), past.month, say("replay.change_axis")),
        Answer(changed, past.curve.sql),
        title=say("replay.changed", **texts, most=_signed(largest["change"])),
        subtitle=say("replay.changed_sub", day=say.day(past.day)),
        source=scene.foot,
        height=CHANGES_HEIGHT,
        picks="month",
    )


def _causes(scene: Scene, past: Past) -> Component | None:
    """Return why the chosen month reads otherwise, by what it is made of and cause; the parts sum to the difference."""
    say, row = scene.say, past.reading
    if row is None:
        return None
    title = say("replay.why", month=say.month(past.month))
    if past.since is None:
        return html.Section([html.H2(title), html.P(say("replay.cannot"))], id="causes")
    found = past.since.changes.filter((pl.col("month") == past.month) & (pl.col("change").abs() > SAME))
    if found.is_empty():
        return html.Section([html.H2(title), html.P(say("replay.nothing"))], id="causes")
    found = found.select("month", "indicator_id", "cause", "change").sort(pl.col("change").abs(), descending=True)
    causes = found["cause"].unique()
    only = say(f"replay.only.{causes[0]}") if causes.len() == 1 else ""
    total = " ".join([number(row["known_then"], 2), *(_spaced(change) for change in found["change"])])
    return chart(
        scene,
        "causes",
        cause_bars(say, found),
        Answer(found, f"{_command(scene.view.pair, past.day)} --month {past.month:%Y-%m}"),
        title=title,
        subtitle=f"{say('replay.why_sub')} {only}".strip(),
        source=scene.foot,
        height=60 + CAUSE_HEIGHT * found.height,
        below=[html.P(say("replay.sum", sum=total, now=number(row["latest"], 2)), className="sum")],
        heading=html.H2,
    )


def cause_bars(say: Words, found: pl.DataFrame) -> Figure:
    """Draw changes by what the index is made of and cause, the largest first; columns indicator_id, cause, change."""
    changes = found["change"].to_list()
    is_one_cause = found["cause"].n_unique() == 1
    names = [
        say.name(indicator)
        if is_one_cause
        else say("replay.part", name=say.name(indicator), cause=say(f"replay.cause.{cause}"))
        for indicator, cause in found.select("indicator_id", "cause").iter_rows()
    ]
    bars: Figure = {
        "type": "bar",
        "orientation": "h",
        "x": changes,
        "y": [figures.wrap(name, 20) for name in names],
        "text": [_signed(change) for change in changes],
        "textposition": "outside",
        "cliponaxis": False,
        "hoverinfo": "skip",
        "marker": {"color": [figures.WARM if change > 0 else figures.COOL for change in changes]},
    }
    layout = figures.base_layout("", bargap=0.35)
    reach = max(map(abs, changes)) * 1.7
    grid_ = {"gridcolor": figures.GRID, "zerolinecolor": figures.ZERO, "nticks": 5, "fixedrange": True}
    layout["xaxis"] = {**grid_, "range": [-reach, reach], "title": {"text": say("replay.points")}}
    layout["yaxis"] = {"autorange": "reversed", "automargin": True, "fixedrange": True, "ticksuffix": "  "}
    layout["margin"].update({"l": 8, "b": 44})
    return {"data": [bars], "layout": layout}


def late_records(scene: Scene, past: Past, since: Since) -> Answer:
    """Return the items of the chosen month of which something became known after the day, and what each changed.

    Returns:
        Columns known_from, what, kind, pillar, then, now, effect (index points, now less then), evidence (an address).
    """
    say, view = scene.say, scene.view
    late = scene.ask(revisions.known_after, past.day, past.month, view.lang)
    both = _items(since, past.month).join(late.frame, on=["item_kind", "item_id"], how="inner")
    moved_ = both.filter(pl.col("effect").abs() > SAME).sort(pl.col("effect").abs(), descending=True)
    there = view.href("/evidence", month=past.month)
    rows = [
        {
            "known_from": item["known_from"],
            "what": item["title"] or say.name(item["indicator_id"]),
            "kind": say(f"kind.{item['item_kind']}"),
            "pillar": say.name(item["pillar"]),
            **{name: item[name] for name in ("then", "now", "effect")},
            "evidence": f"{there}#{parts.anchor('e', 'tension', item['item_kind'], item['item_id'])}"
            if item["now"]
            else "",
        }
        for item in moved_.to_dicts()
    ]
    texts = dict.fromkeys(("what", "kind", "pillar"), pl.String)
    schema = {
        "known_from": pl.Date,
        **texts,
        **dict.fromkeys(("then", "now", "effect"), pl.Float64),
        "evidence": pl.String,
    }
    return Answer(pl.DataFrame(rows, schema=schema), f"{_command(view.pair, past.day)}\n{late.sql}")


def _items(since: Since, month: date) -> pl.DataFrame:
    """Return item_kind, item_id, indicator_id, pillar, then, now and effect of a month's items in either reading."""
    key = ["item_kind", "item_id", "indicator_id", "pillar"]
    then, now = (
        found.contributions.filter(pl.col("month") == month).select(*key, pl.col("contribution").alias(name))
        for found, name in ((since.then, "then"), (since.now, "now"))
    )
    both = then.join(now, on=key, how="full", coalesce=True, validate="1:1").with_columns(
        pl.col("then", "now").fill_null(0.0)
    )
    return both.with_columns((pl.col("now") - pl.col("then")).alias("effect"))


def _records(scene: Scene, past: Past) -> Component | None:
    """Return what became known after the day and changed the chosen month; the rest is said in a sentence."""
    say, row = scene.say, past.reading
    if row is None or past.since is None:
        return None
    answer = late_records(scene, past, past.since)
    own = float(answer.frame["effect"].sum())
    texts = {"month": say.month(past.month), "day": say.day(past.day), "count": answer.frame.height}
    rest = say("replay.rest", own=_signed(own), rest=_signed(row["change"] - own), change=_signed(row["change"]))
    if answer.frame.is_empty():
        lines = [say("replay.records_none", **texts), *([rest] if abs(row["change"]) >= SHOWN else [])]
        return html.P(" ".join(lines), id="records")
    scene.answers["records"] = answer
    rows = [
        parts.row(
            [
                str(item["known_from"]),
                Markup("{} {}").format(parts.marked(item["kind"], "kind"), item["what"]),
                item["pillar"],
                _signed(item["effect"]),
                Markup('<a href="{}">{}</a>').format(item["evidence"], say("replay.evidence"))
                if item["evidence"]
                else say("none"),
            ]
        )
        for item in answer.frame.to_dicts()
    ]
    heads = [
        say("replay.known_from"),
        say("column.what"),
        *(say(f"column.{key}") for key in ("pillar", "points", "link")),
    ]
    return html.Section(
        [
            html.H3(say("replay.records", **texts), className="title"),
            html.P(rest, className="sub"),
            parts.table(heads, rows),
            html.P(say("chart.foot", source=scene.foot, build=scene.build["content_hash"][:8]), className="src"),
            actions(scene, "records", has_picture=False),
        ],
        id="records",
        className="chart",
    )


def _whole(scene: Scene, past: Past | None) -> Component:
    """Return ways to the other pages as they were known on the day."""
    say, view = scene.say, scene.view
    day = past.day if past else _default(scene)
    month = past.month if past and past.month < day.replace(day=1) else view.defaults["month"]
    links = [
        html.Li(
            html.A(
                say(f"page.{key}"), href=view.href("/" if key == "overview" else f"/{key}", as_of=str(day), month=month)
            )
        )
        for key in WHOLE_PAGES
    ]
    return html.Section(
        [
            html.H2(say("replay.whole", day=say.day(day))),
            html.P(say("replay.whole_sub"), className="sub"),
            html.Ul(links, className="whole"),
        ],
        id="whole",
    )


def _signed(change: float) -> str:
    return f"{change:+,.2f}".replace("-", "\N{MINUS SIGN}")


def _spaced(change: float) -> str:
    sign = "+" if change >= 0 else "\N{MINUS SIGN}"
    return f"{sign} {abs(change):,.2f}"
