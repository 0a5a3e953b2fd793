"""The pages, in the order of the bar at the top."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dash.development.base_component import Component

from dash_app.pages import (
    acts,
    borders,
    data,
    evidence,
    extraditions,
    index,
    method,
    overview,
    pairs,
    replay,
    sql,
    statements,
)
from dash_app.scene import Scene
from dash_app.view import Choices


@dataclass(frozen=True, eq=False)
class Page:
    """A page: its key, which is also its path's last part, what makes it, and its own parameters."""

    key: str
    make: Callable[[Scene], Sequence[Component | str | None]]
    choices: Choices

    @property
    def path(self) -> str:
        """The page's path."""
        return "/" if self.key == "overview" else f"/{self.key}"


PAGES = [
    Page("overview", overview.page, overview.CHOICES),
    Page("index", index.page, index.CHOICES),
    Page("replay", replay.page, replay.CHOICES),
    Page("acts", acts.page, acts.CHOICES),
    Page("extraditions", extraditions.page, extraditions.CHOICES),
    Page("statements", statements.page, statements.CHOICES),
    Page("borders", borders.page, borders.CHOICES),
    Page("pairs", pairs.page, pairs.CHOICES),
    Page("evidence", evidence.page, evidence.CHOICES),
    Page("data", data.page, data.CHOICES),
    Page("sql", sql.page, sql.CHOICES),
    Page("method", method.page, method.CHOICES),
]
BY_KEY = {page.key: page for page in PAGES}
