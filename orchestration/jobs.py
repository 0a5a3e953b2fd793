"""Jobs beside the build, and what starts them."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import dagster as dg

from warehouse.pointer import send, shown
from warehouse.settings import Settings

if TYPE_CHECKING:  # Dagster gives the type of its asset jobs no public name
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

FINISHED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]
"""Outcomes of runs that have ended."""


def validation_job(settings: Settings) -> dg.JobDefinition:
    """Return the job that runs the frozen checks of the index and publishes their card."""

    @dg.op
    def card(context: dg.OpExecutionContext) -> None:
        """The validation card and the doubts' shares of the published build."""
        from orchestration.check import validate  # brings scipy.stats, most of a second that no build needs

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


def notify_job(settings: Settings) -> dg.JobDefinition:
    """Return the job that queues the build's alerts and, where the settings say so, sends them."""

    @dg.op
    def deliver(context: dg.OpExecutionContext) -> None:
        """Alerts of the published build; one that could not be sent stays in the outbox and fails the run."""
        from orchestration.notify import notify

        if failed := notify(settings, datetime.now(UTC), tell=context.log.info).failed:
            raise dg.Failure("\n".join(f"{entry.alert_id}: {entry.why}" for entry in failed))

    @dg.job(name="notify", executor_def=dg.in_process_executor, resource_defs={"io_manager": dg.mem_io_manager})
    def job() -> None:
        deliver()

    return job


def send_job(settings: Settings) -> dg.JobDefinition:
    """Return the job that sends the published build to the store of the settings, which dashboard nodes follow."""

    @dg.op(retry_policy=dg.RetryPolicy(max_retries=3, delay=30, backoff=dg.Backoff.EXPONENTIAL))
    def deliver_build(context: dg.OpExecutionContext) -> None:
        """The current build; what lies in the store already is not sent again."""
        pointer, is_new = send(settings, settings.publish_to)
        news = "sent" if is_new else "is already there"
        context.log.info("build %s (%s bytes) %s: %s", pointer.build_id, pointer.size, news, shown(settings.publish_to))

    @dg.job(name="send", executor_def=dg.in_process_executor, resource_defs={"io_manager": dg.mem_io_manager})
    def job() -> None:
        deliver_build()

    return job


def tidy_job(settings: Settings) -> dg.JobDefinition:
    """Return the job that deletes Dagster's old runs, which its own retention settings do not reach."""

    @dg.op
    def runs(context: dg.OpExecutionContext) -> None:
        """Finished runs older than the settings keep, but for the latest of each kind."""
        deleted = delete_runs(context.instance, datetime.now(UTC) - timedelta(days=settings.runs_kept_days))
        context.log.info("%s runs deleted", deleted)

    @dg.job(executor_def=dg.in_process_executor, resource_defs={"io_manager": dg.mem_io_manager})
    def tidy() -> None:
        runs()

    return tidy


def delete_runs(instance: dg.DagsterInstance, before: datetime) -> int:
    """Delete finished runs of before a time with their events and logs, and return their number.

    The latest of each job, selection of assets, partition and outcome stays: that an asset or a day is there is known to
    Dagster only by the run that made it.
    """
    seen, deleted = set(), 0
    for record in instance.get_run_records(dg.RunsFilter(statuses=FINISHED)):  # the newest first
        run = record.dagster_run
        kind = (run.job_name, run.asset_selection, run.tags.get("dagster/partition"), run.status)
        if kind in seen and record.create_timestamp < before:
            instance.compute_log_manager.delete_logs(prefix=[run.run_id])
            instance.delete_run(run.run_id)
            deleted += 1
        seen.add(kind)
    return deleted


def after(build: "UnresolvedAssetJobDefinition", job: dg.JobDefinition) -> dg.RunStatusSensorDefinition:
    """Return the sensor that asks for a job once for each successful run of the build; it is on from the start."""

    @dg.run_status_sensor(
        name=f"{job.name}_after_{build.name}",
        run_status=dg.DagsterRunStatus.SUCCESS,
        monitored_jobs=[build],
        request_job=job,
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def sensor(context: dg.RunStatusSensorContext) -> dg.RunRequest:
        """Ask for the job; the build's run is the key, so that it is asked for once."""
        return dg.RunRequest(run_key=context.dagster_run.run_id)

    return sensor


def scheduled(name: str, job: str, cron: str, timezone: str = "UTC") -> dg.ScheduleDefinition:
    """Return the schedule of a job by its name that is on from the start."""
    return dg.ScheduleDefinition(
        name=name,
        job_name=job,
        cron_schedule=cron,
        execution_timezone=timezone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )
