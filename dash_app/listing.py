"""What the pages about data and method share: content with a title, source and downloads; ways within a page; cells."""

from collections.abc import Sequence

import polars as pl
from dash import html
from dash.development.base_component import Component
from markupsafe import Markup

from dash_app import parts
from dash_app.chart import actions
from dash_app.scene import Answer, Scene


def listed(
    scene: Scene,
    key: str,
    answer: Answer,
    content: Sequence[Component | str | None],
    *,
    title: str,
    subtitle: str,
    source: str,
    heading: type[html.H2] | type[html.H3] = html.H3,
) -> html.Section:
    """Return content between its title and its source, with the downloads that charts have.

    Args:
        scene: The page's scene.
        key: Name of the content, of its own on the page.
        answer: What the content shows, and the SQL that gives it.
        content: Tables, lists or small charts.
        title: The finding or the question.
        subtitle: Unit, definition, period.
        source: Where the data come from, and to which day they reach.
        heading: Level of the title.
    """
    scene.answers[key] = answer
    foot = scene.say("chart.foot", source=source, build=scene.build["content_hash"][:8])
    return html.Section(
        [
            heading(title, className="title"),
            html.P(subtitle, className="sub"),
            *content,
            html.P(foot, className="src"),
            actions(scene, key, has_picture=False),
        ],
        id=key,
        className="chart",
    )


def ways(options: Sequence[tuple[str, str]], label: str) -> html.Nav:
    """Return links to the sections of a long page; options are ids with their words."""
    return html.Nav(
        html.Ul([html.Li(html.A(words, href=f"#{name}")) for name, words in options]),
        className="within",
        **parts.aria(aria_label=label),
    )


def way(words: str, href: str) -> Markup:
    """Return a link for a cell to another place of the app."""
    return Markup('<a href="{}">{}</a>').format(href, words)


def columns_of(frame: pl.DataFrame, *, width: int = 150) -> tuple[pl.DataFrame, list[dict[str, object]]]:
    """Return a frame of any columns as a grid takes it: fields without dots, lists as texts, and the grid's columns."""
    fields = {name: f"c{at}" for at, name in enumerate(frame.columns)}
    shown = frame.select(_plain(frame, name).alias(field) for name, field in fields.items())
    options: list[dict[str, object]] = []
    for name, field in fields.items():
        kind = frame.schema[name]
        option: dict[str, object] = {"field": field, "headerName": name, "width": width, "tooltipField": field}
        option |= {"wrapText": False, "autoHeight": False}
        if kind.is_numeric():
            option["type"] = "rightAligned"
        if kind == pl.String and frame[name].drop_nulls().str.contains("^https?://").all() and frame[name].count():
            option["cellRenderer"] = "Link"
        options.append(option)
    return shown, options


def _plain(frame: pl.DataFrame, name: str) -> pl.Expr:
    kind = frame.schema[name]
    if isinstance(kind, pl.List):
        return pl.col(name).cast(pl.List(pl.String)).list.join(" ")
    if kind.is_nested() or kind in (pl.Binary, pl.Object):
        return pl.Series(name, [None if value is None else str(value) for value in frame[name].to_list()], pl.String)
    return pl.col(name).cast(pl.String) if kind in (pl.Duration, pl.Time) or kind.is_decimal() else pl.col(name)
