"""Which duties the published ledger holds in force between the two countries, against the facts read by hand.

`T:n` is line n of facts/tariff_actions.csv, `O:n` of tariff_actions_2001_2016.csv, `L:n` of
tariff_actions_2026_late.csv, as in the ledger's `record_ref`. Shares are reckoned here from the trade figures that the
ledger names as their basis: Census totals in billion dollars, or points of imports.
"""

from datetime import date

import pytest

from warehouse.query import Warehouse
from warehouse.settings import Settings

Duty = tuple[float | None, float | None, str]
"""Added rate in per cent, share of the partner's goods that it covers, words of its legal authority; None: not set."""

IN_FORCE = """
WITH stage AS (
    SELECT policy_id, stage, rate_pct FROM core_policy__stages WHERE known_to IS NULL AND stage_on <= $day
    QUALIFY row_number() OVER (PARTITION BY policy_id ORDER BY stage_on DESC) = 1
), cover AS (
    SELECT policy_id, coverage_share FROM core_policy__coverage
    WHERE known_to IS NULL AND partner = $partner AND from_on <= $day
    QUALIFY row_number() OVER (PARTITION BY policy_id ORDER BY from_on DESC) = 1
)
SELECT m.policy_id, stage.rate_pct, cover.coverage_share, m.legal_authority
FROM core_policy__measures AS m JOIN stage USING (policy_id) LEFT JOIN cover USING (policy_id)
WHERE m.known_to IS NULL AND m.kind IN ('tariff', 'tax', 'quota') AND stage.stage = 'in_force'
  AND m.imposer = $imposer AND m.target IN ($partner, 'WLD')
  AND NOT EXISTS (
      FROM core_policy__exemptions AS x
      WHERE x.known_to IS NULL AND x.policy_id = m.policy_id AND x.partner = $partner
        AND x.from_on <= $day AND (x.to_on IS NULL OR x.to_on >= $day))
"""

METALS_2018: dict[str, Duty] = {
    # T:5, T:6: the exemption of Mexico ended on 1 June 2018; steel and aluminium of USD 312.7 bn of imports in 2017
    "usa_s232_steel_2018": (25, 2.5 / 312.7, "s.232"),
    "usa_s232_aluminium_2018": (10, 0.26 / 312.7, "s.232"),
}
RETALIATION_2018: dict[str, Duty] = {
    # T:8, top of 15-25: USD 3 bn in all less pork and cheese, of USD 243.6 bn of US exports to Mexico in 2017
    "mex_retaliation_s232_list_2018": (25, (3.0 - 0.96 - 0.15) / 243.6, "Diario Oficial"),
    # T:10: second step from 5 July; before it 10 (T:9)
    "mex_retaliation_s232_pork_2018": (20, 0.96 / 243.6, "Diario Oficial"),
    # T:11, top of 20-25, from 5 July
    "mex_retaliation_s232_cheese_2018": (25, 0.15 / 243.6, "Diario Oficial"),
}
METAL_RULES_2024: dict[str, Duty] = {
    # T:15: 13 % of mill products at 0.8 points; superseded on 12 March 2025
    "usa_s232_melt_pour_steel_2024": (25, 0.13 * 0.008, "s.232"),
    # T:16 gives no rate; superseded on 12 March 2025
    "usa_s232_smelt_aluminium_2024": (None, None, "s.232"),
}
SINCE_SUMMER_2025: dict[str, Duty] = {
    # T:32: USMCA vehicles, 12.5 of 13.7 points, pay on the non-US 60 % of their value
    "usa_s232_autos_2025": (25, 0.137 - 0.4 * 0.125, "s.232"),
    # T:33: parts outside USMCA
    "usa_s232_auto_parts_2025": (25, 0.051, "s.232"),
    # T:44: copper content
    "usa_s232_copper_2025": (50, 0.0038, "s.232"),
    # T:43, order of 14 July 2025; USD 2.8 bn of 505.9 bn of imports in 2024
    "usa_ad_tomatoes_1996": (17.09, 2.8 / 505.9, "Tariff Act 1930"),
}

DUTIES = [
    # T:2, T:3 stand, but T:4 exempts Mexico to 31 May; tomatoes and sugar rest under agreements (O:33, O:37)
    pytest.param(date(2018, 5, 15), {}, {}, id="2018-05-15"),
    pytest.param(date(2018, 7, 15), METALS_2018, RETALIATION_2018, id="2018-07-15"),
    # T:12 lifts the metals duties on 20 May, and with them Mexico's answer (its end was not read); T:14 ends the threat
    # of T:13; O:33: Commerce left the tomato agreement of 2013 and deposits ran to the next one (19 September), at the
    # rate of 1996; tomatoes USD 2.0 bn of 343.7 bn of imports in 2018
    pytest.param(
        date(2019, 6, 15), {"usa_ad_tomatoes_1996": (17.56, 2.0 / 343.7, "Tariff Act 1930")}, {}, id="2019-06-15"
    ),
    # T:27: all products; T:30 exempts USMCA goods only from 7 March, T:29 was overtaken by it; T:23, T:24 begin on
    # 12 March; T:36 has tomatoes suspended to July; T:19, T:20 spare the United States, T:28 was never imposed
    pytest.param(
        date(2025, 3, 5), {"usa_ieepa_mexico_2025": (25, 1.0, "IEEPA"), **METAL_RULES_2024}, {}, id="2025-03-05"
    ),
    # T:30: 48.9 % of imports entered under USMCA in 2024
    pytest.param(
        date(2025, 3, 10), {"usa_ieepa_mexico_2025": (25, 1 - 0.489, "IEEPA"), **METAL_RULES_2024}, {}, id="2025-03-10"
    ),
    # T:27 less USMCA goods (T:30) and what pays under section 232 instead (T:37): vehicles 1.2, metals 1.9, parts 5.1
    # points; T:41: metals at 50, before the 407 codes of 18 August (T:47); T:34 leaves Mexico out of the reciprocal
    # duty; T:42 was put off by T:46; T:45 begins on 29 August
    pytest.param(
        date(2025, 8, 15),
        {
            "usa_ieepa_mexico_2025": (25, 1 - 0.489 - 0.012 - 0.019 - 0.051, "IEEPA"),
            "usa_s232_steel_2018": (50, 0.0215, "s.232"),
            "usa_s232_aluminium_2018": (50, 0.0038 + 0.0012, "s.232"),
            **SINCE_SUMMER_2025,
        },
        {},
        id="2025-08-15",
    ),
    # T:58, T:59 end the emergency duties on 24 February, L:2 begins that day: 32.1 points outside USMCA less 6.1 under
    # section 232 and 14.6 listed as exempt; T:47 widens the metals; T:54 spares the United States, T:55 is only a case
    pytest.param(
        date(2026, 3, 1),
        {
            "usa_s122_surcharge_2026": (10, 0.321 - 0.061 - 0.146, "s.122"),
            "usa_s232_steel_2018": (50, 0.0215 + 0.0081, "s.232"),
            "usa_s232_aluminium_2018": (50, 0.0038 + 0.0012 + 0.0015, "s.232"),
            "usa_s232_softwood_2025": (10, 0.001 / 530.7, "s.232"),  # T:49
            "usa_s232_wood_furniture_2025": (25, 0.0014 + 0.0016, "s.232"),  # T:49 says higher than 10
            "usa_s232_trucks_2025": (25, 0.6 * 0.026 + 0.0005, "s.232"),  # T:50
            "usa_s232_buses_2025": (10, 0.00015, "s.232"),  # T:51
            "usa_s232_semiconductors_2026": (25, 1.4 / 530.7, "s.232"),  # T:56, accelerator cards
            "usa_de_minimis_end_2025": (None, None, "IEEPA"),  # T:45, in force as read, no rate of its own
            **SINCE_SUMMER_2025,
        },
        {},
        id="2026-03-01",
    ),
]


@pytest.mark.parametrize(("day", "usa_on_mex", "mex_on_usa"), DUTIES)
def test_duties_in_force(
    day: date, usa_on_mex: dict[str, Duty], mex_on_usa: dict[str, Duty], published: Settings
) -> None:
    warehouse = Warehouse(published.link)
    for imposer, partner, expected in (("USA", "MEX", usa_on_mex), ("MEX", "USA", mex_on_usa)):
        rows = warehouse.frame(IN_FORCE, day=day, imposer=imposer, partner=partner).rows()
        assert {policy_id: rate for policy_id, rate, _, _ in rows} == {
            policy_id: rate for policy_id, (rate, _, _) in expected.items()
        }
        for policy_id, _, share, authority in rows:
            _, reckoned, words = expected[policy_id]
            assert words in authority
            # the ledger writes a share with two digits, or to the fourth decimal
            assert share == (None if reckoned is None else pytest.approx(reckoned, rel=0.06, abs=0.00005)), policy_id
