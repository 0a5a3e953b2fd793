"""The builds that readers can ask for: the current one, one still kept, and today's build as known on a past day."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path

import polars as pl

from dash_app.view import day_of
from warehouse.errors import QueryError
from warehouse.query import Warehouse

Replay = Callable[[date], Path]
"""Makes the build as known on a day, and returns the link to it."""


OPEN = 4
"""Builds that are held open with their answers: the current one, and a few that are asked for by name or day."""
LARGEST_KEPT, MOST_KEPT = 1_000_000, 128
"""Bytes of an answer that is kept at most, and number of answers."""


class Remembering(Warehouse):
    """One build, which never changes: it keeps its answers, for pages of other months ask most of the same again."""

    def __init__(self, path: Path) -> None:
        """Name the build's file."""
        super().__init__(path)
        self._answers: dict[str, pl.DataFrame] = {}

    def frame(self, sql: str, **params: object) -> pl.DataFrame:
        """Return the result of a query with bound values, as `Warehouse.frame` does."""
        key = f"{sql}\0{sorted(params.items())}"
        found = self._answers.get(key)
        if found is None:
            found = super().frame(sql, **params)
            if found.estimated_size() <= LARGEST_KEPT:
                if len(self._answers) >= MOST_KEPT:
                    self._answers.clear()
                self._answers[key] = found
        return found.clone()  # which costs nothing, so that nobody changes what is kept


class Library:
    """Opens the build that an address asks for."""

    def __init__(self, warehouse: Warehouse, replay: Replay | None = None) -> None:
        """Take the current warehouse and what replays a day; without it past days are refused."""
        self.current = warehouse
        self._replay = replay
        self._opened = lru_cache(maxsize=OPEN)(Remembering)

    def open(self, query: Mapping[str, str]) -> Warehouse:
        """Return the build that the parameters `build` and `as_of` ask for, pinned.

        Raises:
            NoBuildError: Nothing is published.
            QueryError: That build is not kept, or the day cannot be replayed.
        """
        day = day_of(query.get("as_of", ""))  # what is no day is told by the page, and left out
        if day is not None:
            return self._on(day)
        current = self.current.pinned()
        build = query.get("build", "")
        if not build:
            return self._opened(current.link)
        is_id = re.fullmatch(r"[0-9]{8}T[0-9]{12}", build)
        if not is_id or not (path := current.link.with_name(f"dyadwatch-{build}.duckdb")).exists():
            raise QueryError(
                f"Build {build[:80]} is not kept here.\nHint: leave out `build` for the newest; `as_of` replays a past day."
            )
        return self._opened(path.resolve())

    def _on(self, day: date) -> Warehouse:
        if self._replay is None:
            raise QueryError("Past days cannot be replayed by this server.\nHint: start it with `dyadwatch serve`.")
        return self._opened(self._replay(day).resolve())
