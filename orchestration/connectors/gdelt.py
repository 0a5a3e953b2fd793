"""GDELT: zips of events named by lists with digests. Days by the list of version 1, quarter hours by those of 2.

Without a day to go back to, version 2 gives the newest quarter hour only: its list of all files has some 100 MB. A day
that version 1 lists is taken whole, without its quarter hours; where every day wanted is held so, no list is asked for.
"""

import hashlib
import re
from collections.abc import Iterable
from datetime import date, timedelta
from functools import partial
from urllib.parse import urljoin

from orchestration.connectors.faults import FetchFault
from orchestration.connectors.outcomes import Nothing, Outcome
from orchestration.connectors.visit import Visit
from warehouse.catalog.models import LiveFile

SLOT = re.compile(r"^\d+ ([0-9a-f]{32}) (\S+/(\d{8})\d{6}\.export\.CSV\.zip)$", re.MULTILINE)
"""A line of version 2's lists: size, digest, address."""
WHOLE = re.compile(r"/(\d{8})\.export\.CSV\.zip$")
"""End of the address of a day's file."""
DAY = re.compile(r"^([0-9a-f]{32})\s+((\d{8})\.export\.CSV\.zip)$", re.MULTILINE)
"""A line of version 1's list: digest, name."""
NEWEST, ALL = "lastupdate.txt", "masterfilelist.txt"
TOLERATED = ("not_found", "shape", "truncated", "bomb", "too_large")
"""Faults of one file only; any other would be met by the next file too."""


def gdelt(visit: Visit, file: LiveFile) -> None:
    """Take a list's zips of the days wanted, each held to its digest; a slot that is not there is told."""
    former = {one.url for one in visit.former if one.is_good and one.snapshot_id}  # such a file never changes
    asked = former | {one.url for one in visit.outcomes}
    span = range((visit.last_day - visit.first_day).days + 1)
    wanted = {f"{visit.first_day + timedelta(days=number):%Y%m%d}" for number in span}
    wanted -= {match[1] for address in asked if (match := WHOLE.search(address))}
    if not wanted:
        return
    url = file.url.replace(NEWEST, ALL) if visit.since else file.url
    listed = visit.text(file, url)
    if listed is None:
        return
    found = [
        (digest, urljoin(url, address), day) for line in (SLOT, DAY) for digest, address, day in line.findall(listed)
    ]
    if not found:
        visit.failed(file, url, "shape", "no line of the list names a file of events")
    zipped = file.model_copy(update={"shape": "tsv_zip", "max_bytes": 200_000_000})
    for digest, address, day in found:
        if day not in wanted or address in asked:
            continue
        taken = visit.take(zipped, address, verify=partial(_same, digest), passes=_missing)
        if taken is None and visit.outcomes[-1].reason not in (*TOLERATED, "missing_slot"):
            return


def holds(outcomes: Iterable[Outcome], day: date) -> bool:
    """Return whether a file of a day, or of a quarter hour in it, has been taken."""
    return any(one.is_good and one.snapshot_id and f"/{day:%Y%m%d}" in one.url for one in outcomes)


def _missing(fault: FetchFault) -> Nothing | None:
    return "missing_slot" if fault.reason == "not_found" else None


def _same(digest: str, payload: bytes) -> None:
    if hashlib.md5(payload, usedforsecurity=False).hexdigest() != digest:
        raise FetchFault("truncated", "the digest is not that of the list")
