"""Entry point of the Dagster code location: read this file first.

raw_* assets land payloads, core_* assets clean them, out_* assets derive, publish ends a run.
"""

import dagster as dg

from orchestration.assets.checks import contract_checks
from orchestration.assets.core import core_assets
from orchestration.assets.out import (
    freshness_asset,
    out_coding__agreement,
    out_dyad__yearly_extraditions,
    out_pair__alerts,
    out_pair__regimes,
    out_pair__stance_lags,
    out_policy__fulfilment,
    publish_asset,
    reference,
    tension_index,
)
from orchestration.assets.raw import raw_assets
from orchestration.io import warehouse_io
from orchestration.jobs import after, brief_job, notify_job, scheduled, validation_job
from warehouse.settings import Settings, load_settings
from warehouse.store import Store


def build_definitions(settings: Settings | None = None) -> dg.Definitions:
    """Assemble the code location; tests pass their own settings."""
    chosen = settings or load_settings()
    store = Store(chosen)
    core = core_assets(chosen)
    derived = [
        tension_index,
        out_coding__agreement,
        out_dyad__yearly_extraditions,
        out_pair__alerts,
        out_pair__regimes,
        out_pair__stance_lags,
        out_policy__fulfilment,
        reference,
        freshness_asset(core),
    ]
    tables = [key.path[-1] for asset in [*core, *derived] for key in asset.keys]
    # A run is one process: the warehouse has one writer, and steps pass frames faster than processes start.
    build = dg.define_asset_job("build", selection=dg.AssetSelection.all(), executor_def=dg.in_process_executor)
    notify = notify_job(chosen)
    return dg.Definitions(
        assets=[*raw_assets(chosen), *core, *derived, publish_asset(store, tables)],
        asset_checks=contract_checks(tables),
        jobs=[build, validation_job(chosen), brief_job(chosen), notify],
        sensors=[after(build, notify)],
        schedules=[
            scheduled("daily", "build", "30 7 * * *"),
            scheduled("weekly", "validation", "30 9 * * 0"),
            scheduled("weekly_brief", "brief", "0 12 * * 1"),
        ],
        resources={"io_manager": warehouse_io(store)},
        executor=dg.in_process_executor,
    )


defs = build_definitions()
