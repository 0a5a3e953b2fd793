"""What the browser is given as one text shows what Dash's components would, and nothing in it can act."""

import json
from collections.abc import Iterator
from html.parser import HTMLParser

import orjson
import pytest
from dash import dcc, html
from dash._utils import to_json

from dash_app import parts
from dash_app.app import Dashboard, create_app, written
from dash_app.markup import lean
from dash_app.pages import BY_KEY
from warehouse.query import Warehouse
from warehouse.settings import Settings

Piece = str | tuple[str, dict[str, str]]
"""A text, or an element with its attributes by their names in HTML; its end has none."""


class Parsed(HTMLParser):
    """The pieces of a text of HTML."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.pieces: list[Piece] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.pieces.append((tag, {key: value or "" for key, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        self.pieces.append((f"/{tag}", {}))

    def handle_data(self, data: str) -> None:
        self.pieces.append(data)


def pieces(node: object) -> Iterator[Piece]:
    """Give what a page as Dash sends it shows; components that are more than elements by their JSON."""
    if isinstance(node, list):
        for one in node:
            yield from pieces(one)
    elif isinstance(node, dict):
        shown = dict(node["props"])
        children, text = shown.pop("children", None), shown.pop("data-html", None)
        if node["namespace"] != "dash_html_components":
            yield node["type"], {"props": json.dumps(shown)}
        else:
            names = {"className": "class", "htmlFor": "for"}
            yield (
                node["type"].lower(),
                {
                    names.get(key, key.lower()): _said(value)
                    for key, value in shown.items()
                    if value is not None and value is not False
                },
            )
        yield from pieces(children) if text is None else Parsed(text).pieces
        yield f"/{node['type']}".lower(), {}
    elif node is not None:
        yield str(node)


def _said(value: object) -> str:
    if isinstance(value, dict):
        return ";".join(f"{key}:{text}" for key, text in value.items()).replace("backgroundColor", "background-color")
    return "" if value is True else str(value)


def _joined(found: Iterator[Piece]) -> list[Piece]:
    """Return the pieces with texts that follow one another as one, as a parser sees them."""
    whole: list[Piece] = []
    for piece in found:
        if isinstance(piece, str) and whole and isinstance(whole[-1], str):
            whole[-1] += piece
        elif piece != "":
            whole.append(piece)
    return whole


@pytest.fixture(scope="module")
def dashboard(published: Settings) -> Dashboard:
    return create_app(Warehouse(published.link))


@pytest.mark.parametrize("key", list(BY_KEY))
def test_a_page_shows_what_dash_would_show(dashboard: Dashboard, key: str) -> None:
    page = dashboard.page(key, {"month": "2025-03"})
    whole, ours = json.loads(to_json(page)), json.loads(orjson.dumps(written(page)))
    assert _joined(pieces(ours)) == _joined(pieces(whole))
    assert ours != whole


def test_texts_and_attributes_cannot_end_what_they_stand_in() -> None:
    evil = "</p><script>alert(1)</script>\"'&amp;"
    page = lean(html.Div([html.P(evil, title=evil, **parts.aria(data_what=evil)), None, evil]))
    assert _joined(pieces(page)) == [
        ("div", {}),
        ("p", {"title": evil, "data-what": evil}),
        evil,
        ("/p", {}),
        evil,
        ("/div", {}),
    ]
    assert "<script" not in page["props"]["data-html"]


@pytest.mark.parametrize(
    ("address", "leads"),
    [
        ("https://example.org/a?b=c", True),
        ("/acts?of=a:b", True),
        ("?month=2025-03", True),
        ("#a:b", True),
        ("", True),
        ("mailto:a@example.org", True),
        ("javascript:alert(1)", False),
        (" JavaScript:alert(1)//", False),
        ("java\nscript:alert(1)//https:", False),
        ("data:text/html,<script>", False),
    ],
)
def test_links_lead_to_the_web_only(address: str, leads: bool) -> None:
    page = lean(html.Div(html.P(html.A("there", href=address))))
    [(_, found)] = [piece for piece in Parsed(page["props"]["data-html"]).pieces if piece[0] == "a"]
    assert found["href"] == (address if leads else "about:blank")


def test_what_holds_a_chart_stays_a_component_and_what_stands_beside_it_becomes_text() -> None:
    page = lean(html.Section([html.P(["a ", html.A("b", href="/")]), dcc.Graph(id="chart"), html.P("c")]))
    first, drawn, last = (lean(child) for child in page["props"]["children"])
    assert first["props"] == {"data-html": 'a <a href="/">b</a>'}
    assert (drawn["type"], last["props"]) == ("Graph", {"children": "c"})


def test_tables_stand_in_the_text_as_they_are_and_states_have_no_value() -> None:
    table = parts.table(["day"], [parts.row(["2025-03-15"])])
    page = lean(html.Div(html.Details([html.Summary("All"), table, html.Br()], open=True, hidden=False)))
    text = page["props"]["data-html"]
    assert text.startswith('<details open=""><summary>All</summary><div class="scroll" tabindex="0"><table>')
    assert text.endswith("</table></div><br></details>")


def test_a_value_that_html_cannot_say_is_refused() -> None:
    with pytest.raises(TypeError, match="data-a cannot be"):
        lean(html.Div(html.P("", **{"data-a": [1]})))
