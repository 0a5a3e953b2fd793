"""One build in this process: every asset, with progress, on an ephemeral Dagster instance."""

import os
import sys
import time
import warnings

import dagster as dg

from orchestration.definitions import build_definitions
from warehouse.query import Warehouse
from warehouse.settings import Settings


def build(settings: Settings) -> int:
    """Materialize every asset and publish; return 0, or 1 where a step failed."""
    warnings.filterwarnings("ignore", category=dg.BetaWarning)  # raised by Dagster's own selection code
    os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "1")
    start = time.monotonic()
    settings.home.mkdir(parents=True, exist_ok=True)
    job = build_definitions(settings).resolve_job_def("build")
    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    with dg.DagsterInstance.ephemeral() as instance:
        result = job.execute_in_process(instance=instance, raise_on_error=False, run_config=quiet)
    for event in result.all_events:
        if event.is_step_failure:
            error = event.step_failure_data.error
            print(
                f"failed: {event.step_key}: {error.cause.message if error and error.cause else error}", file=sys.stderr
            )
    if not result.success:
        return 1
    about = Warehouse(settings.link).build()
    steps = sum(event.is_step_success for event in result.all_events)
    print(
        f"{steps} steps in {time.monotonic() - start:.1f} s; build {about['build_id']}, content {about['content_hash']}",
        file=sys.stderr,
    )
    return 0
