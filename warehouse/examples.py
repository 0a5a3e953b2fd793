"""Queries that a reader can start from: each runs by hand on the published file."""

from collections.abc import Mapping
from datetime import date
from textwrap import dedent
from types import MappingProxyType

from warehouse.query import written_out

EXAMPLES: Mapping[str, str] = MappingProxyType(
    {
        "index": """
            SELECT month, tension_index, lower_05, upper_95, coverage, is_comparable, is_provisional
            FROM out_pair__monthly_tension
            WHERE pair_id = $pair_id AND view = 'latest'
            ORDER BY month
            """,
        "contributions": """
            WITH words AS (
                SELECT 'act' AS item_kind, act_id AS item_id, summary_en AS what, url
                FROM core_act__events WHERE known_to IS NULL
                UNION ALL
                SELECT 'statement', statement_id, summary_en, url
                FROM core_statement__utterances WHERE known_to IS NULL
                UNION ALL
                SELECT 'policy', policy_id, title_en, url FROM core_policy__measures WHERE known_to IS NULL
            )
            SELECT coalesce(w.what, c.item_id) AS what, round(c.contribution, 2) AS points, c.pillar, c.item_kind, w.url
            FROM out_pair__contributions c
            LEFT JOIN words w USING (item_kind, item_id)
            WHERE c.pair_id = $pair_id AND c.view = 'latest' AND c.month = $month
            ORDER BY points DESC
            """,
        "tariffs": """
            WITH stage AS (  -- the last stage up to the day holds
                SELECT policy_id, stage, stage_on, rate_pct FROM core_policy__stages
                WHERE known_to IS NULL AND stage_on <= $day
                QUALIFY row_number() OVER (PARTITION BY policy_id ORDER BY stage_on DESC) = 1
            ), cover AS (
                SELECT policy_id, partner, coverage_share FROM core_policy__coverage
                WHERE known_to IS NULL AND from_on <= $day
                QUALIFY row_number() OVER (PARTITION BY policy_id, partner ORDER BY from_on DESC) = 1
            )
            SELECT m.title_en, m.imposer, s.stage_on AS since, s.rate_pct, c.coverage_share,
                round(s.rate_pct * c.coverage_share, 2) AS points, m.url
            FROM core_policy__measures m
            JOIN ref_dyads d ON d.pair_id = $pair_id AND d.initiator = m.imposer AND m.target IN (d.target, 'WLD')
            JOIN stage s USING (policy_id)
            LEFT JOIN cover c ON c.policy_id = m.policy_id AND c.partner = d.target
            WHERE m.known_to IS NULL AND m.kind = 'tariff' AND s.stage = 'in_force'
                AND NOT EXISTS (FROM core_policy__exemptions x WHERE x.known_to IS NULL AND x.policy_id = m.policy_id
                    AND x.partner = d.target AND x.from_on <= $day AND coalesce(x.to_on, $day) >= $day)
            ORDER BY points DESC NULLS LAST
            """,
        "extraditions": """
            SELECT stated_by, persons, scope, mechanism, label_used, publisher, url  -- never add claims up
            FROM core_extradition__claims
            WHERE known_to IS NULL AND dyad_id = 'MEX-USA' AND period_label = '2008'
            ORDER BY persons
            """,
        "speakers": """
            SELECT speaker, country, count(*) FILTER (stance < -0.25) AS hostile, count(*) AS statements,
                round(avg(stance), 2) AS mean_stance
            FROM core_statement__utterances JOIN ref_dyads ON initiator = country AND target = addressee
            WHERE known_to IS NULL AND is_counted AND pair_id = $pair_id
            GROUP BY ALL HAVING hostile > 0
            ORDER BY hostile DESC, speaker
            """,
        "encounters": """
            SELECT (year(month) + (month(month) >= 10)::INT)::INT AS fiscal_year,  -- it begins in October
                sum(encounters)::BIGINT AS encounters, count(DISTINCT month) AS months
            FROM core_cbp__monthly_encounters_southwest
            WHERE known_to IS NULL
            GROUP BY ALL
            ORDER BY fiscal_year
            """,
        "vintages": """
            SELECT v.month, round(v.tension_index, 2) AS read_then, round(t.tension_index, 2) AS read_now,
                round(t.tension_index - v.tension_index, 2) AS revision, v.as_of
            FROM tension_as_of($pair_id, $past) v
            JOIN out_pair__monthly_tension t
                ON t.pair_id = $pair_id AND t.view = 'latest' AND t.month = v.month
            ORDER BY v.month
            """,
        "freshness": """
            SELECT s.title, f.last_period, f.expected_by, $day - f.expected_by AS days_late, s.cadence, f.rows
            FROM meta_freshness f JOIN ref_sources s USING (source_id)
            ORDER BY days_late DESC NULLS LAST
            """,
    }
)
"""Examples by name, with `$pair_id`, `$month`, `$day` and `$past`."""


def examples(pair_id: str, month: date, day: date, past: date) -> dict[str, str]:
    """Return the examples with their values written in.

    Args:
        pair_id: The pair.
        month: First day of the month whose contributions are asked for.
        day: Day on which tariffs stand and sources are late.
        past: Day as of which vintages are asked for.
    """
    values = {"pair_id": pair_id, "month": month, "day": day, "past": past}
    return {name: written_out(dedent(sql).strip(), values) for name, sql in EXAMPLES.items()}
