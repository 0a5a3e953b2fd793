"""From landed payloads to core tables: parse, judge, give vintages, and account for every row."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import PurePath
from typing import Any

import polars as pl

from orchestration.landing import Snapshot, record, rejected_of, snapshots
from transforms.parsed import Edition, Parsed, no_rejections
from transforms.sources.bundled import (
    REJECTED_SUFFIX,
    accounted,
    content_columns,
    parse_bundled,
    parse_rejected,
    provenance,
)
from transforms.sources.ledger import TABLE_OF_FILE, known_days, parse_ledger
from transforms.sources.publishers import parse_published
from transforms.vintages import vintages
from warehouse.catalog.registry import load_catalog
from warehouse.contracts.tables import contract
from warehouse.errors import SourceError
from warehouse.settings import Settings
from warehouse.store import Ingested

VALUES = {
    "core_cbp__monthly_drug_seizures": ("seizure_events", "quantity_lbs"),
    "core_indicator__observations": ("value", "unit", "is_provisional"),
}
"""Columns that an edition gives for a figure; elsewhere they are the encounters."""


def ingest_statistics(settings: Settings, table: str, sources: Sequence[str]) -> Ingested:
    """Return a table of official statistics with vintages over all editions landed.

    An edition that cannot be read, or of which more rows are rejected than its source allows, is stopped: it is recorded
    with the reason and feeds nothing, and what earlier editions say stays.

    Raises:
        SourceError: No payload of a source has landed, or none that can be used.
    """
    read = [(item, *_read(settings, item, table)) for source in sources for item in _landed(settings, source, "*")]
    editions = [
        Edition(
            item.source_id,
            item.snapshot_id,
            about["published_on"],
            _lag(item.source_id),
            parsed,
            received_at=None if item.origin == "bundled" else item.retrieved_at.replace(tzinfo=None),
        )
        for item, parsed, about in read
        if about["stopped_because"] is None
    ]
    if not editions:
        raise SourceError(", ".join(sources), "no edition can be used", "see meta_snapshots.stopped_because")
    rows = [record(item, table, parsed, about) for item, parsed, about in read]
    return Ingested(
        _vintaged(table, editions), snapshots_frame(rows), rejections_frame([(i, p) for i, p, _ in read], table)
    )


def ingest_ledger(settings: Settings, name: str) -> Ingested:
    """Return a table of the ledger, each row with the day on which the fact was public."""
    table = TABLE_OF_FILE[name]
    (item,) = _landed(settings, "ledger", f"{name}.csv")
    parsed = parse_ledger(item.payload, name)
    (stages,) = _landed(settings, "ledger", "stages.csv")
    days = known_days(item.payload, name, stages.payload, load_catalog().sources["ledger"].lag_days)
    kept = days.with_row_index("row_number", offset=1).join(parsed.rejected, on="row_number", how="anti")
    frame = pl.concat([parsed.accepted, kept.drop("row_number")], how="horizontal").with_columns(
        pl.lit("ledger").alias("source_id"),
        pl.lit(item.snapshot_id).alias("snapshot_id"),
        pl.lit(None, dtype=pl.Date).alias("known_to"),
        pl.lit(None, dtype=pl.String).alias("closed_because"),
    )
    row = record(item, table, parsed, {})
    return Ingested(frame, snapshots_frame([row]), rejections_frame([(item, parsed)], table))


def _landed(settings: Settings, source: str, pattern: str) -> list[Snapshot]:
    found = [item for item in snapshots(settings, source, pattern) if not item.name.endswith(REJECTED_SUFFIX)]
    if not found:
        raise SourceError(
            source, f"nothing matching {pattern!r} has landed", "run `dyadwatch build`, which lands the bundled figures"
        )
    return found


def _read(settings: Settings, item: Snapshot, table: str) -> tuple[Parsed, dict[str, Any]]:  # Any: of mixed types
    """Return a snapshot's rows and what is known about it; an unreadable one has no rows and says why."""
    about = {"published_on": item.published_on, "edition": item.name, "url": item.url, "stopped_because": None}
    try:
        if item.origin == "bundled":
            suffix = PurePath(item.name).suffix
            origin = provenance(item.payload, suffix)
            about |= {"published_on": origin.published_on, "edition": origin.edition, "url": origin.url}
            beside = rejected_of(settings, item)
            rejected = parse_rejected(beside.payload) if beside else no_rejections()
            parsed = accounted(parse_bundled(item.payload, suffix, table), origin.rows_in, rejected)
        else:
            parsed = parse_published(item.source_id, item.payload)
    except SourceError as error:
        empty = contract(table).create_empty().select(content_columns(table))
        return Parsed(empty, no_rejections(), 0), about | {"stopped_because": str(error)}
    return parsed, about | {"stopped_because": stopped_because(item.source_id, parsed)}


def stopped_because(source_id: str, parsed: Parsed) -> str | None:
    """Return why an edition with so many rejected rows is not used, or None where they are within its source's limit."""
    source = load_catalog().sources[source_id]
    unexpected = parsed.rejected.filter(~pl.col("rule").is_in(source.expected_rejections)).height
    if parsed.accepted.is_empty():
        return "no row can be used"
    if unexpected <= source.max_rejected_share * parsed.rows_in:
        return None
    return (
        f"{unexpected} of {parsed.rows_in} rows are rejected, more than {source.max_rejected_share:.0%};"
        " see meta_rejections for the rules that they break"
    )


def _lag(source_id: str) -> timedelta:
    return timedelta(days=load_catalog().sources[source_id].lag_days)


def _vintaged(table: str, editions: Sequence[Edition]) -> pl.DataFrame:
    value = VALUES.get(table, ("encounters",))
    key = [name for name in content_columns(table) if name not in value]
    if table != "core_indicator__observations":
        return vintages(editions, key, value)
    series, end = ("indicator_id", "definition_id"), pl.col("period_end")
    return vintages(editions, key, value, series=series, period="period_start", period_end=end)


def snapshots_frame(rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Return rows of meta_snapshots, as `record` gives them, as a frame."""
    return pl.DataFrame(rows, schema=contract("meta_snapshots").create_empty().schema)


def rejections_frame(read: Iterable[tuple[Snapshot, Parsed]], table: str) -> pl.DataFrame:
    """Return the rejected rows of payloads as rows of meta_rejections."""
    empty = contract("meta_rejections").create_empty()
    frames = [
        parsed.rejected.with_columns(pl.lit(item.snapshot_id).alias("snapshot_id"), pl.lit(table).alias("table_name"))
        for item, parsed in read
    ]
    return pl.concat([empty, *[frame.select(empty.columns) for frame in frames]])
