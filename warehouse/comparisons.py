"""What the page that compares pairs asks of a build beside every pair's series."""

import polars as pl

from warehouse.query import Warehouse


def pair_states(warehouse: Warehouse) -> pl.DataFrame:
    """Return how each pair stands in the last month of its ledger.

    Returns:
        Columns pair_id, month (the last), tension_index, lower_05, upper_95 (null without an index), coverage,
        best_coverage (of any month), months_with_index, highest_pillar and highest_score of the month, peak_pillar,
        peak_score and peak_month of all months (null where no pillar is known).
    """
    return warehouse.frame(
        """
        WITH months AS (FROM out_pair__monthly_tension WHERE view = 'latest'),
        latest AS (FROM months QUALIFY row_number() OVER (PARTITION BY pair_id ORDER BY month DESC) = 1),
        totals AS (
            SELECT pair_id, max(coverage) AS best_coverage, count(tension_index) AS months_with_index
            FROM months GROUP BY pair_id
        ), scores AS (
            FROM out_pair__pillar_scores WHERE view = 'latest' AND dimension = 'tension' AND score IS NOT NULL
        ), highest AS (
            SELECT s.pair_id, arg_max(s.pillar, s.score) AS highest_pillar, max(s.score) AS highest_score
            FROM scores s JOIN latest USING (pair_id, month) GROUP BY s.pair_id
        ), peaks AS (
            SELECT pair_id, arg_max(pillar, score) AS peak_pillar, max(score) AS peak_score,
                arg_max(month, score) AS peak_month FROM scores GROUP BY pair_id
        )
        SELECT l.pair_id, l.month, l.tension_index, l.lower_05, l.upper_95, l.coverage, t.best_coverage,
            t.months_with_index, h.highest_pillar, h.highest_score, p.peak_pillar, p.peak_score, p.peak_month
        FROM latest l JOIN totals t USING (pair_id) LEFT JOIN highest h USING (pair_id) LEFT JOIN peaks p USING (pair_id)
        ORDER BY l.pair_id
        """
    )


def unknown_pillars(warehouse: Warehouse) -> pl.DataFrame:
    """Return the pillars that have no score in the last month of a pair's ledger.

    Returns:
        Columns pair_id, pillar, has_records: whether the pair has any record of the pillar, so that it is one of the
        pair's pillars.
    """
    return warehouse.frame(
        """
        WITH scores AS (FROM out_pair__pillar_scores WHERE view = 'latest' AND dimension = 'tension'),
        latest AS (SELECT pair_id, max(month) AS month FROM out_pair__monthly_tension WHERE view = 'latest' GROUP BY pair_id)
        SELECT l.pair_id, p.pillar, s.pillar IS NOT NULL AS has_records
        FROM latest l CROSS JOIN ref_pillars p
        LEFT JOIN scores s ON s.pair_id = l.pair_id AND s.month = l.month AND s.pillar = p.pillar
        WHERE s.score IS NULL ORDER BY l.pair_id, has_records DESC, p.pillar
        """
    )
