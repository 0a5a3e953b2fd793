"""docs/alerts.md prints the record of the alerts that a fresh build has."""

from pathlib import Path

import polars as pl

from orchestration.notify import record
from warehouse.catalog.registry import load_validation
from warehouse.query import Warehouse
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


def months(published: Settings, sql: str) -> list[int]:
    """Return the months of a query as numbers, January of the year 0 being 0."""
    frame = Warehouse(published.link).frame(f"SELECT DISTINCT month FROM {sql} ORDER BY month")
    return [day.year * 12 + day.month - 1 for day in frame["month"]]


def test_chance_of_rises_counted_plainly_is_what_the_page_says(published: Settings) -> None:
    axis = months(published, f"out_pair__monthly_tension WHERE pair_id = '{PAIR}' AND view = 'latest'")
    rises = months(published, f"out_pair__alerts WHERE pair_id = '{PAIR}' AND kind = 'rise'")
    windows = [
        [int(text[:4]) * 12 + int(text[5:]) - 1 for text in w] for w in load_validation().checks["V1"].windows.values()
    ]
    found = []
    for shift in range(len(axis)):
        moved = [(month - axis[0] + shift) % len(axis) + axis[0] for month in rises]
        found.append(sum(any(first <= month <= last + 2 for month in moved) for first, last in windows))
    assert found[0] == 1
    assert printed("kind | number")[0][3:] == [
        shown(round(found[0] / 6, 3)),
        shown(round(sum(found) / 6 / len(axis), 3)),
    ]
    assert f"{sum(one > 0 for one in found) / len(axis):.0%}".replace("%", " %") + " of the shifts" in PAGE


def test_the_episodes_without_a_rise_had_no_two_months_apart(published: Settings) -> None:
    apart = months(
        published,
        f"out_pair__comparisons WHERE pair_id = '{PAIR}' AND lower_05 >= 1 AND against_month = month - INTERVAL 3 MONTH",
    )
    within = {
        name: [
            f"{m // 12}-{m % 12 + 1:02}"
            for m in apart
            if int(a[:4]) * 12 + int(a[5:]) - 1 <= m <= int(b[:4]) * 12 + int(b[5:]) + 1
        ]
        for name, (a, b) in load_validation().checks["V1"].windows.items()
    }
    others = [month for name, found in within.items() if name != "tariffs_and_designations" for month in found]
    assert others == ["2017-04", "2019-05"]
