"""Statements: how the two governments speak of each other, and every statement to search."""

from collections.abc import Sequence
from datetime import date
from typing import Literal

import polars as pl
from dash import html
from dash.development.base_component import Component

from dash_app import controls, parts, speech
from dash_app.asked import checked
from dash_app.chart import chart
from dash_app.families import MONTH_STATEMENTS
from dash_app.grid import grid
from dash_app.scene import Answer, Scene
from dash_app.view import FREE, Choices, shifted
from dash_app.words import number
from warehouse import speech as asked
from warehouse.speech import COUNTED, YEAR_STATEMENTS, Chosen

RANKS = ("", "head", "minister", "agency")
METHODS = ("", "hand", "model")
CHOICES: Choices = {
    "q": FREE,
    "side": FREE,
    "speaker": FREE,
    "office": FREE,
    "rank": RANKS,
    "theme": FREE,
    "spoken": FREE,
    "method": METHODS,
    "counted": COUNTED,
    "when": FREE,
}
FACETS = ("side", "theme", "speaker", "office", "spoken")
"""Parameters whose values are those of the pair's statements."""
FURTHER = ("rank", "office", "spoken", "method", "counted", "when")
"""Parameters that are folded away while none of them is chosen."""
HEIGHT = 560
NOTICED = 0.05
"""Change of a twelve-month mean below which nothing is made of it: two readings of one statement differ by 0.1."""


def page(scene: Scene) -> Sequence[Component | str | None]:
    """Return the page."""
    say, pair = scene.say, scene.view.pair
    facets = asked.facets(scene.warehouse, pair)
    held = {key: facets.filter(pl.col("facet") == key)["value"].to_list() for key in FACETS}
    months = pl.date_range(scene.span[0].replace(day=1), scene.span[1], "1mo", eager=True).dt.strftime("%Y-%m")
    scene, lines = checked(scene, {**held, "when": months.to_list()}, say("statements.everything"))
    chosen = _chosen(scene)
    monthly = scene.ask(asked.monthly, chosen, *scene.span)
    rows = scene.ask(asked.statements, chosen, *_span(scene), scene.view.lang)
    head = [
        html.H1(say("stance.title")),
        html.P(_sentence(scene, monthly.frame), className="headline"),
        *_filters(scene, facets),
        *lines,
    ]
    if rows.frame.is_empty():
        return [*head, *_empty(scene, int(monthly.frame["statements"].sum())), *_documents(scene)]
    return [
        *head,
        _monthly(scene, monthly),
        _month_note(scene, rows.frame.height),
        html.Div([_grouped(scene, chosen, "theme"), _grouped(scene, chosen, "speaker")], className="grid"),
        html.P(_coverage(scene, scene.answers["speaker"].frame), className="sub"),
        _list(scene, rows),
        *_documents(scene),
    ]


def _chosen(scene: Scene) -> Chosen:
    view = scene.view
    return Chosen(
        pair_id=view.pair,
        words=view["q"].strip(),
        side=view["side"],
        speaker=view["speaker"],
        office=view["office"],
        rank=view["rank"],
        theme=view["theme"],
        spoken=view["spoken"],
        method=view["method"],
        counted=view["counted"],
    )


def _span(scene: Scene) -> tuple[date, date]:
    """Return the first and last day of what is listed: the chosen month, or the period of all charts."""
    if scene.view["when"]:
        month = date.fromisoformat(f"{scene.view['when']}-01")
        return month, min(scene.span[1], date.fromordinal(shifted(month, 1).toordinal() - 1))
    return max(scene.since, scene.span[0]), scene.span[1]


def _is_narrowed(scene: Scene) -> bool:
    return any(scene.view[key] != CHOICES[key][0] for key in CHOICES if key != "when")


def _sentence(scene: Scene, monthly: pl.DataFrame) -> str:
    """Return how each side spoke in the last twelve months, against the twelve before."""
    say, end = scene.say, scene.span[1]
    sides = [_side_year(scene, monthly, side) for side in scene.members if side in monthly["side"].to_list()]
    lead = say("statements.lead_chosen" if _is_narrowed(scene) else "statements.lead", month=say.month(end))
    return " ".join([lead, *sides])


def _side_year(scene: Scene, monthly: pl.DataFrame, side: str) -> str:
    say = scene.say
    own = dict(
        zip(
            monthly.filter(pl.col("side") == side)["month"],
            monthly.filter(pl.col("side") == side).select("year_stance", "year_statements").iter_rows(),
            strict=True,
        )
    )
    last = max(own)
    (now, count), (before, count_before) = own[last], own.get(shifted(last, -12), (None, 0))
    if now is None:
        return say("statements.too_few", side=say.name(side), count=count, least=YEAR_STATEMENTS)
    told = {"side": say.name(side), "stance": speech.signed(now), "word": speech.stance_word(say, now), "count": count}
    if before is None:
        return say("statements.no_before", **told, count_before=count_before)
    step = "warmer" if now > before + NOTICED else "colder" if now < before - NOTICED else "same"
    return say(f"statements.year_{step}", **told, before=speech.signed(before), count_before=count_before)


def _filters(scene: Scene, facets: pl.DataFrame) -> list[Component]:
    """Return the choices, those that few need folded away."""
    say, view = scene.say, scene.view
    sides = [("", say("statements.both")), *((side, say.name(side)) for side in scene.members)]
    first = controls.bar(
        scene,
        controls.text(scene, "q", say("statements.search"), say("statements.search_hint")),
        controls.links(scene, "side", sides, say("statements.side")),
        _select(scene, facets, "theme"),
        _select(scene, facets, "speaker"),
    )
    links = {
        "rank": RANKS,
        "method": METHODS,
        "counted": COUNTED,
    }
    more = html.Div(
        [
            *(
                controls.links(
                    scene,
                    key,
                    [(value, say(f"statements.{key}_{value or 'all'}")) for value in values],
                    say(f"statements.{key}"),
                )
                for key, values in links.items()
            ),
            _select(scene, facets, "office"),
            _select(scene, facets, "spoken"),
            controls.text(scene, "when", say("statements.when"), "2025-03"),
        ],
        className="controls",
        role="group",
        **parts.aria(aria_label=say("statements.more")),
    )
    is_open = any(view[key] != CHOICES[key][0] for key in FURTHER)
    reset = html.A(say("statements.reset"), href=view.search(**{key: CHOICES[key][0] for key in CHOICES}))
    folded = parts.folded(say("statements.more"), more, is_open=is_open)
    return [first, folded, *([html.P(reset, className="sub")] if _is_narrowed(scene) or view["when"] else [])]


def _select(scene: Scene, facets: pl.DataFrame, key: str) -> Component:
    rows = facets.filter(pl.col("facet") == key).select("value", "statements").iter_rows()
    options = [(value, f"{_called(scene, key, value)} ({count})") for value, count in rows]
    return controls.select(scene, key, [("", scene.say("statements.every")), *options], scene.say(f"statements.{key}"))


def _called(scene: Scene, key: str, value: str) -> str:
    """Return what a value of a facet is called."""
    say = scene.say
    if key == "theme":
        return speech.theme_name(say, value)
    if key == "office":
        country = value.partition("_")[0].upper()
        return f"{speech.office_name(say, value)} · {say.name(country)}"
    return say.texts.get(f"statements.spoken_{value}", value) if key == "spoken" else value


def _monthly(scene: Scene, monthly: Answer) -> Component:
    say, view = scene.say, scene.view
    first, second = (say.name(side) for side in scene.members)
    gap = "" if view["side"] else say("statements.monthly_gap", first=first, second=second)
    picked = date.fromisoformat(f"{view['when']}-01") if view["when"] else None
    return chart(
        scene,
        "monthly",
        speech.monthly_figure(say, monthly.frame, scene.members, scene.since, picked),
        monthly,
        title=say("statements.monthly_title"),
        subtitle=say("statements.monthly_subtitle", month=MONTH_STATEMENTS, year=YEAR_STATEMENTS, gap=gap),
        source=scene.foot,
        height=HEIGHT,
        picks="when",
        heading=html.H2,
    )


def _month_note(scene: Scene, count: int) -> Component | None:
    """Return what is listed below where a month is chosen, with the way back to the whole period."""
    say, view = scene.say, scene.view
    if not view["when"]:
        return None
    month = say.month(_span(scene)[0])
    back = html.A(say("statements.all_months"), href=view.search(when=""))
    return html.P([say("statements.of_month", month=month, count=count), " ", back], className="banner")


def _grouped(scene: Scene, chosen: Chosen, by: Literal["theme", "speaker"]) -> Component:
    """Return the stance by theme or speaker: the rows with most statements drawn, the kindest at the top."""
    say = scene.say
    answer = scene.ask(asked.grouped, chosen, *_span(scene), by)
    frame = answer.frame
    order = (
        frame.group_by("name")
        .agg(
            pl.col("statements").sum(),
            mean=(pl.col("stance") * pl.col("statements")).sum() / pl.col("statements").sum(),
        )
        .sort("statements", "name", descending=[True, False])
    )
    drawn = order.head(speech.ROWS).sort("mean", "name", descending=[True, False])
    offices = dict(frame.select("name", "is_office").iter_rows())
    shown = drawn.select("name").join(frame, on="name", how="left", maintain_order="left")
    figure, height = speech.dots_figure(
        say,
        shown,
        scene.members,
        lambda name: (
            speech.theme_name(say, name)
            if by == "theme"
            else say("statements.unnamed", office=speech.office_name(say, name))
            if offices[name]
            else name
        ),
    )
    left = order.height - drawn.height
    rest = say("statements.rest", count=left) if left else ""
    subtitle = say(f"statements.{by}_subtitle", few=YEAR_STATEMENTS, rest=rest)
    return chart(
        scene,
        by,
        figure,
        answer,
        title=say(f"statements.{by}_title"),
        subtitle=subtitle,
        source=scene.foot,
        height=height,
        heading=html.H2,
    )


def _coverage(scene: Scene, grouped: pl.DataFrame) -> str:
    """Return how many statements each side's figures rest on, and how much of that is one speaker's."""
    say = scene.say
    told = [
        say(
            "statements.coverage_side",
            side=say.name(str(side)),
            count=number(float(own["statements"].sum()), 0),
            speakers=own.height,
            most=number(own["statements"][0], 0),
            speaker=speech.office_name(say, own["name"][0]) if own["is_office"][0] else own["name"][0],
        )
        for (side,), own in grouped.group_by("side", maintain_order=True)
    ]
    return say("statements.coverage", sides="; ".join(sorted(told)))


def _list(scene: Scene, rows: Answer) -> Component:
    say, frame = scene.say, rows.frame
    shown = frame.with_columns(pl.Series(name, values, pl.String) for name, values in _cells(scene, frame).items())
    second = asked.agreement(scene.warehouse).to_dicts()
    twice = frame["second_stance"].count()
    read = (
        say("statements.read_twice", count=number(twice, 0), alpha=number(second[0]["alpha"], 2))
        if second and twice
        else ""
    )
    return grid(
        scene,
        "list",
        Answer(shown, rows.sql),
        _columns(scene),
        title=say("statements.list_title", count=number(frame.height, 0)),
        subtitle=say("statements.list_subtitle", read=read),
        source=scene.foot,
        height=min(620, 150 + 80 * frame.height),
    )


def _cells(scene: Scene, frame: pl.DataFrame) -> dict[str, list[str]]:
    """Return the columns that are worded for the reader, by name, in the order of the frame's rows."""
    say, rows = scene.say, frame.to_dicts()
    precision = {"approx": " \N{ALMOST EQUAL TO}", "month": " \N{ALMOST EQUAL TO}", "day": ""}
    office = [speech.office_name(say, row["office"]) for row in rows]
    return {
        "on": [f"{row['stated_on']}{precision[row['date_precision']]}" for row in rows],
        "who": [
            ", ".join(text for text in (row["speaker"], of, say.name(row["side"])) if text)
            for row, of in zip(rows, office, strict=True)
        ],
        "of_other": [say.name(row["about"]) for row in rows],
        "on_theme": [speech.theme_name(say, row["theme"]) for row in rows],
        "word": [speech.stance_word(say, row["stance"]) for row in rows],
        "cues": [speech.cue_words(row["summary"], scene.view.lang) for row in rows],
        "tier": [
            " · ".join([say(f"tier.{row['source_tier']}"), *([say("statements.relayed")] if row["is_relayed"] else [])])
            for row in rows
        ],
        "in_index": [_counted(scene, row["kept_out"], row["kept_for"]) for row in rows],
        "record": [scene.view.href("/evidence", item=f"statement:{row['statement_id']}") for row in rows],
    }


def _counted(scene: Scene, kept_out: str | None, kept_for: str | None) -> str:
    """Return whether the index counts a statement as speech, and why not."""
    say = scene.say
    if kept_out is None:
        return say("statements.in_index")
    if kept_for is None:
        return say("statements.kept_out", reason=kept_out.removesuffix(" Suggestion.").rstrip("."))
    return say(f"statements.kept_{kept_out}", item=kept_for)


def _columns(scene: Scene) -> list[dict[str, object]]:
    say = scene.say
    widths = {
        "on": 104,
        "who": 164,
        "of_other": 92,
        "on_theme": 112,
        "stance": 132,
        "summary": 280,
        "cues": 122,
        "in_index": 104,
        "url": 124,
        "record": 100,
    }
    more: dict[str, dict[str, object]] = {
        "stance": {"cellRenderer": "Stance", "filter": "agNumberColumnFilter"},
        "summary": {"flex": 1, "minWidth": 280},
        "url": {"cellRenderer": "Source"},
        "record": {"cellRenderer": "Record", "cellRendererParams": {"label": say("statements.open")}, "filter": False},
    }
    hidden: list[dict[str, object]] = [{"field": field, "hide": True} for field in ("word", "stance_basis", "tier")]
    columns: list[dict[str, object]] = [
        {
            "field": field,
            "headerName": say(f"statements.column_{field}"),
            "width": width,
            "wrapHeaderText": True,
            "autoHeaderHeight": True,
            **more.get(field, {}),
        }
        for field, width in widths.items()
    ]
    return [*columns, *hidden]


def _documents(scene: Scene) -> list[Component]:
    """Return the documents that the scorer read: context, apart from the statements; nothing for other methods."""
    say, view = scene.say, scene.view
    if view["method"] == "hand":
        return []
    answer = scene.ask(asked.scored_documents, view.pair, *_span(scene))
    if answer.frame.is_empty():
        return [
            html.H2(say("statements.documents_none_title")),
            html.P(say("statements.documents_none"), className="sub"),
        ]
    rows = answer.frame.to_dicts()
    worded = {
        "on": [str(row["published_on"]) for row in rows],
        "who": [f"{speech.office_name(say, row['office'])}, {say.name(row['side'])}" for row in rows],
        "word": [speech.stance_word(say, row["stance"]) for row in rows],
    }
    shown = answer.frame.with_columns(pl.Series(name, values, pl.String) for name, values in worded.items())
    columns = [
        {"field": "on", "headerName": say("statements.column_on"), "width": 112},
        {"field": "who", "headerName": say("statements.column_who"), "width": 190},
        {"field": "title", "headerName": say("statements.column_title"), "flex": 1, "minWidth": 300},
        {"field": "stance", "headerName": say("statements.column_stance"), "width": 132, "cellRenderer": "Stance"},
        {"field": "stance_cues", "headerName": say("statements.column_cues"), "width": 240},
        {"field": "url", "headerName": say("statements.column_url"), "width": 150, "cellRenderer": "Link"},
        {"field": "word", "hide": True},
    ]
    title = say("statements.documents_title", count=number(answer.frame.height, 0))
    subtitle = say("statements.documents_subtitle")
    return [
        grid(scene, "documents", Answer(shown, answer.sql), columns, title=title, subtitle=subtitle, source=scene.foot)
    ]


def _empty(scene: Scene, ever: int) -> list[Component]:
    """Return what is missing and what to do, where no statement is as chosen.

    Args:
        scene: The page's scene.
        ever: Statements as chosen in all years of the ledger.
    """
    say, view = scene.say, scene.view
    by = view["speaker"] or (say.name(view["side"]) if view["side"] else "")
    pieces = [
        say("statements.none_by", side=by) if by else "",
        say("statements.none_on", theme=speech.theme_name(say, view["theme"], starts=False)) if view["theme"] else "",
        say("statements.none_q", words=view["q"]) if view["q"] else "",
        say("statements.none_others") if any(view[key] != CHOICES[key][0] for key in FURTHER[:-1]) else "",
        say("statements.none_in", month=say.month(_span(scene)[0])) if view["when"] else say("statements.none_period"),
    ]
    sentence = say("statements.none", chosen=" ".join(piece for piece in pieces if piece))
    told: list[Component | str] = [sentence, " "]
    if ever:
        told += [html.A(say("statements.none_ever", count=ever), href=view.search(when="", range="all")), " "]
    told.append(html.A(say("statements.reset"), href=view.search(**{key: CHOICES[key][0] for key in CHOICES})))
    return [html.P(told, className="notice empty", role="status")]
