"""The raw layer: payloads as fetched beside their sidecars, never changed.

Bundled figures land like any other payload.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib import resources
from pathlib import Path
from typing import Any

from transforms.parsed import Parsed
from transforms.sources.bundled import REJECTED_SUFFIX
from warehouse.publish import write_whole
from warehouse.settings import Settings

SIDECAR = ".sidecar.json"
"""End of the name of the file that says where a payload came from."""


@dataclass(frozen=True)
class Snapshot:
    """One payload of the raw layer. `origin` is bundled (our own columns) or publisher (the publisher's own format)."""

    source_id: str
    snapshot_id: str
    name: str
    file: str
    payload: bytes
    retrieved_at: datetime
    origin: str
    published_on: date | None
    url: str | None
    etag: str | None = None
    last_modified: str | None = None


def land_bundled(settings: Settings, source_id: str, pattern: str, now: datetime) -> list[Snapshot]:
    """Land the bundled editions of a source that match, each with its rejected rows.

    A payload that is there already is left as it is.
    """
    return [land(settings, source_id, name, payload, now) for name, payload in bundled(source_id, pattern)]


def bundled(source_id: str, pattern: str = "*") -> Iterator[tuple[str, bytes]]:
    """Yield name and bytes of the bundled editions of a source that match, each after its rejected rows."""
    folder = resources.files("warehouse") / "bundled" / source_id
    for entry in sorted(folder.iterdir(), key=lambda item: item.name) if folder.is_dir() else ():
        if entry.name.endswith(REJECTED_SUFFIX) or not Path(entry.name).match(pattern):
            continue
        payload = entry.read_bytes()
        rejected = folder / f"{Path(entry.name).stem}{REJECTED_SUFFIX}"
        if rejected.is_file():  # before its edition, which so never stands without them
            yield _rejected_name(entry.name, payload), rejected.read_bytes()
        yield entry.name, payload


def land(
    settings: Settings,
    source_id: str,
    name: str,
    payload: bytes,
    now: datetime,
    *,
    origin: str = "bundled",
    published_on: date | None = None,
    url: str | None = None,
    etag: str | None = None,
    last_modified: str | None = None,
) -> Snapshot:
    """Write a payload and its sidecar, once; the same bytes of the same name give the same snapshot.

    The sidecar is written last: a payload without one was interrupted and is not read. `etag` and `last_modified` are
    the publisher's, for the next conditional request.
    """
    digest = hashlib.sha256(payload).hexdigest()
    folder = settings.raw / source_id
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{digest[:12]}-{name}"
    sidecar = path.with_name(path.name + SIDECAR)
    if not sidecar.exists():
        about = {
            "url": url,
            "retrieved_at": now.astimezone(UTC).isoformat(),
            "sha256": digest,
            "etag": etag,
            "last_modified": last_modified,
            "name": name,
            "origin": origin,
            "published_on": published_on.isoformat() if published_on else None,
        }
        write_whole(path, payload)
        write_whole(sidecar, json.dumps(about, indent=1).encode())
    return read_snapshot(settings, source_id, path)


def snapshots(settings: Settings, source_id: str, pattern: str = "*") -> list[Snapshot]:
    """Return the landed payloads of a source whose names match, in the order of their ids.

    Of bundled payloads of one name only the last that landed counts: a release that words an edition anew replaces it.
    """
    sidecars = sorted((settings.raw / source_id).glob(f"*{SIDECAR}"))
    landed = (read_snapshot(settings, source_id, path.with_name(path.name.removesuffix(SIDECAR))) for path in sidecars)
    every = [item for item in landed if Path(item.name).match(pattern)]
    last = {item.name: item for item in sorted(every, key=lambda item: item.retrieved_at) if item.origin == "bundled"}
    return [item for item in every if item.origin != "bundled" or last[item.name] is item]


def addresses(settings: Settings, source_id: str) -> dict[str, Path]:
    """Return the file of the payload that landed last from each address."""
    folder = settings.raw / source_id
    found = [(json.loads(path.read_text("utf-8")), path) for path in folder.glob(f"*{SIDECAR}")]
    found.sort(key=lambda item: str(item[0]["retrieved_at"]))
    return {about["url"]: path.with_name(path.name.removesuffix(SIDECAR)) for about, path in found if about["url"]}


def rejected_of(settings: Settings, edition: Snapshot) -> Snapshot | None:
    """Return the landed file of an edition's rejected rows, or None; of several the last that landed.

    There are several where the reason for a rejection was worded anew and the edition stayed as it was.
    """
    found = snapshots(settings, edition.source_id, _rejected_name(edition.name, edition.payload))
    return max(found, key=lambda item: item.retrieved_at, default=None)


def record(snapshot: Snapshot, table: str, parsed: Parsed, about: dict[str, Any]) -> dict[str, Any]:
    """Return the row of meta_snapshots; Any: one row of mixed types."""
    published: date | None = about.get("published_on")
    return {
        "source_id": snapshot.source_id,
        "snapshot_id": snapshot.snapshot_id,
        "table_name": table,
        "retrieved_at": snapshot.retrieved_at.replace(tzinfo=None),
        "published_on": published,
        "edition": about.get("edition", snapshot.name),
        "url": about.get("url"),
        "file": snapshot.file,
        "sha256": hashlib.sha256(snapshot.payload).hexdigest(),
        "rows_in": parsed.rows_in,
        "rows_accepted": parsed.rows_accepted,
        "rows_rejected": parsed.rejected.height,
        "rows_stored": 0 if about.get("stopped_because") else parsed.accepted.height,
        "stopped_because": about.get("stopped_because"),
    }


def _rejected_name(name: str, payload: bytes) -> str:
    """Tie rejected rows to the bytes of their edition: editions of one name differ from release to release."""
    return f"{hashlib.sha256(payload).hexdigest()[:12]}-{Path(name).stem}{REJECTED_SUFFIX}"


def read_snapshot(settings: Settings, source_id: str, path: Path) -> Snapshot:
    """Return the landed payload of a file of the raw layer."""
    about = json.loads(path.with_name(path.name + SIDECAR).read_text("utf-8"))
    published = about["published_on"]
    return Snapshot(
        source_id=source_id,
        snapshot_id=f"{source_id}:{about['sha256'][:12]}",
        name=about["name"],
        file=str(path.relative_to(settings.home)),
        payload=path.read_bytes(),
        retrieved_at=datetime.fromisoformat(about["retrieved_at"]),
        origin=about["origin"],
        published_on=date.fromisoformat(published) if published else None,
        url=about["url"],
        etag=about.get("etag"),
        last_modified=about.get("last_modified"),  # sidecars before the connectors have none
    )
