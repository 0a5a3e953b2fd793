"""The page's words: a folder of YAML files a language in strings/, read once."""

import re
import string
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path

import yaml

from warehouse.errors import UnknownKeyError

FOLDER = Path(__file__).parent / "strings"
LINK = re.compile(r"\[([^\]]+)\]\(([#/]\w+)\)")
"""A link inside a sentence: [words](#anchor)."""


class _Forms(string.Formatter):
    """Formats as `str.format` does, and {count:record|records} as the first word for 1, else as the second."""

    def format_field(self, value: object, format_spec: str) -> str:
        one, between, many = format_spec.partition("|")
        if between:
            return one if str(value) == "1" else many
        return str(super().format_field(value, format_spec))


FORMS = _Forms()


class Words:
    """Texts of one language, called by key, and the names that the build gives to codes."""

    def __init__(self, texts: Mapping[str, str], names: Mapping[str, str]) -> None:
        """Take texts by dotted key and names by code."""
        self.texts = texts
        self.names = names

    def __call__(self, key: str, /, **values: object) -> str:
        """Return a text with its placeholders filled.

        Raises:
            UnknownKeyError: The language's file has no such key.
        """
        if key not in self.texts:
            raise UnknownKeyError("text", key, self.texts)
        text = self.texts[key]
        return FORMS.vformat(text, (), values) if "|" in text else text.format(**values)

    def name(self, code: str) -> str:
        """Return what a country, pillar or indicator is called; the code itself where the build names none."""
        return self.names.get(code, code)

    def month(self, day: date) -> str:
        """Return the day's month in words."""
        return self("date.month", month=self(f"months.{day.month}"), year=day.year)

    def day(self, day: date | None) -> str:
        """Return the day in words, a dash where there is none."""
        return self("date.day", day=day.day, month=self(f"months.{day.month}"), year=day.year) if day else self("none")


@lru_cache
def texts(language: str) -> Mapping[str, str]:
    """Return the texts of a language by dotted key; lists are numbered from 1."""
    found: dict[str, str] = {}
    for path in sorted((FOLDER / language).glob("*.yml")):
        found |= texts_of(path)
    return found


def texts_of(path: Path) -> dict[str, str]:
    """Return the texts of one file by dotted key."""
    return dict(_flat("", yaml.safe_load(path.read_text("utf-8"))))


def languages() -> list[str]:
    """Return the languages that have a file, English first."""
    return sorted((path.name for path in FOLDER.iterdir()), key=lambda name: (name != "en", name))


def number(value: float, digits: int = 1) -> str:
    """Return a number with a true minus and a comma between thousands."""
    return f"{value:,.{digits}f}".replace("-", "\N{MINUS SIGN}")


def plain(sentence: str) -> str:
    """Return a sentence without its links."""
    return LINK.sub(r"\1", sentence)


def _flat(prefix: str, node: object) -> list[tuple[str, str]]:
    if isinstance(node, list):
        node = dict(enumerate(node, start=1))
    if isinstance(node, dict):
        return [pair for key, child in node.items() for pair in _flat(f"{prefix}.{key}" if prefix else str(key), child)]
    return [(prefix, str(node))]
