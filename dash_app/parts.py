"""Pieces that sections are made of: links, tables, charts with their title and source."""

import re
from collections.abc import Iterable, Sequence
from html import unescape
from typing import Any
from urllib.parse import urlsplit

from dash import dcc, html
from dash.development.base_component import Component
from markupsafe import Markup, escape

from dash_app.figures import Figure
from dash_app.words import LINK

Cell = str | Markup
"""What a cell of a table holds: a text, which is escaped, or markup of this module."""
SHORT = 24
"""Characters up to which a cell is never broken."""
TAG = re.compile("<[^>]*>")
CONFIG: Any = {"displayModeBar": False, "responsive": True}  # Any: Plotly's own options


def linked(sentence: str) -> list[str | Component]:
    """Return a sentence whose [words](#anchor) are links."""
    pieces = LINK.split(sentence)
    return [
        html.A(piece, href=pieces[at + 1]) if at % 3 == 1 else piece for at, piece in enumerate(pieces) if at % 3 < 2
    ]


def link(text: str, url: str | None) -> Cell:
    """Return a link for a cell, the bare text where the address is not on the web."""
    if not site_of(url):
        return text
    return Markup(f'<a href="{escape(url)}" target="_blank" rel="noopener noreferrer">{escape(text)}</a>')


def site_link(url: str | None, dash: str) -> Cell:
    """Return a link for a cell, named by its site; a dash where the address is not on the web."""
    return link(site_of(url) or dash, url)


def site_of(url: str | None) -> str:
    """Return the host of an address on the web, empty where it is none: a fetched one may be a script, or broken."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return ""
    return parts.netloc.removeprefix("www.") if parts.scheme in {"http", "https"} else ""


def marked(text: str, name: str) -> Markup:
    """Return a text for a cell with a class name."""
    return Markup(f'<span class="{escape(name)}">{escape(text)}</span>')


def anchor(*parts: str) -> str:
    """Return an id that can stand in an address."""
    return re.sub(r"[^A-Za-z0-9-]+", "-", "-".join(parts))


def row(cells: Sequence[Cell], *, name: str = "", row_id: str = "") -> Markup:
    """Return a row of a table, with a class name and an id where it can be linked to; texts are escaped."""
    inner = "".join(f'<td class="{_width(text)}">{text}</td>' for text in map(escape, cells))
    return Markup(f'<tr class="{escape(name)}" id="{escape(row_id)}">{inner}</tr>')


def _width(text: Markup) -> str:
    return "short" if len(text) <= SHORT or len(unescape(TAG.sub("", text))) <= SHORT else ""


def table(heads: Sequence[str], rows: Iterable[Markup]) -> html.Div:
    """Return a table that scrolls on its own and can be reached by keyboard; assets/markup.js sets it on the page."""
    head = Markup("").join(Markup('<th scope="col">{}</th>').format(text) for text in heads)
    body = Markup("").join(rows)
    content = Markup("<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>").format(head, body)
    return html.Div(className="scroll", tabIndex=0, **aria(data_html=str(content)))


def aria(**attributes: str) -> dict[str, Any]:  # Any: Dash's signatures take attributes by other names only
    """Return attributes by their HTML names, underscores as hyphens."""
    return {key.replace("_", "-"): value for key, value in attributes.items()}


def folded(title: str, content: Component, *, is_open: bool = False) -> html.Details:
    """Return content under a title that opens and closes it."""
    return html.Details([html.Summary(title), content], open=is_open)


def graph(figure: Figure, height: int, graph_id: str) -> dcc.Graph:
    """Return a figure of a fixed height, in pixels, as wide as its place."""
    return dcc.Graph(figure=figure, config=CONFIG, style={"height": height}, id=graph_id)


def chart(title: str, subtitle: str, drawn: dcc.Graph, *below: str | Component) -> html.Section:
    """Return a chart between its title and definition above and its source and table below."""
    foot = [html.P(piece, className="src") if isinstance(piece, str) else piece for piece in below]
    return html.Section([html.H3(title), html.P(subtitle, className="sub"), drawn, *foot])
