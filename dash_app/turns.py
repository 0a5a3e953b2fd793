"""Turns at what is dear: few at once over all processes and threads of a server; who comes too late is told to come again."""

import fcntl
import hashlib
import os
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Response

from warehouse.errors import QueryError
from warehouse.settings import Settings

WAIT_S = 5.0
"""Seconds that a request waits for its turn, and after which it may well come again (Retry-After)."""
PAUSE_S = 0.05
THREAD_WAIT_S = 0.5
"""Seconds that the last free thread waits for another to come free; what is dear is mostly over in less."""
PLACES = Path(tempfile.gettempdir()) / f"dyadwatch-turns-{os.getuid()}"
"""Folder with a folder for each home, in it a file for each turn: its lock is the turn, for all processes of a server."""


@dataclass(frozen=True)
class Work:
    """A kind of dear work, and how much of it may go on at once."""

    name: str
    at_once: int


SQL = Work("queries", 2)
"""Readers' own queries; each may use a core and its memory."""
DOWNLOAD = Work("downloads", 6)
"""Files of charts, and answers of the API with rows."""
REPLAY = Work("replays", 1)
"""Past days that are made; a day that is kept needs no turn."""


def places_of(home: Path) -> Path:
    """Return the folder of a home's turns; a home may be one that cannot be written."""
    return PLACES / hashlib.sha256(str(home.resolve()).encode()).hexdigest()[:16]


class BusyError(QueryError):
    """Others are at it; this one did not get its turn in time."""

    def __init__(self, work: Work) -> None:
        """Say what goes on."""
        super().__init__(f"{work.at_once} {work.name} run already.\nHint: ask again in a moment.")


def come_again(refusal: Response) -> Response:
    """Return a refusal (429) with the seconds after which to ask again."""
    refusal.headers["Retry-After"] = f"{WAIT_S:g}"
    return refusal


class Turns:
    """The turns of one process. One of its threads is never given to dear work, nor to waiting for it: pages go on."""

    def __init__(
        self, threads: int = Settings.server_threads, *, places: Path = PLACES, wait_s: float = WAIT_S
    ) -> None:
        """Name the process's threads, the folder that all processes of the server share, and the longest wait."""
        self.places, self.wait_s = places, wait_s
        self._free = threading.BoundedSemaphore(max(1, threads - 1))
        self._inside = threading.local()

    @contextmanager
    def take(self, work: Work) -> Iterator[None]:
        """Hold a turn; the kernel frees it when its holder ends, however it ends.

        Raises:
            BusyError: None came free within the wait, or all threads but one stay at dear work.
        """
        is_outer = not getattr(self._inside, "yes", False)
        if is_outer and not self._free.acquire(timeout=min(THREAD_WAIT_S, self.wait_s)):
            raise BusyError(work)
        self._inside.yes = True
        try:
            descriptor = self._place(work)
            if descriptor is None:
                raise BusyError(work)
            try:
                yield
            finally:
                os.close(descriptor)
        finally:
            if is_outer:
                self._inside.yes = False
                self._free.release()

    def _place(self, work: Work) -> int | None:
        """Return a locked file, or None where all stay locked."""
        self.places.parent.mkdir(mode=0o700, exist_ok=True)
        self.places.mkdir(mode=0o700, exist_ok=True)
        deadline = time.monotonic() + self.wait_s
        while True:
            for number in range(work.at_once):
                flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
                descriptor = os.open(self.places / f"{work.name}-{number}", flags, 0o600)
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    os.close(descriptor)
                else:
                    return descriptor
            if time.monotonic() >= deadline:
                return None
            time.sleep(PAUSE_S)
