"""gob.mx: archive pages lead to articles; the site has no feed and no API, and may answer with a test for browsers.

The transcript of a morning conference is published in parts during the day. So an article is taken after 18:00 in
Mexico City, again the next day and after a week; each text that differs lands as a snapshot of its own.
"""

import re
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta, timezone
from urllib.parse import urlsplit

from orchestration.connectors.faults import FetchFault
from orchestration.connectors.links import matching
from orchestration.connectors.shape import text_of
from orchestration.connectors.visit import Visit, name_of
from warehouse.catalog.models import LiveFile

MEXICO_CITY = timezone(timedelta(hours=-6))
"""Mexico has kept no summer time since October 2022."""
WHOLE_FROM = time(18, 0)
"""Local time from which the day's text is whole."""
AFTER = (timedelta(0), timedelta(days=1), timedelta(days=7))
"""When an article is taken, counted from 18:00 of its day."""
MOST_PAGES = 60
MONTHS = (
    *("enero", "febrero", "marzo", "abril", "mayo", "junio"),
    *("julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"),
)
LEAST_WORDS = 40
"""Words of an article at least; a page with fewer is its frame."""
TAG = re.compile(r"<[^<>]*>")
SCRIPT = re.compile(r"<(?:script|style)\b", re.IGNORECASE)
IN_SLUG = re.compile(rf"-(\d{{1,2}})-de-({'|'.join(MONTHS)})-de-(20\d\d)")


def gobmx(visit: Visit, file: LiveFile) -> None:
    """Take the articles that are due: those of the archive's first page, or of all back to a day, and known ones.

    Where the archive is challenged, articles known from earlier runs are still asked for: they often answer.
    """
    known = {article_of(one.url): one.url for one in visit.former if file.link and re.search(file.link, one.url)}
    for article, url in (_listed(visit, file) | known).items():
        checked = [
            datetime.fromisoformat(one.at) for one in visit.former if one.is_good and article_of(one.url) == article
        ]
        if not is_due(day_of(article), checked, visit.now):
            continue
        name = f"{name_of(article)}.html"
        if visit.take(file, url, name=name, verify=_has_words) is None and visit.outcomes[-1].reason not in (
            "not_found",
            "empty",
        ):
            return  # a fault of the site, which the next article would meet too


def _listed(visit: Visit, file: LiveFile) -> dict[str, str]:
    """Return the addresses of articles by what identifies them, from the archive."""
    found: dict[str, str] = {}
    for number in range(1, MOST_PAGES + 1):
        url = f"{file.url}&page={number}"
        text = visit.look(file, url)
        if text is None:
            return found
        fresh = {article_of(link): link for link in matching(text, url, file.link or "")}
        if number == 1 and not fresh:
            visit.failed(file, url, "shape", f"no link of the archive fits {file.link}")
        if not fresh.keys() - found.keys():
            return found
        found = fresh | found
        days = [day for article in fresh if (day := day_of(article))]
        if visit.since is None or (days and min(days) < visit.since):
            break
    return {article: link for article, link in found.items() if _is_wanted(day_of(article), visit.since)}


def is_due(day: date | None, checked: Iterable[datetime], now: datetime) -> bool:
    """Return whether an article is to be taken now.

    Args:
        day: Day of the article in Mexico City; of one without a date the day of its first check, or today.
        checked: When it was taken before.
        now: Time of the run.
    """
    past = sorted(moment.astimezone(MEXICO_CITY) for moment in checked)
    local = now.astimezone(MEXICO_CITY)
    start = day or (past[0] if past else local).date()
    whole = datetime.combine(start, WHOLE_FROM, MEXICO_CITY)
    reached = [whole + wait for wait in AFTER if whole + wait <= local]
    return bool(reached) and not any(moment >= reached[-1] for moment in past)


def day_of(article: str) -> date | None:
    """Return the day that an article's address names, or None."""
    found = IN_SLUG.search(article)
    if found is None:
        return None
    try:
        return date(int(found[3]), MONTHS.index(found[2]) + 1, int(found[1]))
    except ValueError:
        return None


def article_of(url: str) -> str:
    """Return what identifies an article: its path without language, question marks and a slash at the end."""
    return urlsplit(url).path.replace("/es/", "/").rstrip("/")


def _has_words(payload: bytes) -> None:
    first, *others = SCRIPT.split(text_of(payload))
    text = first + " ".join(piece.partition("</")[2] for piece in others)
    if len(TAG.sub(" ", text).split()) < LEAST_WORDS:
        raise FetchFault("empty", f"an article of fewer than {LEAST_WORDS} words")


def _is_wanted(day: date | None, since: date | None) -> bool:
    return since is None or day is None or day >= since
