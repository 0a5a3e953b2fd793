"""What the page about the method asks of a build: constants, ladders, a month's arithmetic, doubts, tests, density."""

from datetime import date

import polars as pl

from warehouse.query import Warehouse


def constants(warehouse: Warehouse) -> pl.DataFrame:
    """Return the constants that the build was computed with; columns name (dotted), value, method_version."""
    return warehouse.frame("FROM ref_method ORDER BY name")


def ladders(warehouse: Warehouse) -> pl.DataFrame:
    """Return the ladders of magnitude, tension first; columns as ref_ladders."""
    return warehouse.frame("FROM ref_ladders ORDER BY dimension DESC, pillar, ladder_step")


def pillar_weights(warehouse: Warehouse) -> dict[str, float]:
    """Return the weight of each pillar."""
    return dict(warehouse.frame("SELECT pillar, weight FROM ref_pillars ORDER BY pillar").iter_rows())


def arithmetic(warehouse: Warehouse, pair_id: str, month: date) -> pl.DataFrame:
    """Return how a month's index is made of its pillars, the largest first.

    Returns:
        Columns pillar, pressure (C), score (e; null where the pillar was not searched), weight, contribution (sum of its
        items; they sum to tension_index), tension_index (T; null where the month has none).
    """
    return warehouse.frame(
        """
        SELECT s.pillar, s.pressure, s.score, p.weight, coalesce(c.points, 0) AS contribution, t.tension_index
        FROM out_pair__pillar_scores s JOIN ref_pillars p USING (pillar)
        JOIN out_pair__monthly_tension t USING (pair_id, month, view)
        LEFT JOIN (SELECT pillar, sum(contribution) AS points FROM out_pair__contributions
            WHERE pair_id = $pair_id AND month = $month AND view = 'latest' GROUP BY pillar) c USING (pillar)
        WHERE s.pair_id = $pair_id AND s.month = $month AND s.view = 'latest' AND s.dimension = 'tension'
        ORDER BY s.score DESC NULLS LAST, s.pillar
        """,
        pair_id=pair_id,
        month=month,
    )


def doubts(warehouse: Warehouse, pair_id: str, month: date) -> pl.DataFrame:
    """Return how much of a month's doubt each judgement makes, the largest first; columns doubt, share.

    Empty where the shares were not computed, or the month has no index.
    """
    return warehouse.frame(
        "SELECT doubt, share FROM out_pair__doubts WHERE pair_id = $pair_id AND month = $month ORDER BY share DESC, doubt",
        pair_id=pair_id,
        month=month,
    )


def card(warehouse: Warehouse, pair_id: str) -> pl.DataFrame:
    """Return the validation card of a pair, failures first; columns as out_pair__validation. Empty where it was not run."""
    return warehouse.frame(
        """
        FROM out_pair__validation WHERE pair_id = $pair_id
        ORDER BY list_position(['fail', 'pass', 'reported', 'not_run'], outcome),
            regexp_extract(check_id, '[0-9]+')::INT, check_id
        """,
        pair_id=pair_id,
    )


def density(warehouse: Warehouse, pair_id: str) -> pl.DataFrame:
    """Return how densely a pair's ledger was kept by year; columns year, counted_records, records_a_month, is_comparable."""
    return warehouse.frame(
        "SELECT year, counted_records, records_a_month, is_comparable FROM out_pair__ledger_density"
        " WHERE pair_id = $pair_id ORDER BY year",
        pair_id=pair_id,
    )


def pairs_with_index(warehouse: Warehouse) -> list[str]:
    """Return the pairs that have an index in some month."""
    return warehouse.frame(
        "SELECT DISTINCT pair_id FROM out_pair__monthly_tension WHERE view = 'latest' AND tension_index IS NOT NULL ORDER BY 1"
    )["pair_id"].to_list()
