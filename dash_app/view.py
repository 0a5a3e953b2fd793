"""What a page shows, as its address says it: everything that can be chosen is in the path and query of the URL."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from urllib.parse import parse_qs, urlencode

SPANS = ("all", "5y", "1y")
SCHEMES = ("auto", "light", "dark")
GRAINS = ("monthly", "daily")
SWITCH = ("off", "on")
FREE = ("",)
"""Allowed values of a parameter that takes any text; empty where left out."""
COMMON = ("pair", "month", "range", "lang", "scheme", "as_of", "build")
"""Parameters that every page has, which stay when a reader goes from page to page."""

Choices = Mapping[str, Sequence[str]]
"""Parameters with what each may say, the default first."""


@dataclass(frozen=True)
class View:
    """One state of a page: all parameters as texts, and the path."""

    path: str
    chosen: Mapping[str, str]
    defaults: Mapping[str, str] = field(default_factory=dict)
    """What each parameter says where the address leaves it out."""

    def __getitem__(self, key: str) -> str:
        """Return what a parameter says."""
        return self.chosen[key]

    def is_on(self, key: str) -> bool:
        """Return whether a switch is on."""
        return self.chosen[key] == "on"

    @property
    def pair(self) -> str:
        """The shown pair's id."""
        return self.chosen["pair"]

    @property
    def month(self) -> date:
        """First day of the chosen month."""
        return date.fromisoformat(f"{self.chosen['month']}-01")

    @property
    def range(self) -> str:
        """Period of charts: all, 5y or 1y, counted back from the ledger's end."""
        return self.chosen["range"]

    @property
    def lang(self) -> str:
        """Language of the words."""
        return self.chosen["lang"]

    @property
    def as_of(self) -> date | None:
        """Day of knowledge; none for today's."""
        return day_of(self.chosen["as_of"])

    def search(self, **changes: object) -> str:
        """Return the query of the address that shows this view with some parameters changed, defaults left out."""
        chosen = {**self.chosen, **{key: _text(value) for key, value in changes.items()}}
        return "?" + urlencode({key: text for key, text in chosen.items() if text != self.defaults.get(key)})

    def href(self, path: str, **changes: object) -> str:
        """Return the address of another page: what all pages share stays."""
        kept = {key: self.chosen[key] for key in COMMON}
        return path + View(path, kept, self.defaults).search(**changes)


@dataclass(frozen=True)
class Refused:
    """A parameter of the address that cannot be shown, and what is shown in its place."""

    key: str
    value: str
    shown: str


def query_of(search: str | None) -> dict[str, str]:
    """Return the parameters of a query, with or without its question mark; the first where one stands twice."""
    return {key: values[0] for key, values in parse_qs((search or "").lstrip("?")).items()}


def language_of(query: Mapping[str, str], known: Sequence[str]) -> str:
    """Return the language that a query asks for, or the first that is known."""
    asked = query.get("lang", "")
    return asked if asked in known else known[0]


def read_view(
    path: str, query: Mapping[str, str], spans: Mapping[str, tuple[date, date]], languages: Sequence[str], own: Choices
) -> tuple[View, list[Refused]]:
    """Return the view that an address asks for and what of it was refused; parameters left out take their default.

    Args:
        path: Path of the page.
        query: Parameters of the address; those that no page has are left out.
        spans: First and last day of the ledger by pair; the first pair is the default.
        languages: Known languages; the first is the default.
        own: The page's own parameters.
    """
    refused: list[Refused] = []
    chosen: dict[str, str] = {}
    choices = {"pair": list(spans), "range": SPANS, "lang": languages, "scheme": SCHEMES}
    choices |= {"as_of": FREE, "build": FREE, **own}
    defaults = {key: allowed[0] for key, allowed in choices.items()}
    for key, allowed in choices.items():
        asked = chosen[key] = query.get(key, allowed[0])
        is_fine = day_of(asked) or not asked if key == "as_of" else asked in allowed or allowed is FREE
        if not is_fine:
            refused.append(Refused(key, asked, allowed[0]))
            chosen[key] = allowed[0]
    first, last = spans[chosen["pair"]]
    chosen["month"] = defaults["month"] = f"{last:%Y-%m}"
    if "month" in query:
        asked_month = _month(query["month"])
        if asked_month and first.replace(day=1) <= asked_month <= last:
            chosen["month"] = query["month"]
        else:
            refused.append(Refused("month", query["month"], chosen["month"]))
    return View(path, chosen, defaults), refused


def shifted(month: date, months: int) -> date:
    """Return the first day of the month so many months later, or earlier where negative."""
    index = month.year * 12 + month.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def _text(value: object) -> str:
    return f"{value:%Y-%m}" if isinstance(value, date) else str(value)


def _month(text: str) -> date | None:
    found = re.fullmatch(r"([0-9]{4})-(0[1-9]|1[0-2])", text)
    return date(int(found[1]), int(found[2]), 1) if found and found[1] != "0000" else None


def day_of(text: str) -> date | None:
    """Return the day that a text says, or None."""
    try:
        return date.fromisoformat(text) if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) else None
    except ValueError:
        return None
