"""What the dashboard's pages ask of a build: typed questions, each answered by a frame."""

from datetime import date

import polars as pl

from warehouse.query import Warehouse

PERIODS = (
    ("core_act__events", "occurred_on"),
    ("core_policy__stages", "stage_on"),
    ("core_policy__measures", "NULL"),
    ("core_statement__utterances", "stated_on"),
    ("core_cbp__monthly_encounters_southwest", "month"),
    ("core_cbp__monthly_encounters_by_state", "month"),
    ("core_cbp__monthly_drug_seizures", "month"),
    ("core_usbp__monthly_encounters", "month"),
    ("core_usbp__monthly_encounters_by_sector", "month"),
    ("core_extradition__claims", "period_end"),
    ("core_repatriation__claims", "period_end"),
    ("core_indicator__observations", "period_end"),
)
"""Core tables and the column that dates their rows."""


def pillar_scores(warehouse: Warehouse, pair_id: str) -> pl.DataFrame:
    """Return the tension score of each pillar by month; columns month, pillar, score."""
    return warehouse.frame(
        "SELECT month, pillar, score FROM out_pair__pillar_scores WHERE pair_id = $pair_id"
        " AND view = 'latest' AND dimension = 'tension' ORDER BY month, pillar",
        pair_id=pair_id,
    )


def notable_acts(warehouse: Warehouse, pair_id: str, limit: int = 60) -> pl.DataFrame:
    """Return the acts that once added most to the index; columns occurred_on, initiator, summary_en, peak."""
    return warehouse.frame(
        "SELECT a.occurred_on, a.initiator, a.actor, a.summary_en, max(c.contribution) AS peak"
        " FROM out_pair__contributions c JOIN core_act__events a ON a.act_id = c.item_id AND a.known_to IS NULL"
        " WHERE c.pair_id = $pair_id AND c.view = 'latest' AND c.item_kind = 'act'"
        " GROUP BY ALL ORDER BY peak DESC LIMIT $row_limit",
        pair_id=pair_id,
        row_limit=limit,
    )


def month_evidence(warehouse: Warehouse, pair_id: str, month: date) -> pl.DataFrame:
    """Return every item that adds to a month's index with what it rests on, the largest first."""
    return warehouse.frame(
        """
        WITH stages AS (
            SELECT policy_id, max(stage_on) AS on_day,
                string_agg(stage || ' ' || stage_on, ', ' ORDER BY stage_on) AS stages
            FROM core_policy__stages WHERE known_to IS NULL AND stage_on <= last_day($month::DATE) GROUP BY policy_id
        ), items AS (
            SELECT 'act' AS item_kind, act_id AS item_id, occurred_on AS on_day, summary_en AS title, publisher,
                source_tier, url, NULL AS stages FROM core_act__events WHERE known_to IS NULL
            UNION ALL BY NAME
            SELECT 'statement' AS item_kind, statement_id AS item_id, stated_on AS on_day,
                speaker || ': ' || summary_en AS title, publisher, source_tier, url
            FROM core_statement__utterances WHERE known_to IS NULL
            UNION ALL BY NAME
            SELECT 'policy' AS item_kind, m.policy_id AS item_id, s.on_day, title_en AS title,
                legal_authority AS publisher, url, s.stages
            FROM core_policy__measures m LEFT JOIN stages s USING (policy_id) WHERE known_to IS NULL
            UNION ALL BY NAME
            SELECT 'claim' AS item_kind, claim_id AS item_id, period_end AS on_day,
                persons::BIGINT || ' persons, ' || definition_id || ', ' || period_label AS title, publisher, url
            FROM core_extradition__claims WHERE known_to IS NULL
        )
        SELECT c.pillar, c.item_kind, c.item_id, c.contribution, i.on_day, coalesce(i.title, c.item_id) AS title,
            i.publisher, i.source_tier, i.url, i.stages
        FROM out_pair__contributions c
        LEFT JOIN (FROM items QUALIFY row_number() OVER (PARTITION BY item_kind, item_id ORDER BY on_day) = 1) i
            ON i.item_kind = c.item_kind AND i.item_id = c.item_id
        WHERE c.pair_id = $pair_id AND c.month = $month AND c.view = 'latest'
        ORDER BY c.contribution DESC, c.item_id
        """,
        pair_id=pair_id,
        month=month,
    )


def yearly_extraditions(warehouse: Warehouse) -> pl.DataFrame:
    """Return extraditions and transfers by year and definition; columns as out_dyad__yearly_extraditions."""
    return warehouse.frame("FROM out_dyad__yearly_extraditions ORDER BY dyad_id, definition_id, year")


def trade_measures(warehouse: Warehouse, pair_id: str) -> pl.DataFrame:
    """Return each trade measure's pressure by month; columns month, title, pressure."""
    return warehouse.frame(
        "SELECT p.month, coalesce(m.title_en, p.item_id) AS title, p.pressure FROM out_pair__item_pressures p"
        " LEFT JOIN core_policy__measures m ON m.policy_id = p.item_id AND m.known_to IS NULL"
        " WHERE p.pair_id = $pair_id AND p.view = 'latest' AND p.dimension = 'tension' AND p.pillar = 'trade'"
        " AND p.item_kind = 'policy' ORDER BY p.month",
        pair_id=pair_id,
    )


def monthly_stance(warehouse: Warehouse) -> pl.DataFrame:
    """Return counted statements' mean stance by month; columns month, country, stance, statements."""
    return warehouse.frame(
        "SELECT date_trunc('month', stated_on)::DATE AS month, country, avg(stance) AS stance, count(*) AS statements"
        " FROM core_statement__utterances WHERE known_to IS NULL AND is_counted AND stance IS NOT NULL"
        " AND country IN ('USA', 'MEX') GROUP BY ALL ORDER BY month"
    )


def monthly_encounters(warehouse: Warehouse) -> pl.DataFrame:
    """Return southwest border encounters by month; columns month, series (all or border_patrol), encounters."""
    return warehouse.frame(
        "SELECT month, 'all' AS series, sum(encounters)::BIGINT AS encounters"
        " FROM core_cbp__monthly_encounters_southwest"
        " WHERE known_to IS NULL GROUP BY month UNION ALL SELECT month, 'border_patrol', encounters"
        " FROM core_usbp__monthly_encounters WHERE known_to IS NULL ORDER BY month"
    )


def source_freshness(warehouse: Warehouse) -> pl.DataFrame:
    """Return each source with its latest period and the day it was last known; by source_id."""
    parts = " UNION ALL ".join(
        f"SELECT source_id, {column}::DATE AS on_day, known_from FROM {table}" for table, column in PERIODS
    )
    return warehouse.frame(
        f"SELECT s.source_id, max(c.on_day) AS latest_period, max(c.known_from) AS known_from,"
        f" max(s.edition) AS edition, max(s.url) AS url"
        f" FROM meta_snapshots s LEFT JOIN (SELECT source_id, max(on_day) AS on_day, max(known_from) AS known_from"
        f" FROM ({parts}) GROUP BY source_id) c USING (source_id) GROUP BY s.source_id ORDER BY s.source_id"
    )
