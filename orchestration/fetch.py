"""Files that a person downloaded become snapshots like any other."""

from datetime import date, datetime
from pathlib import Path

import polars as pl

from orchestration.ingest import stopped_because
from orchestration.landing import Snapshot, land
from transforms.parsed import Parsed
from transforms.sources.publishers import parse_published
from warehouse.errors import SourceError
from warehouse.settings import Settings

DAYS = ("period_start", "month", "published_on", "day")
"""Columns that date a parsed row: of figures, by month, of documents, of events."""


def fetch_file(
    settings: Settings, source_id: str, path: Path, published_on: date | None, now: datetime
) -> tuple[Snapshot, Parsed]:
    """Land a publisher's file after reading it; return its snapshot and rows.

    Without `published_on` the end of its last period plus the source's lag dates it, marked estimated. The same bytes
    again are the same snapshot, which keeps the day it was first given.

    Raises:
        SourceError: The file is not there or not in one of the source's formats, too many of its rows are rejected, or
            the day of publication cannot be.
        UnknownKeyError: No such source.
    """
    try:
        payload = path.read_bytes()
    except OSError as error:
        raise SourceError(source_id, f"{path} cannot be read: {error.strerror}", "check the path") from error
    parsed = parse_published(source_id, payload)
    if reason := stopped_because(source_id, parsed):
        raise SourceError(source_id, f"{path.name}: {reason}", "check that it is the file that the source names")
    period = next(name for name in DAYS if name in parsed.accepted.columns)
    last: date = parsed.accepted.select(pl.col(period).max()).item()
    if published_on is not None and not last <= published_on <= now.date():
        raise SourceError(
            source_id,
            f"{path.name} reaches to {last} and cannot be published on {published_on}",
            "give the day on which the publisher put it up, or leave --published out",
        )
    return land(settings, source_id, path.name, payload, now, origin="publisher", published_on=published_on), parsed
