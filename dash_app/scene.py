"""What an address shows on one build: the view, its words, the pair's members and ledger, and what was asked for it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Concatenate, ParamSpec

import polars as pl

from dash_app.adhoc import Limits
from dash_app.figures import window
from dash_app.view import Choices, Refused, View, language_of, read_view
from dash_app.words import Words, languages, texts
from warehouse import pages
from warehouse.query import Warehouse, written_out

P = ParamSpec("P")


@dataclass(frozen=True)
class Answer:
    """What a question to the build gave, and the question as SQL that can be run by hand."""

    frame: pl.DataFrame
    sql: str


@dataclass(frozen=True)
class Scene:
    """An address as one build answers it."""

    warehouse: Warehouse
    """The build, which stays the same while the page is made."""
    build: Mapping[str, Any]  # Any: a row of mixed types
    """The build's row of meta_builds."""
    today: date
    say: Words
    view: View
    refused: Sequence[Refused]
    titles: dict[str, str]
    """Title of each pair of the build."""
    members: tuple[str, str]
    """The shown pair's countries."""
    span: tuple[date, date]
    """First and last day of the shown pair's ledger."""
    answers: dict[str, Answer] = field(default_factory=dict)
    """What each chart of the page shows, by its key: for downloads, filled as charts are made."""
    limits: Limits = Limits()  # noqa: RUF009  # frozen
    """What a reader's own query may use."""
    passing: list[str] = field(default_factory=list)
    """Why the page is not kept ready, such as a query that ran out of time; filled as the page is made."""

    @property
    def title(self) -> str:
        """Title of the shown pair."""
        return self.titles[self.view.pair]

    @property
    def since(self) -> date:
        """First month that charts show; series that reach back beyond the ledger are shown whole where all is asked."""
        return date.min if self.view.range == "all" else window(self.view.range, self.span)[0]

    @property
    def foot(self) -> str:
        """Source line of what rests on the ledger."""
        return self.say("source.foot", source=self.say("source.ledger"), day=self.say.day(self.span[1]))

    def ask(
        self,
        question: Callable[Concatenate[Warehouse, P], pl.DataFrame],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Answer:
        """Return what a question of `warehouse.pages` gives on the scene's build, with its SQL."""
        noted = _Noted(self.warehouse)
        frame = question(noted, *args, **kwargs)
        return Answer(frame, ";\n\n".join(noted.queries))

    def footer(self) -> str:
        """Return what names the build and the last day of its data, so that what is shown can be cited."""
        return cited(self.say, self.build, self.span[1])


class _Noted(Warehouse):
    """A warehouse that notes what it is asked."""

    def __init__(self, warehouse: Warehouse) -> None:
        self.inner, self.queries = warehouse, list[str]()

    def frame(self, sql: str, **params: object) -> pl.DataFrame:
        self.queries.append(written_out(sql, params))
        return self.inner.frame(sql, **params)


def cited(say: Words, build: Mapping[str, Any], day: date) -> str:  # Any: a row of mixed types
    """Return what names a build and the last day of its data."""
    built = f"{build['built_at']:%Y-%m-%d %H:%M}"
    return say("footer", build=build["content_hash"], built=built, method=build["method_version"], day=say.day(day))


def scene_of(
    warehouse: Warehouse,
    path: str,
    query: Mapping[str, str],
    today: date,
    own: Choices | None = None,
    limits: Limits | None = None,
) -> Scene:
    """Return what an address shows on a build.

    Args:
        warehouse: The build, pinned.
        path: Path of the page.
        query: Parameters of the address.
        today: Day on which the page is read.
        own: The page's own parameters.
        limits: What a reader's own query may use.

    Raises:
        NoBuildError: Nothing is published.
    """
    language = language_of(query, languages())
    rows = {row["pair_id"]: row for row in pages.pairs(warehouse, language).to_dicts()}
    build = warehouse.build()
    # A replayed build knows nothing after its day, so its ledgers end there at the latest.
    ends = build["as_of"] or date.max
    spans = {
        pair_id: (row["ledger_start"], min(row["ledger_end"], ends))
        for pair_id, row in rows.items()
        if row["ledger_start"] <= ends
    }
    view, refused = read_view(path, query, spans, languages(), own or {})
    return Scene(
        warehouse=warehouse,
        build=build,
        today=today,
        say=Words(texts(language), pages.names(warehouse, language)),
        view=view,
        refused=refused,
        titles={pair_id: rows[pair_id]["title"] for pair_id in spans},
        members=(rows[view.pair]["first"], rows[view.pair]["second"]),
        span=spans[view.pair],
        limits=limits or Limits(),
    )
