"""Assets materialized in this process, with progress, on an ephemeral Dagster instance."""

import os
import sys
from collections.abc import Collection

import dagster as dg
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from orchestration.definitions import build_definitions
from orchestration.sensors import selected
from warehouse.store import Store


def materialize(store: Store, tables: Collection[str], *, force: bool) -> bool:
    """Make the assets of some tables from payloads landed anew, and publish; return whether all went well.

    Args:
        store: Where to build; its lock is held.
        tables: Tables to make; the others stay as they stand in the build file.
        force: Publish a new build even if nothing changed.
    """
    os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "1")
    definitions = build_definitions(store.settings, store)
    assets = [asset for asset in definitions.assets or () if isinstance(asset, dg.AssetsDefinition)]
    job = definitions.resolve_job_def("build").get_subset(asset_selection=set(selected(assets, tables)))
    config = {
        "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
        "ops": {"publish": {"config": {"force": force}}},
    }
    with _progress(len(list(job.nodes))) as progress, dg.DagsterInstance.ephemeral() as instance:
        hooked = job.with_hooks({_advancing(progress)})
        result = hooked.execute_in_process(instance=instance, raise_on_error=False, run_config=config)
    for event in result.all_events:
        if event.is_step_failure:
            error = event.step_failure_data.error
            print(
                f"failed: {event.step_key}: {error.cause.message if error and error.cause else error}", file=sys.stderr
            )
    return result.success


def _progress(steps: int) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    progress = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
    progress.add_task("building", total=steps)
    return progress


def _advancing(progress: Progress) -> dg.HookDefinition:
    @dg.success_hook
    def advance(context: dg.HookContext) -> None:
        progress.update(progress.task_ids[0], advance=1, description=context.op.name[:40].ljust(40))

    return advance
