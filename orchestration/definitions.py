"""Entry point of the Dagster code location: read this file first.

raw_* assets land payloads, core_* assets clean them, out_* assets derive, publish ends a run.
"""

import dagster as dg

from orchestration.assets.core import core_assets
from orchestration.assets.out import out_dyad__yearly_extraditions, publish_asset, reference, tension_index
from orchestration.assets.raw import raw_assets
from orchestration.io import WarehouseIO
from warehouse.settings import Settings, load_settings


def build_definitions(settings: Settings | None = None) -> dg.Definitions:
    """Assemble the code location; tests pass their own settings."""
    chosen = settings or load_settings()
    assets = [*raw_assets(chosen), *core_assets(chosen), tension_index, out_dyad__yearly_extraditions, reference]
    tables = [key.path[-1] for asset in assets for key in asset.keys if not key.path[-1].startswith("raw_")]
    daily = dg.define_asset_job("build", selection="*", executor_def=dg.in_process_executor)
    return dg.Definitions(
        assets=[*assets, publish_asset(chosen, tables)],
        jobs=[daily],
        schedules=[
            dg.ScheduleDefinition(name="daily", job=daily, cron_schedule="30 7 * * *", execution_timezone="UTC")
        ],
        resources={"io_manager": WarehouseIO(chosen)},
        executor=dg.in_process_executor,
    )


defs = build_definitions()
