"""What a brief asks of a build beside what the page asks: what moved, what is new, what is expected, what is late."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl

from warehouse.pages import RECORDS, item_titles, said
from warehouse.query import Warehouse


def moved_items(warehouse: Warehouse, pair_id: str, month: date, language: str) -> pl.DataFrame:
    """Return every item whose part of the index changed since the month before, the largest change first.

    Returns:
        Columns item_kind, item_id, pillar, before, now, change, title, url; the changes sum to that of the index.
    """
    return warehouse.frame(
        f"""
        WITH parts AS (
            SELECT item_kind, item_id, pillar, month, contribution FROM out_pair__contributions
            WHERE pair_id = $pair_id AND view = 'latest' AND month IN ($month::DATE, $month::DATE - INTERVAL 1 MONTH)
        ), moved AS (
            SELECT item_kind, item_id, pillar,
                coalesce(sum(contribution) FILTER (month < $month::DATE), 0) AS before,
                coalesce(sum(contribution) FILTER (month = $month::DATE), 0) AS now
            FROM parts GROUP BY ALL
        )
        SELECT b.*, b.now - b.before AS change, t.title, t.url
        FROM moved b LEFT JOIN ({item_titles()}) t USING (item_kind, item_id)
        WHERE b.now <> b.before ORDER BY abs(b.now - b.before) DESC, b.item_id
        """,
        pair_id=pair_id,
        month=month,
        language=language,
    )


def new_records(warehouse: Warehouse, pair_id: str, month: date, language: str) -> pl.DataFrame:
    """Return the acts, statements and stages of measures of a month between the pair's members, by day.

    Returns:
        Columns item_kind, item_id, on_day, side, title, stage, publisher, source_tier, url.
    """
    return warehouse.frame(
        f"""
        WITH records AS ({RECORDS}), own AS (
            SELECT 'act' AS item_kind, act_id AS item_id FROM core_act__events
            JOIN ref_dyads d USING (initiator, target) WHERE known_to IS NULL AND d.pair_id = $pair_id
            UNION ALL
            SELECT 'statement', statement_id FROM core_statement__utterances
            JOIN ref_dyads d ON d.initiator = country AND d.target = addressee
            WHERE known_to IS NULL AND duplicate_of IS NULL AND d.pair_id = $pair_id
            UNION ALL
            SELECT DISTINCT 'stage', policy_id || ':' || stage_on FROM core_policy__stages s
            JOIN core_policy__measures m USING (policy_id)
            JOIN ref_dyads d ON d.initiator = m.imposer AND m.target IN (d.target, 'WLD')
            WHERE s.known_to IS NULL AND m.known_to IS NULL AND d.pair_id = $pair_id
        )
        SELECT item_kind, item_id, on_day, side, title, stage, publisher, source_tier, url
        FROM records JOIN own USING (item_kind, item_id)
        WHERE on_day BETWEEN $month::DATE AND last_day($month::DATE) ORDER BY on_day, item_id
        """,
        pair_id=pair_id,
        month=month,
        language=language,
    )


def expected(warehouse: Warehouse, pair_id: str, day: date, language: str) -> pl.DataFrame:
    """Return what documents date after a day: ends of stages, and deadlines of conditional threats.

    Returns:
        Columns on_day, side, title, stage (of a measure), url.
    """
    return warehouse.frame(
        f"""
        SELECT s.until_on AS on_day, m.imposer AS side, {said("title")} AS title, s.stage, s.url
        FROM core_policy__stages s JOIN core_policy__measures m USING (policy_id)
        JOIN ref_dyads d ON d.pair_id = $pair_id AND d.initiator = m.imposer AND m.target IN (d.target, 'WLD')
        WHERE s.known_to IS NULL AND m.known_to IS NULL AND s.until_on > $day AND s.stage_on <= $day
        UNION
        SELECT conditional_until, initiator, {said("summary")}, NULL, url FROM core_act__events
        JOIN ref_dyads d USING (initiator, target)
        WHERE known_to IS NULL AND d.pair_id = $pair_id AND conditional_until > $day AND occurred_on <= $day
        ORDER BY on_day, title
        """,
        pair_id=pair_id,
        day=day,
        language=language,
    )


def alerts_between(warehouse: Warehouse, pair_id: str, first: date, last: date) -> pl.DataFrame:
    """Return the alerts of a pair raised within a span of days; columns as out_pair__alerts."""
    return warehouse.frame(
        "FROM out_pair__alerts WHERE pair_id = $pair_id AND raised_on BETWEEN $first AND $last ORDER BY raised_on, alert_id",
        pair_id=pair_id,
        first=first,
        last=last,
    )


def latest_alerts(warehouse: Warehouse, pair_id: str | None = None, *, limit: int | None = None) -> pl.DataFrame:
    """Return alerts, of one pair where it is named, the newest first; columns as out_pair__alerts.

    Raises:
        NoBuildError: Nothing is published.
    """
    return warehouse.frame(
        "FROM out_pair__alerts WHERE $pair_id IS NULL OR pair_id = $pair_id ORDER BY raised_on DESC, alert_id"
        + ("" if limit is None else f" LIMIT {limit:d}"),
        pair_id=pair_id,
    )


def subject_of(alert: Mapping[str, Any]) -> str:  # Any: a row of mixed types
    """Return what an alert is about: the same in every build.

    The id of a rise or fall ends with its weightiest item, which another edition of a source may change although the
    move is the same; who was told of it once should not be told again.
    """
    if alert["kind"] in ("rise", "fall"):
        return f"{alert['pair_id']}:{alert['kind']}:{alert['month']:%Y-%m}"
    return str(alert["alert_id"])
