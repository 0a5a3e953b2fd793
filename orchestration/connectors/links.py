"""Links of a publisher's page, and which of them is the newest. No address is ever guessed."""

import re
from contextlib import suppress
from html.parser import HTMLParser
from urllib.parse import unquote, urljoin

FISCAL_MONTHS = ("oct", "nov", "dec", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep")
"""Months of the US federal fiscal year, in its order, as CBP's file names end."""
FOLDER = re.compile(r"/(20\d\d)-(\d\d|[A-Z][a-z]{2})/")
"""Folder of an upload: 2026-09, or 2023-Nov in older ones."""
FISCAL = re.compile(r"(?:-fy\d\d)?-fy(\d\d)(?:-([a-z]{3}))?(?=[-_.])[^/]*$", re.IGNORECASE)
AGAIN = re.compile(r"_(\d+)\.[a-z]+$", re.IGNORECASE)
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def links(page: str, base: str) -> list[str]:
    """Return the addresses that a page links, absolute, each once, in the order of the page; what is none is left out."""
    reader = _Reader()
    with suppress(AssertionError):  # html.parser's answer to a marked section of an unknown kind; what was read counts
        reader.feed(page)
    found = []
    for href in reader.hrefs:
        with suppress(ValueError):
            found.append(urljoin(base, href.strip()))
    return list(dict.fromkeys(found))


def matching(page: str, base: str, pattern: str) -> list[str]:
    """Return the links that a pattern is found in."""
    return [link for link in links(page, base) if re.search(pattern, unquote(link))]


def newest(found: list[str]) -> str:
    """Return the link uploaded last: newest folder, then newest last month of data, then the latest upload of it.

    Of links that do not differ in these the first stands, as pages list the newest first.
    """
    return max(found, key=rank)


def rank(link: str) -> tuple[int, int, int, int, int]:
    """Return what orders uploads: year and month of the folder, fiscal year and month of the data, upload of a name."""
    folder = FOLDER.search(link)
    year, month = (int(folder[1]), _month(folder[2])) if folder else (0, 0)
    fiscal = FISCAL.search(link)
    # A file without a month is a closed year's, which holds more than the same year's file to any month.
    last = (FISCAL_MONTHS.index(fiscal[2].lower()) if _is_month(fiscal[2]) else len(FISCAL_MONTHS)) if fiscal else 0
    again = AGAIN.search(link)
    return year, month, int(fiscal[1]) if fiscal else 0, last, int(again[1]) + 1 if again else 0


def _month(text: str) -> int:
    return int(text) if text.isdecimal() else MONTHS.index(text) + 1 if text in MONTHS else 0


def _is_month(text: str | None) -> bool:
    return text is not None and text.lower() in FISCAL_MONTHS


class _Reader(HTMLParser):
    """Gathers the addresses of a page's links."""

    def __init__(self) -> None:
        super().__init__()
        self.hrefs: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take the address of a link."""
        if tag == "a":
            self.hrefs += [value for name, value in attrs if name == "href" and value]
