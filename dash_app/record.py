"""One record of the ledger with all that hangs on it: fields, stages, codes, ties, weight over time, sources."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlsplit

import polars as pl
from dash import html
from dash.development.base_component import Component
from markupsafe import Markup

from dash_app import evidence, parts
from dash_app.chart import chart
from dash_app.figures import COOL, WARM, Figure, base_layout
from dash_app.scene import Scene
from dash_app.words import Words, number
from warehouse import records

COUNTRIES = ("initiator", "target", "imposer", "country", "addressee")
CODED = {
    "kind",
    "dimension",
    "stage",
    "source_tier",
    "definition_id",
    "mechanism",
    "actor_branch",
    "speaker_branch",
    "office_rank",
    "date_precision",
    "stance_method",
    "language",
}
TIES = {"policy_id": "policy", "claim_id": "claim", "act_id": "act", "evidence_of_act_id": "act"}
LEFT_OUT = ("summary_en", "summary_es", "title_en", "title_es", "known_to", "closed_because", "url")
"""Fields that stand elsewhere on the page, or are the same for every current row."""
OFFICIAL = ("official", "official_text_mirror")
Row = Mapping[str, Any]  # Any: a row of mixed types


def section(scene: Scene, item_kind: str, item_id: str, row: Row) -> list[Component | str | None]:
    """Return everything behind one record.

    Args:
        scene: The page's scene.
        item_kind: act, policy, claim or statement.
        item_id: Its id.
        row: The record as it stands in its table.
    """
    say, view = scene.say, scene.view
    ties = scene.ask(records.linked, item_kind, item_id, view.lang).frame
    stages = records.stages(scene.warehouse, item_id) if item_kind == "policy" else pl.DataFrame()
    coverage = records.coverage(scene.warehouse, item_id) if item_kind == "policy" else pl.DataFrame()
    title = _title(scene, item_kind, item_id, row)
    sources = _sources(say, title, row, [stages, coverage], ties)
    day = row.get("occurred_on") or row.get("stated_on") or row.get("period_end")
    first, last = scene.span
    month = day if day and first <= day <= last else None
    ways = (
        [html.A(say("evidence.to_month", month=say.month(month)), href=view.search(item="", month=month))]
        if month
        else []
    )
    return [
        html.P(
            [say(f"kind.{item_kind}"), " · ", html.Code(item_id), *[piece for way in ways for piece in (" · ", way)]],
            className="sub",
        ),
        html.H2(title, id="item"),
        html.P(_rests(say, sources), className="rests"),
        html.Div([_fields(scene, item_kind, row), _weight(scene, item_kind, item_id, row)], className="grid"),
        _stages(say, stages),
        _coverage(say, coverage),
        _ties(scene, ties),
        _codes(scene, item_kind, item_id),
        _source_table(say, sources),
    ]


def _title(scene: Scene, item_kind: str, item_id: str, row: Row) -> str:
    if item_kind == "claim":
        told = {**row, "item_kind": "claim", "item_id": item_id, "title": None, "amount": row["persons"]}
        return scene.say("evidence.claim", side=scene.say.name(row["dyad_id"][:3]), told=evidence.told(scene.say, told))
    return records.title_of(scene.warehouse, item_kind, item_id, scene.view.lang)


def _fields(scene: Scene, item_kind: str, row: Row) -> Component:
    """Return the record's fields in words; what is not recorded is named at the end."""
    say = scene.say
    shown: list[Component] = []
    empty: list[str] = []
    for key, value in row.items():
        if key in LEFT_OUT:
            continue
        name = say(f"evidence.field.{key}")
        if value is None:
            empty.append(name)
            continue
        shown += [html.Dt(name), html.Dd(_value(scene, item_kind, key, value))]
    content = [html.H3(say("evidence.fields")), html.Dl(shown, className="fields")]
    if empty:
        content.append(html.P(say("evidence.empty_fields", names=", ".join(empty)), className="sub"))
    return html.Section(content)


def _value(scene: Scene, item_kind: str, key: str, value: object) -> Component | str:
    say = scene.say
    if (key in TIES and TIES[key] != item_kind) or key == "evidence_of_act_id":
        return html.A(str(value), href=evidence.way_of(scene.view)(TIES[key], str(value)))
    if isinstance(value, bool):
        return say("evidence.yes" if value else "evidence.no")
    if key in COUNTRIES:
        return say("evidence.world") if value == "WLD" else say.name(str(value))
    if key == "pillar":
        return say.name(str(value))
    if key in CODED:
        return say.texts.get(f"evidence.value.{value}", str(value).replace("_", " "))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _weight(scene: Scene, item_kind: str, item_id: str, row: Row) -> Component:
    """Return what the record added to the index by month, or why it adds nothing."""
    say, view = scene.say, scene.view
    answer = scene.ask(records.weights, view.pair, item_kind, item_id)
    if answer.frame.is_empty():
        text = say(f"evidence.weightless.{_reason(row)}", reason=row.get("not_counted_reason"), pair=scene.title)
        return html.Section([html.H3(say("evidence.weight_none")), html.P(text, className="sub")])
    top = answer.frame.sort("contribution", descending=True).row(0, named=True)
    title = say(
        "evidence.weight",
        points=number(top["contribution"]),
        dimension=say(f"evidence.value.{top['dimension']}"),
        month=say.month(top["month"]),
    )
    months: list[date] = answer.frame["month"].unique().sort().to_list()
    first, last = months[0], months[-1]
    links = [
        html.A(say("evidence.weight_month", month=say.month(month)), href=view.search(item="", month=month))
        for month in dict.fromkeys((top["month"], last))
    ]
    return chart(
        scene,
        "weight",
        _weight_bars(say, answer.frame),
        answer,
        title=title,
        subtitle=say("evidence.weight_sub", count=len(months), first=f"{first:%Y-%m}", last=f"{last:%Y-%m}"),
        source=scene.foot,
        height=260,
        below=[html.P([piece for link in links for piece in (link, " ")], className="sub")],
    )


def _reason(row: Row) -> str:
    """Return why a record adds nothing of its own to the index, as far as its fields tell."""
    if row.get("not_counted_reason"):
        return "not_counted"
    own = "act_id" if "occurred_on" in row else "policy_id" if "imposer" in row else "claim_id"
    if any(row.get(key) for key in TIES if key != own):
        return "evidence"
    if "dimension" in row and not row["dimension"]:
        return "no_dimension"
    if row.get("actor_branch") not in (None, "executive"):
        return "branch"
    return "other"


def _weight_bars(say: Words, weights: pl.DataFrame) -> Figure:
    traces = [
        {
            "type": "bar",
            "name": say(f"evidence.value.{dimension}"),
            "x": weights.filter(pl.col("dimension") == dimension)["month"].to_list(),
            "y": weights.filter(pl.col("dimension") == dimension)["contribution"].round(4).to_list(),
            "xperiod": "M1",
            "xperiodalignment": "start",
            "marker": {"color": colour},
            "hovertemplate": "%{x|%Y-%m}: %{y:.2f}<extra></extra>",
        }
        for dimension, colour in (("tension", WARM), ("cooperation", COOL))
    ]
    layout = base_layout(say("evidence.points"), barmode="overlay")
    layout["xaxis"]["nticks"] = 5
    return {"data": [trace for trace in traces if trace["x"]], "layout": layout}


def _stages(say: Words, stages: pl.DataFrame) -> Component | None:
    if stages.is_empty():
        return None
    rows = [
        parts.row(
            [
                say("evidence.inferred", day=row["stage_on"]) if row["is_estimated"] else str(row["stage_on"]),
                say(f"stage.{row['stage']}"),
                str(row["until_on"] or say("none")),
                f"{row['rate_pct']:g}" if row["rate_pct"] is not None else say("none"),
                row["record_ref"] or say("none"),
                row["coding_note"] or say("none"),
                parts.site_link(row["url"], say("none")),
            ]
        )
        for row in stages.to_dicts()
    ]
    heads = [
        say("column.since"),
        say("column.stage"),
        say("evidence.until"),
        say("column.rate"),
        say("evidence.records"),
    ]
    table = parts.table([*heads, say("evidence.note"), say("column.link")], rows)
    return html.Section([html.H3(say("evidence.stages", count=stages.height)), table], className="part")


def _coverage(say: Words, coverage: pl.DataFrame) -> Component | None:
    if coverage.is_empty():
        return None
    rows = []
    for row in coverage.to_dicts():
        if row["is_exempt"]:
            share = say("evidence.exempt_to", day=row["to_on"]) if row["to_on"] else say("evidence.exempt")
        else:
            share = number(100 * row["coverage_share"], 2)
            share = say("tariffs.estimated", share=share) if row["coverage_is_estimated"] else share
        site = parts.site_link(row["url"], say("none"))
        rows.append(
            parts.row([str(row["from_on"]), say.name(row["partner"]), share, row["basis"] or say("none"), site])
        )
    heads = [
        say("column.since"),
        say("evidence.partner"),
        say("column.share"),
        say("evidence.basis"),
        say("column.link"),
    ]
    return html.Section([html.H3(say("evidence.coverage")), parts.table(heads, rows)], className="part")


def _ties(scene: Scene, ties: pl.DataFrame) -> Component:
    say = scene.say
    title = html.H3(say("evidence.ties", count=ties.height))
    if ties.is_empty():
        return html.Section([title, html.P(say("evidence.no_ties"), className="sub")], className="part")
    way = evidence.way_of(scene.view)
    rows = [
        parts.row(
            [
                *evidence.cells(say, {**tie, "is_under_threat": False, "stage": None}, way),
                say(f"evidence.tie.{tie['tie']}"),
            ]
        )
        for tie in ties.to_dicts()
    ]
    heads = [say(f"column.{key}") for key in ("date", "what", "who", "publisher", "link")]
    return html.Section([title, parts.table([*heads, say("evidence.tie_head")], rows)], className="part")


def _codes(scene: Scene, item_kind: str, item_id: str) -> Component | None:
    """Return the coded values, a column a pass; rows in which the passes differ are marked."""
    say = scene.say
    answer = scene.ask(records.codes, item_kind, item_id)
    if answer.frame.is_empty():
        return None
    scene.answers["codes"] = answer
    coders = sorted(answer.frame["coder"].unique())
    rows = []
    for (part, variable), codes in answer.frame.group_by("part", "variable", maintain_order=True):
        given = dict(codes.select("coder", "code").iter_rows())
        differ = len(set(given.values())) > 1
        mark = parts.marked(say("evidence.differ"), "late") if differ else ""
        name = say(f"evidence.field.{variable}")
        cells: list[parts.Cell] = [say("evidence.code_of", part=part, name=name) if part else name]
        rows.append(parts.row([*cells, *(given.get(coder, say("none")) for coder in coders), mark]))
    heads = [say("evidence.variable"), *(say("evidence.coder", name=coder) for coder in coders), say("evidence.agree")]
    body = html.Div([html.P(say("evidence.codes_sub"), className="sub"), parts.table(heads, rows)])
    return parts.folded(say("evidence.codes", count=answer.frame.height, coders=len(coders)), body)


Source = tuple[str, str | None, str | None, str]
"""What a page publishes: publisher, tier, address, and what is read from it."""


def _sources(say: Words, title: str, row: Row, tables: Sequence[pl.DataFrame], ties: pl.DataFrame) -> list[Source]:
    found: dict[str, Source] = {}

    def add(publisher: str | None, tier: str | None, url: str | None, what: str) -> None:
        name = publisher or urlsplit(url or "").netloc.removeprefix("www.")
        if name and (url or name) not in found:
            found[url or name] = (name, tier, url, what)

    add(row.get("publisher"), row.get("source_tier"), row.get("url"), title)
    for tie in ties.filter(pl.col("item_kind") != "policy").to_dicts():
        add(tie["publisher"], tie["source_tier"], tie["url"], evidence.told(say, {**tie, "stage": None}))
    for table, key in zip(tables, ("evidence.of_stage", "evidence.of_coverage"), strict=True):
        for record in table.to_dicts():
            add(None, None, record["url"], say(key, day=record.get("stage_on") or record.get("from_on")))
    return list(found.values())


def _rests(say: Words, sources: Sequence[Source]) -> str:
    publishers = {name for name, _, _, _ in sources}
    official = sum(tier in OFFICIAL for _, tier, _, _ in sources)
    return say("evidence.item_rests", pages=len(sources), publishers=len(publishers), official=official)


def _source_table(say: Words, sources: Sequence[Source]) -> Component:
    rows = [
        parts.row(
            [name, say(f"tier.{tier}") if tier else say("evidence.no_tier"), what, parts.site_link(url, say("none"))]
        )
        for name, tier, url, what in sources
    ]
    heads = [say("evidence.publisher"), say("evidence.tier"), say("evidence.for"), say("column.link")]
    return html.Section(
        [html.H3(say("evidence.sources", count=len(sources))), parts.table(heads, rows)], className="part"
    )


def month_rests(scene: Scene) -> list[Component]:
    """Return how many records, publishers and official pages the chosen month rests on, and who they are."""
    say, view = scene.say, scene.view
    answer = scene.ask(records.month_sources, view.pair, view.month, view.lang)
    if answer.frame.is_empty():
        return []
    scene.answers["sources"] = answer
    tiers = dict(answer.frame.group_by("source_tier").agg(pl.col("records").sum()).iter_rows())
    told = [
        say(f"evidence.tiers.{tier}", count=tiers[tier])
        for tier in (*OFFICIAL, "press", "aggregator_or_partisan")
        if tier in tiers
    ]
    if None in tiers:
        told.append(say("evidence.tiers.none", count=tiers[None]))
    line = say(
        "evidence.month_rests",
        month=say.month(view.month),
        records=number(float(answer.frame["records"].sum()), 0),
        publishers=answer.frame["publisher"].drop_nulls().n_unique(),
        tiers=", ".join(told),
    )
    rows = [
        parts.row([name or say("none"), say(f"tier.{tier}") if tier else say("evidence.no_tier"), str(count)])
        for name, tier, count in answer.frame.iter_rows()
    ]
    heads = [say("evidence.publisher"), say("evidence.tier"), say("evidence.records")]
    return [html.P(line, className="rests"), parts.folded(say("evidence.publishers"), parts.table(heads, rows))]


def found_table(scene: Scene, rows: Sequence[Row]) -> Component:
    """Return what a search found, each leading to its page and to its source."""
    say, way = scene.say, evidence.way_of(scene.view)
    shown: list[Markup] = [
        parts.row(evidence.cells(say, {**row, "is_under_threat": False, "stage": None}, way)) for row in rows
    ]
    return parts.table([say(f"column.{key}") for key in ("date", "what", "who", "publisher", "link")], shown)
