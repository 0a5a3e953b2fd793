"""Blocking asset checks from the contracts: what the file holds honours them, or nothing downstream runs."""

from collections.abc import Iterable

import dagster as dg
import polars as pl

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
