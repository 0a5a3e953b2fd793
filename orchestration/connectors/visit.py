"""One visit to a source's publisher: each file asked for, checked, landed and read, with its outcome in the log."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

from orchestration.connectors.faults import FetchFault, Reason
from orchestration.connectors.http import Answer, Client
from orchestration.connectors.outcomes import Nothing, Outcome, append, read, stamp
from orchestration.connectors.shape import check, text_of
from orchestration.landing import Snapshot, addresses, land, read_snapshot
from warehouse.catalog.models import Live, LiveFile
from warehouse.settings import Settings

Judge = Callable[[Snapshot], str | None]
"""Returns why a landed payload feeds no row, or None where it does or where the source has no parser."""


@dataclass(frozen=True)
class Taken:
    """A payload that is now in the raw layer; `headers` are those of the answer."""

    payload: bytes
    headers: Mapping[str, str]


@dataclass
class Visit:
    """A source's files on one run. Its methods raise nothing that a publisher can cause: faults become outcomes."""

    settings: Settings
    source_id: str
    live: Live
    client: Client
    judge: Judge
    now: datetime
    since: date | None = None
    until: date | None = None
    outcomes: list[Outcome] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Look up what landed before, and what was asked for before."""
        self._held: dict[str, Path] = addresses(self.settings, self.source_id)
        self.former: list[Outcome] = read(self.folder)

    @property
    def folder(self) -> Path:
        """The source's folder of the raw layer."""
        return self.settings.raw / self.source_id

    @property
    def first_day(self) -> date:
        """First day wanted."""
        return self.since or self.now.astimezone(UTC).date() - timedelta(days=self.live.look_back_days)

    @property
    def last_day(self) -> date:
        """Last day wanted, in UTC."""
        return self.until or self.now.astimezone(UTC).date()

    def take(
        self,
        file: LiveFile,
        url: str,
        *,
        name: str | None = None,
        verify: Callable[[bytes], None] | None = None,
        passes: Callable[[FetchFault], Nothing | None] = lambda _: None,
    ) -> Taken | None:
        """Fetch, check and land one file; return it, or None where it was not taken and the log says why.

        Args:
            file: What the catalogue declares of it.
            url: Its address.
            name: Name in the raw layer; the last part of the address when omitted.
            verify: A further check; raises FetchFault.
            passes: Returns what a fault means that is none here, or None.
        """
        try:
            answer, former = self._asked(file, url)
            payload = former.payload if former and answer.is_unchanged else answer.payload
            self._checked(payload, file, answer, verify)
        except FetchFault as fault:
            self._kept(file, url, fault, passes(fault))
            return None
        is_new = not (former and former.payload == payload)
        landed = former if former and not is_new else self._landed(name or name_of(url), url, answer)
        self._told(file, url, landed, is_new, answer.attempts)
        return Taken(payload, {key.lower(): text for key, text in answer.headers.items()})

    def look(self, file: LiveFile, url: str) -> str | None:
        """Return the text of a page that leads to files and does not land itself, or None where it was not had."""
        page = LiveFile(name=file.name, url=url, shape="html", max_bytes=20_000_000)
        try:
            answer = self.client.get(url, self.live, max_bytes=page.max_bytes)
            self._checked(answer.payload, page, answer, None)
        except FetchFault as fault:
            self._kept(file, url, fault)
            return None
        return text_of(answer.payload)

    def text(self, file: LiveFile, url: str) -> str | None:
        """Return a list that leads to files and does not land itself, or None where it was not had."""
        try:
            answer = self.client.get(url, self.live, max_bytes=file.max_bytes)
            starts = file.model_copy(update={"shape": "text"})
            self._checked(answer.payload, starts, answer, None)
        except FetchFault as fault:
            self._kept(file, url, fault)
            return None
        return answer.payload.decode("utf-8", "replace")

    def failed(self, file: LiveFile, url: str, reason: Reason, detail: str) -> None:
        """Record that an answer, as such in order, does not lead to what is wanted."""
        self._record(file, url, "kept_last_good", reason=reason, detail=detail)

    def _asked(self, file: LiveFile, url: str) -> tuple[Answer, Snapshot | None]:
        path = self._held.get(url)
        former = read_snapshot(self.settings, self.source_id, path) if path else None
        answer = self.client.get(
            url,
            self.live,
            max_bytes=file.max_bytes,
            etag=former.etag if former else None,
            last_modified=former.last_modified if former else None,
        )
        return answer, former

    @staticmethod
    def _checked(payload: bytes, file: LiveFile, answer: Answer, verify: Callable[[bytes], None] | None) -> None:
        try:
            check(payload, file, answer.headers.get("Content-Type", ""))
            if verify:
                verify(payload)
        except FetchFault as fault:
            raise FetchFault(fault.reason, fault.detail, attempts=answer.attempts) from fault

    def _kept(self, file: LiveFile, url: str, fault: FetchFault, nothing: Nothing | None = None) -> None:
        outcome: Literal["unchanged", "kept_last_good"] = "unchanged" if nothing else "kept_last_good"
        reason = nothing or fault.reason
        self._record(file, url, outcome, reason=reason, detail=fault.detail, attempts=fault.attempts)

    def _landed(self, name: str, url: str, answer: Answer) -> Snapshot:
        return land(
            self.settings,
            self.source_id,
            name,
            answer.payload,
            self.now,
            origin="publisher",
            url=url,
            etag=answer.headers.get("ETag"),
            last_modified=answer.headers.get("Last-Modified"),
        )

    def _told(self, file: LiveFile, url: str, landed: Snapshot, is_new: bool, attempts: int) -> None:
        """Record what a payload in the raw layer is good for: one that gives no rows leaves the last good data."""
        size, snapshot_id = len(landed.payload), landed.snapshot_id
        if problem := self.judge(landed):
            self._record(
                file,
                url,
                "kept_last_good",
                reason="shape",
                detail=problem.splitlines()[0],
                attempts=attempts,
                size=size,
                snapshot_id=snapshot_id,
            )
        else:
            outcome: Literal["landed", "unchanged"] = "landed" if is_new else "unchanged"
            self._record(file, url, outcome, attempts=attempts, size=size, snapshot_id=snapshot_id)

    def _record(
        self,
        file: LiveFile,
        url: str,
        outcome: Literal["landed", "unchanged", "kept_last_good"],
        *,
        reason: Reason | Nothing | None = None,
        detail: str | None = None,
        attempts: int = 1,
        size: int | None = None,
        snapshot_id: str | None = None,
    ) -> None:
        at = stamp(self.now)
        done = Outcome(at, self.source_id, file.name, url, outcome, reason, detail, attempts, size, snapshot_id)
        append(self.folder, done)
        self.outcomes.append(done)


def name_of(url: str) -> str:
    """Return a file name for an address: its last part, in letters that every file system takes."""
    last = unquote(urlsplit(url).path.rstrip("/").rsplit("/", 1)[-1]) or "index"
    return re.sub(r"[^A-Za-z0-9._-]+", "_", last)[-120:]
