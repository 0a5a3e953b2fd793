"""What became of each attempt, and the log of attempts in the raw layer.

`raw/<source>/attempts.jsonl` holds one JSON object a line, appended, never rewritten:

- `at`: time of the attempt, UTC, ISO 8601.
- `source_id`, `file`: the source, and the name of its file or series in the catalogue.
- `url`: the address asked for, before redirects.
- `outcome`: landed, unchanged, or kept_last_good.
- `reason`: why the last good data stays (see docs/fetching.md), or `no_match` and `missing_slot` where an unchanged
  outcome says that the publisher has nothing there; else null.
- `detail`: the same in words, or null.
- `attempts`: requests made for it, at least 1.
- `bytes`: size of the payload, null where none was received.
- `snapshot_id`: the snapshot that holds the payload, also where it could not be read as rows; else null.
"""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from os import SEEK_END
from pathlib import Path
from typing import Any, Literal

from orchestration.connectors.faults import Reason

Nothing = Literal["no_match", "missing_slot"]
"""Answers that are no fault: the publisher has nothing there."""
LOG = "attempts.jsonl"
"""Name of the log in a source's folder of the raw layer."""


@dataclass(frozen=True)
class Outcome:
    """What became of one file of a source; the fields of a line of the log."""

    at: str
    source_id: str
    file: str
    url: str
    outcome: Literal["landed", "unchanged", "kept_last_good"]
    reason: Reason | Nothing | None = None
    detail: str | None = None
    attempts: int = 1
    bytes: int | None = None
    snapshot_id: str | None = None

    @property
    def is_good(self) -> bool:
        """Whether what is held is what the publisher has."""
        return self.outcome != "kept_last_good"


def append(folder: Path, outcome: Outcome) -> None:
    """Add a line to a source's log, below what a kill may have left of the one before."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / LOG
    with path.open("ab+") as log:
        log.seek(max(0, log.seek(0, SEEK_END) - 1))
        start = "\n" if log.read(1) not in (b"", b"\n") else ""
        log.write(f"{start}{json.dumps(asdict(outcome), ensure_ascii=False)}\n".encode())


def read(folder: Path) -> list[Outcome]:
    """Return a source's attempts in order; a line that a kill cut short is left out."""
    path = folder / LOG
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    return [Outcome(**fields) for line in lines if (fields := _fields(line)) is not None]


def stamp(now: datetime) -> str:
    """Return a time as the log writes it."""
    return now.astimezone(UTC).isoformat()


def _fields(line: str) -> dict[str, Any] | None:  # Any: fields of several types
    try:
        found: object = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
