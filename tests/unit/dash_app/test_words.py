"""Every word comes from the catalogue, and a second language is a second file."""

import re
from datetime import date
from pathlib import Path

import pytest

import dash_app
from dash_app import words
from dash_app.scene import scene_of
from warehouse.errors import UnknownKeyError
from warehouse.query import Warehouse
from warehouse.settings import Settings

CODE = "".join(path.read_text("utf-8") for path in Path(dash_app.__file__).parent.rglob("*.py"))
ASKED = set(re.findall(r'"([a-z_]+\.[a-z_.]+)"', CODE)) | set(re.findall(r'say\(\s*"([a-z_]+)"', CODE))
"""Keys that the code names in full."""
PREFIXES = set(re.findall(r'f"([a-z_]+\.[a-z_.]*)\{', CODE))
"""Beginnings of keys that end with a code of the data."""


def test_every_key_asked_for_is_in_the_catalogue() -> None:
    called = set(re.findall(r'say\(\s*"([a-z_.]+)"', CODE))
    assert len(called) > 50
    assert called <= set(words.texts("en"))


def test_a_word_bends_after_its_number() -> None:
    say = words.Words({"found": "{count} {count:record|records} in {place!s:>3}", "plain": "a {x}"}, {})
    assert [say("found", count=count, place="A") for count in (0, 1, "1", 2)] == [
        "0 records in   A",
        "1 record in   A",
        "1 record in   A",
        "2 records in   A",
    ]
    assert say("plain", x="|") == "a |"


def test_every_text_of_the_catalogue_is_used() -> None:
    named = set(re.findall(r'\["([a-z_]+)"\]', CODE))  # read without placeholders
    unused = [key for key in words.texts("en") if key not in ASKED | named and not key.startswith(tuple(PREFIXES))]
    assert unused == []


def test_every_code_of_the_data_has_a_text(published: Settings) -> None:
    asked = {
        "stage": "SELECT DISTINCT stage FROM core_policy__stages",
        "tier": "SELECT source_tier FROM core_act__events UNION SELECT source_tier FROM core_statement__utterances",
        "definition": "SELECT DISTINCT definition_id FROM core_extradition__claims",
        "kind": "SELECT item_kind FROM out_pair__contributions UNION FROM (VALUES ('claim'), ('stage'))",
        "cadence": "SELECT DISTINCT cadence FROM ref_sources",
    }
    warehouse = Warehouse(published.link)
    codes = {f"{key}.{code}" for key, sql in asked.items() for code in warehouse.frame(sql).to_series()}
    assert codes <= set(words.texts("en"))


def test_unknown_key_names_itself() -> None:
    with pytest.raises(UnknownKeyError, match=r"Unknown text 'headline\.nothing'"):
        words.Words(words.texts("en"), {})("headline.nothing")


@pytest.mark.parametrize(
    ("value", "digits", "expected"), [(-0.5, 1, "\N{MINUS SIGN}0.5"), (165700, 0, "165,700"), (54.06, 1, "54.1")]
)
def test_numbers_are_written_with_a_true_minus(value: float, digits: int, expected: str) -> None:
    assert words.number(value, digits) == expected


def test_spanish_names_come_from_the_build(published: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dash_app.scene.languages", lambda: ["en", "es"])
    monkeypatch.setattr("dash_app.scene.texts", lambda _: words.texts("en"))
    scene = scene_of(Warehouse(published.link), "/", {"lang": "es"}, date(2026, 11, 24))
    assert (scene.view.lang, scene.title) == ("es", "Estados Unidos\N{EN DASH}México")
    assert [scene.say.name(code) for code in (*scene.members, "trade")] == ["México", "Estados Unidos", "Comercio"]
