"""From landed releases of governments to `core_document__releases`; without any the table is empty, which is no error."""

from typing import Any

import polars as pl

from orchestration.ingest import rejections_frame, snapshots_frame, stopped_because
from orchestration.landing import Snapshot, record, snapshots
from transforms.documents import Fetched, by_dyad, document_vintages, partners_of
from transforms.parsed import Parsed, no_rejections
from transforms.sources.items import DOCUMENTS
from transforms.sources.publishers import parse_published
from warehouse.catalog.registry import load_catalog
from warehouse.errors import SourceError
from warehouse.settings import Settings
from warehouse.store import Ingested

TABLE = "core_document__releases"
DOCUMENT_SOURCES = (
    "federal_register",
    "whitehouse_actions",
    "ustr_releases",
    "state_releases",
    "war_releases",
    "doj_releases",
    "gobmx_presidency",
    "gobmx_sre",
)


def ingest_documents(settings: Settings) -> Ingested:
    """Return documents of every payload that has landed, with vintages by document and a stance by direction.

    A payload that cannot be read, or of which too much is rejected, is recorded with the reason and feeds nothing.
    """
    landed = [item for source in DOCUMENT_SOURCES for item in snapshots(settings, source) if item.origin == "publisher"]
    read = [(item, *_read(item)) for item in landed]
    fetched = [
        Fetched(
            item.source_id,
            item.snapshot_id,
            item.published_on,
            item.retrieved_at.replace(tzinfo=None),
            parsed.accepted.with_columns(pl.col("url").fill_null(pl.lit(item.url, dtype=pl.String))),
        )
        for item, parsed, reason in read
        if reason is None
    ]
    frame = by_dyad(document_vintages(fetched), load_catalog())
    rows = [_record(item, parsed, reason) for item, parsed, reason in read]
    return Ingested(frame, snapshots_frame(rows), rejections_frame([(item, parsed) for item, parsed, _ in read], TABLE))


def _read(item: Snapshot) -> tuple[Parsed, str | None]:
    """Return a payload's documents and why they are not used, if they are not."""
    try:
        parsed = parse_published(item.source_id, item.payload)
    except SourceError as error:
        return Parsed(pl.DataFrame(schema=DOCUMENTS), no_rejections(), 0), str(error)
    return parsed, stopped_because(item.source_id, parsed)


def _record(item: Snapshot, parsed: Parsed, reason: str | None) -> dict[str, Any]:  # Any: of mixed types
    about = {"published_on": item.published_on, "url": item.url, "stopped_because": reason}
    row = record(item, TABLE, parsed, about)
    catalog = load_catalog()
    directions = sum(len(partners_of(catalog, country)) for country in parsed.accepted["country"])
    return row | {"rows_stored": 0 if reason else directions}
