"""What the page shows, as its address says it: everything that can be chosen is in the query of the URL."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import parse_qs, urlencode

SPANS = ("all", "5y", "1y")
GRAINS = ("monthly", "daily")
SWITCH = ("off", "on")


@dataclass(frozen=True)
class View:
    """One state of the page; field names are the address's parameters."""

    pair: str
    month: date
    """First day of the month whose make-up is shown."""
    range: str = "all"
    """Period of the index chart: all, 5y or 1y, counted back from the ledger's end."""
    grain: str = "monthly"
    cooperation: str = "off"
    hard: str = "off"
    band: str = "on"
    real_time: str = "off"
    lang: str = "en"

    def search(self, **changes: object) -> str:
        """Return the query of the address that shows this view with some fields changed."""
        view = replace(self, **changes)  # type: ignore[arg-type]  # each field has its own type
        return "?" + urlencode({**vars(view), "month": f"{view.month:%Y-%m}"})


@dataclass(frozen=True)
class Refused:
    """A parameter of the address that cannot be shown, and what is shown in its place."""

    key: str
    value: str
    shown: str


def language_of(search: str | None, known: Sequence[str]) -> str:
    """Return the language that the address asks for, or the first that is known."""
    asked = _query(search).get("lang", "")
    return asked if asked in known else known[0]


def read_view(
    search: str | None, spans: Mapping[str, tuple[date, date]], languages: Sequence[str]
) -> tuple[View, list[Refused]]:
    """Return the view that an address asks for and what of it was refused; parameters left out take their default.

    Args:
        search: Query of the address, with or without its question mark.
        spans: First and last day of the ledger by pair; the first pair is the default.
        languages: Known languages; the first is the default.
    """
    query = _query(search)
    refused: list[Refused] = []
    chosen: dict[str, str] = {}
    choices = {"pair": list(spans), "range": SPANS, "grain": GRAINS, "cooperation": SWITCH, "hard": SWITCH}
    choices |= {"band": SWITCH[::-1], "real_time": SWITCH}
    for key, allowed in {**choices, "lang": languages}.items():
        chosen[key] = query.get(key, allowed[0])
        if chosen[key] not in allowed:
            refused.append(Refused(key, chosen[key], allowed[0]))
            chosen[key] = allowed[0]
    first, last = spans[chosen["pair"]]
    month = last.replace(day=1)
    if "month" in query:
        asked = _month(query["month"])
        if asked and first.replace(day=1) <= asked <= last:
            month = asked
        else:
            refused.append(Refused("month", query["month"], f"{month:%Y-%m}"))
    return View(month=month, **chosen), refused


def shifted(month: date, months: int) -> date:
    """Return the first day of the month so many months later, or earlier where negative."""
    index = month.year * 12 + month.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def _query(search: str | None) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs((search or "").lstrip("?")).items()}


def _month(text: str) -> date | None:
    found = re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", text)
    return date(int(found[1]), int(found[2]), 1) if found and found[1] != "0000" else None
