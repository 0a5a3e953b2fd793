"""What starts a build beside the daily schedule: something new in the raw layer, or an outage that began or ended.

Such a build makes the tables that it changes and keeps the others; the daily one makes every asset.
"""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import replace

import dagster as dg

from orchestration.assets.meta import attempts_of
from orchestration.kept import digests, stale
from orchestration.landing import SIDECAR
from transforms.outages import outages
from warehouse.errors import WarehouseBusyError
from warehouse.settings import Settings
from warehouse.store import Store


def inputs_digest(settings: Settings) -> str:
    """Return a digest of what a build would read: landed payloads, and which outages began and ended."""
    landed = sorted(str(path.relative_to(settings.raw)) for path in settings.raw.glob(f"*/*{SIDECAR}"))
    spans = outages(attempts_of(settings)).select("source_id", "file", "began_at", "ended_at").rows()
    return hashlib.sha256(repr((landed, spans)).encode()).hexdigest()[:16]


def selected(assets: Sequence[dg.AssetsDefinition], tables: Collection[str]) -> list[dg.AssetKey]:
    """Return the assets of some tables, those that land their payloads, and the one that publishes."""
    making = [asset for asset in assets if any(key.path[-1] in tables for key in asset.keys)]
    landing = {key for asset in making for key in asset.dependency_keys if key.path[-1].startswith("raw_")}
    return sorted({key for asset in making for key in asset.keys} | landing | {dg.AssetKey("publish")})


def inputs_sensor(settings: Settings, assets: Sequence[dg.AssetsDefinition]) -> dg.SensorDefinition:
    """Return the sensor that asks for a build when inputs changed, and not otherwise.

    Args:
        settings: The home to look at.
        assets: Assets of the build.
    """

    @dg.sensor(
        name="inputs_changed",
        job_name="build",
        minimum_interval_seconds=60,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Asks for a build when a payload landed, or an outage began or ended, since the last look.",
    )
    def changed(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        digest = inputs_digest(settings)
        if digest == context.cursor:
            return dg.SkipReason("nothing landed and no outage began or ended")
        try:
            recorded = Store(replace(settings, lock_timeout_s=0)).recorded()
        except WarehouseBusyError:
            return dg.SkipReason("the warehouse is being written: the next look will tell what is still to be made")
        selection = selected(assets, stale(recorded, digests(settings)))
        return dg.SensorResult(run_requests=[dg.RunRequest(run_key=digest, asset_selection=selection)], cursor=digest)

    return changed
