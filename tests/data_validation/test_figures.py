"""Figures of the published warehouse against what their publishers print, and the first weeks of 2025 row by row."""

from datetime import date

import pytest

from warehouse.query import Warehouse
from warehouse.settings import Settings

SOUTHWEST = {2020: 458_088, 2021: 1_734_686, 2022: 2_378_944, 2023: 2_475_669, 2024: 2_135_005}
"""CBP's totals by fiscal year, of which tests/repo asks the south-west files; here the nationwide ones answer."""
BORDER_PATROL = {2019: 851_508, 2020: 400_651, 2021: 1_659_206, 2022: 2_206_436, 2023: 2_045_838, 2024: 1_530_523}
"""CBP's totals between the ports of entry; the rest of the south-west total came to the ports."""


@pytest.fixture
def warehouse(published: Settings) -> Warehouse:
    return Warehouse(published.link)


@pytest.mark.parametrize(
    ("table", "part", "totals"),
    [
        pytest.param("by_state", "border_region = 'southwest_land'", SOUTHWEST, id="nationwide files"),
        pytest.param("southwest", "component = 'border_patrol'", BORDER_PATROL, id="between the ports"),
    ],
)
def test_southwest_encounters_are_cbps_totals(
    table: str, part: str, totals: dict[int, int], warehouse: Warehouse
) -> None:
    frame = warehouse.frame(
        f"SELECT year(month + INTERVAL 3 MONTH)::INT AS fiscal_year, sum(encounters)::BIGINT "
        f"FROM core_cbp__monthly_encounters_{table} WHERE known_to IS NULL AND {part} GROUP BY ALL"
    )
    found = dict(frame.iter_rows())
    assert {year: found[year] for year in totals} == totals


@pytest.mark.parametrize(
    ("day", "claims"),
    [
        pytest.param(date(2009, 6, 30), {85: ("US Ambassador Garza", "US Embassy Mexico City")}, id="mid-2009"),
        pytest.param(
            date(2026, 11, 24),
            {
                85: ("US Ambassador Garza", "US Embassy Mexico City"),
                95: ("US DOJ / US Embassy, Nov 2009", "Fox News/AP"),
            },
            id="today",
        ),
    ],
)
def test_each_count_of_2008_stands_with_its_publisher_from_its_day(
    day: date, claims: dict[int, tuple[str, str]], warehouse: Warehouse
) -> None:
    rows = warehouse.frame(
        "SELECT persons::INT, stated_by, split_part(publisher, ' (', 1) FROM core_extradition__claims "
        "WHERE dyad_id = 'MEX-USA' AND period_label = '2008' AND known_from <= $day "
        "AND (known_to IS NULL OR known_to > $day)",
        day=day,
    ).rows()
    assert {persons: tuple(who) for persons, *who in rows} == claims


def test_transfers_are_in_no_total_of_treaty_extraditions(warehouse: Warehouse) -> None:
    covering = warehouse.frame(
        "SELECT c.mechanism, c.definition_id, c.persons::INT, sum(t.persons)::INT AS transferred "
        "FROM core_extradition__claims AS c JOIN core_extradition__claims AS t "
        "ON t.mechanism = 'transfer' AND t.dyad_id = c.dyad_id "
        "AND t.period_start BETWEEN c.period_start AND c.period_end "
        "WHERE c.known_to IS NULL AND t.known_to IS NULL AND c.mechanism <> 'transfer' GROUP BY ALL"
    ).rows()
    # the prison agency counts 20 under the treaty and 75 with the 29 and 26 of February and August 2025
    assert sorted(covering) == [
        ("treaty_extradition", "to_partner_all", 20, 29 + 26),
        ("unspecified", "treaty_and_transfer", 20 + 29 + 26, 29 + 26),
    ]
    yearly = warehouse.frame(
        "SELECT year::INT, definition_id, persons_low::INT, persons_high::INT, claims::INT "
        "FROM out_dyad__yearly_extraditions WHERE year >= 2025"
    ).rows()
    assert sorted(yearly) == [(2025, "transfer", 55, 55, 2), (2026, "transfer", 37, 37, 1)]


def test_the_call_of_31_january_stands_under_both_accounts_and_weighs_once(warehouse: Warehouse) -> None:
    calls = warehouse.frame(
        "SELECT act_id, kind, evidence_of_act_id, publisher, summary_en FROM core_act__events "
        "WHERE known_to IS NULL AND occurred_on = DATE '2025-01-31' AND actor ILIKE '%Hegseth%' ORDER BY act_id"
    )
    summary, press = calls.to_dicts()
    assert "Pentagon summary" in summary["summary_en"] and summary["kind"] == "call"
    assert "act alone" in press["summary_en"] and press["kind"] == "threat"
    assert press["publisher"] == "KVIA (citing WSJ)"
    assert (summary["evidence_of_act_id"], press["evidence_of_act_id"]) == (press["act_id"], None)
    weighing = warehouse.frame(
        "SELECT DISTINCT item_id FROM out_pair__item_pressures WHERE item_kind = 'act' AND item_id IN ($one, $other)",
        one=summary["act_id"],
        other=press["act_id"],
    )
    assert weighing["item_id"].to_list() == [press["act_id"]]


def test_every_option_was_left_open_on_the_same_day(warehouse: Warehouse) -> None:
    row = warehouse.frame(
        "SELECT office, stance, act_id FROM core_statement__utterances "
        "WHERE known_to IS NULL AND stated_on = DATE '2025-01-31' AND summary_en LIKE '%keeping every option open%'"
    ).row(0)
    assert row == ("usa_defense", -0.7, "USMX0097")


def test_the_29_of_27_february_are_one_transfer_with_its_act(warehouse: Warehouse) -> None:
    row = warehouse.frame(
        "SELECT c.persons::INT AS persons, c.dyad_id, c.mechanism, c.period_start, a.occurred_on, a.initiator, "
        "a.summary_en, a.answers_act_id FROM core_extradition__claims AS c "
        "JOIN core_act__events AS a USING (claim_id) WHERE c.known_to IS NULL AND a.known_to IS NULL "
        "AND a.occurred_on = DATE '2025-02-27'"
    ).to_dicts()[0]
    assert (row["persons"], row["dyad_id"], row["mechanism"]) == (29, "MEX-USA", "transfer")
    assert row["period_start"] == row["occurred_on"] and row["initiator"] == "MEX"
    assert "29" in row["summary_en"] and "Rafael Caro Quintero" in row["summary_en"]
    assert row["answers_act_id"] == "usa_ieepa_mexico_2025", "handed over while the duty was threatened"


@pytest.mark.parametrize(
    ("policy_id", "stages"),
    [
        pytest.param(
            "usa_terrorist_designation_2025",
            [
                ("proposed", date(2025, 1, 20), None, None),  # USMX0089
                ("ordered", date(2025, 2, 6), None, None),  # USMX0110
                ("in_force", date(2025, 2, 20), None, None),  # USMX0124
            ],
            id="designation",
        ),
        pytest.param(
            "usa_ieepa_mexico_2025",
            [
                ("threatened", date(2024, 11, 25), date(2025, 1, 20), 25.0),  # tariff_actions.csv:17
                ("threatened", date(2025, 1, 20), date(2025, 2, 1), 25.0),  # USMX0087
                ("ordered", date(2025, 2, 1), date(2025, 2, 4), 25.0),  # tariff_actions.csv:21
                ("suspended", date(2025, 2, 3), date(2025, 3, 4), 25.0),  # tariff_actions.csv:22
                ("in_force", date(2025, 3, 4), None, 25.0),  # tariff_actions.csv:25 and 27
            ],
            id="25 % duty and its pause",
        ),
    ],
)
def test_stages_of_early_2025(
    policy_id: str, stages: list[tuple[str, date, date | None, float | None]], warehouse: Warehouse
) -> None:
    frame = warehouse.frame(
        "SELECT stage, stage_on, until_on, rate_pct FROM core_policy__stages WHERE known_to IS NULL "
        "AND policy_id = $policy_id AND stage_on < DATE '2026-01-01' ORDER BY stage_on",
        policy_id=policy_id,
    )
    assert frame.rows() == stages


def test_the_designations_are_two_acts_of_february(warehouse: Warehouse) -> None:
    acts = warehouse.frame(
        "SELECT act_id, occurred_on, actor, policy_id FROM core_act__events WHERE known_to IS NULL "
        "AND policy_id = 'usa_terrorist_designation_2025' AND initiator = 'USA' "
        "AND occurred_on BETWEEN DATE '2025-02-01' AND DATE '2025-02-28' ORDER BY occurred_on"
    )
    assert acts["occurred_on"].to_list() == [date(2025, 2, 6), date(2025, 2, 20)]
    assert acts["actor"].str.starts_with("State Dept").all()
