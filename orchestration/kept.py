"""What a build need not make again: every table is recorded with a digest of each thing that it was made from.

Things are the code (with catalogue and packages), the payloads of a source, the outages, and tables, whose digest is their
content hash. A table all of whose things have the digests recorded with it would come out as it stands.
"""

import hashlib
import json
import platform
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import polars as pl

from orchestration.connectors.outcomes import LOG, read
from orchestration.landing import SIDECAR, bundled
from transforms.outages import of_log, outages
from warehouse.contracts.tables import TABLES
from warehouse.settings import Settings
from warehouse.store import BESIDE, NEW, NOT_HASHED, changed

CODE, OUTAGES, RAW = "code", "outages", "raw/"
"""Names of things that are no tables; of a source's payloads the beginning of the name."""
ROOT = Path(__file__).parents[1]
PACKAGES = ("orchestration", "transforms", "warehouse")
"""Packages that a build runs; their data files are code too, but for the bundled figures, which land as payloads."""


def digests(settings: Settings) -> dict[str, str]:
    """Return the digest of the code, of the outages, and of each source's payloads, landed or about to land.

    It is taken before anything is read: what lands meanwhile is read by this build or not, and in any case by the next.
    """
    held = [path.name for path in settings.raw.glob("*/")]
    shipped = [path.name for path in (ROOT / "warehouse" / "bundled").glob("*/")]
    sources = {f"{RAW}{name}": _digest(sorted(_payloads(settings, name))) for name in {*held, *shipped}}
    logs: dict[str, list[Mapping[str, object]]] = {
        log.parent.name: [vars(one) for one in read(log.parent)] for log in settings.raw.glob(f"*/{LOG}")
    }
    return {CODE: code(), OUTAGES: _digest(map(str, outages(of_log(logs)).rows()))} | sources


def code() -> str:
    """Return the digest of the packages that a build runs, of the packages installed beside them, and of Python.

    Any change counts: to know that one makes no difference would take more than to build once.
    """
    own = (path for name in PACKAGES for path in sorted((ROOT / name).rglob("*")) if path.is_file())
    mine = (path for path in own if not {"__pycache__", "bundled"} & set(path.parts))
    # A folder's name has package and version; to read each one's metadata would take as long as the rest.
    others = {info.name for entry in sys.path for info in Path(entry).glob("*.dist-info")}
    named = (f"{path.relative_to(ROOT)} {hashlib.sha256(path.read_bytes()).hexdigest()}" for path in mine)
    return _digest([sys.version, platform.machine(), *sorted(others), *named])


def made_from(reads: Iterable[str], things: Mapping[str, str], hashes: Mapping[str, str]) -> dict[str, str]:
    """Return what is recorded with a table: the digest of the code and of each thing that the table's asset reads.

    Args:
        reads: Names of things.
        things: As `digests` gave them when the run began.
        hashes: Content hash of each table.
    """
    known = {**things, **hashes}
    return {name: known.get(name, "") for name in (CODE, *reads)}


def stale(recorded: pl.DataFrame, things: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the tables that must be made, each with what has changed of that it is made from.

    Args:
        recorded: Rows of meta_tables, as they stand in the build file.
        things: As `digests` gives them now.
    """
    made, now = _made(recorded), {**things, **_hashes(recorded)}
    found = {table: [NEW] for table in set(TABLES) - {*NOT_HASHED, *BESIDE, *made}}
    found |= {
        table: names
        for table, held in made.items()
        if (names := changed(held, {name: now.get(name, "") for name in held}))
    }
    while more := {
        table: names
        for table, held in made.items()
        if table not in found and (names := sorted(found.keys() & held.keys()))
    }:
        found |= more
    return found


def mixed(recorded: pl.DataFrame) -> list[str]:
    """Return the tables that were made from other tables, or by other code, than those that stand beside them."""
    made, hashes = _made(recorded), _hashes(recorded)
    codes = {held[CODE] for held in made.values()}
    return [
        table
        for table, held in made.items()
        if len(codes) > 1 or any(hashes[name] != digest for name, digest in held.items() if name in hashes)
    ]


def _made(recorded: pl.DataFrame) -> dict[str, dict[str, str]]:
    """Return what each table was made from, of those of which it is known."""
    known = recorded.drop_nulls("made_from").select("table_name", "made_from")
    return {table: json.loads(text) for table, text in known.iter_rows()}


def _hashes(recorded: pl.DataFrame) -> dict[str, str]:
    return dict(recorded.select("table_name", "content_hash").iter_rows())


def _payloads(settings: Settings, source_id: str) -> Iterator[str]:
    """Yield a line for each payload; of a bundled one its bytes count, not the day on which they landed."""
    shipped = {f"{name} {hashlib.sha256(payload).hexdigest()}" for name, payload in bundled(source_id)}
    for sidecar in (settings.raw / source_id).glob(f"*{SIDECAR}"):
        text = sidecar.read_text("utf-8")
        about = json.loads(text)
        if about["origin"] == "bundled":
            shipped.add(f"{about['name']} {about['sha256']}")
        else:
            yield text
    yield from shipped


def _digest(lines: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]
