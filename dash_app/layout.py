"""The page: what stands where."""

from datetime import date
from typing import Any

import polars as pl
from dash import dcc, html

from dash_app import figures, ids, strings
from dash_app.strings import NAMES
from warehouse import pages
from warehouse.query import Warehouse

PAIR_ID = "MEX_USA"
START = date(2001, 1, 1)


def _change(now: float, before: float | None, word: str) -> str:
    """Return the change against an earlier reading in words."""
    if before is None:
        return f"no reading {word} to compare"
    step = round(now, 1) - round(before, 1)
    way = "up" if step > 0 else "down"
    return f"unchanged {word}" if abs(step) < 0.05 else f"{way} {abs(step):.1f} {word}"


def headline(monthly: pl.DataFrame, scores: pl.DataFrame) -> str:
    """Return the sentence that the data writes about its latest month."""
    known = monthly.filter(pl.col("tension_index").is_not_null()).sort("month")
    if known.is_empty():
        return f"{strings.PAIR} has no tension reading yet."
    row = known.row(-1, named=True)
    month: date = row["month"]
    past = dict(known.select("month", "tension_index").iter_rows())
    prior = date(month.year - (month.month == 1), (month.month - 2) % 12 + 1, 1)
    rank = row["causal_percentile"]
    lead = (
        scores.filter(pl.col("month") == month)
        .sort("score", descending=True, nulls_last=True)["pillar"]
        .head(2)
        .to_list()
    )
    text = f"{strings.PAIR} tension was {row['tension_index']:.1f} in {month:%B %Y}"
    text += f" (provisional: {row['days_known']} days known)" if row["is_provisional"] else ""
    text += f", {_change(row['tension_index'], past.get(prior), 'on the month before')}"
    text += f" and {_change(row['tension_index'], past.get(month.replace(year=month.year - 1)), 'on a year ago')}"
    text += f"; its causal percentile among the months known by then is {rank:.0f}." if rank is not None else "."
    text += f" {' and '.join(NAMES.get(p, p) for p in lead)} lead." if lead else ""
    if row["cooperation_index"] is not None:
        text += f" Cooperation stood at {row['cooperation_index']:.1f}"
        share = row["cooperation_under_threat_share"]
        text += f", {share:.0%} of it under threat." if share is not None else "."
    return text


def chart(
    title: str, subtitle: str, figure: figures.Figure, source: str, height: int = 300, graph_id: str | None = None
) -> html.Section:
    """Return a chart with its title, definition and source."""
    name = graph_id or "graph-" + "".join(c if c.isalnum() else "-" for c in title.lower())
    config: Any = {"displayModeBar": False, "responsive": True}
    graph = dcc.Graph(figure=figure, config=config, style={"height": height}, id=name)
    return html.Section([html.H3(title), html.P(subtitle, className="sub"), graph, html.P(source, className="src")])


def link(text: str, url: str | None) -> html.A | str:
    """Return a link if the address is on the web, else the bare text."""
    return (
        html.A(text, href=url, target="_blank", rel="noopener noreferrer") if url and url.startswith("http") else text
    )


def contribution_bars(evidence: pl.DataFrame, top: int = 15) -> html.Div:
    """Return the month's contributions as a bar list that sums to the reading."""
    rows = [(r["title"], r["pillar"], r["contribution"]) for r in evidence.head(top).to_dicts()]
    rest = evidence.slice(top)
    if rest.height:
        rows.append((f"{rest.height} smaller items together", "", rest["contribution"].sum()))
    if not rows:
        return html.Div(strings.PREVIEW_EMPTY)
    widest = max(value for *_, value in rows) or 1
    bars = []
    for title, pillar, value in rows:
        style = {
            "width": f"{100 * value / widest:.2f}%",
            "background": figures.PILLAR_COLOURS.get(pillar, figures.GREY),
        }
        label = f"{NAMES.get(pillar, pillar)} · {title}" if pillar else title
        bars.append(
            html.Div(
                [
                    html.Div(label, className="what", title=title),
                    html.Div(html.Div(style=style), className="bar"),
                    html.Div(f"{value:.1f}", className="num"),
                ],
                className="row",
            )
        )
    total = evidence["contribution"].sum()
    return html.Div([*bars, html.P(f"Sum: {total:.1f} index points, the month's reading.", className="src")])


def table(heads: list[str], rows: list[list[Any]]) -> html.Div:  # Any: text or a component
    """Return a table that scrolls on its own."""
    body = [html.Tr([html.Td(cell) for cell in row]) for row in rows]
    return html.Div(
        html.Table([html.Thead(html.Tr([html.Th(h) for h in heads])), html.Tbody(body)]), className="scroll"
    )


def evidence_table(evidence: pl.DataFrame, top: int = 40) -> html.Div:
    """Return the evidence behind a month: date, what, who published it, link."""
    rows = [
        [
            str(r["on_day"] or ""),
            r["item_kind"],
            r["title"] + (f" ({r['stages']})" if r["stages"] else ""),
            " · ".join(x for x in (r["publisher"], r["source_tier"]) if x),
            link("open", r["url"]),
            f"{r['contribution']:.2f}",
        ]
        for r in evidence.head(top).to_dicts()
    ]
    return table(["Date", "Kind", "What", "Publisher, tier", "Link", "Points"], rows)


def page(warehouse: Warehouse) -> html.Main:
    """Return the whole page from the current build."""
    build = warehouse.build()
    monthly = warehouse.monthly_tension(PAIR_ID, START)
    scores = pages.pillar_scores(warehouse, PAIR_ID)
    dated = f"Data to {build['ledger_end']}"
    ledger = f"Source: {strings.LEDGER}. {dated}."
    top = float(scores["score"].max() or 100)  # type: ignore[arg-type]
    tension = figures.tension_line(monthly, pages.notable_acts(warehouse, PAIR_ID))
    yearly, encounters = pages.yearly_extraditions(warehouse), pages.monthly_encounters(warehouse)
    ends: dict[str, date] = dict(encounters.group_by("series").agg(pl.col("month").max()).iter_rows())
    counted = f"Source: U.S. Customs and Border Protection. All encounters to {ends.get('all')!s:.7},"
    counted += f" Border Patrol to {ends.get('border_patrol')!s:.7}."
    claims = f"Source: published counts, {yearly['claims'].sum()} claims. Data to {yearly['year'].max()!s}."
    sources = [
        [
            link(r["source_id"], r["url"]),
            str(r["latest_period"] or "no rows loaded"),
            str(r["known_from"] or "\N{EN DASH}"),
            r["edition"] or "\N{EN DASH}",
        ]
        for r in pages.source_freshness(warehouse).to_dicts()
    ]
    return html.Main(
        [
            dcc.Location(id=ids.LOCATION, refresh=False),
            html.Header([html.H1(strings.TITLE), html.P(strings.SUBTITLE, className="sub")]),
            html.P(headline(monthly, scores), className="headline"),
            chart(
                "How tense, and since when?",
                "Monthly index. Lighter: years whose ledger is too thin to compare. Hollow: "
                "provisional. Marks beneath: acts that weighed most. Click a month to see why.",
                tension,
                ledger,
                420,
                graph_id=ids.TENSION_GRAPH,
            ),
            html.H2("Why?"),
            html.Div(
                [
                    chart(
                        NAMES.get(p, p), "Score, 0 to 100 and above", figures.pillar_line(scores, p, top), ledger, 170
                    )
                    for p in sorted(set(scores["pillar"]))
                ],
                className="small",
            ),
            html.H2(id=ids.MONTH_TITLE),
            html.Div(id=ids.CONTRIBUTIONS),
            html.Details([html.Summary("Evidence: date, source, link"), html.Div(id=ids.EVIDENCE)], open=True),
            html.H2("The four families"),
            html.Div(
                [
                    chart(
                        "How many people were handed over by extradition?",
                        "Persons a year by definition; lowest published count, bar up to the highest",
                        figures.extradition_bars(yearly, transfers=False),
                        claims,
                        340,
                    ),
                    chart(
                        "And how many outside extradition?",
                        "Transfers, persons a year, lowest to highest published count",
                        figures.extradition_bars(yearly, transfers=True),
                        claims,
                        340,
                    ),
                    chart(
                        "Which duties and trade measures weigh?",
                        "Weighted burden of measures by month, threatened or in force",
                        figures.measure_stack(pages.trade_measures(warehouse, PAIR_ID)),
                        ledger,
                        440,
                    ),
                    chart(
                        "How do the two governments speak of each other?",
                        "Counted statements, \N{MINUS SIGN}1 hostile to +1 friendly; "
                        "dots by month, line over twelve; gaps: too few",
                        figures.stance_lines(pages.monthly_stance(warehouse)),
                        ledger,
                        340,
                    ),
                    chart(
                        "How many people were encountered at the border?",
                        "Southwest border, encounters by month",
                        figures.encounter_lines(encounters),
                        counted,
                        340,
                    ),
                ],
                className="grid",
            ),
            html.H2("Sources and their age"),
            table(["Source", "Latest period", "Last known", "Edition"], sources),
            html.Footer(
                f"Build {build['content_hash']} · built {build['built_at']:%Y-%m-%d %H:%M} UTC · method "
                f"{build['method_version']} · {dated}"
            ),
        ]
    )
