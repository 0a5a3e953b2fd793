"""The generated pages are what the generator writes now, and docs/travel.md gives the figures of a fresh build."""

import re
import subprocess
import sys
from dataclasses import Field, fields
from pathlib import Path

import pytest

from warehouse.catalog.registry import load_catalog
from warehouse.contracts.tables import TABLES, columns_of
from warehouse.query import Warehouse
from warehouse.settings import PREFIX, Settings

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
TRAVEL = (DOCS / "travel.md").read_text(encoding="utf-8")
ANSWERED = re.findall(r"```sql\n(.*?)```\n\n(\|.*?)\n\n", TRAVEL, re.S)
"""Queries of the page with the table printed below each."""
BUNDLED = "warehouse/bundled/usbp_monthly/2019-10_2026-07.csv"


def page(name: str) -> str:
    """Return a page of docs/."""
    return (DOCS / f"{name}.md").read_text(encoding="utf-8")


def section(name: str, heading: str) -> str:
    """Return a page's text under one heading, or nothing where it has none."""
    return page(name).partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def cell(value: object) -> str:
    """Return a value as the page prints it."""
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def answer(published: Settings, sql: str) -> list[list[str]]:
    """Return a query's columns and rows as cells."""
    frame = Warehouse(published.link).frame(sql)
    return [frame.columns, *([cell(value) for value in row] for row in frame.iter_rows())]


def printed(table: str) -> list[list[str]]:
    """Return the cells of a Markdown table, without the line under its head."""
    rows = [[text.strip() for text in line.strip("|").split("|")] for line in table.splitlines()]
    return [rows[0], *rows[2:]]


def test_generated_pages_are_what_the_code_says() -> None:
    command = [sys.executable, "tools/docs.py", "--check"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert found.returncode == 0, f"{found.stdout}{found.stderr}\nrun `make docs` and commit what it writes"


@pytest.mark.parametrize("table", TABLES)
def test_every_column_is_in_the_dictionary(table: str) -> None:
    text = section("dictionary", table)
    assert [name for name in columns_of(table) if f"| `{name}`" not in text] == []


@pytest.mark.parametrize("field", fields(Settings), ids=lambda field: field.name)
def test_every_setting_is_documented_with_its_default(field: Field[object]) -> None:
    text = section("settings", PREFIX + field.name.upper())
    assert f"`{field.default}`" in text
    assert "**Meaning**: " in text


def test_every_source_and_indicator_is_documented() -> None:
    catalog = load_catalog()
    assert [name for name in catalog.sources if catalog.sources[name].licence not in section("sources", name)] == []
    assert [name for name, it in catalog.indicators.items() if it.title_es not in section("indicators", name)] == []


def test_the_methodology_prints_every_constant() -> None:
    method = load_catalog().method.model_dump(exclude={"version", "magnitudes"})
    names = [key for value in method.values() if isinstance(value, dict) for key in value if isinstance(key, str)]
    names += [name for name, value in method.items() if not isinstance(value, dict)]
    text = page("methodology")
    assert [name for name in names if f"| `{name}` |" not in text] == []


@pytest.mark.parametrize(("sql", "table"), ANSWERED, ids=[f"table {n}" for n in range(1, len(ANSWERED) + 1)])
def test_a_query_of_the_travel_gives_the_table_below_it(sql: str, table: str, published: Settings) -> None:
    assert answer(published, sql) == printed(table), "the figures moved: bring docs/travel.md up to date"


def test_every_query_of_the_travel_is_answered_but_that_of_the_build(published: Settings) -> None:
    asked = re.findall(r"```sql\n(.*?)```", TRAVEL, re.S)
    [build] = [sql for sql in asked if sql not in dict(ANSWERED)]
    assert len(answer(published, build)) == 2, "one build, under one line of columns"


def test_the_travel_starts_at_the_line_of_the_bundled_file_that_it_quotes() -> None:
    [quoted] = re.findall(r"```csv\n(.*?)\n```", TRAVEL)
    [line] = re.findall(r"to line (\d+) of\s", TRAVEL)
    assert BUNDLED in TRAVEL
    assert (ROOT / BUNDLED).read_text(encoding="utf-8").splitlines()[int(line) - 1] == quoted


def test_the_irritant_recomputed_from_the_quoted_line_is_the_stored_pressure(published: Settings) -> None:
    encounters = int(re.findall(r"```csv\n2023-12-01,(\d+),", TRAVEL)[0])
    by_hand = 0.25 * (encounters - 26_652.5) / (223_305 - 26_652.5)
    stored = Warehouse(published.link).frame(
        "SELECT pressure FROM out_pair__item_pressures WHERE item_id = 'usbp_encounters:2023-12' AND view = 'latest'"
    )
    assert stored.height == 1, "the statistic is not in the index"
    assert abs(stored.item() - by_hand) < 1e-12
    assert f"**{by_hand:.6f}**" in TRAVEL
