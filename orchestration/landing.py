"""The raw layer: payloads as fetched beside their sidecars, never changed. Bundled figures land like any other payload."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib import resources
from pathlib import Path
from typing import Any

from warehouse.settings import Settings


@dataclass(frozen=True)
class Snapshot:
    """One payload of the raw layer."""

    source_id: str
    snapshot_id: str
    name: str
    file: str
    payload: bytes
    retrieved_at: datetime


def land_bundled(settings: Settings, source_id: str, pattern: str, now: datetime) -> list[Snapshot]:
    """Land the bundled files of a source that match; a payload that is there already is left as it is."""
    folder = resources.files("warehouse") / "bundled" / source_id
    landed = []
    for entry in sorted(folder.iterdir(), key=lambda item: item.name):
        if Path(entry.name).match(pattern):
            landed.append(land(settings, source_id, entry.name, entry.read_bytes(), now))
    return landed


def land(settings: Settings, source_id: str, name: str, payload: bytes, now: datetime) -> Snapshot:
    """Write a payload and its sidecar, once; the same bytes give the same snapshot."""
    digest = hashlib.sha256(payload).hexdigest()
    folder = settings.raw / source_id
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{digest[:12]}-{name}"
    sidecar = path.with_name(path.name + ".json")
    if not sidecar.exists():
        path.write_bytes(payload)
        about = {
            "url": None,
            "retrieved_at": now.astimezone(UTC).isoformat(),
            "sha256": digest,
            "etag": None,
            "name": name,
        }
        sidecar.write_text(json.dumps(about, indent=1), "utf-8")
    return _snapshot(settings, source_id, path)


def snapshots(settings: Settings, source_id: str, pattern: str = "*") -> list[Snapshot]:
    """Return the landed payloads of a source whose names match, in the order of their ids."""
    folder = settings.raw / source_id
    found = [path for path in folder.glob("*") if path.suffix != ".json"] if folder.exists() else []
    return [
        item
        for item in (_snapshot(settings, source_id, path) for path in sorted(found))
        if Path(item.name).match(pattern)
    ]


def record(snapshot: Snapshot, table: str, *, rows_in: int, rejected: int, about: dict[str, Any]) -> dict[str, Any]:
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
        "rows_in": rows_in,
        "rows_accepted": rows_in - rejected,
        "rows_rejected": rejected,
    }


def _snapshot(settings: Settings, source_id: str, path: Path) -> Snapshot:
    about = json.loads(path.with_name(path.name + ".json").read_text("utf-8"))
    return Snapshot(
        source_id=source_id,
        snapshot_id=f"{source_id}:{about['sha256'][:12]}",
        name=about["name"],
        file=str(path.relative_to(settings.home)),
        payload=path.read_bytes(),
        retrieved_at=datetime.fromisoformat(about["retrieved_at"]),
    )
