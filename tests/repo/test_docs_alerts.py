"""docs/alerts.md prints the record of the alerts that a fresh build has."""

from pathlib import Path

import polars as pl

from orchestration.notify import record
from warehouse.settings import Settings

PAGE = (Path(__file__).parents[2] / "docs" / "alerts.md").read_text(encoding="utf-8")
PAIR = "MEX_USA"


def printed(header: str) -> list[list[str]]:
    """Return the rows of the table whose header begins so."""
    lines = PAGE[PAGE.index(f"| {header} |") :].split("\n\n")[0].splitlines()
    return [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in lines[2:]]


def shown(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def test_the_page_prints_the_number_of_each_kind(published: Settings) -> None:
    rows = record(published).filter(pl.col("pair_id") == PAIR, pl.col("episode").is_null())
    given = rows.select("kind", "number", "per_year", "found", "chance").rows()
    assert printed("kind | number") == [[kind, *map(shown, figures)] for kind, *figures in given], (
        "the figures moved: `dyadwatch alerts --record` gives those for docs/alerts.md"
    )


def test_the_page_prints_each_episode(published: Settings) -> None:
    rows = record(published).filter(pl.col("pair_id") == PAIR, pl.col("episode").is_not_null())
    given: dict[str, list[str]] = {}
    for episode, found, chance in rows.select("episode", "found", "chance").rows():
        given.setdefault(episode, [episode]).extend(["yes" if found else "no", shown(chance)])
    assert printed("episode | rise") == list(given.values())


def test_other_pairs_have_no_rises_as_the_page_says(published: Settings) -> None:
    others = record(published).filter(pl.col("pair_id") != PAIR)
    assert (others["number"].sum() == 0) is ("of the other pairs none" in PAGE)
