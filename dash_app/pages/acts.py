"""Acts and policies: how measures went from threat to end, how often threats were carried out, acts by kind."""

from collections.abc import Sequence
from datetime import date
from functools import partial

import polars as pl
from dash import html
from dash.development.base_component import Component
from markupsafe import Markup

from dash_app import controls, lanes, parts, sections
from dash_app.asked import checked
from dash_app.chart import chart
from dash_app.figures import PILLAR_COLOURS, window
from dash_app.grid import Column, grid
from dash_app.scene import Answer, Scene
from dash_app.told import item, named, worded
from dash_app.view import FREE, Choices
from dash_app.words import number
from warehouse import measures

KINDS = ("tariff", "designation", "ban", "visa", "financial", "deployment", "programme", "quota", "tax", "law", "all")
FEW = 20
"""Decided threats below which a share says little."""
OUTCOMES = ("fulfilled", "in_part", "ordered", "suspended", "withdrawn", "lapsed", "pending")
CHOICES: Choices = {
    "kind": KINDS,
    "imposer": FREE,
    "by": tuple(lanes.PARTS),
    "act": ("", *lanes.PARTS["kind"]),
    "pillar": ("", *PILLAR_COLOURS),
    "dimension": ("", *lanes.PARTS["dimension"]),
    "side": FREE,
    "q": FREE,
}
"""The first two choose measures, the others acts."""


def page(scene: Scene) -> Sequence[Component | str | None]:
    """Return the page."""
    say = scene.say
    held = {"imposer": scene.members, "side": (*scene.members, "both")}
    scene, notices = checked(scene, held, say("acts.every"))
    counted = scene.ask(measures.fulfilment, scene.view.pair, **_measure(scene))
    return [
        html.H1(say("page.acts")),
        *notices,
        *[html.P(line, className="headline") for line in _sentences(scene, counted.frame)],
        _measure_controls(scene),
        _lanes(scene),
        *_fulfilment(scene, counted),
        html.H2(say("acts.weight_title")),
        sections.tariffs(scene),
        html.H2(say("acts.acts_title")),
        _act_controls(scene),
        *_acts(scene),
    ]


def _measure(scene: Scene) -> dict[str, str]:
    kind = scene.view["kind"]
    return {"kind": "" if kind == "all" else kind, "imposer": scene.view["imposer"]}


def _measure_controls(scene: Scene) -> Component:
    say = scene.say
    known = measures.kinds(scene.warehouse, scene.view.pair)["kind"].unique().to_list()
    shown = [kind for kind in KINDS if kind in (*known, "all", scene.view["kind"])]
    sides = [("", say("acts.every")), *((side, say.name(side)) for side in reversed(scene.members))]
    return controls.bar(
        scene,
        controls.links(scene, "kind", [(kind, say(f"acts.kinds.{kind}")) for kind in shown], say("acts.kind_label")),
        controls.links(scene, "imposer", sides, say("column.imposer")),
    )


def _sentences(scene: Scene, counted: pl.DataFrame) -> list[str]:
    """Return how often each issuer's threats were carried out, in sentences with the figures; small numbers plainly."""
    say, rows = scene.say, counted.to_dicts()
    kind, one = say(f"acts.threatened.{scene.view['kind']}"), say(f"acts.threatened_one.{scene.view['kind']}")
    if not rows:
        return [say("acts.no_threats", kind=kind, pair=scene.title)]
    lines: list[str] = []
    for row in rows:
        partner = next(side for side in scene.members if side != row["issuer"])
        told = [say(f"acts.outcomes.{key}", count=row[key]) for key in OUTCOMES if row[key]]
        line = say(
            "acts.threats",
            issuer=named(say, row["issuer"]),
            partner=named(say, partner),
            count=row["threats"],
            kind=one if row["threats"] == 1 else kind,
            general=say("acts.general", count=row["general"]) if row["general"] else "",
            outcomes=", ".join(told),
        )
        if row["days"]:
            key = "acts.days" if len(row["days"]) > 1 else "acts.days_one"
            line += " " + say(key, median=number(row["median_days"], 0), low=row["days"][0], high=row["days"][-1])
        lines.append(line[:1].upper() + line[1:])
    if max(row["decided"] for row in rows) < FEW:
        lines[-1] += " " + say("acts.few")
    return lines


def _lanes(scene: Scene) -> Component:
    say, view = scene.say, scene.view
    asked = scene.ask(measures.stage_spans, view.pair, view.lang, until=scene.span[1], **_measure(scene))
    first, last = window(view.range, scene.span)
    shown = asked.frame.filter(pl.col("to_on") >= first)
    title, kind = say("acts.lanes_title"), say(f"acts.kinds.{view['kind']}")
    if shown.is_empty():
        text = say("acts.lanes_empty", kind=kind, first=say.day(first))
        return html.Section([html.H2(title), html.P(text, className="sub")], id="lanes")
    begins = max(first, *shown["from_on"].sort().head(1))
    figure, height = lanes.stage_lanes(say, shown, scene.members, (begins, last), partial(item, scene, "policy"))
    return chart(
        scene,
        "lanes",
        figure,
        Answer(shown, asked.sql),
        title=title,
        subtitle=say("acts.lanes_sub", count=shown["policy_id"].n_unique(), day=say.day(scene.span[1])),
        source=scene.foot,
        height=height,
        heading=html.H2,
        below=[_lane_list(scene, shown)],
    )


def _lane_list(scene: Scene, spans: pl.DataFrame) -> Component:
    """Return the stages as a table, a row a stage, the measure leading to its page."""
    say = scene.say
    rows = [
        parts.row(
            [
                str(row["from_on"]),
                Markup('<a href="{}">{}</a>').format(item(scene, "policy", row["policy_id"]), row["title"]),
                say.name(row["imposer"]),
                say(f"stage.{row['stage']}"),
                f"{row['rate_pct']:g}" if row["rate_pct"] is not None else say("tariffs.no_rate"),
                parts.site_link(row["url"], say("none")),
            ]
        )
        for row in spans.to_dicts()
    ]
    heads = [say(f"column.{key}") for key in ("since", "what", "imposer", "stage", "rate", "link")]
    return parts.folded(say("acts.lanes_list", count=spans.height), parts.table(heads, rows))


def _fulfilment(scene: Scene, counted: Answer) -> list[Component]:
    """Return what became of threats: per issuer with the doubt of small numbers, and every threat in a table."""
    say, view = scene.say, scene.view
    asked = scene.ask(measures.threats, view.pair, view.lang, **_measure(scene))
    loose = measures.loose_threats(scene.warehouse, view.pair)
    content: list[Component] = [
        html.H2(say("acts.fulfilment_title", kind=say(f"acts.threat_kinds.{view['kind']}"))),
        html.P(
            [
                say("acts.fulfilment_sub"),
                " ",
                html.A(say("acts.loose", count=loose), href=view.search(act="threat") + "#acts"),
            ],
            className="sub",
        ),
    ]
    if counted.frame.height:
        content.append(_shares(scene, counted.frame))
        shares = asked.frame.with_columns((pl.col("threatened_share", "carried_share") * 100).round(1))
        shown = worded(
            Answer(shares, asked.sql),
            {
                "issuer": say.name,
                "outcome": lambda code: say(f"acts.outcome.{code}"),
                "kind": lambda code: say(f"acts.threatened_one.{code}"),
            },
        )
        content.append(
            grid(
                scene,
                "threats",
                shown,
                _threat_columns(scene),
                title=say("acts.threats_title", count=asked.frame.height),
                subtitle=say("acts.threats_sub"),
                source=scene.foot,
                height=min(480, 110 + 50 * asked.frame.height),
            )
        )
    return content


def _shares(scene: Scene, counted: pl.DataFrame) -> Component:
    say = scene.say
    rows = []
    shown = [key for key in OUTCOMES if counted[key].sum()]
    for row in counted.to_dicts():
        done = row["fulfilled"] + row["in_part"]
        share = say("none")
        if row["decided"]:
            low, high = (number(100 * min(1, row[key]), 0) for key in ("rate_low", "rate_high"))
            text = "acts.share_few" if row["decided"] < FEW else "acts.share"
            share = say(text, done=done, decided=row["decided"], share=number(100 * row["rate"], 0), low=low, high=high)
        median = number(row["median_days"], 0) if row["median_days"] is not None else say("none")
        cells = [say.name(row["issuer"]), str(row["threats"]), *(str(row[key]) for key in shown), median, share]
        rows.append(parts.row(cells))
    heads = [say("acts.issuer"), say("acts.threat_count"), *(say(f"acts.outcome.{key}") for key in shown)]
    return parts.table([*heads, say("acts.median"), say("acts.carried")], rows)


def _threat_columns(scene: Scene) -> list[Column]:
    say = scene.say
    heads = {
        "threatened_on": 125,
        "issuer": 120,
        "title": 235,
        "kind": 95,
        "outcome": 150,
        "days_to_outcome": 85,
        "threatened_pct": 100,
        "threatened_share": 110,
        "carried_pct": 100,
        "carried_share": 110,
        "url": 170,
    }
    own: dict[str, Column] = {"title": _leads(scene, "policy", "policy_id"), "url": {"cellRenderer": "Link"}}
    wrapped = {"wrapHeaderText": True, "autoHeaderHeight": True}
    columns: list[Column] = [
        {**wrapped, "field": field, "headerName": say(f"acts.column.{field}"), "width": width, **own.get(field, {})}
        for field, width in heads.items()
        if field != "kind" or scene.view["kind"] == "all"
    ]
    return [*columns, {"field": "policy_id", "hide": True}]


def _leads(scene: Scene, item_kind: str, field: str) -> Column:
    """Return what makes the words of a column lead to the page of the row's record (assets/acts.js)."""
    return {"cellRenderer": "Item", "cellRendererParams": {"href": item(scene, item_kind, ""), "of": field}}


def _act_controls(scene: Scene) -> Component:
    say = scene.say
    every = [("", say("acts.every"))]
    sides = [*reversed(scene.members), "both"]
    name = {"both": say("index.both")}
    return controls.bar(
        scene,
        controls.links(scene, "by", [(key, say(f"acts.by.{key}")) for key in lanes.PARTS], say("acts.by_label")),
        controls.text(scene, "q", say("acts.q"), say("acts.q_hint")),
        controls.select(
            scene, "side", [*every, *((side, name.get(side, say.name(side))) for side in sides)], say("column.who")
        ),
        controls.select(
            scene,
            "act",
            [*every, *((kind, say(f"acts.kind.{kind}")) for kind in lanes.PARTS["kind"])],
            say("column.kind"),
        ),
        controls.select(
            scene, "pillar", [*every, *((pillar, say.name(pillar)) for pillar in PILLAR_COLOURS)], say("column.pillar")
        ),
        controls.select(
            scene,
            "dimension",
            [*every, *((key, say(f"acts.dimension.{key}")) for key in lanes.PARTS["dimension"])],
            say("acts.dimension_label"),
        ),
    )


def _acts(scene: Scene) -> list[Component]:
    """Return acts by period and side, and every act in a table; both follow the same filters."""
    say, view = scene.say, scene.view
    grain = "month" if view.range == "1y" else "year"
    first, last = window(view.range, scene.span)
    first = first if grain == "month" else date(first.year, 1, 1)
    wanted = {key: view[key] for key in ("act", "pillar", "dimension", "side", "q")}
    counts = scene.ask(measures.counted_acts, view.pair, by=view["by"], grain=grain, since=first, **wanted)
    listed = scene.ask(measures.listed_acts, view.pair, view.lang, since=first, **wanted)
    if listed.frame.is_empty():
        return [html.P(say("acts.none", first=say.day(first)), className="sub", id="acts")]
    found = counts.frame["side"].unique().to_list()
    sides = [side for side in (*reversed(scene.members), "both") if side in found]
    end = date(last.year + 1, 1, 1) if grain == "year" else last
    figure, height = lanes.act_bars(say, counts.frame, view["by"], sides, grain=grain, span=(first, end))
    drawn = chart(
        scene,
        "acts",
        figure,
        counts,
        title=say("acts.bars_title", by=say(f"acts.by.{view['by']}")),
        subtitle=say(f"acts.bars_{grain}", caution=_caution(scene, first), day=say.day(scene.span[1])),
        source=scene.foot,
        height=height,
    )
    return [drawn, _act_grid(scene, listed)]


def _caution(scene: Scene, first: date) -> str:
    """Return how much more thinly the ledger was kept in the years shown that cannot be compared."""
    known = measures.density(scene.warehouse, scene.view.pair).filter(pl.col("year") >= first.year)
    thin, fine = known.filter(~pl.col("is_comparable")), known.filter("is_comparable")
    if thin.is_empty() or fine.is_empty():
        return ""
    low, high, now = (
        number(float(str(part)), 1)
        for part in (thin["records_a_month"].min(), thin["records_a_month"].max(), fine["records_a_month"][-1])
    )
    return scene.say("acts.caution", year=fine["year"][0], low=low, high=high, now=now)


def _act_grid(scene: Scene, listed: Answer) -> Component:
    say = scene.say
    further = int(listed.frame["is_further"].sum())
    shown = worded(
        listed,
        {
            "side": lambda code: say("index.both") if code == "both" else say.name(code),
            "kind": lambda code: say(f"acts.kind.{code}"),
            "pillar": say.name,
            "dimension": lambda code: say(f"acts.dimension.{code}"),
            "stage": lambda code: say(f"acts.stage.{code}"),
            "source_tier": lambda code: say(f"tier.{code}"),
        },
    )
    widths = {
        "on_day": 115,
        "side": 125,
        "title": 380,
        "kind": 105,
        "pillar": 140,
        "dimension": 120,
        "ladder_step": 80,
        "source_tier": 150,
        "url": 170,
    }
    own: dict[str, Column] = {"title": _leads(scene, "act", "act_id"), "url": {"cellRenderer": "Link"}}
    columns: list[Column] = [
        {"field": field, "headerName": say(f"acts.column.{field}"), "width": width, **own.get(field, {})}
        for field, width in widths.items()
    ]
    return grid(
        scene,
        "acts_list",
        shown,
        [*columns, {"field": "act_id", "hide": True}],
        title=say("acts.list_title", count=listed.frame.height),
        subtitle=say("acts.list_sub", further=further),
        source=scene.foot,
        height=620,
    )
