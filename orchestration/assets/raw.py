"""raw_* assets: one a file family; each lands its payloads in the raw layer, unchanged."""

from collections.abc import Sequence
from datetime import UTC, datetime

import dagster as dg

from orchestration.landing import land_bundled
from transforms.sources.bundled import TABLE_OF_SOURCE
from warehouse.settings import Settings

LEDGER = {
    "raw_ledger_statements": ("statements.csv",),
    "raw_ledger_acts": ("acts.csv",),
    "raw_ledger_tariffs": ("policies.csv", "stages.csv", "coverage.csv", "exemptions.csv"),
    "raw_ledger_extraditions": ("extradition_claims.csv",),
    "raw_ledger_returns": ("repatriation_claims.csv",),
    "raw_ledger_codes": ("codes.csv",),
}
"""Raw assets of the ledger and the files that each lands."""


def raw_assets(settings: Settings) -> list[dg.AssetsDefinition]:
    """Return every raw asset."""
    ledger = [_raw(settings, name, "ledger", patterns) for name, patterns in LEDGER.items()]
    return [*ledger, *[_raw(settings, f"raw_{source}", source, ("*",)) for source in TABLE_OF_SOURCE]]


def _raw(settings: Settings, name: str, source: str, patterns: Sequence[str]) -> dg.AssetsDefinition:
    @dg.asset(name=name, group_name="raw", kinds={"file"}, description=f"Payloads of {source}, as received.")
    def raw() -> dg.MaterializeResult:  # type: ignore[type-arg]  # dagster's generic has no use here
        now = datetime.now(UTC)
        landed = [item for pattern in patterns for item in land_bundled(settings, source, pattern, now)]
        return dg.MaterializeResult(metadata={"files": len(landed), "bytes": sum(len(item.payload) for item in landed)})

    return raw
