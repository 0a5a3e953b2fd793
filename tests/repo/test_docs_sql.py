"""The queries of the README, docs/sql.md and March 2025 by hand run on a fresh build and give the figures printed there."""

import re
from pathlib import Path

import polars as pl
import pytest

from warehouse.query import ad_hoc
from warehouse.settings import Settings

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGE = (ROOT / "docs" / "sql.md").read_text(encoding="utf-8")
MARCH = (ROOT / "docs" / "march_2025_by_hand.md").read_text(encoding="utf-8")
BY_HAND = re.findall(r"```sql\n(.*?)```", MARCH, re.S)
"""Queries of the month taken apart: pillars, largest items, days of the emergency duty, sum."""
SECTIONS = [part.split("\n", 1) for part in PAGE.split("\n## ")[1:]]
QUERIES = {
    title.split(".")[0]: block for title, text in SECTIONS for block in re.findall(r"```sql\n(.*?)```", text, re.S)
}
"""Query by its number on the page."""
PROSE = {title.split(".")[0]: text.split("```")[0] for title, text in SECTIONS}
"""What the page says before the query, by number."""

SOUTHWEST = {2019: 977_509, 2020: 458_088, 2021: 1_734_686, 2022: 2_378_944, 2023: 2_475_669, 2024: 2_135_005}


def ask(settings: Settings, sql: str) -> pl.DataFrame:
    frame, is_cut = ad_hoc(settings.link, sql, timeout_s=60.0, row_limit=100_000, memory_mb=1024)
    assert not is_cut
    return frame


def table(header: str) -> list[list[str]]:
    """Return the rows of a table of March 2025 by hand, found by how its header begins, without marks of bold."""
    lines = MARCH[MARCH.index(f"| {header} |") :].split("\n\n")[0].splitlines()
    return [[cell.strip(" *") for cell in line.strip("|").split("|")] for line in lines[2:]]


def as_printed(value: float, text: str) -> str:
    """Return the value rounded to as many decimals as the printed figure has."""
    return f"{value:.{len(text.partition('.')[2])}f}"


def test_the_page_holds_ten_queries() -> None:
    assert sorted(QUERIES, key=int) == [str(number) for number in range(1, 11)]
    assert PAGE.count("```sql") == len(QUERIES)


@pytest.mark.parametrize("number", QUERIES)
def test_query_returns_rows(number: str, published: Settings) -> None:
    assert ask(published, QUERIES[number]).height > 0


def test_contributions_come_with_evidence(published: Settings) -> None:
    frame = ask(published, QUERIES["2"])
    assert frame.filter(pl.col("item_kind").is_in(["act", "policy", "statement"]))["what"].null_count() == 0


def test_contributions_sum_to_the_index(published: Settings) -> None:
    frame = ask(
        published,
        "SELECT max(abs(t.tension_index - c.total)) AS gap FROM out_pair__monthly_tension AS t JOIN "
        "(SELECT pair_id, month, view, sum(contribution) AS total FROM out_pair__contributions GROUP BY ALL) AS c "
        "USING (pair_id, month, view)",
    )
    assert frame.item() < 1e-9


def test_joined_months_carry_every_kind(published: Settings) -> None:
    frame = ask(published, QUERIES["3"])
    assert frame.height == 11
    assert all(frame[name].drop_nulls().len() > 0 for name in ("acts", "tariff_stages", "statements", "encounters"))


def test_southwest_encounters_by_fiscal_year(published: Settings) -> None:
    assert dict(ask(published, QUERIES["4"]).iter_rows()) == SOUTHWEST


def test_border_patrol_in_fiscal_2000(published: Settings) -> None:
    assert ask(published, QUERIES["5"])["encounters"].to_list() == [1_676_438, 1_676_438]


def test_extraditions_of_2008_keep_both_claims(published: Settings) -> None:
    frame = ask(published, QUERIES["6"])
    assert frame["persons"].to_list() == [85, 95]
    assert frame["stated_by"].n_unique() == 2


def test_transfers_stand_apart(published: Settings) -> None:
    frame = ask(published, QUERIES["7"])
    assert frame.filter(pl.col("mechanism") == "transfer")["persons"].to_list() == [29, 26, 37]
    assert frame.filter(pl.col("mechanism") == "treaty_extradition").height > 0


def test_duties_in_force_respect_coverage_and_exemptions(published: Settings) -> None:
    on_the_ides = {row["policy_id"]: row for row in ask(published, QUERIES["8"]).to_dicts()}
    assert on_the_ides["usa_ieepa_mexico_2025"]["rate_pct"] == 25.0
    assert on_the_ides["usa_ieepa_mexico_2025"]["coverage_share"] == 0.511
    assert "usa_s232_steel_2018" in on_the_ides
    before = ask(published, QUERIES["8"].replace("2025-03-15", "2025-03-03"))["policy_id"].to_list()
    assert "usa_s232_steel_2018" not in before, "exempt to 11 March"
    assert "usa_ieepa_mexico_2025" not in before, "suspended to 4 March"


def test_snapshots_conserve_rows(published: Settings) -> None:
    assert ask(published, QUERIES["9"])["unaccounted"].to_list() == [0] * ask(published, QUERIES["9"]).height
    broken = ask(published, "FROM meta_snapshots WHERE rows_in <> rows_accepted + rows_rejected")
    assert broken.height == 0
    rejected = ask(published, "SELECT coalesce(sum(rows_rejected), 0)::BIGINT FROM meta_snapshots").item()
    assert ask(published, "SELECT count(*)::BIGINT FROM meta_rejections").item() == rejected


def test_thirty_three_days_of_2025(published: Settings) -> None:
    items = set(ask(published, QUERIES["10"])["item"].to_list())
    assert {"USMX0096", "USMX0097", "transfer:T1", "usa_terrorist_designation_2025", "usa_ieepa_mexico_2025"} <= items


@pytest.mark.parametrize("number", ["4", "5", "6", "7"])
def test_query_gives_the_figures_printed_before_it(number: str, published: Settings) -> None:
    printed = {int(figure.replace(",", "")) for figure in re.findall(r"\d[\d,]*\d", PROSE[number])}
    given = {value for row in ask(published, QUERIES[number]).iter_rows() for value in row if isinstance(value, int)}
    assert printed
    assert printed <= given


def test_readme_prints_the_index_of_early_2025(published: Settings) -> None:
    sql = re.findall(r'dyadwatch sql "(SELECT month.*?)"', README, re.S)
    printed = re.findall(r"│ (\d{4}-\d{2}-\d{2} .*?) +│", README)
    assert printed
    rows = ask(published, sql[0]).iter_rows()
    assert [re.split(r" +┆ ", line) for line in printed] == [[str(value) for value in row] for row in rows]


@pytest.mark.parametrize("sql", BY_HAND, ids=["pillars", "items", "days", "sum"])
def test_march_2025_query_returns_rows(sql: str, published: Settings) -> None:
    assert ask(published, sql).height > 0


def test_march_2025_by_hand_gives_the_published_index(published: Settings) -> None:
    total = ask(published, BY_HAND[3]).row(0, named=True)
    pillars = ask(published, BY_HAND[0])
    index = total["tension_index"]
    assert abs(total["contributions"] - index) < 1e-9
    assert abs(pillars["t"][0] - index) < 1e-5
    assert f"**T = {index:.2f}** for March 2025 (M = {pillars['m'][0]:.2f})" in MARCH
    assert f"{total['items']} items sum to {index:.6f}" in MARCH


def test_march_2025_prints_its_pillars(published: Settings) -> None:
    pillars = ask(published, BY_HAND[0])
    *rows, (_, _, _, squares, root) = table("pillar | C_p")
    assert [row[0].replace(" ", "_") for row in rows] == pillars["pillar"].to_list()
    for row, given in zip(rows, pillars.select("c_p", "e_p", "w_e2", "points").iter_rows(), strict=True):
        assert row[1:] == [as_printed(value, text) for value, text in zip(given, row[1:], strict=True)]
    t = pillars["t"][0]
    assert squares == as_printed(t**2, squares)
    assert root == f"{as_printed(t, root.split('**')[0])}** = √{squares}"


def test_march_2025_prints_its_largest_items(published: Settings) -> None:
    given = {
        (row["pillar"], row["item_id"]): (row["c_i"], row["share"], row["points"])
        for row in ask(published, BY_HAND[1]).to_dicts()
    }
    printed = {
        (row[0].replace(" ", "_"), row[1].split("`")[1]): (row[5], row[6].removesuffix(" %"), row[7])
        for row in table("pillar | item")
    }
    assert printed.keys() == given.keys()
    for item, texts in printed.items():
        assert texts == tuple(as_printed(value, text) for value, text in zip(given[item], texts, strict=True)), item


def test_march_2025_prints_the_points_of_the_items_it_names(published: Settings) -> None:
    points = dict(
        ask(
            published,
            "SELECT item_id, contribution FROM out_pair__contributions "
            "WHERE pair_id = 'MEX_USA' AND view = 'latest' AND month = DATE '2025-03-01'",
        ).iter_rows()
    )
    named = dict(re.findall(r"`([\w:]+)`[^`(]*\((\d+\.\d+)\s+points\)", MARCH))
    assert named == {item: as_printed(points[item], text) for item, text in named.items()}
    carried = ask(published, "FROM core_policy__measures WHERE known_to IS NULL AND last_confirmed_on IS NOT NULL")
    assert points.keys() & set(carried["policy_id"]) == set(re.findall(r"`(\w+)`\s\(", MARCH.split("## The sum")[1]))


def test_march_2025_prints_the_days_of_the_emergency_duty(published: Settings) -> None:
    days = ask(published, BY_HAND[2])
    *rows, month = table("days | n")
    for row in rows:
        first, last = (int(day) for day in re.findall(r"\d+", row[0]))
        span = days.filter(pl.col("day").dt.day().is_between(first, last))
        assert row[1] == str(span.height), row[0]
        assert span["wb"].unique().to_list() == [float(row[2].split()[-1])], row[0]
        for ends, column in zip(row[3:6], ("others", "a_of_direction", "part"), strict=True):
            printed = ends.split()[::2]
            assert printed == [as_printed(span[column][at], printed[0]) for at in (0, -1)], row[0]
        assert row[6] == as_printed(float(span["part"].sum()), row[6]), row[0]
    assert (month[1], month[6]) == (str(days.height), as_printed(float(days["part"].sum()), month[6]))
    assert days.height == sum(int(row[1]) for row in rows)


def test_march_2025_days_of_the_emergency_duty_give_its_pressure(published: Settings) -> None:
    days = ask(published, BY_HAND[2])
    stored = ask(
        published,
        "SELECT pressure FROM out_pair__item_pressures WHERE pair_id = 'MEX_USA' AND view = 'latest' "
        "AND month = DATE '2025-03-01' AND dimension = 'tension' AND item_id = 'usa_ieepa_mexico_2025'",
    ).item()
    assert days.height == 31
    assert abs(days["part"].sum() / 31 - stored) < 1e-12
    assert f"{days['part'].sum():.5f} / 31 = **{stored:.6f}**" in MARCH
    fourth = days.row(3, named=True)
    total = 25 + fourth["others"]
    assert (
        f"On 4 March: 25 + {fourth['others']:.4f} = {total:.4f}, `ln {1 + total:.4f} / ln 26` = "
        f"{fourth['a_of_direction']:.5f}, times 25/{total:.4f} = {fourth['part']:.5f}." in MARCH
    )


def test_march_2025_prints_the_points_of_the_emergency_duty(published: Settings) -> None:
    trade = ask(published, BY_HAND[0]).row(by_predicate=pl.col("pillar") == "trade", named=True)
    duty = ask(published, BY_HAND[1]).row(by_predicate=pl.col("item_id") == "usa_ieepa_mexico_2025", named=True)
    given = (trade["weight"], trade["e_p"], trade["t"], duty["c_i"], trade["c_p"], duty["points"], trade["t"])
    printed = re.findall(r"\d+\.\d+", re.findall(r"^Points: (.*)", MARCH, re.M)[0])
    assert printed == [as_printed(value, text) for value, text in zip(given, printed, strict=True)]
