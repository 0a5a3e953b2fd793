"""meta_* assets about sources: outages, and how fresh each source is."""

from collections.abc import Sequence

import dagster as dg
import polars as pl

from orchestration.connectors.outcomes import read
from orchestration.io import READS
from orchestration.kept import OUTAGES
from orchestration.live import live_sources
from transforms.freshness import freshness
from transforms.outages import heard, of_log, outages
from warehouse.catalog.registry import load_catalog
from warehouse.ddl import table_comment
from warehouse.settings import Settings


def attempts_of(settings: Settings) -> pl.DataFrame:
    """Return every attempt on record to fetch a live source; none on a home that was never connected."""
    return of_log({name: [vars(one) for one in read(settings.raw / name)] for name in live_sources()})


def meta_assets(settings: Settings, core: Sequence[dg.AssetsDefinition]) -> list[dg.AssetsDefinition]:
    """Return the assets of outages and freshness, from the log of attempts and every core table."""
    tables = sorted(key.path[-1] for asset in core for key in asset.keys)

    @dg.asset(
        name="meta_outages",
        group_name="meta",
        metadata={READS: [OUTAGES]},
        description=table_comment("meta_outages"),
    )
    def lacking() -> pl.DataFrame:
        return outages(attempts_of(settings))

    @dg.asset(
        name="meta_freshness",
        group_name="meta",
        ins={table: dg.AssetIn(key=table) for table in tables},
        metadata={READS: [OUTAGES]},
        description=table_comment("meta_freshness"),
    )
    def fresh(**frames: pl.DataFrame) -> pl.DataFrame:
        return freshness(frames, load_catalog().sources, heard(attempts_of(settings)))

    return [lacking, fresh]
