"""What starts a build beside the daily schedule: something new in the raw layer, or an outage that began or ended."""

import hashlib

import dagster as dg

from orchestration.assets.meta import attempts_of
from orchestration.landing import SIDECAR
from transforms.outages import outages
from warehouse.settings import Settings


def inputs_digest(settings: Settings) -> str:
    """Return a digest of what a build would read: landed payloads, and which outages began and ended."""
    landed = sorted(str(path.relative_to(settings.raw)) for path in settings.raw.glob(f"*/*{SIDECAR}"))
    spans = outages(attempts_of(settings)).select("source_id", "file", "began_at", "ended_at").rows()
    return hashlib.sha256(repr((landed, spans)).encode()).hexdigest()[:16]


def inputs_sensor(settings: Settings) -> dg.SensorDefinition:
    """Return the sensor that asks for a build when inputs changed, and not otherwise."""

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
        return dg.SensorResult(run_requests=[dg.RunRequest(run_key=digest)], cursor=digest)

    return changed
