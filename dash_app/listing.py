"""What the pages about data and method share: content with a title, source and downloads; ways within a page; cells."""

from collections.abc import Collection, Sequence

import polars as pl
from dash import html
from dash.development.base_component import Component
from markupsafe import Markup

from dash_app import parts
from dash_app.chart import actions
from dash_app.scene import Answer, Scene
from warehouse.catalog.registry import load_catalog

LONG = 40
"""Characters beyond which a column of texts is wide."""


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


def plain_frame(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a frame of any columns as CSV and the browser take it: what has no form there, such as a list, as a text."""
    return frame.select(_plain(column) for column in frame)


def columns_of(frame: pl.DataFrame, *, width: int = 150) -> tuple[pl.DataFrame, list[dict[str, object]]]:
    """Return a frame of any columns as a grid takes it: fields without dots, and the grid's columns."""
    fields = {name: f"c{at}" for at, name in enumerate(frame.columns)}
    options: list[dict[str, object]] = []
    for name, field in fields.items():
        option: dict[str, object] = {"field": field, "headerName": name, "width": width, "tooltipField": field}
        option |= {"wrapText": False, "autoHeight": False}
        if frame.schema[name].is_numeric():
            option["type"] = "rightAligned"
        if frame.schema[name] == pl.String and frame[name].count():
            if frame[name].drop_nulls().str.contains("^https?://").all():
                option["cellRenderer"] = "Link"
            elif (frame[name].str.len_chars().max() or 0) > LONG:  # type: ignore[operator]  # a column of lengths
                option["width"] = 2 * width
        options.append(option)
    return plain_frame(frame).rename(fields), options


def _plain(column: pl.Series) -> pl.Series:
    kind = column.dtype
    if kind.is_decimal():
        return column.cast(pl.Float64)
    if not (kind.is_numeric() or kind in (pl.String, pl.Boolean, pl.Date, pl.Datetime, pl.Null)):
        texts = [None if value is None else str(value) for value in column.to_list()]
        return pl.Series(column.name, texts, pl.String)
    return column


def spans(years: Collection[int]) -> str:
    """Return years as spans: first and last year of each, apart by commas."""
    starts = sorted(year for year in years if year - 1 not in years)
    ends = sorted(year for year in years if year + 1 not in years)
    return ", ".join(f"{a}" if a == b else f"{a}\N{EN DASH}{b}" for a, b in zip(starts, ends, strict=True))


def deed_types() -> dict[str, Sequence[str]]:
    """Return the types of deeds that are searched for, by pillar."""
    return {name: pillar.deed_types for name, pillar in load_catalog().pillars.items()}


def searched_types(searches: pl.DataFrame, pillar: str, year: int) -> dict[str, set[str]]:
    """Return the types of a pillar's deeds that were searched for in a year, by side.

    Args:
        searches: As `holdings.searches` of one pair.
        pillar: The pillar.
        year: The year.
    """
    types = deed_types()[pillar]
    found = searches.filter((pl.col("how") != "no") & (pl.col("year") == year) & pl.col("deed_type").is_in(types))
    return {side: set(found.filter(pl.col("side") == side)["deed_type"]) for side in searches["side"].unique().sort()}
