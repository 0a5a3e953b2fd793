"""Jobs beside the build, and what starts them."""

import os
import subprocess
import sys
from datetime import UTC, datetime

import dagster as dg

from orchestration.check import validate
from warehouse.settings import Settings


def validation_job(settings: Settings) -> dg.JobDefinition:
    """Return the job that runs the frozen checks of the index and publishes their card."""

    @dg.op
    def card(context: dg.OpExecutionContext) -> None:
        """The validation card and the doubts' shares of the published build."""
        done = validate(settings, datetime.now(UTC), tell=context.log.info)
        counts = done.card["outcome"].value_counts(sort=True)
        context.log.info("build %s: %s", done.build_id, dict(counts.iter_rows()))

    # The warehouse's own resource would hold the writer's lock, which publishing takes itself.
    @dg.job(executor_def=dg.in_process_executor, resource_defs={"io_manager": dg.mem_io_manager})
    def validation() -> None:
        card()

    return validation


def brief_job(settings: Settings) -> dg.JobDefinition:
    """Return the job that writes every pair's brief of the latest month into the home folder."""

    @dg.op
    def write(context: dg.OpExecutionContext) -> None:
        """The brief of each pair, as `dyadwatch brief` writes it."""
        command = [sys.executable, "-m", "orchestration.cli", "brief"]
        environment = {**os.environ, "DYADWATCH_HOME": str(settings.home)}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600, check=False)
        if done.returncode:
            raise dg.Failure(done.stderr.strip())
        context.log.info(done.stdout)

    @dg.job(executor_def=dg.in_process_executor, resource_defs={"io_manager": dg.mem_io_manager})
    def brief() -> None:
        write()

    return brief


def scheduled(name: str, job: str, cron: str) -> dg.ScheduleDefinition:
    """Return the schedule of a job by its name, in UTC, that is on from the start."""
    return dg.ScheduleDefinition(
        name=name,
        job_name=job,
        cron_schedule=cron,
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )
