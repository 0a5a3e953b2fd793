"""What the page of extraditions asks: who handed over how many, where publishers differ, who calls it what."""

import polars as pl

from warehouse.pages import said
from warehouse.query import Warehouse

CLAIMS = """
    SELECT c.claim_id, d.initiator AS side, c.period_label, c.period_start, c.period_end, c.persons,
        c.persons_is_minimum, c.is_yearly_average, c.definition_id, c.scope, c.label_used, c.stated_by, c.publisher,
        c.published_text, c.note, c.url,
        CASE WHEN year(period_start) = year(period_end) AND NOT is_yearly_average THEN year(period_end) END AS year,
        coalesce(month(period_start) = 1 AND day(period_start) = 1 AND month(period_end) = 12, false) AS is_whole_year
    FROM core_extradition__claims c JOIN ref_dyads d USING (dyad_id)
    WHERE c.known_to IS NULL AND d.pair_id = $pair_id AND $side IN ('', d.initiator)
        AND $definition IN ('', c.definition_id)
"""
"""Published counts of persons surrendered; a year only where the count lies within one."""


def claims(warehouse: Warehouse, pair_id: str, *, side: str = "", definition: str = "") -> pl.DataFrame:
    """Return every published count, the latest period first; never to be added up.

    Returns:
        Columns side (who surrendered), period_label, persons, persons_is_minimum, is_yearly_average, definition_id,
        scope, label_used, stated_by, publisher, published_text, note, url, claim_id, period_start, period_end, year
        (where the count lies within one), is_whole_year.
    """
    return warehouse.frame(
        f"SELECT side, period_label, persons, persons_is_minimum, is_yearly_average, definition_id, scope, label_used,"
        f" stated_by, publisher, published_text, note, url, claim_id, period_start, period_end, year, is_whole_year"
        f" FROM ({CLAIMS}) ORDER BY period_end DESC NULLS LAST, claim_id",
        pair_id=pair_id,
        side=side,
        definition=definition,
    )


def claims_of_year(warehouse: Warehouse, pair_id: str, year: int, *, side: str = "") -> pl.DataFrame:
    """Return the counts that lie within a year, by side, definition and size; columns as `claims`."""
    return warehouse.frame(
        f"FROM ({CLAIMS}) WHERE year = $year ORDER BY side, definition_id, is_whole_year DESC, persons DESC, claim_id",
        pair_id=pair_id,
        side=side,
        definition="",
        year=year,
    )


def years(warehouse: Warehouse, pair_id: str) -> pl.DataFrame:
    """Return the years with a count, the latest first.

    Returns:
        Columns year, claims, is_in_conflict: publishers give different counts of the whole year under one definition.
    """
    return warehouse.frame(
        f"""
        WITH counts AS ({CLAIMS}), ranges AS (
            SELECT year, side, definition_id, min(persons) AS low, max(persons) AS high FROM counts
            WHERE year IS NOT NULL AND is_whole_year AND NOT persons_is_minimum AND definition_id <> 'transfer' GROUP BY ALL
        )
        SELECT year, count(*) AS claims, coalesce(year IN (SELECT year FROM ranges WHERE low < high), false) AS is_in_conflict
        FROM counts WHERE year IS NOT NULL GROUP BY ALL ORDER BY year DESC
        """,
        pair_id=pair_id,
        side="",
        definition="",
    )


def yearly(warehouse: Warehouse, pair_id: str, *, side: str = "", definition: str = "") -> pl.DataFrame:
    """Return extraditions and transfers by year and definition; columns as out_dyad__yearly_extraditions."""
    return warehouse.frame(
        "SELECT e.* FROM out_dyad__yearly_extraditions e JOIN ref_dyads d USING (dyad_id) WHERE d.pair_id = $pair_id"
        " AND $side IN ('', d.initiator) AND $definition IN ('', definition_id) ORDER BY dyad_id, definition_id, year",
        pair_id=pair_id,
        side=side,
        definition=definition,
    )


def transfers(warehouse: Warehouse, pair_id: str) -> pl.DataFrame:
    """Return the handovers of many outside the treaty, by day.

    Returns:
        Columns claim_id, on_day, side, persons, label_used, stated_by, publisher, url, act_id (of the deed, where the
        ledger has it).
    """
    return warehouse.frame(
        f"""
        SELECT c.claim_id, c.period_start AS on_day, c.side, c.persons, c.label_used, c.stated_by, c.publisher, c.url,
            a.act_id
        FROM ({CLAIMS}) c LEFT JOIN core_act__events a ON a.claim_id = c.claim_id AND a.known_to IS NULL
        WHERE c.period_start = c.period_end ORDER BY on_day, c.claim_id
        """,
        pair_id=pair_id,
        side="",
        definition="transfer",
    )


WORDS_IN_ADDRESSES = {
    "transfer": "transfer|traslad",
    "extradition": "extradi",
    "expulsion": "expuls|expel|deport",
    "sending": "(^|[-_/])(sends?|sent|envi[ao]n?)([-_/]|$)",
    "handover": "hand-?over|hands-over|entrega",
    "custody": "custody",
}
"""Words for a handover, and how each is known in the address of a page, in English or Spanish."""
DAYS_AFTER = 3
"""Days after a handover in which official words about law enforcement are taken to be about it."""


def words_used(warehouse: Warehouse, pair_id: str, language: str) -> pl.DataFrame:
    """Return which word each speaker or publisher has for each handover outside the treaty.

    A word is the one recorded with a count (`is_recorded`), or one that stands in the address of the page that
    published the count, the deed or words of officials about it, which is all of its text that is held here.

    Returns:
        Columns word, who (who stated the count; the publisher of a page), on_day of the handover, persons, is_recorded,
        item_kind, item_id, title, url; by word, who and day.
    """
    found = " UNION ALL ".join(
        f"SELECT '{word}' AS word, '{known}' AS known" for word, known in WORDS_IN_ADDRESSES.items()
    )
    return warehouse.frame(
        f"""
        WITH counts AS ({CLAIMS}), known AS ({found}), handovers AS (
            SELECT claim_id, period_start AS on_day, persons FROM counts
            WHERE definition_id = 'transfer' AND period_start = period_end
        ), pages AS (
            SELECT h.on_day, h.persons, 'claim' AS item_kind, c.claim_id AS item_id, c.stated_by, c.publisher,
                c.label_used, c.period_label AS title, c.url
            FROM handovers h JOIN counts c ON c.claim_id = h.claim_id
                OR (c.definition_id = 'treaty_and_transfer' AND h.on_day BETWEEN c.period_start AND c.period_end)
            UNION ALL BY NAME
            SELECT h.on_day, h.persons, 'act' AS item_kind, a.act_id AS item_id, a.publisher,
                {said("a.summary")} AS title, a.url
            FROM handovers h JOIN core_act__events a ON a.claim_id = h.claim_id AND a.known_to IS NULL
            UNION ALL BY NAME
            SELECT h.on_day, h.persons, 'statement' AS item_kind, s.statement_id AS item_id, s.publisher,
                {said("s.summary")} AS title, s.url
            FROM handovers h JOIN core_statement__utterances s ON s.known_to IS NULL AND s.theme LIKE 'extradition%'
                AND s.stated_on BETWEEN h.on_day AND h.on_day + {DAYS_AFTER}
            JOIN ref_dyads d ON d.initiator = s.country AND d.target = s.addressee AND d.pair_id = $pair_id
        )
        SELECT label_used AS word, stated_by AS who, on_day, persons, true AS is_recorded, item_kind, item_id, title, url
        FROM pages WHERE label_used IS NOT NULL
        UNION ALL
        SELECT k.word, max_by(p.publisher, item_kind = 'claim'), on_day, any_value(persons), false, max(item_kind),
            max_by(item_id, item_kind || item_id), max_by(title, item_kind || item_id), p.url
        FROM pages p JOIN known k ON regexp_matches(lower(p.url), k.known) GROUP BY k.word, on_day, p.url
        ORDER BY word, who, on_day, is_recorded DESC
        """,
        pair_id=pair_id,
        side="",
        definition="",
        language=language,
    )
