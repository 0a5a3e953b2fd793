"""The page of readers' own queries: results, charts, failures told plainly, limits."""

import fcntl
import os
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from dash_app import adhoc
from dash_app.adhoc import Limits
from dash_app.app import create_app
from dash_app.listing import plain_frame
from dash_app.pages import sql
from dash_app.scene import Scene, scene_of
from dash_app.serve import create_server
from dash_app.turns import SQL, BusyError, Turns
from warehouse.errors import QueryError
from warehouse.examples import EXAMPLES, examples
from warehouse.query import Warehouse
from warehouse.settings import Settings

TODAY = date(2026, 11, 24)
LIMITS = Limits(timeout_s=20, row_limit=500, memory_mb=256)


def scene(published: Settings, **query: str) -> Scene:
    return scene_of(Warehouse(published.link).pinned(), "/sql", query, TODAY, sql.CHOICES, LIMITS)


def test_without_a_query_nothing_runs(published: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adhoc, "ad_hoc", lambda *_, **__: pytest.fail("a query ran"))
    shown = str(sql.page(scene(published)))
    assert "Nothing has run yet" in shown
    assert "out_pair__monthly_tension" in shown


@pytest.mark.parametrize("name", list(EXAMPLES))
@pytest.mark.parametrize("pair", ["MEX_USA", "CAN_USA"])
def test_examples_run_on_the_build(published: Settings, name: str, pair: str) -> None:
    warehouse = Warehouse(published.link)
    text = examples(pair, date(2025, 3, 1), TODAY, date(2025, 10, 1))[name]
    assert "$" not in text
    rows = warehouse.frame(text).height
    assert rows > 0 or pair == "CAN_USA"


def test_examples_give_what_publishers_say(published: Settings) -> None:
    warehouse = Warehouse(published.link)
    texts = examples("MEX_USA", date(2025, 3, 1), TODAY, date(2025, 10, 1))
    years = dict(warehouse.frame(texts["encounters"]).select("fiscal_year", "encounters").iter_rows())
    assert (years[2019], years[2024]) == (977_509, 2_135_005)  # CBP's own totals
    assert warehouse.frame(texts["extraditions"])["persons"].to_list() == [85, 95]


def test_a_result_is_shown_with_its_rows_and_all_of_it_downloads(published: Settings) -> None:
    at = scene(
        published, q="SELECT month, tension_index FROM out_pair__monthly_tension WHERE view = 'latest' ORDER BY ALL"
    )
    shown = str(sql.page(at))
    frame = at.warehouse.frame(
        "SELECT month, tension_index FROM out_pair__monthly_tension WHERE view = 'latest' ORDER BY ALL"
    )
    assert "the limit here" in shown  # 540 rows, cut at 500
    assert at.answers["result"].frame.equals(frame.head(500))
    assert at.answers["chart"].frame.columns == ["month", "tension_index"]
    assert at.passing == []


def test_the_chart_takes_columns_and_form_from_the_address(published: Settings) -> None:
    query = "SELECT 'a' AS name, 1 AS one, 2.5 AS two UNION ALL SELECT 'b', 3, 4.5 ORDER BY name"
    at = scene(published, q=query, x="name", y="two", draw="bar")
    sql.page(at)
    assert at.answers["chart"].frame.to_dict(as_series=False) == {"name": ["a", "b"], "two": [2.5, 4.5]}
    at = scene(published, q=query, draw="none")
    sql.page(at)
    assert "chart" not in at.answers


def test_a_column_that_is_not_there_is_told(published: Settings) -> None:
    shown = str(sql.page(scene(published, q="FROM (VALUES ('a', 1), ('b', 2)) AS t(name, one)", x="absent", y="name")))
    assert "no column “absent”" in shown
    assert "no column “name” that can be drawn so; shown is “one”" in shown


def test_a_result_without_numbers_has_no_chart(published: Settings) -> None:
    at = scene(published, q="SELECT 'a' AS name")
    assert "nothing to draw" in str(sql.page(at))


def test_one_row_is_no_chart_unless_asked_for(published: Settings) -> None:
    at = scene(published, q="SELECT 'a' AS name, 1 AS one")
    sql.page(at)
    assert "chart" not in at.answers
    at = scene(published, q="SELECT 'a' AS name, 1 AS one", draw="bar")
    sql.page(at)
    assert at.answers["chart"].frame.height == 1


def test_a_result_without_rows_says_so(published: Settings) -> None:
    assert "gave no rows" in str(sql.page(scene(published, q="FROM ref_pairs WHERE false")))


def test_values_of_every_kind_are_shown_and_download(published: Settings) -> None:
    text = (
        "SELECT [1, 2] AS list, {'a': 1} AS struct, DATE '2020-01-01' AS day, 1.5::DECIMAL(5, 2) AS money, true AS flag"
    )
    answer = create_server(published).test_client().get("/data/sql/result.csv", query_string={"q": text})
    assert answer.text.splitlines()[1].endswith("2020-01-01,1.5,true")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("SELEC 1", "syntax error"),
        ("FROM nothing_here", "nothing_here"),
        ("DROP TABLE ref_pairs", "Refused"),
        ("FROM read_csv('/etc/passwd')", "Refused"),
        ("SELECT " + "1 + " * 3000 + "1", "the most that an address can hold"),
    ],
)
def test_what_does_not_run_is_told_plainly(published: Settings, text: str, told: str) -> None:
    at = scene(published, q=text)
    shown = str(sql.page(at))
    assert told in shown
    assert "/tmp/" not in shown
    assert "result" not in at.answers


def test_a_failure_is_not_kept_and_a_result_is(published: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[str] = []

    def ad_hoc(link: Path, text: str, **_: object) -> tuple[pl.DataFrame, bool]:
        runs.append(text)
        if len(runs) == 1:
            raise QueryError("Stopped after 30 s.\nHint: narrow it.")
        return pl.DataFrame({"a": [1]}), False

    monkeypatch.setattr(adhoc, "ad_hoc", ad_hoc)
    dashboard = create_app(Warehouse(published.link), None, LIMITS)
    assert "Stopped after 30 s." in str(dashboard.made("sql", {"q": "SELECT 1 AS a"})[0])
    for _ in range(2):
        assert "1 row in" in str(dashboard.made("sql", {"q": "SELECT 1 AS a"})[0])
    assert len(runs) == 2


def test_a_large_result_is_not_kept(published: Settings) -> None:
    at = scene(published, q="SELECT repeat('x', 20000) AS x FROM range(400)")
    sql.page(at)
    assert at.passing == ["large"]


def test_a_third_query_waits_and_is_told_to_come_again(tmp_path: Path, published: Settings) -> None:
    held = [os.open(tmp_path / f"queries-{number}", os.O_RDWR | os.O_CREAT) for number in range(SQL.at_once)]
    limits = replace(LIMITS, turns=Turns(places=tmp_path, wait_s=0.2))
    for descriptor in held:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    with pytest.raises(BusyError, match="2 queries run already"):
        adhoc.run(published.link, "SELECT 1", limits)
    os.close(held[0])
    assert adhoc.run(published.link, "SELECT 1 AS a", limits).frame.item() == 1
    os.close(held[1])


def test_a_busy_server_says_that_nothing_is_wrong(published: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_: object, **__: object) -> None:
        raise BusyError(SQL)

    monkeypatch.setattr(adhoc, "run", busy)
    at = scene(published, q="SELECT 1")
    assert "Nothing is wrong with yours" in str(sql.page(at))
    assert at.passing == ["busy"]


def test_limits_are_those_of_the_settings() -> None:
    settings = Settings(sql_timeout_s=3, sql_row_limit=7, sql_memory_mb=99)
    assert adhoc.limits_of(settings) == Limits(3, 7, 99)
    assert adhoc.limits_of(Settings()) == Limits()


@pytest.mark.parametrize("form", ["line", "bar"])
@pytest.mark.parametrize(
    "over",
    [[date(2026, 1, 2), date(2026, 1, 1)], [2, 1], ["b", "a"], [timedelta(1), None], [True, False]],
    ids=["day", "number", "text", "span", "flag"],
)
def test_any_column_can_be_drawn_over(form: str, over: list[object]) -> None:
    frame = plain_frame(pl.DataFrame({"x": over, "y": [1.0, None]}, strict=False))
    trace = sql.result_figure(frame, "x", "y", form)["data"][0]
    assert sorted(map(str, [*trace["x"], *trace["y"]])).count("1.0") == 1
    assert None in [*trace["x"], *trace["y"]]
