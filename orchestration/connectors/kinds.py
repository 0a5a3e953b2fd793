"""The kinds of connector: how each publisher leads to its files. A kind is a function of a visit and a file."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from math import ceil
from types import MappingProxyType

from orchestration.connectors.faults import FetchFault
from orchestration.connectors.gdelt import gdelt
from orchestration.connectors.gobmx import gobmx
from orchestration.connectors.links import matching, newest
from orchestration.connectors.outcomes import Nothing
from orchestration.connectors.shape import number, records
from orchestration.connectors.visit import Taken, Visit
from warehouse.catalog.models import LiveFile

SEARCH_WINDOW = 2000
"""The Federal Register answers no search beyond so many results."""
PER_PAGE = 100
MOST_PAGES = 60
"""Pages of one search at most on a run; more is a loop or a change at the publisher's."""
FIRST_SERIES_DAY = datetime(1995, 1, 1, tzinfo=UTC)
"""First day asked of publishers that want a span."""
TABLES_LAG = timedelta(days=66)
"""Before the tables of January come out, about 7 March, the newest year with tables is the year before."""


def file(visit: Visit, file: LiveFile) -> None:
    """Take a file of a fixed address."""
    visit.take(file, filled(file.url, visit.now))


def page(visit: Visit, file: LiveFile) -> None:
    """Take the newest file that a page links."""
    url = filled(file.url, visit.now)
    text = visit.look(file, url)
    if text is None:
        return
    found = matching(text, url, file.link or "")
    if not found:
        visit.failed(file, url, "not_found", f"no link of the page fits {file.link}")
        return
    visit.take(file, newest(found))


def feed(visit: Visit, file: LiveFile) -> None:
    """Take a feed; one without items is refused by its check."""
    visit.take(file, file.url, name=f"{file.name}.xml")


def federal_register(visit: Visit, file: LiveFile) -> None:
    """Take a search of the Federal Register, a calendar month at a time, so that closed months stay the same bytes."""
    for first, last in months(visit.first_day, visit.now.date()):
        if not _search(visit, file, first, last):
            return


def _search(visit: Visit, file: LiveFile, first: date, last: date) -> bool:
    """Take all pages of a span of days of publication; return whether the next span is worth asking for."""
    span = f"&conditions[publication_date][gte]={first}&conditions[publication_date][lte]={last}"
    number_of_pages, at = 1, 1
    while at <= min(number_of_pages, MOST_PAGES):
        url = f"{file.url}{span}&order=oldest&per_page=100&page={at}"
        taken = visit.take(file, url, name=f"{file.name}-{first}-{last}-p{at}.json", verify=_paged, passes=_no_match)
        if taken is None:  # nothing in these days, or a fault that the other days would meet too
            return visit.outcomes[-1].is_good
        if at == 1 and number(taken.payload, "count") > SEARCH_WINDOW and first < last:
            middle = first + (last - first) // 2
            return _search(visit, file, first, middle) and _search(visit, file, middle + timedelta(days=1), last)
        number_of_pages, at = number(taken.payload, "total_pages"), at + 1
    return True


def _no_match(fault: FetchFault) -> Nothing | None:
    """Tell a search without a result, a 404 in JSON, from an address that is gone."""
    return "no_match" if fault.reason == "not_found" and "json" in fault.detail else None


def _paged(payload: bytes) -> None:
    number(payload, "count")
    number(payload, "total_pages")


def wordpress(visit: Visit, file: LiveFile) -> None:
    """Take the posts of a WordPress type, a calendar month at a time, all pages that the header counts."""
    posts = 0
    for first, last in months(visit.first_day, visit.now.date()):
        span = f"&after={first - timedelta(days=1)}T23:59:59&before={last + timedelta(days=1)}T00:00:00"
        number_of_pages, at = 1, 1
        while at <= min(number_of_pages, MOST_PAGES):
            url = f"{file.url}{span}&orderby=date&order=asc&per_page={PER_PAGE}&page={at}"
            taken = visit.take(file, url, name=f"{file.name}-{first}-{last}-p{at}.json")
            if taken is None:
                return
            found = len(records(taken.payload))
            told = taken.headers.get("x-wp-totalpages", "")
            # An answer that nothing changed need not tell the number of pages; a full page then has a next one.
            number_of_pages = int(told) if re.fullmatch(r"\d{1,5}", told) else at + (found == PER_PAGE)
            posts, at = posts + found, at + 1
    if posts == 0:
        visit.failed(file, file.url, "empty", f"no post since {visit.first_day}, which no month was without")


def doj(visit: Visit, file: LiveFile) -> None:
    """Take releases from the newest end, which is the first or the last page: publications of the API disagree."""
    first = _releases(visit, file, 0)
    if first is None:
        return
    total, per_page = number(first.payload, "metadata", "resultset", "count"), len(records(first.payload, "results"))
    if per_page == 0:
        visit.failed(file, file.url, "empty", f"no release on the first page of {total}")
        return
    end = ceil(total / per_page) - 1
    last = _releases(visit, file, end) if end > 0 else first
    if last is None:
        return
    is_newest_first = _newest_day(first) >= _newest_day(last)
    step, at, read = (1, 0, 0) if is_newest_first else (-1, end, 0)
    taken: Taken | None = first if is_newest_first else last
    while taken and _oldest_day(taken) >= visit.first_day and 0 <= at + step <= end and read < MOST_PAGES:
        at, read = at + step, read + 1
        taken = (first if at == 0 else last if at == end else None) or _releases(visit, file, at)


def _releases(visit: Visit, file: LiveFile, at: int) -> Taken | None:
    return visit.take(file, f"{file.url}&page={at}", name=f"{file.name}-p{at}.json", verify=_dated)


def _dated(payload: bytes) -> None:
    number(payload, "metadata", "resultset", "count")
    if not all(re.fullmatch(r"\d{1,11}", str(one["date"])) for one in records(payload, "results")):
        raise FetchFault("shape", "a release whose date is no number of seconds")


def _days(taken: Taken) -> list[date]:
    seconds = [int(str(one["date"])) for one in records(taken.payload, "results")]
    return [datetime.fromtimestamp(one, UTC).date() for one in seconds]


def _newest_day(taken: Taken) -> date:
    return max(_days(taken), default=date.min)


def _oldest_day(taken: Taken) -> date:
    return min(_days(taken), default=date.min)


def months(first: date, last: date) -> list[tuple[date, date]]:
    """Return the first and last day of each calendar month from the one of `first` to the one of `last`."""
    spans, start = [], first.replace(day=1)
    while start <= last:
        following = (start + timedelta(days=32)).replace(day=1)
        spans.append((start, following - timedelta(days=1)))
        start = following
    return spans


def filled(url: str, now: datetime) -> str:
    """Return an address with its span of time filled in; it stays the same for a month, as conditional requests need."""
    end = (now.replace(day=1) + timedelta(days=32)).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    milliseconds = {"{from_ms}": FIRST_SERIES_DAY, "{to_ms}": end}
    for mark, moment in milliseconds.items():
        url = url.replace(mark, str(int(moment.timestamp()) * 1000))
    return url.replace("{year}", str((now - TABLES_LAG).year))


KINDS: Mapping[str, Callable[[Visit, LiveFile], None]] = MappingProxyType(
    {
        "page": page,
        "file": file,
        "federal_register": federal_register,
        "feed": feed,
        "wordpress": wordpress,
        "doj": doj,
        "gobmx": gobmx,
        "gdelt": gdelt,
    }
)
"""Connectors by the catalogue's `kind`."""

BACK_FILLED = frozenset({"federal_register", "wordpress", "doj", "gobmx", "gdelt"})
"""Kinds that can go back to a day; the others give what they give."""
