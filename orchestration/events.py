"""Row-level events: each landed file is read once into Parquet by day, and its account kept beside it.

``events/day=YYYY-MM-DD/<file>.parquet`` holds the rows, ``events/read/<file>.json`` what became of the file; the account is
written last, so a file without one is read again. Where no file is new, a build reads the accounts and
``events/read/<digest>.arrow``, the counts of last time.
"""

import hashlib
import io
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from orchestration.ingest import snapshots_frame, stopped_because
from orchestration.kept import code
from orchestration.landing import SIDECAR, Snapshot, read_snapshot, record
from transforms.parsed import Parsed, no_rejections
from transforms.sources.gdelt import EVENTS, SOURCE, daily_dyads
from transforms.sources.publishers import parse_published
from warehouse.catalog.registry import load_catalog
from warehouse.contracts.tables import contract
from warehouse.errors import SourceError
from warehouse.publish import write_whole
from warehouse.settings import Settings
from warehouse.store import Ingested

TABLE = "core_gdelt__daily_dyads"
FORMAT = 1
"""Version of the Parquet files; a file read by another version is read anew."""
AT_ONCE = 2
"""Files read at once, as inflating and parsing leave Python's lock; memory grows with this and not with the files."""


def ingest_events(settings: Settings) -> Ingested:
    """Return daily counts over all event files that have landed, after reading those that are new."""
    accounts = read_new_files(settings)
    frame: pl.DataFrame = contract(TABLE).create_empty()
    files = [file for account in accounts for file in account["files"]]
    if files:
        frame = _known(_counted(settings.home / "events", files))
    rows = [_typed(account["snapshot"]) for account in accounts]
    rejected = [
        (account["snapshot"]["snapshot_id"], TABLE, *row) for account in accounts for row in account["rejected"]
    ]
    empty = contract("meta_rejections").create_empty()
    names = ["snapshot_id", "table_name", "row_number", "rule", "row"]
    rejections = pl.DataFrame(rejected, schema={name: empty.schema[name] for name in names}, orient="row")
    return Ingested(frame, snapshots_frame(rows), rejections.select(empty.columns))


def read_new_files(settings: Settings) -> list[dict[str, Any]]:  # Any: an account is JSON
    """Read the event files that have no account yet; return the accounts of all, in the order of their names."""
    names = sorted(path.name.removesuffix(SIDECAR) for path in (settings.raw / SOURCE).glob(f"*{SIDECAR}"))
    load_catalog()  # once, before the threads ask for it together
    with ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(partial(_accounted, settings), names))


def iso3_of_cameo() -> dict[str, str]:
    """Return ISO3 by CAMEO's code of each country of the catalogue."""
    return {country.cameo: iso3 for iso3, country in load_catalog().countries.items()}


def _counted(folder: Path, files: list[str]) -> pl.DataFrame:
    """Return daily counts over the files, kept from last time where files, countries and code are the same."""
    countries = iso3_of_cameo()
    made_of = json.dumps([files, countries, code()])  # a file's name tells its content
    kept = folder / "read" / f"{hashlib.sha256(made_of.encode()).hexdigest()}.arrow"
    if kept.exists():
        return pl.read_ipc(kept)
    frame = daily_dyads(pl.scan_parquet([folder / file for file in files]), countries)
    buffer = io.BytesIO()
    frame.write_ipc(buffer)
    for former in kept.parent.glob("*.arrow"):
        former.unlink()
    write_whole(kept, buffer.getvalue())
    return frame


def _known(frame: pl.DataFrame) -> pl.DataFrame:
    """Date daily counts by the day after: DATEADDED is the publisher's own stamp, so nothing is estimated."""
    lag = load_catalog().sources[SOURCE].lag_days
    return frame.with_columns(
        pl.lit(SOURCE).alias("source_id"),
        (pl.col("day") + pl.duration(days=lag)).alias("known_from"),
        pl.lit(value=False).alias("known_from_is_estimated"),
        pl.lit(None, dtype=pl.Date).alias("known_to"),
        pl.lit(None, dtype=pl.String).alias("closed_because"),
    )


def _typed(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row of meta_snapshots with its days and times, which JSON holds as text."""
    published = row["published_on"]
    return row | {
        "retrieved_at": datetime.fromisoformat(row["retrieved_at"]),
        "published_on": date.fromisoformat(published) if published else None,
    }


def _accounted(settings: Settings, name: str) -> dict[str, Any]:
    path = settings.home / "events" / "read" / f"{name}.json"
    account = _account(settings, path)
    if account is None:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, json.dumps(_read(settings, name), default=str).encode())
        account = json.loads(path.read_text("utf-8"))
    return account


def _account(settings: Settings, path: Path) -> dict[str, Any] | None:
    """Return a file's account, or None where there is none of this version or a Parquet file that it names is gone."""
    if not path.exists():
        return None
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    is_whole = found.get("format") == FORMAT and all(
        (settings.home / "events" / name).exists() for name in found["files"]
    )
    return found if is_whole else None


def _read(settings: Settings, name: str) -> dict[str, Any]:
    """Write a file's rows as Parquet, one file a day of adding; return its account."""
    item = read_snapshot(settings, SOURCE, settings.raw / SOURCE / name)
    parsed, reason = _parsed(item)
    files = [] if reason else [_write(settings, item, name, day, rows) for (day,), rows in _days(parsed)]
    about = {"published_on": item.published_on, "url": item.url, "stopped_because": reason}
    return {
        "format": FORMAT,
        "files": files,
        "snapshot": record(item, TABLE, parsed, about),
        "rejected": parsed.rejected.select("row_number", "rule", "row").rows(),
    }


def _parsed(item: Snapshot) -> tuple[Parsed, str | None]:
    try:
        parsed = parse_published(SOURCE, item.payload)
    except SourceError as error:
        return Parsed(pl.DataFrame(schema=EVENTS), no_rejections(), 0), str(error)
    return parsed, stopped_because(SOURCE, parsed)


def _days(parsed: Parsed) -> list[tuple[tuple[Any, ...], pl.DataFrame]]:
    rows = parsed.accepted
    if rows["day"].min() == rows["day"].max():  # as in most files
        return [((day,), rows) for day in rows["day"].head(1)]
    return sorted(rows.partition_by("day", as_dict=True).items())


def _write(settings: Settings, item: Snapshot, name: str, day: object, rows: pl.DataFrame) -> str:
    file = f"day={day}/{name}.parquet"
    path = settings.home / "events" / file
    path.parent.mkdir(parents=True, exist_ok=True)
    buffer = io.BytesIO()
    in_order = rows if rows["event_id"].is_sorted() else rows.sort("event_id")
    whole = in_order.with_columns(pl.lit(item.snapshot_id).alias("snapshot_id"))
    whole.write_parquet(buffer, compression_level=1, statistics=False)  # no reader skips within a day's one group
    write_whole(path, buffer.getvalue())
    return file
