"""Entry point of the Dagster code location: read this file first.

raw_* assets land payloads, core_* assets clean them, out_* assets derive, publish ends a run.
"""

import dagster as dg

from orchestration.assets.checks import contract_checks, quality_checks
from orchestration.assets.core import core_assets
from orchestration.assets.living import GROUP as LIVING
from orchestration.assets.living import living_assets, living_jobs
from orchestration.assets.meta import meta_assets
from orchestration.assets.out import (
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
from orchestration.assets.scale import GROUP as SCALE
from orchestration.assets.scale import events_aggregate
from orchestration.io import warehouse_io
from orchestration.jobs import after, brief_job, notify_job, scheduled, send_job, tidy_job, validation_job
from orchestration.sensors import inputs_sensor
from warehouse.settings import Settings, load_settings
from warehouse.store import Store


def build_definitions(settings: Settings | None = None, store: Store | None = None) -> dg.Definitions:
    """Assemble the code location; tests pass their own settings, and who holds the writer's lock passes the store."""
    chosen = settings or load_settings()
    store = store or Store(chosen)
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
        *meta_assets(chosen, core),
    ]
    tables = [key.path[-1] for asset in [*core, *derived] for key in asset.keys]
    building = [*raw_assets(chosen), *core, *derived, publish_asset(store, tables)]
    # A run is one process: the warehouse has one writer, and steps pass frames faster than processes start.
    offline = dg.AssetSelection.all() - dg.AssetSelection.groups(LIVING, SCALE)
    build = dg.define_asset_job("build", selection=offline, executor_def=dg.in_process_executor)
    fetches, visits = living_jobs()
    # Jobs that follow a build; sending is asked for by the setting.
    following = [notify_job(chosen), *([send_job(chosen)] if chosen.publish_to else [])]
    return dg.Definitions(
        assets=[
            *living_assets(chosen),
            *building,
            events_aggregate(chosen),
        ],
        asset_checks=[*contract_checks(tables), *quality_checks()],
        jobs=[build, *fetches, validation_job(chosen), brief_job(chosen), tidy_job(chosen), *following],
        schedules=[
            *visits,
            scheduled("daily", "build", "30 7 * * *"),
            scheduled("weekly", "validation", "30 9 * * 0"),
            scheduled("weekly_brief", "brief", "0 12 * * 1"),
            scheduled("weekly_tidy", "tidy", "30 10 * * 0"),
        ],
        sensors=[inputs_sensor(chosen, building), *(after(build, job) for job in following)],
        resources={"io_manager": warehouse_io(store), "pipes": dg.PipesSubprocessClient()},
        executor=dg.in_process_executor,
    )


defs = build_definitions()
