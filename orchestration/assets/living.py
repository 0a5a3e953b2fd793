"""fetched_* assets: each visits one source's publisher and lands what is new. Builds do without them and the network."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import dagster as dg

from orchestration.connectors.gdelt import holds
from orchestration.connectors.http import Client
from orchestration.connectors.outcomes import Outcome, read
from orchestration.jobs import scheduled
from orchestration.live import fetch_live, live_sources
from warehouse.catalog.models import Live, Source
from warehouse.catalog.registry import load_catalog
from warehouse.settings import Settings

if TYPE_CHECKING:  # Dagster gives the type of its asset jobs no public name
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

GROUP = "living"
RETRIES = dg.RetryPolicy(max_retries=2, delay=600, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.PLUS_MINUS)
"""After the client's own attempts, which take a minute: a publisher's bad quarter of an hour is not the day's end."""
DAILY, WEEKDAYS, MONDAYS = "30 18 * * *", "30 10 * * 1-5", "30 10 * * 1"
CRONS: Mapping[str, str] = {
    "daily": DAILY,
    "irregular": DAILY,
    "monthly": WEEKDAYS,
    "quarterly": WEEKDAYS,
    "yearly": MONDAYS,
    "ended": MONDAYS,
}
"""When sources of a cadence are visited, in their publisher's time zone.

Daily ones after 18:00, when the day's transcripts are whole; monthly ones on every weekday, since the day of publication
moves and an unchanged file costs one conditional request.
"""
STALE_AFTER = {"daily": timedelta(days=3), "irregular": timedelta(days=3), "monthly": timedelta(days=5)}
"""Time without a visit that answered after which Dagster calls a source stale; ten days for the others."""

ClientOf = Callable[[Settings], Client]


def client_of(settings: Settings) -> Client:
    """Return the client that asks publishers."""
    return Client(ca_file=settings.ca_file, contact=settings.contact)


def living_assets(
    settings: Settings, connect: ClientOf = client_of, retries: dg.RetryPolicy | None = RETRIES
) -> list[dg.AssetsDefinition]:
    """Return one asset a live source; tests connect it to their own server and do not wait for a retry."""
    catalog = load_catalog()
    return [_fetched(settings, name, catalog.sources[name], connect, retries) for name in live_sources()]


def asset_name(source_id: str) -> str:
    """Return the name of the asset that fetches a source."""
    return f"fetched_{source_id}"


def days_of(live: Live) -> dg.DailyPartitionsDefinition | None:
    """Return the days by which a source is fetched, today among them; None where its files are not of days."""
    if live.first_day is None:
        return None
    return dg.DailyPartitionsDefinition(start_date=str(live.first_day), timezone=live.timezone, end_offset=1)


def _fetched(
    settings: Settings, source_id: str, source: Source, connect: ClientOf, retries: dg.RetryPolicy | None
) -> dg.AssetsDefinition:
    assert source.live is not None  # live_sources() returns these alone
    days = days_of(source.live)
    stale_after = STALE_AFTER.get(source.cadence, timedelta(days=10))

    @dg.asset(
        name=asset_name(source_id),
        group_name=GROUP,
        kinds={"file"},
        tags={"cadence": source.cadence},
        owners=["team:dyadwatch"],
        pool=source.live.hosts[0].replace(".", "_").replace("-", "_"),
        partitions_def=days,
        retry_policy=retries,
        freshness_policy=dg.FreshnessPolicy.time_window(fail_window=2 * stale_after, warn_window=stale_after),
        description=f"{source.title}, {source.publisher}: payloads as the publisher sent them, with the log of attempts.",
        metadata={"homepage": dg.MetadataValue.url(source.homepage), "licence": source.licence},
    )
    def fetched(context: dg.AssetExecutionContext) -> dg.MaterializeResult:  # type: ignore[type-arg]  # generic
        day = date.fromisoformat(context.partition_key) if days else None
        with connect(settings) as client:
            outcomes = fetch_live(settings, [source_id], datetime.now(UTC), client=client, since=day, until=day)
        failed = [one for one in outcomes if not one.is_good]
        told = _told(outcomes)
        if failed:  # what landed stays landed; what is held of the rest stays, and an outage is on record
            words = "; ".join(f"{one.file}: {one.detail or one.reason}" for one in failed[:5])
            raise dg.Failure(f"{len(failed)} of {len(outcomes)} files were not had: {words}", metadata=told)
        if day and not holds(read(settings.raw / source_id), day):
            raise dg.Failure(f"the publisher lists no file of {day}", metadata=told)
        return dg.MaterializeResult(metadata=told)

    return fetched


def _told(outcomes: list[Outcome]) -> dict[str, dg.MetadataValue]:
    counts = Counter(one.outcome for one in outcomes)
    rows = "\n".join(
        f"| {one.file} | {one.outcome} | {one.reason or ''} | {one.bytes or ''} | {one.url} |" for one in outcomes[:50]
    )
    return {
        **{name: dg.MetadataValue.int(counts[name]) for name in ("landed", "unchanged", "kept_last_good")},
        "files": dg.MetadataValue.md(f"| file | outcome | reason | bytes | url |\n|---|---|---|---|---|\n{rows}"),
    }


def living_jobs() -> tuple[list["UnresolvedAssetJobDefinition"], list[dg.ScheduleDefinition]]:
    """Return a job for each time zone and hour at which sources are visited, with the schedule that runs it.

    A source that is fetched by the day has a job of its own.
    """
    sources = load_catalog().sources
    groups: dict[tuple[str, str], list[str]] = {}
    jobs, schedules = [], []
    for name, live in live_sources().items():
        cron = CRONS[sources[name].cadence]
        if live.first_day:
            jobs.append(_job(f"fetch_{name}", [name]))
            schedules.append(_by_day(f"fetch_{name}", live, cron))
        else:
            groups.setdefault((live.timezone, cron), []).append(name)
    words = {DAILY: "daily", WEEKDAYS: "weekdays", MONDAYS: "mondays"}
    for (zone, cron), names in sorted(groups.items()):
        name = f"fetch_{words[cron]}_{zone.rsplit('/', 1)[-1].lower()}"
        jobs.append(_job(name, names))
        schedules.append(scheduled(name, name, cron, zone))
    return jobs, schedules


def _job(name: str, sources: Sequence[str]) -> "UnresolvedAssetJobDefinition":
    keys = [asset_name(source) for source in sources]
    return dg.define_asset_job(name, selection=dg.AssetSelection.assets(*keys), executor_def=dg.in_process_executor)


def _by_day(job: str, live: Live, cron: str) -> dg.ScheduleDefinition:
    """Return the schedule that asks for the day's partition, and again for those that the source looks back to."""

    @dg.schedule(
        name=job,
        job_name=job,
        cron_schedule=cron,
        execution_timezone=live.timezone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=f"Asks for the day and the {live.look_back_days} before it; one that is whole costs no request.",
    )
    def due(context: dg.ScheduleEvaluationContext) -> list[dg.RunRequest]:
        today = context.scheduled_execution_time.date()
        days = [today - timedelta(days=number) for number in range(live.look_back_days + 1)]
        return [dg.RunRequest(run_key=f"{today}: {day}", partition_key=str(day)) for day in days]

    return due
