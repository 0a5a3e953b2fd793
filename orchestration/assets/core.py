"""core_* assets: typed, vintaged tables, each read from the raw layer only."""

from collections import defaultdict
from collections.abc import Callable, Sequence

import dagster as dg

from orchestration.assets.living import asset_name
from orchestration.documents import DOCUMENT_SOURCES, ingest_documents
from orchestration.documents import TABLE as DOCUMENTS
from orchestration.events import TABLE as EVENTS
from orchestration.events import ingest_events
from orchestration.ingest import ingest_ledger, ingest_statistics
from orchestration.live import live_sources
from transforms.sources.bundled import TABLE_OF_SOURCE
from transforms.sources.gdelt import SOURCE as EVENT_SOURCE
from transforms.sources.ledger import TABLE_OF_FILE
from warehouse.ddl import table_comment
from warehouse.settings import Settings
from warehouse.store import Ingested

RAW_OF_FILE = {
    "statements": "raw_ledger_statements",
    "acts": "raw_ledger_acts",
    "policies": "raw_ledger_tariffs",
    "stages": "raw_ledger_tariffs",
    "coverage": "raw_ledger_tariffs",
    "exemptions": "raw_ledger_tariffs",
    "extradition_claims": "raw_ledger_extraditions",
    "repatriation_claims": "raw_ledger_returns",
    "codes": "raw_ledger_codes",
}
"""Raw asset that lands each file of the ledger."""


def core_assets(settings: Settings) -> list[dg.AssetsDefinition]:
    """Return every core asset."""
    sources = defaultdict(list)
    for source, table in TABLE_OF_SOURCE.items():
        sources[table].append(source)
    statistics = [_statistics(settings, table, names) for table, names in sources.items()]
    living = [
        _living(settings, DOCUMENTS, DOCUMENT_SOURCES, ingest_documents),
        _living(settings, EVENTS, [EVENT_SOURCE], ingest_events),
    ]
    return [*statistics, *[_ledger(settings, name) for name in TABLE_OF_FILE], *living]


def _statistics(settings: Settings, table: str, sources: list[str]) -> dg.AssetsDefinition:
    @dg.asset(
        name=table,
        group_name="core",
        kinds={"polars", "duckdb"},
        deps=[*[f"raw_{source}" for source in sources], *_fetched(sources)],
        description=table_comment(table),
    )
    def core():  # type: ignore[no-untyped-def]  # dagster would check an annotation against the stored type
        return ingest_statistics(settings, table, sources)

    return core


def _fetched(sources: Sequence[str]) -> list[str]:
    """Return the assets that fetch those of the sources that are fetched; a build does not wait for them."""
    return [asset_name(source) for source in sources if source in live_sources()]


def _ledger(settings: Settings, name: str) -> dg.AssetsDefinition:
    table = TABLE_OF_FILE[name]

    @dg.asset(
        name=table,
        group_name="core",
        kinds={"polars", "duckdb"},
        deps=sorted({RAW_OF_FILE[name], "raw_ledger_tariffs"}),
        description=table_comment(table),
    )
    def core():  # type: ignore[no-untyped-def]  # dagster would check an annotation against the stored type
        return ingest_ledger(settings, name)

    return core


def _living(
    settings: Settings, table: str, sources: Sequence[str], ingest: Callable[[Settings], Ingested]
) -> dg.AssetsDefinition:
    """Return the asset of a table whose sources ship no bundled figures: empty until something has landed."""

    @dg.asset(
        name=table,
        group_name="core",
        kinds={"polars", "duckdb"},
        deps=_fetched(sources),
        description=table_comment(table),
    )
    def core():  # type: ignore[no-untyped-def]  # dagster would check an annotation against the stored type
        return ingest(settings)

    return core
