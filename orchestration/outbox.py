"""The outbox: one file an alert in the home folder, with what was decided about it and each attempt to send it."""

import contextlib
import fcntl
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from orchestration.channels import Outcome
from warehouse.errors import DyadwatchError, UnknownKeyError, WarehouseBusyError
from warehouse.publish import write_whole

State = Literal["waiting", "delivered", "dismissed", "withdrawn", "history"]
"""`withdrawn`: it waited, and the build no longer raises it. `history`: raised too long before the home's first run."""


@dataclass(frozen=True)
class Attempt:
    """One attempt to send an alert; it is written as `unsure` before, so that a crash leaves the doubt on record."""

    channel: str
    at: str
    """When it began, UTC."""
    outcome: Outcome
    detail: str


@dataclass(frozen=True)
class Entry:
    """One alert in the outbox."""

    subject: str
    """What it is about, the same in every build: see `warehouse.briefs.subject_of`."""
    alert_id: str
    pair_id: str
    kind: str
    month: str
    raised_on: str
    detail: str
    item_ids: tuple[str, ...]
    title: str
    link: str
    build_id: str
    """Build whose figures it gives."""
    queued_at: str
    state: State
    attempts: tuple[Attempt, ...] = ()

    @property
    def text(self) -> str:
        """The alert in a line or three."""
        items = f"\nItems: {', '.join(self.item_ids)}" if self.item_ids else ""
        return f"{self.title}: {self.detail}{items}\nRaised on {self.raised_on}."

    @property
    def why(self) -> str:
        """What the last attempt of each channel came to, apart by semicolons."""
        return "; ".join(f"{one.channel} {one.outcome}: {one.detail}" for one in self.last.values())

    @property
    def last(self) -> dict[str, Attempt]:
        """The last attempt by channel."""
        return {one.channel: one for one in self.attempts}

    def letter(self) -> dict[str, Any]:  # Any: JSON
        """Return what is sent: the alert, without what this machine did with it."""
        own = {"state", "attempts", "queued_at"}
        return {name: value for name, value in asdict(self).items() if name not in own} | {"text": self.text}

    def with_attempt(self, attempt: Attempt, *, instead: bool = False) -> "Entry":
        """Return the entry with an attempt added, or put in place of the last one."""
        kept = self.attempts[:-1] if instead else self.attempts
        return replace(self, attempts=(*kept, attempt))


class Outbox:
    """The folder of entries, and the pairs whose alerts are followed already."""

    def __init__(self, folder: Path) -> None:
        """Name the folder; it is made when something is written."""
        self.folder = folder
        self._pairs = folder / "pairs.json"

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Keep every other process from sending the same alerts meanwhile.

        Raises:
            WarehouseBusyError: Another process is at it.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(descriptor)
            raise WarehouseBusyError("Another process is at the outbox.\nHint: let it end, then try again.") from error
        try:
            yield
        finally:
            os.close(descriptor)

    def entries(self) -> dict[str, Entry]:
        """Return every entry by its subject, the oldest alert first.

        Raises:
            DyadwatchError: A file is not an entry; nothing is sent, for it may hold that something was.
        """
        found = [_read(path) for path in self.folder.glob("alert-*.json")]
        return {entry.subject: entry for entry in sorted(found, key=lambda entry: (entry.raised_on, entry.subject))}

    def write(self, entry: Entry) -> None:
        """Write an entry whole. Its file's name holds no text of the alert, which may hold what a name cannot."""
        self.folder.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256(entry.subject.encode()).hexdigest()[:16]
        write_whole(self.folder / f"alert-{digest}.json", _json(asdict(entry)))

    def pairs(self) -> set[str]:
        """Return the pairs whose alerts were looked through before."""
        return set(json.loads(self._pairs.read_bytes())) if self._pairs.exists() else set()

    def follow(self, pairs: Iterable[str]) -> None:
        """Remember that these pairs' alerts were looked through."""
        self.folder.mkdir(parents=True, exist_ok=True)
        write_whole(self._pairs, _json(sorted(pairs)))


def named(entries: Mapping[str, Entry], ids: Iterable[str]) -> list[Entry]:
    """Return the entries of ids, each once.

    Raises:
        UnknownKeyError: An id is none of them.
    """
    by_id = {entry.alert_id: entry for entry in entries.values()}
    wanted = list(dict.fromkeys(ids))
    for alert_id in wanted:
        if alert_id not in by_id:
            raise UnknownKeyError("waiting alert", alert_id, by_id or ["none"])
    return [by_id[alert_id] for alert_id in wanted]


def _read(path: Path) -> Entry:
    try:
        held = json.loads(path.read_bytes())
        attempts = tuple(Attempt(**one) for one in held.pop("attempts"))
        return Entry(**{**held, "item_ids": tuple(held["item_ids"]), "attempts": attempts})
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise DyadwatchError(
            f"{path} is not an alert of the outbox: {error}\n"
            "Hint: mend it, or take it away; without it the alert counts as never sent."
        ) from error


def _json(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False, indent=2).encode() + b"\n"
