"""Sources from their publishers: each is visited, whatever becomes of the others."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from orchestration.connectors.http import Client
from orchestration.connectors.kinds import KINDS
from orchestration.connectors.outcomes import Outcome
from orchestration.connectors.visit import Visit
from orchestration.ingest import stopped_because
from orchestration.landing import Snapshot
from transforms.sources.publishers import PARSERS, parse_published
from warehouse.catalog.models import Live
from warehouse.catalog.registry import load_catalog
from warehouse.errors import SourceError, UnknownKeyError
from warehouse.settings import Settings


@dataclass(frozen=True)
class Summary:
    """Outcomes of a source that are alike, with the first of them as example."""

    source_id: str
    outcome: str
    reason: str | None
    files: int
    attempts: int
    bytes: int
    url: str
    detail: str | None


def live_sources() -> dict[str, Live]:
    """Return how each source is fetched, of those that are."""
    return {name: source.live for name, source in load_catalog().sources.items() if source.live}


def fetch_live(
    settings: Settings,
    source_ids: Sequence[str],
    now: datetime,
    *,
    client: Client,
    since: date | None = None,
    until: date | None = None,
) -> list[Outcome]:
    """Visit the publishers of some sources, of all live ones where none is named; return what became of each file.

    Payloads land as they are; one that gives no rows is kept too, feeds nothing, and its outcome says so.

    Args:
        settings: Where to land.
        source_ids: Sources, in the order to visit.
        now: Time of the run.
        client: Asks the publishers.
        since: First day wanted, where the source's kind can go back.
        until: Last day wanted, where the source's files are of days.

    Raises:
        UnknownKeyError: A source that is not live.
    """
    live = live_sources()
    if unknown := [name for name in source_ids if name not in live]:
        raise UnknownKeyError("live source", unknown[0], live)
    outcomes = []
    for source_id in dict.fromkeys(source_ids or live):
        visit = Visit(settings, source_id, live[source_id], client, why_no_rows, now, since, until)
        for file in live[source_id].files:
            KINDS[live[source_id].kind](visit, file)
        outcomes += visit.outcomes
    return outcomes


def why_no_rows(snapshot: Snapshot) -> str | None:
    """Return why a landed payload feeds no row, or None: it does, or its source has no parser of statistics."""
    if snapshot.source_id not in PARSERS:
        return None
    try:
        return stopped_because(snapshot.source_id, parse_published(snapshot.source_id, snapshot.payload))
    except SourceError as error:
        return str(error)


def summaries(source_ids: Iterable[str], outcomes: Sequence[Outcome]) -> list[Summary]:
    """Return one row for each source, outcome and reason; a source of which nothing was due is told too."""
    rows = []
    for source_id in source_ids:
        mine = [one for one in outcomes if one.source_id == source_id]
        if not mine:
            rows.append(Summary(source_id, "unchanged", None, 0, 0, 0, "", "nothing was due"))
        for outcome, reason in dict.fromkeys((one.outcome, one.reason) for one in mine):
            alike = [one for one in mine if (one.outcome, one.reason) == (outcome, reason)]
            sizes, tries = sum(one.bytes or 0 for one in alike), sum(one.attempts for one in alike)
            rows.append(Summary(source_id, outcome, reason, len(alike), tries, sizes, alike[0].url, alike[0].detail))
    return rows
