"""Old runs of Dagster are deleted; what is going on, what is recent, and the latest of each kind stays."""

from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest

from orchestration.definitions import build_definitions
from orchestration.jobs import delete_runs, tidy_job
from warehouse.settings import Settings

DAYS = dg.DailyPartitionsDefinition("2026-11-01", end_date="2026-11-03")


@dg.op
def work(context: dg.OpExecutionContext) -> None:
    """Fail where the run's tag says so."""
    if context.run.tags.get("fails"):
        raise dg.Failure("told to")


@dg.job
def ordinary() -> None:
    """Job of one step."""
    work()


@dg.asset(partitions_def=DAYS)
def by_day() -> None:
    """Asset of two days."""


def ran(instance: dg.DagsterInstance, *, fails: bool = False) -> str:
    """Run the ordinary job and return the run's id."""
    tags = {"fails": "yes"} if fails else {}
    return ordinary.execute_in_process(instance=instance, raise_on_error=False, tags=tags).run_id


def ids(instance: dg.DagsterInstance, *without: str) -> set[str]:
    """Return the runs on record, but for those of some jobs."""
    return {run.run_id for run in instance.get_runs() if run.job_name not in without}


@pytest.fixture
def instance(tmp_path: Path) -> "dg.DagsterInstance":
    with dg.DagsterInstance.local_temp(str(tmp_path)) as held:
        yield held


def test_the_latest_of_each_outcome_stays_and_what_goes_leaves_no_events(instance: dg.DagsterInstance) -> None:
    runs = [ran(instance, fails=fails) for fails in (False, True, True, False)]
    going_on = instance.create_run_for_job(ordinary, status=dg.DagsterRunStatus.STARTED).run_id
    assert delete_runs(instance, datetime.now(UTC)) == 2
    assert ids(instance) == {runs[2], runs[3], going_on}
    assert instance.all_logs(runs[0]) == []
    assert instance.all_logs(runs[3]) != []


def test_runs_after_the_time_stay(instance: dg.DagsterInstance) -> None:
    old = ran(instance)
    between = datetime.now(UTC)
    recent = [ran(instance), ran(instance)]
    assert delete_runs(instance, between) == 1
    assert ids(instance) == set(recent)
    assert old not in ids(instance)


def test_days_that_are_there_stay_so(instance: dg.DagsterInstance) -> None:
    for day in ("2026-11-01", "2026-11-02", "2026-11-01"):
        assert dg.materialize([by_day], partition_key=day, instance=instance).success
    assert delete_runs(instance, datetime.now(UTC)) == 1
    assert instance.get_materialized_partitions(by_day.key) == {"2026-11-01", "2026-11-02"}


@pytest.mark.parametrize(("days", "left"), [(0, 1), (90, 3)])
def test_the_job_keeps_as_many_days_as_the_setting_says(
    days: int, left: int, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    for _ in range(3):
        ran(instance)
    job = tidy_job(Settings(home=tmp_path, runs_kept_days=days))
    assert job.execute_in_process(instance=instance).success
    assert len(ids(instance, "tidy")) == left


def test_the_job_has_its_schedule(tmp_path: Path) -> None:
    schedule = build_definitions(Settings(home=tmp_path)).resolve_schedule_def("weekly_tidy")
    assert (schedule.job_name, schedule.cron_schedule) == ("tidy", "30 10 * * 0")
    assert schedule.default_status == dg.DefaultScheduleStatus.RUNNING
