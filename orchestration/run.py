"""One build in this process: every asset, with progress, on an ephemeral Dagster instance."""

import os
import shutil
import sys
import time

import dagster as dg
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from orchestration.definitions import build_definitions
from warehouse.query import Warehouse
from warehouse.settings import Settings
from warehouse.store import Store


def build(settings: Settings, *, force: bool = False) -> int:
    """Materialize every asset and publish; return 0, or 1 where a step failed.

    Args:
        settings: Where to build.
        force: Publish a new build even if nothing changed.
    """
    os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "1")
    start = time.monotonic()
    settings.home.mkdir(parents=True, exist_ok=True)
    job = build_definitions(settings).resolve_job_def("build")
    config = {
        "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
        "ops": {"publish": {"config": {"force": force}}},
    }
    former = _content_hash(settings)
    with _progress(len(list(job.nodes))) as progress, dg.DagsterInstance.ephemeral() as instance:
        hooked = job.with_hooks({_advancing(progress)})
        result = hooked.execute_in_process(instance=instance, raise_on_error=False, run_config=config)
    for event in result.all_events:
        if event.is_step_failure:
            error = event.step_failure_data.error
            print(
                f"failed: {event.step_key}: {error.cause.message if error and error.cause else error}", file=sys.stderr
            )
    if not result.success:
        return 1
    content = _content_hash(settings)
    news = "nothing changed, still" if content == former and not force else "published"
    build_id = Warehouse(settings.link).build()["build_id"]
    print(f"{news} build {build_id}, content {content}, {time.monotonic() - start:.1f} s", file=sys.stderr)
    return 0


def rebuild(settings: Settings) -> int:
    """Drop what was derived and build it again from the raw layer; published builds stay. Return as `build` does."""
    store = Store(settings)
    with store.lock():
        store.file.unlink(missing_ok=True)
        shutil.rmtree(settings.home / "events", ignore_errors=True)
    return build(settings, force=True)


def _content_hash(settings: Settings) -> str | None:
    return Warehouse(settings.link).build()["content_hash"] if settings.link.exists() else None


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
