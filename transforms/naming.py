"""Which countries a text names, in English or Spanish, and the sentences that do; as the catalogue names them."""

import re
from functools import cache

from warehouse.catalog.models import Names
from warehouse.catalog.registry import load_catalog

SENTENCE_END = re.compile(r"(?<!\bU\.S\.)(?<=[.!?…])[\"”\u2019)]*\s+(?=[A-ZÁÉÍÓÚÑ¿¡“\"(—])|\n+")
"""Between two sentences or paragraphs; the stop of "U.S." ends none."""


def names_country(text: str, country: str) -> bool:
    """Return whether a text names the country; phrases of the catalogue that only hold its name do not."""
    return any(match["name"] for match in _pattern(country).finditer(text))


def passages_on(text: str, country: str) -> str:
    """Return the sentences of a text that name the country, one a line."""
    if not names_country(text, country):
        return ""
    return "\n".join(one for one in SENTENCE_END.split(text) if names_country(one, country))


@cache
def _pattern(country: str) -> re.Pattern[str]:
    catalog = load_catalog()
    entry = catalog.countries[country]
    names = catalog.names.get(country, Names())
    never = _any_of(names.never)
    name = _any_of((entry.name_en, entry.name_es, *names.also))
    return re.compile(rf"(?<!\w)(?:{f'(?:{never})|' if never else ''}(?P<name>{name}))(?!\w)")


def _any_of(phrases: tuple[str, ...]) -> str:
    """Return a pattern of the phrases as written and in capitals, the longer before the shorter that it holds."""
    every = {form for phrase in phrases for form in (phrase, phrase.upper())}
    return "|".join(re.escape(form) for form in sorted(every, key=lambda form: (-len(form), form)))
