"""One hierarchy for every deliberate error: what was wrong, with which thing, and what to do."""

from collections.abc import Iterable
from pathlib import Path


class DyadwatchError(Exception):
    """Base of all deliberate errors; the command line and the app catch this class only."""


class CatalogError(DyadwatchError):
    """A registry file is wrong: a misspelt key, an unknown reference, an illegal value."""


class UnknownKeyError(DyadwatchError, KeyError):
    """A name that the catalogue does not hold."""

    def __init__(self, thing: str, key: str, known: Iterable[str]) -> None:
        self.message = f"Unknown {thing} {key!r}.\nHint: known are {', '.join(sorted(known))}."
        super().__init__(self.message)

    def __str__(self) -> str:
        """Return the message itself; KeyError would print its repr."""
        return self.message


class ContractError(DyadwatchError):
    """A frame breaks its table's contract."""

    def __init__(self, table: str, problems: Iterable[str]) -> None:
        lines = list(problems)
        super().__init__(f"{table} breaks its contract:\n" + "\n".join(f"- {line}" for line in lines))


class ReconciliationError(DyadwatchError):
    """Parts do not sum to their whole; the build stops."""


class SourceError(DyadwatchError):
    """A source's payload cannot be used; the last good data stays in place."""

    def __init__(self, source_id: str, what: str, remedy: str) -> None:
        super().__init__(f"{source_id}: {what}\nHint: {remedy}")


class NoBuildError(DyadwatchError):
    """No published build exists where one is needed."""

    def __init__(self, link: Path) -> None:
        super().__init__(f"No published warehouse at {link}.\nHint: run `dyadwatch build` (or `make run`) first.")


class WarehouseBusyError(DyadwatchError):
    """Another run holds the writer's lock for longer than the waiting time."""


class QueryError(DyadwatchError):
    """A query of the reader was refused, ran out of a limit, or is not SQL."""


class AggregationError(DyadwatchError):
    """Events cannot be aggregated: what is read or written, the engine, or an option is at fault."""
