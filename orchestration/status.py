"""The status of a home: its build, and how fresh each source is on a day of the clock."""

from datetime import date

import polars as pl

from warehouse.query import Warehouse


def status(warehouse: Warehouse, today: date) -> pl.DataFrame:
    """Return the current build in the first row and its sources after it, the longest overdue first.

    Returns:
        Columns what (build or source), id, content_hash, built_at, ledger_end, last_period, last_known_from, expected_by,
        late_days (null where nothing is late), rows; those of a build are empty for a source, and the other way round.

    Raises:
        NoBuildError: Nothing is published.
    """
    build = warehouse.frame(
        "SELECT 'build' AS what, build_id AS id, content_hash, built_at, ledger_end FROM meta_builds"
    )
    sources = warehouse.frame(
        """
        SELECT 'source' AS what, source_id AS id, last_period, last_known_from, expected_by,
            CASE WHEN expected_by < $today THEN date_diff('day', expected_by, $today::DATE) END AS late_days, rows
        FROM meta_freshness ORDER BY expected_by NULLS LAST, source_id
        """,
        today=today,
    )
    return pl.concat([build, sources], how="diagonal")
