"""Asset checks: blocking ones from the contracts, and those of quality, which only tell.

What the file holds honours its contracts, or nothing downstream runs.
"""

from collections.abc import Iterable

import dagster as dg
import polars as pl

from transforms.quality import cut_short, gaps, jumps
from warehouse.contracts.tables import enforce
from warehouse.errors import ContractError


def contract_checks(tables: Iterable[str]) -> list[dg.AssetChecksDefinition]:
    """Return one check a table."""
    return [_contract_check(table) for table in tables]


def _contract_check(table: str) -> dg.AssetChecksDefinition:
    @dg.asset_check(asset=table, name="honours_contract", blocking=True, description=f"Rows of {table} keep its rules.")
    def check(stored: pl.DataFrame) -> dg.AssetCheckResult:
        try:
            enforce(table, stored)
        except ContractError as error:
            return dg.AssetCheckResult(passed=False, description=str(error))
        return dg.AssetCheckResult(passed=True, metadata={"rows": stored.height})

    return check


def quality_checks() -> list[dg.AssetChecksDefinition]:
    """Return the checks that tell and stop nothing: holes and jumps of series, texts cut short, coverage of the index."""
    table = "core_indicator__observations"

    @dg.asset_check(asset=table, name="has_no_gaps", description="Monthly series have every month between their ends.")
    def whole(stored: pl.DataFrame) -> dg.AssetCheckResult:
        return _told(gaps(stored))

    @dg.asset_check(
        asset=table, name="does_not_jump", description="Last months change by no more than eight usual changes."
    )
    def steady(stored: pl.DataFrame) -> dg.AssetCheckResult:
        return _told(jumps(stored))

    @dg.asset_check(
        asset="core_document__releases",
        name="is_not_cut_short",
        description="The last morning conferences have at least half of the usual length.",
    )
    def long(stored: pl.DataFrame) -> dg.AssetCheckResult:
        return _told(cut_short(stored))

    @dg.asset_check(
        asset="out_pair__monthly_tension", name="is_covered", description="The latest month of each pair has an index."
    )
    def covered(stored: pl.DataFrame) -> dg.AssetCheckResult:
        latest = stored.filter(pl.col("view") == "latest").sort("month")
        last = latest.group_by("pair_id").last().filter(pl.col("tension_index").is_null()).select("pair_id", "coverage")
        return _told(last.sort("pair_id"))

    return [whole, steady, long, covered]


def _told(found: pl.DataFrame) -> dg.AssetCheckResult:
    rows = dg.MetadataValue.json(found.head(100).select(pl.all().cast(pl.String)).to_dicts())
    return dg.AssetCheckResult(
        passed=found.is_empty(),
        severity=dg.AssetCheckSeverity.WARN,
        description=f"{found.height} found" if found.height else None,
        metadata={"found": rows},
    )
