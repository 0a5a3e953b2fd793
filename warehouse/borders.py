"""What the page of migration and borders asks of a build: encounters by part and place, seizures, returns, staleness.

A fiscal year runs from October to September and carries the number of the year in which it ends.
"""

from datetime import date
from typing import Literal

import polars as pl

from warehouse.pages import SOURCE_TITLE
from warehouse.query import Warehouse

Part = Literal["component", "demographic", "citizenship", "authority"]
COLUMNS: dict[Part, str] = {
    "component": "component",
    "demographic": "demographic",
    "citizenship": "citizenship_group",
    "authority": "authority",
}
"""Column of the south-west encounters by what they can be parted by."""

SOUTHWEST = """
    SELECT * FROM core_cbp__monthly_encounters_southwest WHERE known_to IS NULL
        AND ($component = '' OR component = $component) AND ($demographic = '' OR demographic = $demographic)
        AND ($citizenship = '' OR citizenship_group = $citizenship) AND ($authority = '' OR authority = $authority)
"""


def southwest(warehouse: Warehouse, by: Part, chosen: dict[Part, str]) -> pl.DataFrame:
    """Return south-west land border encounters by month and part, of what is chosen.

    Args:
        warehouse: The build.
        by: What to part by; the parts of a month add up to its total.
        chosen: A value by column, all where empty.

    Returns:
        Columns month, part, encounters, month_total (of what is chosen). A part without encounters has no row.
    """
    return warehouse.frame(
        f"""
        SELECT month, {COLUMNS[by]} AS part, sum(encounters)::BIGINT AS encounters,
            (sum(sum(encounters)) OVER (PARTITION BY month))::BIGINT AS month_total
        FROM ({SOUTHWEST}) GROUP BY month, part ORDER BY month, part
        """,
        **chosen,
    )


def southwest_years(warehouse: Warehouse, by: Part, chosen: dict[Part, str]) -> pl.DataFrame:
    """Return south-west land border encounters by fiscal year and part, of what is chosen.

    Returns:
        Columns fiscal_year, months (held of the year, whatever is chosen), part (total: all of them), encounters.
    """
    return warehouse.frame(
        f"""
        WITH held AS (
            SELECT year(month + INTERVAL 3 MONTH) AS fiscal_year, count(DISTINCT month) AS months
            FROM core_cbp__monthly_encounters_southwest WHERE known_to IS NULL GROUP BY ALL
        ), parts AS (
            SELECT year(month + INTERVAL 3 MONTH) AS fiscal_year, {COLUMNS[by]} AS part, encounters FROM ({SOUTHWEST})
        )
        SELECT fiscal_year, months, coalesce(part, 'total') AS part, sum(encounters)::BIGINT AS encounters
        FROM parts JOIN held USING (fiscal_year) GROUP BY GROUPING SETS ((fiscal_year, months, part), (fiscal_year, months))
        ORDER BY fiscal_year, part
        """,
        **chosen,
    )


PLACES = """
    SELECT month, state AS place, encounters FROM core_cbp__monthly_encounters_by_state
    WHERE known_to IS NULL AND $level = 'state' AND border_region = $border || '_land'
    UNION ALL
    SELECT month, sector, encounters FROM core_usbp__monthly_encounters_by_sector
    WHERE known_to IS NULL AND $level = 'sector' AND border = $border
"""


def by_place(warehouse: Warehouse, border: str, level: str) -> pl.DataFrame:
    """Return encounters at a land border by month and place, the largest place first.

    Args:
        warehouse: The build.
        border: southwest or northern.
        level: state (ports of entry and between them) or sector (Border Patrol alone).

    Returns:
        Columns month, place (a state's postal code, or a sector), encounters.
    """
    return warehouse.frame(
        f"""
        WITH monthly AS (SELECT month, place, sum(encounters)::BIGINT AS encounters FROM ({PLACES}) GROUP BY ALL)
        FROM monthly ORDER BY sum(encounters) OVER (PARTITION BY place) DESC, place, month
        """,
        border=border,
        level=level,
    )


def in_places(warehouse: Warehouse, border: str, level: str, first: date, last: date) -> pl.DataFrame:
    """Return place, encounters of the months from first to last and the months held of it, the largest first."""
    return warehouse.frame(
        f"""
        SELECT place, sum(encounters)::BIGINT AS encounters, count(DISTINCT month) AS months FROM ({PLACES})
        WHERE month BETWEEN $first AND $last GROUP BY place ORDER BY encounters DESC, place
        """,
        border=border,
        level=level,
        first=first,
        last=last,
    )


def citizens(warehouse: Warehouse, citizenship: str) -> pl.DataFrame:
    """Return encounters nationwide with citizens of a country; columns month, border_region, encounters."""
    return warehouse.frame(
        "SELECT month, border_region, sum(encounters)::BIGINT AS encounters FROM core_cbp__monthly_encounters_by_state"
        " WHERE known_to IS NULL AND citizenship = $citizenship GROUP BY ALL ORDER BY border_region, month",
        citizenship=citizenship,
    )


def drugs(warehouse: Warehouse) -> list[str]:
    """Return the drugs that seizures are known of, as CBP names them in lower case, the most frequent first."""
    found: list[str] = warehouse.frame(
        "SELECT lower(drug) AS drug FROM core_cbp__monthly_drug_seizures WHERE known_to IS NULL"
        " GROUP BY 1 ORDER BY sum(seizure_events) DESC"
    )["drug"].to_list()
    return found


SEIZURES = """
    SELECT * FROM core_cbp__monthly_drug_seizures WHERE known_to IS NULL AND lower(drug) = $drug
        AND CASE $land WHEN 'land' THEN land_filter = 'Land Only' WHEN 'other' THEN land_filter <> 'Land Only' ELSE true END
"""


def seizures(warehouse: Warehouse, drug: str, land: str) -> pl.DataFrame:
    """Return seizures of a drug by month and region; regions and the two land filters add up.

    Args:
        warehouse: The build.
        drug: As `drugs` gives it.
        land: land (on the land border only), other (all but that), or all where empty.

    Returns:
        Columns month, region (as CBP names it), quantity_lbs (pounds), seizure_events. No seizures, no row.
    """
    return warehouse.frame(
        f"""
        SELECT month, region, sum(quantity_lbs) AS quantity_lbs, sum(seizure_events)::BIGINT AS seizure_events
        FROM ({SEIZURES}) GROUP BY ALL ORDER BY region, month
        """,
        drug=drug,
        land=land,
    )


def seizure_years(warehouse: Warehouse, drug: str, land: str) -> pl.DataFrame:
    """Return seizures of a drug by fiscal year and region, as `seizures`.

    Returns:
        Columns fiscal_year, months (held of the year, of any drug), region (total: all), quantity_lbs, seizure_events.
    """
    return warehouse.frame(
        f"""
        WITH held AS (
            SELECT year(month + INTERVAL 3 MONTH) AS fiscal_year, count(DISTINCT month) AS months
            FROM core_cbp__monthly_drug_seizures WHERE known_to IS NULL GROUP BY ALL
        ), parts AS (SELECT year(month + INTERVAL 3 MONTH) AS fiscal_year, * FROM ({SEIZURES}))
        SELECT fiscal_year, months, coalesce(region, 'total') AS region, sum(quantity_lbs) AS quantity_lbs,
            sum(seizure_events)::BIGINT AS seizure_events
        FROM parts JOIN held USING (fiscal_year)
        GROUP BY GROUPING SETS ((fiscal_year, months, region), (fiscal_year, months)) ORDER BY fiscal_year, region
        """,
        drug=drug,
        land=land,
    )


def observations(warehouse: Warehouse, pair_id: str, definitions: list[str]) -> pl.DataFrame:
    """Return what was observed of a pair or its directions under some definitions, each a series of its own.

    Returns:
        Columns month (first day of the period), key (the definition), value, unit; the largest series first.
    """
    return warehouse.frame(
        "SELECT period_start AS month, definition_id AS key, value, unit FROM core_indicator__observations"
        " WHERE known_to IS NULL AND list_contains($definitions, definition_id) AND (pair_id = $pair_id"
        " OR dyad_id IN (SELECT dyad_id FROM ref_dyads WHERE pair_id = $pair_id))"
        " ORDER BY sum(value) OVER (PARTITION BY definition_id) DESC, key, month",
        pair_id=pair_id,
        definitions=definitions,
    )


def repatriation_claims(warehouse: Warehouse, pair_id: str) -> pl.DataFrame:
    """Return every published count of repatriations, the latest period first; periods overlap and never add up.

    Returns:
        Columns side (who returned people), period_label, returns, counted_unit, stated_by, publisher, note, url.
    """
    return warehouse.frame(
        "SELECT d.initiator AS side, period_label, returns, counted_unit, stated_by, publisher, note, url"
        " FROM core_repatriation__claims JOIN ref_dyads d USING (dyad_id)"
        " WHERE known_to IS NULL AND d.pair_id = $pair_id ORDER BY period_end DESC, period_start, claim_id",
        pair_id=pair_id,
    )


def freshness(warehouse: Warehouse, source_id: str, language: str) -> pl.DataFrame:
    """Return title, publisher, cadence, last_period and expected_by of a source: a row at most."""
    return warehouse.frame(
        f"SELECT {SOURCE_TITLE} AS title, s.publisher, s.cadence, f.last_period, f.expected_by"
        " FROM ref_sources s LEFT JOIN meta_freshness f USING (source_id) WHERE source_id = $source_id",
        source_id=source_id,
        language=language,
    )
