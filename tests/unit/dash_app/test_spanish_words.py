"""Every other language says what English says: the same files and keys, placeholders and links, in words of its own."""

import re
from pathlib import Path
from string import Formatter

import pytest

from dash_app import words

OTHERS = [language for language in words.languages() if language != "en"]
FILES = sorted(path.name for path in (words.FOLDER / "en").glob("*.yml"))
PAIRS = [(language, name) for language in OTHERS for name in FILES]
ALIKE = {
    *("BibTeX", "CSV", "Comparable", "JSON", "M", "Parquet", "Provisional", "SHA-256", "SQL", "Total", "dyadwatch"),
    *("irregular", "neutral", "no", "no: {reason}", "visas"),
    *("CCPIT", "DEA", "FBI", "INAH", "Khat", "LSD"),
    *("Hong Kong", "Alaska", "Arizona", "California", "Idaho", "Maine", "Montana", "Ohio", "Texas", "Vermont"),
    *("Washington", "Minnesota", "Big Bend", "Blaine", "Buffalo", "Detroit", "El Centro", "El Paso", "Grand Forks"),
    *("Havre", "Houlton", "Laredo", "San Diego", "Spokane", "Swanton", "Tucson", "Yuma"),
}
"""Texts that another language may write as English does: short forms, and names of places."""
CODE = re.compile(r"{+[^{}]*}+|<[^>]*>")
"""Placeholders and markup, which are no words."""
WORD = re.compile(r"[A-Za-zÀ-ÿ]{2,}")


@pytest.fixture(params=PAIRS, ids=lambda pair: "/".join(pair))
def twins(request: pytest.FixtureRequest) -> tuple[dict[str, str], dict[str, str]]:
    """Texts of one file in English and in the other language."""
    language, name = request.param
    return read("en", name), read(language, name)


def read(language: str, name: str) -> dict[str, str]:
    path: Path = words.FOLDER / language / name
    assert path.is_file(), f"{language} has no {name}"
    return words.texts_of(path)


def placeholders(text: str) -> list[str]:
    """Return what a text shows; how a word bends after a number, {count:record|records}, is each language's own."""
    fields = [(name, form, kind) for _, name, form, kind in Formatter().parse(text) if name is not None]
    return sorted(f"{name}!{kind or ''}:{form}" for name, form, kind in fields if "|" not in (form or ""))


def test_spanish_is_there() -> None:
    assert "es" in OTHERS


@pytest.mark.parametrize("language", OTHERS)
def test_no_file_is_without_its_english(language: str) -> None:
    assert sorted(path.name for path in (words.FOLDER / language).iterdir()) == FILES


def test_keys_are_those_of_english(twins: tuple[dict[str, str], dict[str, str]]) -> None:
    english, other = twins
    assert {"missing": sorted(english.keys() - other), "too many": sorted(other.keys() - english)} == {
        "missing": [],
        "too many": [],
    }


def test_placeholders_are_those_of_english(twins: tuple[dict[str, str], dict[str, str]]) -> None:
    english, other = twins
    wrong = {key: text for key, text in other.items() if placeholders(text) != placeholders(english.get(key, text))}
    assert wrong == {}


def test_links_lead_where_english_leads(twins: tuple[dict[str, str], dict[str, str]]) -> None:
    english, other = twins
    ends = {
        key: (sorted(end for _, end in words.LINK.findall(text)) for text in (english.get(key, ""), other[key]))
        for key in other
        if key in english
    }
    assert [key for key, (here, there) in ends.items() if here != there] == []


def test_nothing_is_left_in_english(twins: tuple[dict[str, str], dict[str, str]]) -> None:
    english, other = twins
    left = [
        f"{key}: {text}"
        for key, text in other.items()
        if text == english.get(key) and text not in ALIKE and WORD.search(CODE.sub("", text))
    ]
    assert left == []
