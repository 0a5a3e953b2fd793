"""What the page of extraditions asks: who counted what for a year, and what each calls the handing over of prisoners."""

import polars as pl

from warehouse.pages import said
from warehouse.query import Warehouse

CLAIMS = """
    SELECT c.claim_id, d.initiator AS side, c.period_start, c.period_end, c.period_label, c.persons, c.persons_is_minimum,
        c.is_yearly_average, c.definition_id, c.mechanism, c.scope, c.label_used, c.stated_by, c.publisher, c.url
    FROM core_extradition__claims c JOIN ref_dyads d USING (dyad_id) WHERE c.known_to IS NULL AND d.pair_id = $pair_id
"""
WORDS = "extradit|transfer|deport|expel|expul|hands? over|handed over|handover|sends|sent|sending|flies|moved"
"""Words by which summaries name a handing over of prisoners."""
DAYS_SPOKEN = 14
"""Days after a transfer within which statements on extradition are taken to speak of it."""


def claims(warehouse: Warehouse, pair_id: str) -> pl.DataFrame:
    """Return every published count, the latest period first.

    Returns:
        Columns claim_id, side (who surrendered), period_start, period_end, period_label, persons, persons_is_minimum,
        is_yearly_average, definition_id, mechanism, scope, label_used, stated_by, publisher, url.
    """
    return warehouse.frame(f"{CLAIMS} ORDER BY period_end DESC NULLS LAST, claim_id", pair_id=pair_id)


def claims_of(warehouse: Warehouse, pair_id: str, side: str, year: int) -> pl.DataFrame:
    """Return the counts of one side that are of one calendar year and no transfer; columns as `claims`."""
    return warehouse.frame(
        f"FROM ({CLAIMS}) WHERE side = $side AND mechanism <> 'transfer' AND NOT is_yearly_average"
        " AND year(period_start) = $year AND year(period_end) = $year AND date_diff('day', period_start, period_end) > 330"
        " ORDER BY definition_id, persons, claim_id",
        pair_id=pair_id,
        side=side,
        year=year,
    )


def years(warehouse: Warehouse, pair_id: str) -> pl.DataFrame:
    """Return side, year, counts (published of that year) and differ (of one definition, not the same), in order."""
    return warehouse.frame(
        f"""
        WITH yearly AS (
            SELECT side, year(period_start)::INTEGER AS year, definition_id, count(*) AS counts,
                count(DISTINCT persons) > 1 AS differ
            FROM ({CLAIMS}) WHERE mechanism <> 'transfer' AND NOT is_yearly_average
                AND year(period_start) = year(period_end) AND date_diff('day', period_start, period_end) > 330
            GROUP BY ALL
        )
        SELECT side, year, sum(counts)::INTEGER AS counts, bool_or(differ) AS differ FROM yearly GROUP BY ALL
        ORDER BY side, year
        """,
        pair_id=pair_id,
    )


def transfer_words(warehouse: Warehouse, pair_id: str, language: str) -> pl.DataFrame:
    """Return each handing over outside the treaty with the records that speak of it, and the word by which they name it.

    Returns:
        Columns claim_id, on_day (of the transfer), persons, said_on, who, side, word (the first of `WORDS` in the English
        summary; the publisher's own label for the count), title, publisher, url. Statements are those on extradition
        within 14 days that use one of the words.
    """
    return warehouse.frame(
        f"""
        WITH transfers AS (
            SELECT claim_id, period_start AS on_day, persons, label_used, stated_by, publisher, url, side
            FROM ({CLAIMS}) WHERE mechanism = 'transfer'
        ), spoken AS (
            SELECT t.claim_id, t.on_day, t.persons, a.occurred_on AS said_on, a.actor AS who, a.initiator AS side,
                summary_en, {said("summary")} AS title, a.publisher, a.url
            FROM transfers t JOIN core_act__events a ON a.claim_id = t.claim_id AND a.known_to IS NULL
            UNION ALL
            SELECT t.claim_id, t.on_day, t.persons, s.stated_on, s.speaker, s.country, summary_en, {said("summary")},
                s.publisher, s.url
            FROM transfers t JOIN core_statement__utterances s ON s.known_to IS NULL AND s.theme LIKE 'extradition%'
                AND s.stated_on BETWEEN t.on_day AND t.on_day + {DAYS_SPOKEN}
            JOIN ref_dyads d ON d.initiator = s.country AND d.target = s.addressee AND d.pair_id = $pair_id
            WHERE regexp_matches(lower(summary_en), '{WORDS}')
        )
        SELECT claim_id, on_day, persons, on_day AS said_on, stated_by AS who, NULL AS side, label_used AS word, NULL AS title,
            publisher, url FROM transfers
        UNION ALL
        SELECT claim_id, on_day, persons, said_on, who, side, regexp_extract(lower(summary_en), '{WORDS}'), title, publisher,
            url FROM spoken
        ORDER BY on_day DESC, said_on, who
        """,
        pair_id=pair_id,
        language=language,
    )


def transfers(warehouse: Warehouse, pair_id: str) -> pl.DataFrame:
    """Return on_day, side, persons, stated_by and url of each handing over outside the treaty, by day."""
    return warehouse.frame(
        f"SELECT period_start AS on_day, side, persons, stated_by, url FROM ({CLAIMS}) WHERE mechanism = 'transfer'"
        " ORDER BY period_start",
        pair_id=pair_id,
    )


def latest_difference(found: pl.DataFrame) -> tuple[str, int] | None:
    """Return side and year of the latest year in which published counts differ, else of the latest counted; none without."""
    ranked = found.sort("differ", "year", "side")
    return (ranked["side"][-1], ranked["year"][-1]) if ranked.height else None
