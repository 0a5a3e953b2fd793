"""The queries of docs/sql.md and of March 2025 by hand run on a fresh build and give the published figures."""

import re
from pathlib import Path

import polars as pl
import pytest

from warehouse.query import ad_hoc
from warehouse.settings import Settings

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "sql.md").read_text(encoding="utf-8")
BY_HAND = re.findall(r"```sql\n(.*?)```", (DOCS / "march_2025_by_hand.md").read_text(encoding="utf-8"), re.S)
"""Queries of the month taken apart: pillars, largest items, days of the emergency duty, sum."""
SECTIONS = [part.split("\n", 1) for part in PAGE.split("\n## ")[1:]]
QUERIES = {
    title.split(".")[0]: block for title, text in SECTIONS for block in re.findall(r"```sql\n(.*?)```", text, re.S)
}
"""Query by its number on the page."""

SOUTHWEST = {2019: 977_509, 2020: 458_088, 2021: 1_734_686, 2022: 2_378_944, 2023: 2_475_669, 2024: 2_135_005}


def ask(settings: Settings, sql: str) -> pl.DataFrame:
    frame, is_cut = ad_hoc(settings.link, sql, timeout_s=60.0, row_limit=100_000, memory_mb=1024)
    assert not is_cut
    return frame


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


@pytest.mark.parametrize("sql", BY_HAND, ids=["pillars", "items", "days", "sum"])
def test_march_2025_query_returns_rows(sql: str, published: Settings) -> None:
    assert ask(published, sql).height > 0


def test_march_2025_by_hand_gives_the_published_index(published: Settings) -> None:
    total = ask(published, BY_HAND[3])
    index = total["tension_index"].item()
    assert round(index, 2) == 54.07
    assert abs(total["contributions"].item() - index) < 1e-9
    assert abs(ask(published, BY_HAND[0])["t"][0] - index) < 1e-5


def test_march_2025_days_of_the_emergency_duty_give_its_pressure(published: Settings) -> None:
    days = ask(published, BY_HAND[2])
    stored = ask(
        published,
        "SELECT pressure FROM out_pair__item_pressures WHERE pair_id = 'MEX_USA' AND view = 'latest' "
        "AND month = DATE '2025-03-01' AND dimension = 'tension' AND item_id = 'usa_ieepa_mexico_2025'",
    ).item()
    assert days.height == 31
    assert abs(days["part"].sum() / 31 - stored) < 1e-12
