"""One build in this process: the tables of which something has changed are made, and the build is published."""

import gc
import shutil
import sys
import time
from importlib import import_module

from orchestration.kept import digests, stale
from warehouse.contracts.tables import TABLES
from warehouse.publish import content_hash_of
from warehouse.query import Warehouse
from warehouse.settings import Settings
from warehouse.store import BESIDE, NOT_HASHED, Store


def build(settings: Settings, *, force: bool = False) -> int:
    """Make what is not as its inputs are now, and publish; return 0, or 1 where a step failed.

    Args:
        settings: Where to build.
        force: Make every table and publish a new build even if nothing changed.

    Raises:
        DyadwatchError: The build file is damaged.
        WarehouseBusyError: Another process is writing for longer than the setting allows.
    """
    start, store = time.monotonic(), Store(settings)
    with store.lock():  # from the look at what must be made to its publication nobody else writes
        every = set(TABLES) - {*NOT_HASHED, *BESIDE}
        made = every if force else stale(store.recorded(), digests(settings)).keys()
        former = _content_hash(settings)
        if made or former is None or former != content_hash_of(store.content_hashes()):
            _load()
            from orchestration.materialize import materialize

            if not materialize(store, made, force=force):
                return 1
    content = _content_hash(settings)
    news = "nothing changed, still" if content == former and not force else "published"
    build_id = Warehouse(settings.link).build()["build_id"]
    kept = f"{len(made)} tables made, {len(every) - len(made)} kept"
    print(f"{news} build {build_id}, content {content}, {kept}, {time.monotonic() - start:.1f} s", file=sys.stderr)
    return 0


def rebuild(settings: Settings) -> int:
    """Drop what was derived and build it again from the raw layer; published builds stay. Return as `build` does."""
    store = Store(settings)
    with store.lock():
        store.file.unlink(missing_ok=True)
        shutil.rmtree(settings.home / "events", ignore_errors=True)
    return build(settings, force=True)


def _load() -> None:
    """Load the orchestrator, once a process: a second or two, which a look that finds nothing new does not need.

    What imports make stays to the end. The collector would look through it again and again, a fifth of a small build.
    """
    if "orchestration.materialize" in sys.modules:
        return
    gc.disable()
    import_module("orchestration.materialize")
    gc.freeze()
    gc.enable()


def _content_hash(settings: Settings) -> str | None:
    return Warehouse(settings.link).build()["content_hash"] if settings.link.exists() else None
