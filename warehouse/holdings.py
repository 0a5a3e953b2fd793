"""What the page about the data asks of a build: what is held, how fresh and how complete it is, how to cite it."""

import re
from collections.abc import Iterable
from datetime import date

import polars as pl

from warehouse.contracts.tables import TABLES, key_of
from warehouse.ddl import quoted
from warehouse.pages import SOURCE_TITLE
from warehouse.query import Warehouse

PERIODS = (
    "month", "day", "period_end", "occurred_on", "stated_on", "stage_on", "from_on", "threatened_on", "starts_on",
    "published_on", "last_period", "retrieved_at", "year",
)  # fmt: skip
"""Columns that say how far a table reaches; the first of these that it has."""
ROWS = 100_000
"""Rows at most that a page reads of a table."""
BY_THEME = "By theme, not by name"
"""How the search log's text begins where a type of deed was searched only among the records of its themes."""


def tables(warehouse: Warehouse) -> pl.DataFrame:
    """Return every table of the build, layer by layer.

    Returns:
        Columns table_name, layer, grain (the columns of its key), rows, current (rows that no later vintage has
        replaced; null where the table has no vintages), last_period, comment.
    """
    columns = warehouse.frame("SELECT table_name, column_name FROM duckdb_columns() WHERE NOT internal ORDER BY ALL")
    held = {
        name: part["column_name"].to_list() for (name,), part in columns.group_by("table_name", maintain_order=True)
    }
    counts = " UNION ALL ".join(_counted(name, names) for name, names in held.items())
    frame = warehouse.frame(
        f"SELECT c.table_name, split_part(c.table_name, '_', 1) AS layer, c.rows, c.current, c.last_period, t.comment"
        f" FROM ({counts}) c JOIN duckdb_tables() t USING (table_name)"
        " ORDER BY list_position(['out', 'core', 'ref', 'meta'], layer), c.table_name"
    )
    grains = [
        ", ".join(sorted(key_of(name), key="known_from".__eq__)) if name in TABLES else ""
        for name in frame["table_name"]
    ]
    return frame.insert_column(2, pl.Series("grain", grains, dtype=pl.String))


def _counted(table: str, columns: Iterable[str]) -> str:
    period = next((name for name in PERIODS if name in columns), None)
    last = f"left(max({quoted(period)})::VARCHAR, 10)" if period else "NULL::VARCHAR"
    current = "count(*) FILTER (known_to IS NULL)" if "known_to" in columns else "NULL::BIGINT"
    name = table.replace("'", "''")
    return (
        f"SELECT '{name}' AS table_name, count(*) AS rows, {current} AS current, {last} AS last_period"
        f" FROM {quoted(table)}"
    )


def columns(warehouse: Warehouse) -> pl.DataFrame:
    """Return every column of every table; columns table_name, column_name, data_type, is_nullable, comment."""
    return warehouse.frame(
        "SELECT table_name, column_name, data_type, is_nullable, coalesce(comment, '') AS comment"
        " FROM duckdb_columns() WHERE NOT internal ORDER BY table_name, column_index"
    )


def macros(warehouse: Warehouse) -> pl.DataFrame:
    """Return the build's table macros; columns name (with its parameters) and comment."""
    return warehouse.frame(
        "SELECT function_name || '(' || array_to_string(parameters, ', ') || ')' AS name, coalesce(comment, '') AS comment"
        " FROM duckdb_functions() WHERE NOT internal ORDER BY name"
    )


def rows(warehouse: Warehouse, table: str) -> pl.DataFrame:
    """Return the rows of a table that may be passed on, in the order of its key, at most `ROWS`.

    Args:
        warehouse: The build.
        table: A table that the build has.
    """
    held = warehouse.frame("SELECT column_name FROM duckdb_columns() WHERE table_name = $name", name=table).to_series()
    closed = "SELECT source_id FROM ref_sources WHERE NOT redistributable"
    where = ""
    if table == "meta_rejections":  # holds the publishers' rows, and names their snapshots only
        where = f" WHERE snapshot_id NOT IN (SELECT snapshot_id FROM meta_snapshots WHERE source_id IN ({closed}))"
    elif "source_id" in held and not table.startswith(("ref_", "meta_")):
        where = f" WHERE source_id NOT IN ({closed})"
    key = ", ".join(map(quoted, key_of(table))) if table in TABLES else "ALL"
    return warehouse.frame(f"FROM {quoted(table)}{where} ORDER BY {key} LIMIT {ROWS}")


def freshness(warehouse: Warehouse, today: date, language: str) -> pl.DataFrame:
    """Return how fresh each source is on a day, the longest overdue first; sources due on no day come last.

    Returns:
        Columns source_id, title, publisher, homepage, last_period, last_known_from, last_success_at, last_change_at
        (both UTC, null where nothing was fetched here), expected_by, days_late (negative before the day), cadence,
        licence, notice, rows, redistributable.
    """
    return warehouse.frame(
        f"""
        SELECT source_id, {SOURCE_TITLE} AS title, s.publisher, s.homepage, f.last_period, f.last_known_from, f.last_success_at,
            f.last_change_at, f.expected_by, ($today::DATE - f.expected_by)::BIGINT AS days_late, s.cadence, s.licence,
            s.notice, f.rows, s.redistributable
        FROM meta_freshness f JOIN ref_sources s USING (source_id)
        ORDER BY f.rows = 0, f.expected_by NULLS LAST, s.title
        """,
        today=today,
        language=language,
    )


def outages(warehouse: Warehouse, language: str) -> pl.DataFrame:
    """Return every span in which a publisher did not answer, or sent what cannot be used, the latest first.

    Returns:
        Columns title, file, began_at, ended_at (null while it lasts; both UTC), reason, detail, url.
    """
    return warehouse.frame(
        f"SELECT {SOURCE_TITLE} AS title, o.file, o.began_at, o.ended_at, o.reason, o.detail, o.url FROM meta_outages o"
        " JOIN ref_sources s USING (source_id) ORDER BY o.ended_at IS NOT NULL, o.began_at DESC, o.file",
        language=language,
    )


def rejections(warehouse: Warehouse, language: str) -> pl.DataFrame:
    """Return the rows that were read and not stored, by source and reason.

    Returns:
        Columns title (of the source), rule, table_name, rows, example (the first such row as JSON; null where the
        source's rows may not be passed on).
    """
    return warehouse.frame(
        f"""
        SELECT {SOURCE_TITLE} AS title, r.rule, r.table_name, count(*) AS rows,
            CASE WHEN bool_and(s.redistributable) THEN arg_min(r.row, (r.snapshot_id, r.row_number)) END AS example
        FROM meta_rejections r
        LEFT JOIN (SELECT DISTINCT snapshot_id, source_id FROM meta_snapshots) n USING (snapshot_id)
        LEFT JOIN ref_sources s USING (source_id)
        GROUP BY ALL ORDER BY rows DESC, title, r.rule
        """,
        language=language,
    )


def snapshots(warehouse: Warehouse, language: str) -> pl.DataFrame:
    """Return every payload that was read, as it was fetched or bundled, by source; columns as meta_snapshots, with title."""
    return warehouse.frame(
        f"SELECT {SOURCE_TITLE} AS title, n.* FROM meta_snapshots n JOIN ref_sources s USING (source_id)"
        " ORDER BY title, n.edition, n.table_name",
        language=language,
    )


def checks(warehouse: Warehouse) -> pl.DataFrame:
    """Return the checks of the build, those not passed first; columns check_id, outcome, detail."""
    return warehouse.frame("FROM meta_checks ORDER BY outcome = 'pass', check_id")


def searches(warehouse: Warehouse, pair_id: str) -> pl.DataFrame:
    """Return for what the ledger of a pair was searched.

    Returns:
        Columns side, deed_type, year, how (`named`, `theme` or `no`), searched_in.
    """
    return warehouse.frame(
        """
        SELECT side, deed_type, year, searched_in, CASE WHEN NOT was_searched THEN 'no'
            WHEN starts_with(searched_in, $by_theme) THEN 'theme' ELSE 'named' END AS how
        FROM ref_search_log WHERE pair_id = $pair_id ORDER BY side, deed_type, year
        """,
        pair_id=pair_id,
        by_theme=BY_THEME,
    )


def index_series(warehouse: Warehouse, pair_id: str) -> pl.DataFrame:
    """Return the monthly index of a pair as a paper needs it, the newest month first.

    Returns:
        Columns pair_id, month, tension_index, lower_05, upper_95, mean_score, tension_hard, cooperation_index,
        new_pressure, causal_percentile, coverage, is_comparable, is_provisional, days_known, method_version, build_id,
        content_hash.
    """
    return warehouse.frame(
        "SELECT t.pair_id, t.month, t.tension_index, t.lower_05, t.upper_95, t.mean_score, t.tension_hard,"
        " t.cooperation_index, t.new_pressure, t.causal_percentile, t.coverage, t.is_comparable, t.is_provisional,"
        " t.days_known, t.method_version, b.build_id, b.content_hash"
        " FROM out_pair__monthly_tension t, meta_builds b"
        " WHERE t.pair_id = $pair_id AND t.view = 'latest' ORDER BY t.month DESC",
        pair_id=pair_id,
    )


def index_sources(warehouse: Warehouse, pair_id: str) -> pl.DataFrame:
    """Return on whose publications the items of a pair's tension and cooperation rest, the most used first.

    Returns:
        Columns publisher (null where none is noted), source_tier (null for measures, counts and statistics), items,
        first_on, last_on.
    """
    return warehouse.frame(
        """
        WITH records AS (
            SELECT 'act' AS item_kind, act_id AS item_id, publisher, source_tier, occurred_on AS on_day
            FROM core_act__events WHERE known_to IS NULL
            UNION ALL SELECT 'statement', statement_id, publisher, source_tier, stated_on
            FROM core_statement__utterances WHERE known_to IS NULL
            UNION ALL SELECT 'claim', claim_id, publisher, NULL, period_end
            FROM core_extradition__claims WHERE known_to IS NULL
            UNION ALL SELECT 'policy', policy_id, regexp_extract(m.url, '^https?://(?:www[.])?([^/]+)', 1), NULL,
                min(stage_on) FROM core_policy__measures m JOIN core_policy__stages s USING (policy_id)
            WHERE m.known_to IS NULL AND s.known_to IS NULL GROUP BY ALL
            UNION ALL SELECT 'statistic', 'usbp_encounters:' || strftime(month, '%Y-%m'), publisher, NULL, month
            FROM core_usbp__monthly_encounters JOIN ref_sources USING (source_id) WHERE known_to IS NULL
        ), items AS (
            SELECT item_kind, item_id FROM out_pair__contributions WHERE pair_id = $pair_id AND view = 'latest'
            UNION SELECT item_kind, item_id FROM out_pair__cooperation_contributions
            WHERE pair_id = $pair_id AND view = 'latest'
        )
        SELECT nullif(r.publisher, '') AS publisher, r.source_tier, count(*) AS items, min(r.on_day) AS first_on,
            max(r.on_day) AS last_on
        FROM items JOIN records r USING (item_kind, item_id) GROUP BY ALL ORDER BY items DESC, publisher NULLS LAST
        """,
        pair_id=pair_id,
    )


def kept_builds(warehouse: Warehouse) -> pl.DataFrame:
    """Return the published builds that are kept beside the shown one, the newest first; columns as meta_builds."""
    paths = sorted(warehouse.link.resolve().parent.glob("dyadwatch-*.duckdb"), reverse=True)
    known = [path for path in paths if re.fullmatch(r"dyadwatch-\d{8}T\d+", path.stem)]
    found = [Warehouse(path).frame("FROM meta_builds") for path in known]
    return pl.concat(found, how="diagonal_relaxed") if found else warehouse.frame("FROM meta_builds")
