"""docs/tasks.md: each address gives, on a build of the bundled figures, the answer that stands beside it."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from dash.development.base_component import Component
from markupsafe import Markup

from dash_app.pages import PAGES
from dash_app.scene import Scene, scene_of
from warehouse.query import Warehouse
from warehouse.settings import Settings

DOC = (Path(__file__).parents[2] / "docs" / "tasks.md").read_text()
ROWS = [
    (int(cells[0]), cells[6], cells[7].strip("`"))
    for line in DOC.splitlines()
    if len(cells := [cell.strip() for cell in line.strip("|").split(" | ")]) == 8 and cells[0].strip().isdigit()
]
"""Number of the task, what the page says, and the address."""
PLAYED = date.fromisoformat(re.findall(r"Played in a browser on (\S+) by", DOC)[0])


def test_every_task_has_an_answer() -> None:
    assert {number for number, *_ in ROWS} == set(range(1, 13))


@pytest.mark.parametrize(
    ("answer", "address"), [row[1:] for row in ROWS], ids=[f"task {number}" for number, *_ in ROWS]
)
def test_an_address_gives_its_answer(published: Settings, answer: str, address: str) -> None:
    place = urlsplit(address)
    page = next(page for page in PAGES if page.path == place.path)
    warehouse = Warehouse(published.link).pinned()
    scene = scene_of(warehouse, page.path, dict(parse_qsl(place.query)), PLAYED, page.choices)
    said = _bare(" ".join([*_texts(list(page.make(scene))), *_figures(scene)]))
    assert not scene.refused
    assert [part for part in answer.split("; ") if _bare(part) not in said] == []


def _texts(content: object) -> Iterator[str]:
    """Return all that a page says, tables that stand as one string among it."""
    if isinstance(content, str):
        yield content
    elif isinstance(content, list | tuple):
        for one in content:
            yield from _texts(one)
    elif isinstance(content, Component):
        own = content.to_plotly_json()["props"]
        yield Markup(own.get("data-html", "")).striptags()
        yield from _texts(own.get("children"))


def _figures(scene: Scene) -> Iterator[str]:
    """Return the rows of all charts and tables, which a browser writes."""
    for answer in scene.answers.values():
        for row in answer.frame.iter_rows():
            yield " ".join(str(value) for value in row)


def _bare(text: str) -> str:
    return re.sub(r"\s", "", text)
