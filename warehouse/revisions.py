"""What the index and replay pages ask of a build: what the index is made of month by month, beside what, and known when."""

from datetime import date

import polars as pl

from warehouse.pages import item_titles, said
from warehouse.query import Warehouse

PILLAR_PARTS = """
    SELECT m.month, p.pillar, coalesce(sum(c.contribution), 0) AS contribution, m.tension_index, m.is_comparable,
        m.is_provisional
    FROM out_pair__monthly_tension m
    CROSS JOIN (SELECT DISTINCT pillar FROM out_pair__contributions WHERE pair_id = $pair_id AND view = 'latest') p
    LEFT JOIN out_pair__contributions c
        ON c.pair_id = m.pair_id AND c.view = m.view AND c.month = m.month AND c.pillar = p.pillar
    WHERE m.pair_id = $pair_id AND m.view = 'latest' AND m.month >= $since AND m.tension_index IS NOT NULL GROUP BY ALL
"""
"""The index by month and pillar: the parts of a month sum to its reading."""


def monthly_parts(warehouse: Warehouse, pair_id: str, since: date) -> pl.DataFrame:
    """Return what each pillar adds to the index by month, from a month on.

    Returns:
        Columns month, pillar, contribution, tension_index, is_comparable, is_provisional; no row where there is no index.
    """
    return warehouse.frame(f"{PILLAR_PARTS} ORDER BY m.month, p.pillar", pair_id=pair_id, since=since)


def yearly_parts(warehouse: Warehouse, pair_id: str, since: date) -> pl.DataFrame:
    """Return what each pillar adds to the mean index of a year's months that have one.

    Returns:
        Columns year, pillar, contribution and tension_index (means of months), months, is_comparable, is_provisional (a
        month of the year is).
    """
    return warehouse.frame(
        f"""
        WITH monthly AS ({PILLAR_PARTS})
        SELECT year(month) AS year, pillar, avg(contribution) AS contribution, avg(tension_index) AS tension_index,
            count(*) AS months, bool_and(is_comparable) AS is_comparable, bool_or(is_provisional) AS is_provisional
        FROM monthly GROUP BY ALL ORDER BY year, pillar
        """,
        pair_id=pair_id,
        since=since,
    )


def revisions(warehouse: Warehouse, pair_id: str, since: date) -> pl.DataFrame:
    """Return by how much each month has been revised since its end.

    Returns:
        Columns month, known_then (the index with what was known at the month's end), latest, revision (latest less
        known_then).
    """
    return warehouse.frame(
        "SELECT month, r.tension_index AS known_then, l.tension_index AS latest,"
        " l.tension_index - r.tension_index AS revision"
        " FROM out_pair__monthly_tension l JOIN out_pair__monthly_tension r USING (pair_id, month)"
        " WHERE pair_id = $pair_id AND l.view = 'latest' AND r.view = 'real_time' AND month >= $since"
        " AND l.tension_index IS NOT NULL AND r.tension_index IS NOT NULL ORDER BY month",
        pair_id=pair_id,
        since=since,
    )


def yardsticks(warehouse: Warehouse, pair_id: str, since: date, language: str) -> pl.DataFrame:
    """Return the outside series about the pair's countries by month, within the months of the index.

    Returns:
        Columns indicator_id, definition_id, definition, unit, month, value, tension_index (null where there is none); a
        series without a figure in the period has one row, its last, so that its end is known.
    """
    return warehouse.frame(
        f"""
        WITH outside AS (
            SELECT o.indicator_id, o.definition_id, {said("d.definition")} AS definition, o.unit,
                o.period_start AS month, o.value
            FROM core_indicator__observations o JOIN ref_indicators i USING (indicator_id)
            JOIN ref_definitions d ON d.indicator_id = o.indicator_id AND d.definition_id = o.definition_id
            JOIN ref_pairs p ON p.pair_id = $pair_id
            JOIN ref_countries c ON c.country IN (p.first, p.second) AND i.title_en LIKE '%, ' || c.name_en
            WHERE o.known_to IS NULL AND i.role = 'yardstick' AND o.period_end = last_day(o.period_start)
                AND o.period_start <= p.ledger_end
        )
        SELECT o.*, t.tension_index FROM outside o LEFT JOIN out_pair__monthly_tension t
            ON t.pair_id = $pair_id AND t.view = 'latest' AND t.month = o.month
        QUALIFY o.month >= greatest($since, (SELECT date_trunc('month', ledger_start) FROM ref_pairs
                WHERE pair_id = $pair_id)) OR row_number() OVER (
                PARTITION BY o.indicator_id, o.definition_id ORDER BY o.month DESC) = 1
        ORDER BY o.indicator_id, o.definition_id, o.month
        """,
        pair_id=pair_id,
        since=since,
        language=language,
    )


def yardstick_checks(warehouse: Warehouse, pair_id: str) -> dict[str, float]:
    """Return the rank correlation of monthly changes with those of outside series, by indicator, as the card has it."""
    frame = warehouse.frame(
        "SELECT check_id[4:] AS indicator_id, figure FROM out_pair__validation"
        " WHERE pair_id = $pair_id AND check_id LIKE 'V4:%' AND figure IS NOT NULL AND check_id <> 'V4:field'",
        pair_id=pair_id,
    )
    return dict(frame.iter_rows())


def pair_scores(warehouse: Warehouse, pair_id: str) -> pl.DataFrame:
    """Return the pillar scores of the latest view with all that the index is made of; columns as the table, both dimensions."""
    return warehouse.frame(
        "FROM out_pair__pillar_scores WHERE pair_id = $pair_id AND view = 'latest' ORDER BY month, dimension, pillar",
        pair_id=pair_id,
    )


def rows(warehouse: Warehouse, table: str) -> pl.DataFrame:
    """Return every row of a core table with all its vintages; an id that is no table's is an error of the caller."""
    return warehouse.frame(f"FROM {table}")


def constants(warehouse: Warehouse) -> dict[str, float]:
    """Return the constants of the method that a build was computed with, by name."""
    return dict(warehouse.frame("SELECT name, value FROM ref_method").iter_rows())


def reading_days(warehouse: Warehouse, pair_id: str) -> list[date]:
    """Return the days on which the index was read: the ends of months, and the ledger's last day."""
    frame = warehouse.frame(
        "SELECT DISTINCT as_of FROM out_pair__tension_vintages WHERE pair_id = $pair_id ORDER BY as_of", pair_id=pair_id
    )
    return frame["as_of"].to_list()


def vintage(warehouse: Warehouse, pair_id: str, day: date) -> pl.DataFrame:
    """Return every month's index with what was known on a reading day, beside the latest.

    Returns:
        Columns month, known_then (null after the day), latest, change (latest less known_then).
    """
    return warehouse.frame(
        "SELECT m.month, v.tension_index AS known_then, m.tension_index AS latest,"
        " m.tension_index - v.tension_index AS change FROM out_pair__monthly_tension m"
        " LEFT JOIN out_pair__tension_vintages v ON v.pair_id = m.pair_id AND v.month = m.month AND v.as_of = $day"
        " WHERE m.pair_id = $pair_id AND m.view = 'latest' ORDER BY m.month",
        pair_id=pair_id,
        day=day,
    )


def known_after(warehouse: Warehouse, day: date, month: date, language: str) -> pl.DataFrame:
    """Return the items of which something became known after a day, with effect by a month's end.

    Returns:
        Columns item_kind, item_id, known_from (the first day after the day), then what the item is: on_day, side, title,
        stage (of a measure at the month's end), url.
    """
    return warehouse.frame(
        f"""
        WITH records AS (
            SELECT 'act' AS item_kind, act_id AS item_id, known_from, occurred_on AS effect_on FROM core_act__events
            UNION ALL SELECT 'statement', statement_id, known_from, stated_on FROM core_statement__utterances
            UNION ALL SELECT 'policy', policy_id, known_from, known_from FROM core_policy__measures
            UNION ALL SELECT 'policy', policy_id, known_from, stage_on FROM core_policy__stages
            UNION ALL SELECT 'policy', policy_id, known_from, from_on FROM core_policy__coverage
            UNION ALL SELECT 'policy', policy_id, known_from, from_on FROM core_policy__exemptions
            UNION ALL SELECT 'statistic', 'usbp_encounters:' || strftime(month, '%Y-%m'), known_from, month
            FROM core_usbp__monthly_encounters
        ), late AS (
            SELECT item_kind, item_id, min(known_from) AS known_from FROM records
            WHERE known_from > $day AND effect_on <= last_day($month::DATE) GROUP BY ALL
        )
        SELECT l.*, r.on_day, r.side, r.title, r.stage, r.url
        FROM late l LEFT JOIN ({item_titles()}) r USING (item_kind, item_id) ORDER BY l.known_from, l.item_id
        """,
        day=day,
        month=month,
        language=language,
    )
