"""Data: what is held, how fresh and complete it is, what was rejected, what can be downloaded and how it is cited."""

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any

import polars as pl
from dash import html
from dash.development.base_component import Component
from markupsafe import Markup

from dash_app import parts
from dash_app.chart import data_address
from dash_app.grid import grid
from dash_app.listing import columns_of, listed, searched_types, spans, way, ways
from dash_app.scene import Answer, Scene
from dash_app.view import FREE, Choices
from dash_app.words import number
from warehouse import holdings
from warehouse.catalog.registry import load_catalog

CHOICES: Choices = {"table": FREE}
SHOWN = 200
"""Rows of a table that are shown; its download has all."""
OPEN = ("out", "core")
"""Layers whose list of tables is open at first."""
FRESH = (
    "source", "status", "last_period", "last_known", "expected", "last_success", "last_change", "cadence", "rows",
    "publisher", "licence",
)  # fmt: skip
"""Columns of the table of sources."""
SECTIONS = ("holdings", "paper", "fresh", "outages", "rejected", "searched", "made")
MARKS = {"named": "●", "theme": "◐", "no": "○", "known": "■", "unknown": "□"}


def page(scene: Scene) -> Sequence[Component | str | None]:
    """Return the page."""
    say = scene.say
    tables = scene.ask(holdings.tables)
    fresh = scene.ask(holdings.freshness, scene.today, scene.view.lang)
    lead = say(
        "data.lead",
        rows=number(sum(tables.frame["rows"]), 0),
        tables=tables.frame.height,
        filled=fresh.frame.filter(pl.col("rows") > 0).height,
        sources=fresh.frame.height,
    )
    return [
        html.H1(say("data.title")),
        html.P(lead, className="lead"),
        ways([(name, say(f"data.way.{name}")) for name in SECTIONS], say("data.within")),
        *_chosen(scene, tables.frame),
        _holdings(scene, tables),
        _paper(scene),
        _fresh(scene, fresh),
        _outages(scene),
        _rejected(scene),
        _searched(scene),
        _made(scene),
    ]


def _chosen(scene: Scene, tables: pl.DataFrame) -> list[Component]:
    """Return the table that the address asks for: its columns and rows."""
    say, name = scene.say, scene.view["table"]
    if not name:
        return []
    found = tables.filter(pl.col("table_name") == name).to_dicts()
    if not found:
        return [html.P(say("data.unknown_table", name=name), className="notice")]
    table = found[0]
    columns = holdings.columns(scene.warehouse).filter(pl.col("table_name") == name)
    heads = [say(f"data.table.{key}") for key in ("column", "type", "empty_allowed", "meaning")]
    allowed = {True: say("data.table.allowed"), False: say("data.table.never")}
    rows = [
        parts.row([row["column_name"], row["data_type"], allowed[row["is_nullable"]], row["comment"]])
        for row in columns.to_dicts()
    ]
    texts = {"rows": number(table["rows"], 0), "grain": table["grain"], "columns": columns.height}
    texts |= {"last": table["last_period"], "shown": min(SHOWN, table["rows"])}
    return [
        html.Section(
            [
                html.H2(name, className="code"),
                html.P(table["comment"], className="lead"),
                html.P(
                    say("data.table.sub_last" if table["last_period"] else "data.table.sub", **texts), className="sub"
                ),
                html.P(html.A(say("data.table.back"), href=scene.view.search(table="") + "#holdings"), className="sub"),
                parts.folded(say("data.table.columns"), parts.table(heads, rows), is_open=True),
                _rows(scene, name, table["rows"]),
                _files(scene, name),
            ],
            id="table",
        )
    ]


def _rows(scene: Scene, name: str, height: int) -> Component:
    """Return the first rows of a table; the download has all that a page reads."""
    say, answer = scene.say, scene.ask(holdings.rows, name)
    if answer.frame.is_empty():
        return html.P(say("data.table.nothing", table=name), className="empty")
    shown, columns = columns_of(answer.frame.head(SHOWN))
    key = "rows_cut" if height > holdings.ROWS else "rows_sub"
    section = grid(
        scene,
        "rows",
        Answer(shown, answer.sql),
        columns,
        title=say("data.table.rows_title", table=name),
        subtitle=say(f"data.table.{key}", shown=shown.height, rows=number(answer.frame.height, 0)),
        source=say("data.tables.foot"),
    )
    scene.answers["rows"] = answer
    return section


def _files(scene: Scene, name: str) -> Component:
    say, build = scene.say, scene.build
    which = f"asOf={build['as_of']}" if build["as_of"] else f"build={build['build_id']}"
    address = f"/api/v1/tables/{name}?limit={holdings.ROWS}&{which}"
    links = [html.A(say(f"data.table.{kind}"), href=f"{address}&format={kind}") for kind in ("parquet", "csv", "json")]
    return html.P(
        [say("data.table.files"), *[piece for one in links for piece in (" ", one)], " ", say("data.table.api")]
    )


def _holdings(scene: Scene, tables: Answer) -> Component:
    """Return the list of all tables, by layer."""
    say = scene.say
    heads = [say(f"data.tables.{key}") for key in ("table", "rows", "current", "last", "grain", "holds")]
    content: list[Component] = []
    for (layer,), part in tables.frame.group_by("layer", maintain_order=True):
        rows = [
            parts.row(
                [
                    way(row["table_name"], scene.view.search(table=row["table_name"])),
                    number(row["rows"], 0),
                    say("none") if row["current"] is None else number(row["current"], 0),
                    row["last_period"] or say("none"),
                    row["grain"],
                    row["comment"],
                ],
                name="here" if row["table_name"] == scene.view["table"] else "",
            )
            for row in part.to_dicts()
        ]
        title = say("data.tables.count", layer=say(f"data.tables.layer.{layer}"), count=part.height)
        content.append(parts.folded(title, parts.table(heads, rows), is_open=layer in OPEN))
    return listed(
        scene,
        "holdings",
        tables,
        content,
        title=say("data.tables.title"),
        subtitle=say("data.tables.subtitle"),
        source=say("data.tables.foot"),
        heading=html.H2,
    )


def _paper(scene: Scene) -> Component:
    """Return the monthly index with all that a paper must say of it, its sources, and how it is cited."""
    say, pair = scene.say, scene.view.pair
    series = scene.ask(holdings.index_series, pair)
    title = html.H2(say("data.paper.title", pair=scene.title))
    known = series.frame.drop_nulls("tension_index")
    if known.is_empty():
        return html.Section([title, html.P(say("data.paper.none", pair=scene.title), className="empty")], id="paper")
    columns = [
        _column("month", say("data.paper.month"), 110),
        *[
            {
                **_column(name, say(f"data.paper.{key}"), 120),
                "valueFormatter": {"function": "d3.format('.1f')(params.value)"},
            }
            for name, key in (("tension_index", "tension"), ("lower_05", "low"), ("upper_95", "high"))
        ],
        {
            **_column("coverage", say("data.paper.coverage"), 120),
            "valueFormatter": {"function": "d3.format('.0%')(params.value)"},
        },
        _column("is_comparable", say("data.paper.comparable"), 130),
        _column("is_provisional", say("data.paper.provisional"), 130),
        _column("method_version", say("data.paper.method"), 110),
        _column("content_hash", say("data.paper.build"), 190),
    ]
    get = html.A(
        say("data.paper.get"),
        href=f"{data_address(scene, 'series')}.csv{scene.view.search()}",
        download="",
        className="get",
    )
    table = grid(
        scene,
        "series",
        series,
        columns,
        title=say("data.paper.table"),
        subtitle=say("data.paper.subtitle"),
        source=scene.foot,
        height=360,
    )
    return html.Section([title, html.P(get), table, *_cite(scene, known), _publishers(scene)], id="paper")


def _cite(scene: Scene, known: pl.DataFrame) -> list[Component]:
    """Return what a paper writes, with buttons that copy it."""
    say, build = scene.say, scene.build
    values = {
        "version": version("dyadwatch"),
        "pair": scene.title,
        "first": say.month(known["month"].min()),  # type: ignore[arg-type]  # a column of dates
        "last": say.month(known["month"].max()),  # type: ignore[arg-type]  # a column of dates
        "method": build["method_version"],
        "build": build["build_id"],
        "built": f"{build['built_at']:%Y-%m-%d}",
        "year": build["built_at"].year,
        "hash": build["content_hash"],
        "as_of": say("data.paper.as_of", day=build["as_of"]) if build["as_of"] else "",
    }
    text = say("data.paper.text", **values)
    buttons = [
        html.Button(say(f"data.paper.{key}"), type="button", **parts.aria(data_act="copy-text", data_what=what))
        for key, what in (("copy", text), ("copy_bibtex", say("data.paper.bibtex", **values)))
    ]
    return [
        html.H3(say("data.paper.cite")),
        html.Blockquote(text, className="cite"),
        html.Div(buttons, className="acts"),
        html.P(say("data.paper.why"), className="sub"),
    ]


def _publishers(scene: Scene) -> Component:
    """Return on whose publications the index rests, folded."""
    say, answer = scene.say, scene.ask(holdings.index_sources, scene.view.pair)
    # Measures and statistics have no tier of their own: theirs are texts and figures of governments.
    official = answer.frame.filter(pl.col("source_tier").fill_null("official").str.starts_with("official"))
    heads = [say(f"data.paper.{key}") for key in ("publisher", "tier", "items", "first", "last")]
    rows = [
        parts.row(
            [
                row["publisher"] or say("none"),
                say(f"tier.{row['source_tier']}") if row["source_tier"] else say("none"),
                number(row["items"], 0),
                str(row["first_on"]),
                str(row["last_on"]),
            ]
        )
        for row in answer.frame.to_dicts()
    ]
    items = {"items": number(sum(answer.frame["items"]), 0), "official": number(sum(official["items"]), 0)}
    return listed(
        scene,
        "publishers",
        answer,
        [parts.folded(f"{say('data.paper.publisher')} ({answer.frame.height})", parts.table(heads, rows))],
        title=say("data.paper.sources"),
        subtitle=say("data.paper.sources_sub", **items),
        source=scene.foot,
    )


def _fresh(scene: Scene, fresh: Answer) -> Component:
    """Return how fresh each source is, and the notices that publishers ask for."""
    say = scene.say
    state = (
        pl.when(pl.col("rows") == 0)
        .then(pl.lit("empty"))
        .when(pl.col("cadence") == "ended")
        .then(pl.lit("ended"))
        .when(pl.col("expected_by").is_null())
        .then(pl.lit("free"))
        .when(pl.col("days_late") > 0)
        .then(pl.lit("late"))
        .otherwise(pl.lit("timely"))
    )
    frame = fresh.frame.with_columns(state.alias("state"))
    counts = dict(frame["state"].value_counts().iter_rows())
    counted = {name: counts.get(name, 0) for name in ("late", "timely", "empty")}
    counted["free"] = counts.get("free", 0) + counts.get("ended", 0)
    heads = [say(f"data.fresh.{key}") for key in FRESH]
    rows = [_source(scene, row) for row in frame.to_dicts()]
    table = listed(
        scene,
        "sources",
        Answer(frame, fresh.sql),
        [parts.table(heads, rows)],
        title=say("data.fresh.title_grid", count=frame.height),
        subtitle=say("data.fresh.help"),
        source=say("data.fresh.foot"),
    )
    notices = [html.P(text, className="src") for text in frame["notice"].drop_nulls().unique(maintain_order=True)]
    return html.Section(
        [
            html.H2(say("data.fresh.title")),
            html.P(say("data.fresh.subtitle", day=say.day(scene.today), **counted)),
            table,
            *([html.H3(say("data.fresh.notices")), *notices] if notices else []),
        ],
        id="fresh",
    )


def _source(scene: Scene, source: dict[str, Any]) -> Markup:  # Any: a row of mixed types
    say = scene.say
    state = say(f"data.fresh.state.{source['state']}", days=number(source["days_late"] or 0, 0))
    return parts.row(
        [
            parts.link(source["title"], source["homepage"]),
            parts.marked(state, "late") if source["state"] in ("late", "empty") else state,
            *(str(source[key] or say("none")) for key in ("last_period", "last_known_from", "expected_by")),
            *(
                f"{source[key]:%Y-%m-%d %H:%M}" if source[key] else say("none")
                for key in ("last_success_at", "last_change_at")
            ),
            say(f"cadence.{source['cadence']}"),
            number(source["rows"], 0),
            source["publisher"],
            source["licence"],
        ]
    )


def _outages(scene: Scene) -> Component:
    """Return every outage on record."""
    say, answer = scene.say, scene.ask(holdings.outages, scene.view.lang)
    title = say("data.outages.title")
    if answer.frame.is_empty():
        return html.Section([html.H2(title), html.P(say("data.outages.none"))], id="outages")
    rows = [
        parts.row(
            [
                row["title"],
                row["file"],
                f"{row['began_at']:%Y-%m-%d %H:%M}",
                f"{row['ended_at']:%Y-%m-%d %H:%M}"
                if row["ended_at"]
                else parts.marked(say("data.outages.lasting"), "late"),
                row["reason"].replace("_", " "),
                row["detail"] or say("none"),
                parts.site_link(row["url"], say("none")),
            ]
        )
        for row in answer.frame.to_dicts()
    ]
    heads = [
        say("column.source"),
        *(say(f"data.outages.{key}") for key in ("file", "began", "ended", "reason", "detail")),
    ]
    lasting = answer.frame["ended_at"].null_count()
    return listed(
        scene,
        "outages",
        answer,
        [parts.table([*heads, say("column.link")], rows)],
        title=title,
        subtitle=say("data.outages.subtitle", count=answer.frame.height, lasting=lasting),
        source=say("data.outages.foot"),
        heading=html.H2,
    )


def _rejected(scene: Scene) -> Component:
    """Return the rows that were read and not stored, by reason, each with an example."""
    say, answer = scene.say, scene.ask(holdings.rejections, scene.view.lang)
    read = holdings.snapshots(scene.warehouse, scene.view.lang)
    title = say("data.rejected.title")
    if answer.frame.is_empty():
        return html.Section([html.H2(title), html.P(say("data.rejected.none"))], id="rejected")
    rows = [
        parts.row(
            [
                row["rule"],
                row["title"] or say("none"),
                row["table_name"],
                number(row["rows"], 0),
                Markup("<code>{}</code>").format(row["example"]) if row["example"] else say("none"),
            ]
        )
        for row in answer.frame.to_dicts()
    ]
    heads = [say(f"data.rejected.{key}") for key in ("reason", "source", "table", "rows", "example")]
    counts = {"read": "rows_in", "stored": "rows_accepted", "rejected": "rows_rejected"}
    return listed(
        scene,
        "rejected",
        answer,
        [parts.table(heads, rows)],
        title=title,
        subtitle=say("data.rejected.subtitle", **{key: number(sum(read[name]), 0) for key, name in counts.items()}),
        source=say("data.rejected.foot"),
        heading=html.H2,
    )


def _searched(scene: Scene) -> Component:
    """Return for what the ledger was searched: pillars that are known, then each side by type of deed and year."""
    say, answer = scene.say, scene.ask(holdings.searches, scene.view.pair)
    years = sorted(answer.frame["year"].unique())
    known = {scene.say.name(pillar): held for pillar, held in known_pillars(answer.frame).items()}
    pillars = {
        name: [(year, "known" if year in held else "unknown", "") for year in years]
        for name, held in sorted(known.items())
    }
    unknown = [
        say("data.searched.years", pillar=name, years=spans(set(years) - held))
        for name, held in sorted(known.items())
        if set(years) - held
    ]
    told = say("data.searched.never", listed="; ".join(unknown)) if unknown else say("data.searched.always")
    heats = [_heat(scene, say("data.searched.pillars"), say("data.searched.pillar"), years, pillars)]
    for side in scene.members:
        sought = _sought(scene, answer.frame.filter(pl.col("side") == side))
        title = say("data.searched.side", country=say.name(side))
        heats.append(_heat(scene, title, say("data.searched.type"), years, sought))
    return listed(
        scene,
        "searched",
        answer,
        [html.P(told), html.Div(heats, className="grid")],
        title=say("data.searched.title", pair=scene.title),
        subtitle=say("data.searched.subtitle"),
        source=say("data.searched.foot"),
        heading=html.H2,
    )


def known_pillars(searches: pl.DataFrame) -> dict[str, set[int]]:
    """Return the years in which each pillar is known: at least one type of its deeds was searched on both sides.

    Args:
        searches: As `holdings.searches` of one pair.
    """
    years = searches["year"].unique().to_list()
    return {
        pillar: {year for year in years if set.intersection(*searched_types(searches, pillar, year).values())}
        for pillar in load_catalog().pillars
    }


Cells = Sequence[tuple[int, str, str]]
"""A row of a heat table: year, how, and in what words."""


def _sought(scene: Scene, frame: pl.DataFrame) -> dict[str, Cells]:
    names = {kind: scene.say(f"data.searched.deed.{kind}") for kind in frame["deed_type"].unique()}
    return {
        names[kind]: list(part.select("year", "how", "searched_in").iter_rows())
        for (kind,), part in sorted(frame.group_by("deed_type"), key=lambda one: names[str(one[0][0])])
    }


def _heat(scene: Scene, title: str, head: str, years: Sequence[int], rows: Mapping[str, Cells]) -> Component:
    """Return a table of years whose cells are told apart by shape and shade, each in words for who hovers or listens."""
    say = scene.say
    short = {year: f"\N{RIGHT SINGLE QUOTATION MARK}{year % 100:02d}" for year in years if year % 5 == 0}
    top = Markup("").join(
        Markup(
            '<th scope="col" title="{}"><span aria-hidden="true">{}</span><span class="unseen">{}</span></th>'
        ).format(year, short.get(year, ""), year)
        for year in years
    )
    body = Markup("").join(
        Markup('<tr><th scope="row">{}</th>{}</tr>').format(
            name, Markup("").join(_cell(scene, *cell) for cell in cells)
        )
        for name, cells in rows.items()
    )
    hows = [how for how in MARKS if any(how == cell[1] for cells in rows.values() for cell in cells)]
    key = [html.Li([html.Span(MARKS[how], className=how), " ", say(f"data.searched.key.{how}")]) for how in hows]
    table = Markup('<table class="heat"><thead><tr><th scope="col">{}</th>{}</tr></thead><tbody>{}</tbody></table>')
    return html.Section(
        [
            html.H3(title),
            html.Ul(key, className="key"),
            html.Div(className="scroll", tabIndex=0, **parts.aria(data_html=str(table.format(head, top, body)))),
        ]
    )


def _cell(scene: Scene, year: int, how: str, told: str) -> Markup:
    word = scene.say(f"data.searched.key.{how}")
    cell = '<td class="short {}" title="{}: {}"><span aria-hidden="true">{}</span><span class="unseen">{}</span></td>'
    return Markup(cell).format(how, year, ". ".join(filter(None, (word, told))), MARKS[how], word)


def _made(scene: Scene) -> Component:
    """Return the builds that are kept, the payloads that were read, and the checks."""
    say = scene.say
    checks = scene.ask(holdings.checks)
    failed = checks.frame.filter(pl.col("outcome") != "pass").height
    told = say("data.made.checks_fail" if failed else "data.made.checks_pass", count=checks.frame.height, failed=failed)
    heads = [say(f"data.made.{key}") for key in ("check", "outcome", "detail")]
    listing = parts.table(heads, [parts.row(row) for row in checks.frame.iter_rows()])
    return html.Section(
        [
            html.H2(say("data.made.title")),
            html.P(told),
            parts.folded(say("data.made.checks"), listing),
            *_builds(scene),
            _snapshots(scene),
        ],
        id="made",
    )


def _builds(scene: Scene) -> list[Component]:
    say, builds = scene.say, holdings.kept_builds(scene.warehouse)
    rows = [
        parts.row(
            [
                row["build_id"],
                f"{row['built_at']:%Y-%m-%d %H:%M}",
                row["content_hash"],
                str(row["ledger_end"]),
                row["method_version"],
                say("data.made.shown")
                if row["build_id"] == scene.build["build_id"]
                else way(say("data.made.open"), scene.view.search(build=row["build_id"], as_of="")),
            ]
        )
        for row in builds.to_dicts()
    ]
    heads = [say(f"data.made.{key}") for key in ("build", "published", "hash", "ledger_end", "method", "open")]
    return [
        html.H3(say("data.made.builds", count=builds.height)),
        html.P(say("data.made.builds_sub"), className="sub"),
        parts.table(heads, rows),
    ]


def _snapshots(scene: Scene) -> Component:
    say, answer = scene.say, scene.ask(holdings.snapshots, scene.view.lang)
    shown = answer.frame.with_columns(pl.col("retrieved_at").dt.to_string("%Y-%m-%d %H:%M"))
    widths = {
        "title": ("source", 260), "edition": ("edition", 200), "table_name": ("table", 240),
        "retrieved_at": ("fetched", 150), "rows_in": ("rows_in", 110), "rows_accepted": ("accepted", 110),
        "rows_rejected": ("rejected", 110), "rows_stored": ("stored", 100), "sha256": ("sha", 160),
    }  # fmt: skip
    return grid(
        scene,
        "snapshots",
        Answer(shown, answer.sql),
        [
            *[_column(name, say(f"data.made.{key}"), width) for name, (key, width) in widths.items()],
            {**_column("url", say("column.link"), 140), "cellRenderer": "Link"},
        ],
        title=say("data.made.snapshots", count=shown.height),
        subtitle=say("data.made.snapshots_sub"),
        source=say("data.made.snapshots_foot"),
        height=420,
    )


def _column(field: str, title: str, width: int) -> dict[str, object]:
    return {"field": field, "headerName": title, "width": width, "wrapHeaderText": True, "autoHeaderHeight": True}
