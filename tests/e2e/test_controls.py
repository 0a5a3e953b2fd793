"""Each page's main control: its chart shows what SQL gives, and its address brings both back in a fresh browser."""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import PATIENCE_MS
from warehouse.query import Warehouse
from warehouse.settings import Settings

pytestmark = pytest.mark.pages
Values = Mapping[str, float]
"""Figures by what they are of: a day, a record, a name."""
TRACES = """chart => {
    const drawn = document.querySelector(`#${chart} .js-plotly-plot`);
    return (drawn && drawn.data || []).map(({ name, x, y, customdata }) =>
        ({ name: name || "", x: [...x || []], y: [...y || []], of: Array.isArray(customdata) ? customdata : [] })); }"""
CELLS = """rows => [...document.querySelectorAll(rows)].map(
    row => [...row.querySelectorAll("td, [role=gridcell]")].map(cell => cell.textContent.trim()))"""


@dataclass(frozen=True)
class Case:
    """A control of a page, and what it must do."""

    path: str
    use: Callable[[Page], None]
    address: Mapping[str, str]
    """Parameters of the address afterwards."""
    shown: Callable[[Page], Values]
    """The figures of the chart, as it is drawn."""
    sql: str
    """Gives what a figure is of, and the figure; written apart from the page's own queries."""
    holds: Callable[[Page], None]
    """Expects that the control says what was chosen."""
    within: float = 0.001
    """By how much a figure may differ: it is drawn or printed to so many digits."""


def link(group: str, name: str) -> Callable[[Page], Locator]:
    """Return a choice by the name of its list and its own."""
    return lambda page: page.get_by_role("list", name=group, exact=True).get_by_role("link", name=name, exact=True)


def neighbour(group: str, name: str) -> Callable[[Page], None]:
    """Press a link of a named navigation."""
    return lambda page: page.get_by_role("navigation", name=group).get_by_role("link", name=name, exact=True).click()


def press(place: Callable[[Page], Locator]) -> Callable[[Page], None]:
    """Press what a place says."""
    return lambda page: place(page).click()


def is_current(place: Callable[[Page], Locator]) -> Callable[[Page], None]:
    """Expect that a choice is marked as the one that is shown."""
    return lambda page: expect(place(page)).to_have_attribute("aria-current", "true")


def option(field: str, name: str) -> Callable[[Page], None]:
    """Choose from a list."""

    def use(page: Page) -> None:
        page.get_by_role("textbox", name=field, exact=True).click()
        page.get_by_role("option", name=re.compile(f"^{name}")).click()

    return use


def says(field: str, text: str) -> Callable[[Page], None]:
    """Expect that a field begins with a text."""
    return lambda page: expect(page.get_by_role("textbox", name=field, exact=True)).to_have_value(
        re.compile(f"^{re.escape(text)}")
    )


def headed(text: str) -> Callable[[Page], None]:
    """Expect a heading."""
    return lambda page: expect(page.get_by_role("heading", name=text, exact=True)).to_be_visible()


def line(chart: str, name: str, most: int | None = None) -> Callable[[Page], Values]:
    """Return a chart's lines or bars whose name begins so, as day and value: the first so many, or the pieces of one."""

    def shown(page: Page) -> Values:
        traces = [trace for trace in page.evaluate(TRACES, chart) if trace["name"].startswith(name)][:most]
        pairs = [pair for trace in traces for pair in zip(trace["x"], trace["y"], strict=True)]
        return {str(x): y for x, y in pairs if y is not None}

    return shown


def summed(chart: str) -> Callable[[Page], Values]:
    """Return the sum of all bars of a chart by day."""

    def shown(page: Page) -> Values:
        found: dict[str, float] = {}
        for trace in page.evaluate(TRACES, chart):
            for x, y in zip(trace["x"], trace["y"], strict=True):
                found[x] = found.get(x, 0) + y
        return found

    return shown


def records(chart: str, kind: str, *, counted: bool = False) -> Callable[[Page], Values]:
    """Return the points or bars of a chart that lead to records: by the record's id the value across, or 1."""

    def shown(page: Page) -> Values:
        points = [pair for trace in page.evaluate(TRACES, chart) for pair in zip(trace["of"], trace["x"], strict=False)]
        items = [(dict(parse_qsl(urlsplit(str(way)).query)).get("item", ""), x) for way, x in points]
        return {item.removeprefix(kind): 1 if counted else x for item, x in items if item.startswith(kind)}

    return shown


def cells(rows: str, key: int, value: int) -> Callable[[Page], Values]:
    """Return two cells of each row of a table."""
    return lambda page: {row[key]: float(row[value].replace(",", "")) for row in page.evaluate(CELLS, rows)}


def points(page: Page) -> Values:
    """Return the points of the month's items, in the order of their table."""
    found = page.evaluate(CELLS, "#month tr.item[id^=e-tension]")
    return {f"{place:03}": float(row[-1]) for place, row in enumerate(found, start=1)}


def kinds(page: Page) -> Values:
    """Return how many records of each kind are listed."""
    found = [str(row[1]) for row in page.evaluate(CELLS, "main table tbody tr")]
    kinds = [kind for text in found for kind in ("measure", "act", "words", "count") if text.startswith(kind)]
    return {kind: kinds.count(kind) for kind in set(kinds)}


def query(page: Page) -> None:
    """Write a query and run it."""
    page.get_by_role("textbox", name="Your query").fill(QUERY)
    page.get_by_role("button", name="Run").click()


def result(page: Page) -> Values:
    """Return the result of a query as its table and its chart show it."""
    table = {f"table {year}": value for year, value in cells("#result .ag-row", 0, 1)(page).items()}
    return table | {f"chart {year}": value for year, value in line("chart", "")(page).items()}


def table(name: str, folder: str) -> Callable[[Page], None]:
    """Open a folded list of tables and choose one."""

    def use(page: Page) -> None:
        page.locator("summary", has_text=folder).click()
        page.get_by_role("link", name=name, exact=True).click()

    return use


QUERY = """SELECT year(month) AS year, round(max(score), 2) AS highest FROM out_pair__pillar_scores
WHERE pair_id = 'CHN_USA' AND view = 'latest' AND dimension = 'tension' GROUP BY ALL ORDER BY year"""
MONTHLY = "FROM out_pair__monthly_tension WHERE pair_id = 'MEX_USA' AND view = 'latest'"
SCORES = "FROM out_pair__pillar_scores WHERE view = 'latest' AND dimension = 'tension'"
DAILY, COOPERATION = link("Readings", "daily"), link("Further lines", "Cooperation")
DESIGNATIONS, CITIZENSHIP = link("Measures", "designations"), link("Parts", "citizenship")
SECURITY = link("Large", "Security")

CASES = {
    "overview, readings": Case(
        "/",
        press(DAILY),
        {"grain": "daily"},
        line("tension", "Tension"),
        "SELECT day, tension_index FROM out_pair__daily_tension WHERE pair_id = 'MEX_USA' AND view = 'latest'",
        is_current(DAILY),
    ),
    "overview, lines": Case(
        "/",
        press(COOPERATION),
        {"cooperation": "on"},
        line("tension", "Cooperation"),
        f"SELECT month, cooperation_index {MONTHLY}",
        is_current(COOPERATION),
    ),
    "index": Case(
        "/index",
        lambda page: page.get_by_role("slider", name="Security").press("ArrowRight"),
        {"w_security": "1.25"},
        line("what_if", "With your settings"),
        "SELECT month, sqrt(sum(weight * if(pillar = 'security', 1.25, 1) * score ** 2)"
        " / sum(weight * if(pillar = 'security', 1.25, 1)))"
        f" {SCORES.replace('WHERE', 'JOIN ref_pillars USING (pillar) WHERE')} AND pair_id = 'MEX_USA' GROUP BY month",
        lambda page: expect(page.get_by_role("slider", name=re.compile("Security . 1.25"))).to_have_attribute(
            "aria-valuenow", "1.25"
        ),
    ),
    "replay": Case(
        "/replay",
        lambda page: page.get_by_role("slider", name="Month's end").press("ArrowLeft"),
        {"day": "2025-11-30"},
        line("known", "Known on 2025-11-30"),
        "SELECT month, tension_index FROM out_pair__tension_vintages"
        " WHERE pair_id = 'MEX_USA' AND as_of = DATE '2025-11-30'",
        says("Or any day", "2025-11-30"),
    ),
    "acts, measures": Case(
        "/acts",
        press(DESIGNATIONS),
        {"kind": "designation"},
        records("lanes", "policy:", counted=True),
        "SELECT policy_id, 1 FROM core_policy__measures m WHERE known_to IS NULL AND kind = 'designation'"
        " AND (imposer, target) IN (('USA', 'MEX'), ('MEX', 'USA'), ('USA', 'WLD'), ('MEX', 'WLD'))"
        " AND EXISTS (FROM core_policy__stages s WHERE s.policy_id = m.policy_id AND s.known_to IS NULL)",
        is_current(DESIGNATIONS),
    ),
    "acts, deeds": Case(
        "/acts",
        option("Kind", "threat"),
        {"act": "threat"},
        summed("acts"),
        "SELECT date_trunc('year', occurred_on)::DATE, count(*) FROM core_act__events WHERE known_to IS NULL"
        " AND kind = 'threat' AND evidence_of_act_id IS NULL"
        " AND (initiator, target) IN (('USA', 'MEX'), ('MEX', 'USA')) GROUP BY ALL",
        says("Kind", "threat"),
    ),
    "extraditions": Case(
        "/extraditions",
        option("Year and counts", "2013"),
        {"year": "2013"},
        records("year", "claim:"),
        "SELECT claim_id, persons FROM core_extradition__claims JOIN ref_dyads USING (dyad_id)"
        " WHERE known_to IS NULL AND pair_id = 'MEX_USA' AND year(period_start) = 2013 AND year(period_end) = 2013",
        says("Year and counts", "2013"),
    ),
    "statements": Case(
        "/statements",
        lambda page: page.get_by_role("textbox", name="Search").fill("water"),
        {"q": "water"},
        line("monthly", "Mexico", 1),
        "SELECT date_trunc('month', stated_on)::DATE, avg(stance) FROM core_statement__utterances WHERE known_to IS NULL"
        " AND country = 'MEX' AND addressee = 'USA' AND is_counted"
        " AND summary_en || ' ' || coalesce(summary_es, '') ILIKE '%water%' GROUP BY ALL",
        says("Search", "water"),
    ),
    "borders": Case(
        "/borders",
        press(CITIZENSHIP),
        {"by": "citizenship"},
        line("split", "Mexico"),
        "SELECT month, sum(encounters) FROM core_cbp__monthly_encounters_southwest"
        " WHERE known_to IS NULL AND citizenship_group = 'MEX' GROUP BY month",
        is_current(CITIZENSHIP),
    ),
    "pairs": Case(
        "/pairs",
        press(SECURITY),
        {"measure": "security"},
        line("large", "China"),
        f"SELECT month, score {SCORES} AND pair_id = 'CHN_USA' AND pillar = 'security' AND score IS NOT NULL",
        is_current(SECURITY),
    ),
    "evidence, months": Case(
        "/evidence?month=2025-03",
        neighbour("Other months", "\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK} February 2025"),
        {"month": "2025-02"},
        points,
        "SELECT printf('%03d', row_number() OVER (ORDER BY contribution DESC)), contribution FROM out_pair__contributions"
        " WHERE pair_id = 'MEX_USA' AND view = 'latest' AND month = DATE '2025-02-01'",
        headed("What made up February 2025?"),
    ),
    "evidence, search": Case(
        "/evidence?month=2001-01",
        lambda page: page.get_by_role("textbox", name="Search").fill("tomato"),
        {"month": "2001-01", "q": "tomato"},
        kinds,
        "SELECT kind, count(*) FROM ("
        " SELECT 'act' AS kind, initiator AS side, target AS other, concat(summary_en, summary_es, actor, act_id) AS words"
        " FROM core_act__events WHERE known_to IS NULL UNION ALL"
        " SELECT 'words', country, addressee, concat(summary_en, summary_es, speaker, statement_id)"
        " FROM core_statement__utterances WHERE known_to IS NULL UNION ALL"
        " SELECT 'measure', imposer, target, concat(title_en, title_es, instrument, legal_authority, policy_id)"
        " FROM core_policy__measures WHERE known_to IS NULL)"
        " WHERE side IN ('MEX', 'USA') AND other IN ('MEX', 'USA') AND words ILIKE '%tomato%' GROUP BY kind",
        says("Search", "tomato"),
    ),
    "data": Case(
        "/data",
        table("ref_pillars", "Catalogue: pairs, pillars"),
        {"table": "ref_pillars"},
        cells("#rows .ag-row", 0, 3),
        "SELECT pillar, weight FROM ref_pillars",
        headed("ref_pillars"),
    ),
    "sql": Case(
        "/sql",
        query,
        {"q": QUERY},
        result,
        f"SELECT place || year, highest FROM ({QUERY}), (VALUES ('table '), ('chart ')) AS places(place)",
        says("Your query", QUERY),
    ),
    "method": Case(
        "/method",
        neighbour("Other months", "\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK} September 2026"),
        {"month": "2026-09"},
        cells("#arithmetic tbody tr:not(:last-child)", 0, -1),
        "SELECT title_en, sum(contribution) FROM out_pair__contributions JOIN ref_pillars USING (pillar)"
        " WHERE pair_id = 'MEX_USA' AND view = 'latest' AND month = DATE '2026-09-01' GROUP BY ALL",
        headed("The arithmetic of September 2026"),
        within=0.0051,
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_control_gives_what_sql_gives_and_its_address_brings_it_back(
    visit: Callable[..., Page], address: str, published: Settings, case: Case
) -> None:
    rows = Warehouse(published.link).frame(case.sql).rows()
    expected = pytest.approx({str(key): float(value) for key, value in rows if value is not None}, abs=case.within)
    page = visit(case.path)
    assert case.shown(page) != expected
    case.use(page)
    assert eventually(lambda: case.shown(page), expected) == expected
    assert dict(parse_qsl(urlsplit(page.url).query)) == case.address
    case.holds(page)
    fresh = visit(page.url.removeprefix(address))
    assert eventually(lambda: case.shown(fresh), expected) == expected
    case.holds(fresh)


def eventually(shown: Callable[[], Values], expected: object) -> Values:
    """Return what is shown once it is as expected, or when patience ends."""
    until = time.monotonic() + PATIENCE_MS / 1000
    while (found := shown()) != expected and time.monotonic() < until:
        time.sleep(0.05)
    return found
