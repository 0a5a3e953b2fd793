"""What an address shows on the current build: the view, its words, the pair's members and ledger."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from dash_app.figures import window
from dash_app.view import Refused, View, language_of, read_view
from dash_app.words import Words, languages, texts
from warehouse import pages
from warehouse.query import Warehouse


@dataclass(frozen=True)
class Scene:
    """An address as the current build answers it."""

    say: Words
    view: View
    refused: Sequence[Refused]
    titles: dict[str, str]
    """Title of each pair of the build."""
    members: tuple[str, str]
    """The shown pair's countries."""
    span: tuple[date, date]
    """First and last day of the shown pair's ledger."""

    @property
    def title(self) -> str:
        """Title of the shown pair."""
        return self.titles[self.view.pair]

    @property
    def since(self) -> date:
        """First month that charts show; series that reach back beyond the ledger are shown whole where all is asked."""
        return date.min if self.view.range == "all" else window(self.view, self.span)[0]

    @property
    def foot(self) -> str:
        """Source line of what rests on the ledger."""
        return self.say("source.foot", source=self.say("source.ledger"), day=self.say.day(self.span[1]))

    def footer(self, build: Mapping[str, Any], day: date) -> str:  # Any: a row of mixed types
        """Return what names the build and the last day of its data, so that what is shown can be cited."""
        built, data_to = f"{build['built_at']:%Y-%m-%d %H:%M}", self.say.day(day)
        return self.say("footer", build=build["content_hash"], built=built, method=build["method_version"], day=data_to)


def scene_of(warehouse: Warehouse, search: str | None) -> Scene:
    """Return what an address shows on the current build.

    Raises:
        NoBuildError: Nothing is published.
    """
    language = language_of(search, languages())
    rows = {row["pair_id"]: row for row in pages.pairs(warehouse, language).to_dicts()}
    spans = {pair_id: (row["ledger_start"], row["ledger_end"]) for pair_id, row in rows.items()}
    view, refused = read_view(search, spans, languages())
    return Scene(
        say=Words(texts(language), pages.names(warehouse, language)),
        view=view,
        refused=refused,
        titles={pair_id: row["title"] for pair_id, row in rows.items()},
        members=(rows[view.pair]["first"], rows[view.pair]["second"]),
        span=spans[view.pair],
    )
