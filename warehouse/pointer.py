"""A published build on a store that many machines reach: one machine sends it there, any number of them follow it.

The store is any that fsspec opens. It holds builds under the names that they have at home, and the pointer, which is
written last and says which build is current, how long its file is and what its SHA-256 is. So whoever follows finds one
whole build or keeps the one it has.
"""

import contextlib
import fcntl
import hashlib
import json
import logging
import os
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import duckdb
from fsspec import AbstractFileSystem
from fsspec.core import url_to_fs
from fsspec.implementations.local import LocalFileSystem
from pydantic import BaseModel, Field, ValidationError

from warehouse.contracts.tables import TABLES
from warehouse.errors import DyadwatchError
from warehouse.publish import PREFIX, adopt, builds, named, sync, write_whole
from warehouse.query import Warehouse, opened
from warehouse.settings import Settings
from warehouse.store import Store

POINTER = "current.json"
"""Name of the pointer in the store."""
SHORTEST_S = 0.1
"""Seconds between two looks at least."""
LONGEST_WAIT = 10
"""Intervals that a follower waits at most after one failure upon another."""
LOG = logging.getLogger("dyadwatch.follow")

Json = dict[str, Any]  # Any: JSON


class StoreError(DyadwatchError):
    """A store of published builds cannot be used, or what lies there is not what its pointer says."""


class Pointer(BaseModel, frozen=True, extra="ignore"):
    """What the pointer says of the current build: its id, content hash, bytes and SHA-256."""

    build_id: Annotated[str, Field(pattern=r"^\d{8}T\d{6,12}$")]
    content_hash: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    size: Annotated[int, Field(gt=0)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


def send(settings: Settings, url: str) -> tuple[Pointer, bool]:
    """Send the current build to a store and let its pointer name it; return the pointer, and whether bytes were sent.

    What lies there is read back and compared. Builds beyond those kept at home are then removed from the store.

    Args:
        settings: The home, and how many builds are kept.
        url: Folder of the store, as fsspec writes it; each home needs one of its own.

    Raises:
        NoBuildError: Nothing is published.
        StoreError: The store cannot be reached, refuses, or holds something else than was sent.
    """
    warehouse = Warehouse(settings.link).pinned()
    about, file = warehouse.build(), warehouse.link
    pointer = Pointer(
        build_id=about["build_id"],
        content_hash=about["content_hash"],
        size=file.stat().st_size,
        sha256=_sha256_of(file),
    )
    with _reaching(url, "Not sent to") as (store, folder):
        path = f"{folder}/{file.name}"
        if is_new := not _lies_whole(store, path, pointer):
            _put(store, file, path)
            if not _lies_whole(store, path, pointer):
                raise StoreError(
                    f"Not sent to {shown(url)}: what lies there is not what was sent.\nHint: send it again."
                )
        _point(store, f"{folder}/{POINTER}", pointer)
    with _reaching(url, "The build was sent, but older ones stay at") as (store, folder):
        store.invalidate_cache()
        names = sorted(Path(path).name for path in store.ls(folder, detail=False))
        held = [name for name in names if re.fullmatch(rf"{PREFIX}\d+T\d+\.duckdb", name)]
        for name in held[: -settings.builds_kept]:
            if name != file.name:
                store.rm(f"{folder}/{name}")
    return pointer, is_new


def pull(settings: Settings, url: str) -> Pointer:
    """Make the build that a store's pointer names the home's current one, and return the pointer.

    Raises:
        StoreError: The store cannot be reached, or the build is damaged or of another version; the home stays as it was.
        WarehouseBusyError: Another process is writing the home for longer than the setting allows.
    """
    with _reaching(url, "Not followed:") as (store, folder):
        text = store.cat_file(f"{folder}/{POINTER}")
    try:
        pointer = Pointer.model_validate_json(text)
    except ValidationError as error:
        raise StoreError(f"Not followed: the pointer at {shown(url)} cannot be read.\nHint: publish again.") from error
    home = Store(settings)
    path = named(home.folder, pointer.build_id)
    if path.exists() and settings.link.resolve() == path.resolve():
        return pointer
    temporary = home.folder / ".tmp-followed"
    home.folder.mkdir(parents=True, exist_ok=True)
    try:
        if pointer.build_id not in builds(home):
            _get(url, path.name, temporary, pointer)
        adopt(home, temporary, pointer.build_id, lambda file: _verify(file, pointer))
    finally:
        temporary.unlink(missing_ok=True)
    LOG.info("following %s: build %s, content %s", shown(url), pointer.build_id, pointer.content_hash)
    return pointer


def follow(settings: Settings) -> None:
    """Follow the store of the settings for as long as the process lives.

    Of all processes on one home one follows, by a kernel lock; when it dies another goes on. Whatever goes wrong, the last
    good build stays, the log says so once, and `followed` tells it.
    """
    home = Store(settings)
    home.folder.mkdir(parents=True, exist_ok=True)
    with (home.folder / ".follow").open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        problem, failures, well_at = "", 0, (followed(settings) or {}).get("well_at")
        while True:
            former, problem = problem, _look(settings)
            failures = failures + 1 if problem else 0
            now = datetime.now(UTC).isoformat(timespec="seconds")
            well_at = well_at if problem else now
            if problem and problem != former:
                LOG.warning("%s The last good build stays.", problem)
            elif former and not problem:
                LOG.info("following %s again", shown(settings.follow))
            state = {"store": shown(settings.follow), "process": os.getpid(), "looked_at": now}
            state |= {"well_at": well_at, "problem": problem or None}
            write_whole(_state(settings), json.dumps(state).encode())
            time.sleep(max(SHORTEST_S, settings.follow_every_s) * min(max(1, failures), LONGEST_WAIT))


def followed(settings: Settings) -> Json | None:
    """Return how following goes, or None before the first look.

    Keys: store, process (its id), looked_at, well_at (the last look without a problem; UTC), problem.
    """
    try:
        state: Json = json.loads(_state(settings).read_bytes())
    except (OSError, ValueError):
        return None
    return state


def shown(url: str) -> str:
    """Return a store's address without user, password and query, for logs and answers."""
    return re.sub(r"//[^/]*@", "//", url).partition("?")[0]


def _state(settings: Settings) -> Path:
    return settings.home / "followed.json"


def _look(settings: Settings) -> str:
    """Return what went wrong in one look, in one line."""
    try:
        pull(settings, settings.follow)
    except DyadwatchError as error:
        return " ".join(str(error).split())
    except Exception as error:  # a follower that ends would leave the node behind for ever, and nobody would know
        LOG.exception("following %s", shown(settings.follow))
        return f"{type(error).__name__}: {error}"
    return ""


@contextlib.contextmanager
def _reaching(url: str, what: str) -> Iterator[tuple[AbstractFileSystem, str]]:
    """Give the store and the folder of an address; what goes wrong there becomes an error of ours."""
    try:
        store, folder = url_to_fs(url)
        yield store, folder.rstrip("/")
    except DyadwatchError:
        raise
    except Exception as error:  # each store has errors of its own
        said = f"{type(error).__name__}: {error}".replace(url, shown(url))
        raise StoreError(f"{what} {shown(url)}: {said}\nHint: {_remedy(error)}") from error


def _remedy(error: Exception) -> str:
    if isinstance(error, ImportError):
        return "install the package of that store beside dyadwatch, as s3fs for s3://."
    if isinstance(error, PermissionError):
        return "give this account the right to list, read, write and remove files there (to follow: to read)."
    if isinstance(error, FileNotFoundError):
        return "check the address: the folder or bucket must be there, and to follow it a build must have been sent."
    return "check the address and the store's options; docs/deployment.md says where they are set."


def _lies_whole(store: AbstractFileSystem, path: str, pointer: Pointer) -> bool:
    store.invalidate_cache()
    try:
        if store.info(path)["size"] != pointer.size:
            return False
        with store.open(path, "rb") as file:
            return _sha256(file) == pointer.sha256
    except FileNotFoundError:
        return False


def _put(store: AbstractFileSystem, file: Path, path: str) -> None:
    if isinstance(store, LocalFileSystem):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    store.put_file(str(file), path)
    if isinstance(store, LocalFileSystem):
        sync(Path(path))


def _point(store: AbstractFileSystem, path: str, pointer: Pointer) -> None:
    """Write the pointer: renamed into place on a disk, in one request on an object store."""
    text = pointer.model_dump_json(indent=1).encode()
    if isinstance(store, LocalFileSystem):
        write_whole(Path(path), text)
    else:
        store.pipe_file(path, text)


def _get(url: str, name: str, temporary: Path, pointer: Pointer) -> None:
    """Copy a build from the store, unless its size there is wrong already."""
    with _reaching(url, "Not followed:") as (store, folder):
        store.invalidate_cache()
        size = store.info(f"{folder}/{name}")["size"]
        if size != pointer.size:
            raise _damaged(pointer, size)
        store.get_file(f"{folder}/{name}", str(temporary))


def _verify(file: Path, pointer: Pointer) -> None:
    """Hold that a file is what the pointer says, opens here, and has the tables that this version reads."""
    if (size := file.stat().st_size) != pointer.size or _sha256_of(file) != pointer.sha256:
        raise _damaged(pointer, size)
    try:
        with opened(file) as connection:
            held = {name for (name,) in connection.sql("SELECT table_name FROM duckdb_tables()").fetchall()}
    except duckdb.Error as error:
        raise StoreError(f"Not followed: build {pointer.build_id} does not open: {error}") from error
    if missing := sorted(set(TABLES) - held):
        raise StoreError(
            f"Not followed: build {pointer.build_id} lacks {', '.join(missing)}.\n"
            "Hint: it was made by another version; let this node and the machine that builds run the same."
        )


def _damaged(pointer: Pointer, size: int) -> StoreError:
    return StoreError(
        f"Not followed: build {pointer.build_id} is damaged: {size} bytes of {pointer.size}, or another SHA-256.\n"
        "Hint: publish it again, which compares what lies there and replaces it."
    )


def _sha256(file: BinaryIO) -> str:
    digest = hashlib.sha256()
    while part := file.read(1 << 20):
        digest.update(part)
    return digest.hexdigest()


def _sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return _sha256(file)
