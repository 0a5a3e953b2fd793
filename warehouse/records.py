"""What the page of evidence asks: one record with all that hangs on it, and what a month rests on."""

from datetime import date

import polars as pl

from warehouse.pages import RECORDS, item_titles, said
from warehouse.query import Warehouse

TABLES = {
    "act": ("core_act__events", "act_id"),
    "policy": ("core_policy__measures", "policy_id"),
    "claim": ("core_extradition__claims", "claim_id"),
    "statement": ("core_statement__utterances", "statement_id"),
}
"""Kinds of records that have a page of their own, with their table and its key."""


def record(warehouse: Warehouse, item_kind: str, item_id: str) -> pl.DataFrame:
    """Return a record as it stands in its table, one row; none where there is no such record."""
    if item_kind not in TABLES:
        return pl.DataFrame()
    table, key = TABLES[item_kind]
    return warehouse.frame(f"FROM {table} WHERE {key} = $item_id AND known_to IS NULL LIMIT 1", item_id=item_id)


def stages(warehouse: Warehouse, policy_id: str) -> pl.DataFrame:
    """Return a measure's stages by day; columns stage_on, stage, until_on, rate_pct, is_estimated, record_ref, url."""
    return warehouse.frame(
        "SELECT stage_on, stage, until_on, rate_pct, is_estimated, record_ref, coding_note, url FROM core_policy__stages"
        " WHERE known_to IS NULL AND policy_id = $policy_id ORDER BY stage_on",
        policy_id=policy_id,
    )


def coverage(warehouse: Warehouse, policy_id: str) -> pl.DataFrame:
    """Return what a measure covers, and whom it leaves out, by partner and day.

    Returns:
        Columns partner, from_on, to_on (of an exemption), is_exempt, coverage_share, coverage_is_estimated, basis, url.
    """
    return warehouse.frame(
        "SELECT partner, from_on, NULL::DATE AS to_on, false AS is_exempt, coverage_share, coverage_is_estimated,"
        " coverage_basis AS basis, url FROM core_policy__coverage WHERE known_to IS NULL AND policy_id = $policy_id"
        " UNION ALL SELECT partner, from_on, to_on, true, NULL, NULL, basis, url FROM core_policy__exemptions"
        " WHERE known_to IS NULL AND policy_id = $policy_id ORDER BY partner, from_on",
        policy_id=policy_id,
    )


def codes(warehouse: Warehouse, item_kind: str, item_id: str) -> pl.DataFrame:
    """Return how each pass coded a record, and the stages and coverage of a measure.

    Returns:
        Columns part (day of a stage, partner and day of a coverage; empty for the record itself), variable, coder, code.
    """
    return warehouse.frame(
        "SELECT CASE WHEN contains(item_id, '@') THEN replace(substr(item_id, strpos(item_id, '@') + 1), '@', ' ')"
        " ELSE '' END AS part, variable, coder, code FROM core_coding__codes WHERE known_to IS NULL"
        " AND ((item_kind = $item_kind AND item_id = $item_id)"
        " OR ($item_kind = 'policy' AND item_kind IN ('stage', 'coverage') AND starts_with(item_id, $item_id || '@')))"
        " ORDER BY part, variable, coder",
        item_kind=item_kind,
        item_id=item_id,
    )


def linked(warehouse: Warehouse, item_kind: str, item_id: str, language: str) -> pl.DataFrame:
    """Return the records that are tied to a record, in either direction, by day.

    Returns:
        Columns tie (evidence: it is evidence of the record; of: the record is evidence of it; matter: the same matter;
        answer: it answers the record; answers: the record answers it; words: words coded as the record),
        item_kind, item_id, on_day, side, title, publisher, source_tier, url, and of a count amount, definition_id,
        period_label.
    """
    return warehouse.frame(
        f"""
        WITH records AS ({item_titles()}), acts AS (FROM core_act__events WHERE known_to IS NULL),
        words AS (FROM core_statement__utterances WHERE known_to IS NULL), ties AS (
            SELECT 'evidence' AS tie, 'act' AS item_kind, act_id AS item_id FROM acts WHERE
                ($item_kind = 'policy' AND policy_id = $item_id) OR ($item_kind = 'claim' AND claim_id = $item_id)
                OR ($item_kind = 'act' AND evidence_of_act_id = $item_id)
            UNION SELECT 'words', 'statement', statement_id FROM words WHERE
                ($item_kind = 'policy' AND policy_id = $item_id) OR ($item_kind = 'act' AND act_id = $item_id)
            UNION SELECT 'answer', 'act', act_id FROM acts WHERE answers_act_id = $item_id
            UNION SELECT 'matter', 'act', act_id FROM acts WHERE $item_kind = 'act' AND act_id <> $item_id
                AND matter_id = (SELECT matter_id FROM acts WHERE act_id = $item_id)
            UNION SELECT 'of', unnest(['policy', 'claim', 'act']), unnest([policy_id, claim_id, evidence_of_act_id])
                FROM acts WHERE $item_kind = 'act' AND act_id = $item_id
            UNION SELECT 'answers', CASE WHEN answers_act_id IN (SELECT act_id FROM acts) THEN 'act' ELSE 'policy' END,
                answers_act_id FROM acts WHERE $item_kind = 'act' AND act_id = $item_id
            UNION SELECT 'of', unnest(['policy', 'act']), unnest([policy_id, act_id])
                FROM words WHERE $item_kind = 'statement' AND statement_id = $item_id
        )
        SELECT tie, item_kind, item_id, r.on_day, r.side, r.title, r.publisher, r.source_tier, r.url, r.amount,
            r.definition_id, r.period_label
        FROM ties JOIN records r USING (item_kind, item_id) ORDER BY on_day NULLS LAST, item_id
        """,
        item_kind=item_kind,
        item_id=item_id,
        language=language,
        month=date(9999, 1, 1),
    )


def weights(warehouse: Warehouse, pair_id: str, item_kind: str, item_id: str) -> pl.DataFrame:
    """Return what a record added to the index by month; columns month, dimension, pillar, contribution."""
    return warehouse.frame(
        "WITH items AS (SELECT 'tension' AS dimension, * FROM out_pair__contributions UNION ALL BY NAME"
        " SELECT 'cooperation' AS dimension, * FROM out_pair__cooperation_contributions)"
        " SELECT month, dimension, pillar, sum(contribution) AS contribution FROM items WHERE pair_id = $pair_id"
        " AND view = 'latest' AND item_kind = $item_kind AND item_id = $item_id GROUP BY ALL ORDER BY dimension DESC, month",
        pair_id=pair_id,
        item_kind=item_kind,
        item_id=item_id,
    )


def found(warehouse: Warehouse, pair_id: str, q: str, language: str) -> pl.DataFrame:
    """Return the pair's measures, acts, statements and counts that have a text in them, the latest first.

    Returns:
        Columns item_kind, item_id, on_day, side, title, publisher, source_tier, url, amount, definition_id, period_label.
    """
    return warehouse.frame(
        f"""
        WITH records AS ({item_titles()}), own AS (
            SELECT 'act' AS item_kind, act_id AS item_id, concat_ws(' ', actor, summary_en, summary_es) AS words
            FROM core_act__events JOIN ref_dyads USING (initiator, target) WHERE known_to IS NULL AND pair_id = $pair_id
            UNION ALL
            SELECT 'statement', statement_id, concat_ws(' ', speaker, summary_en, summary_es)
            FROM core_statement__utterances s JOIN ref_dyads d ON d.initiator = s.country AND d.target = s.addressee
            WHERE known_to IS NULL AND pair_id = $pair_id
            UNION ALL
            SELECT 'policy', policy_id, concat_ws(' ', title_en, title_es, instrument, legal_authority)
            FROM core_policy__measures m JOIN ref_dyads d ON d.initiator = m.imposer AND m.target IN (d.target, 'WLD')
            WHERE known_to IS NULL AND pair_id = $pair_id
            UNION ALL
            SELECT 'claim', claim_id, concat_ws(' ', period_label, stated_by, publisher, label_used)
            FROM core_extradition__claims JOIN ref_dyads USING (dyad_id) WHERE known_to IS NULL AND pair_id = $pair_id
        )
        SELECT item_kind, item_id, r.on_day, r.side, r.title, r.publisher, r.source_tier, r.url, r.amount,
            r.definition_id, r.period_label
        FROM own JOIN records r USING (item_kind, item_id)
        WHERE contains(strip_accents(lower(own.words || ' ' || item_id)), strip_accents(lower($q)))
        ORDER BY item_kind = 'policy' DESC, on_day DESC NULLS LAST, item_id
        """,
        pair_id=pair_id,
        q=q,
        language=language,
        month=date(9999, 1, 1),
    )


def month_sources(warehouse: Warehouse, pair_id: str, month: date, language: str) -> pl.DataFrame:
    """Return who published what a month rests on: its items, and the records of it and the two months before.

    Returns:
        Columns publisher (the site's name where the record names none), source_tier (null for measures and counts,
        which have none), records; the most frequent first. A record counts once.
    """
    return warehouse.frame(
        f"""
        WITH records AS ({RECORDS}), items AS (
            SELECT DISTINCT item_kind, item_id FROM (
                SELECT item_kind, item_id, pair_id, month, view FROM out_pair__contributions UNION ALL
                SELECT item_kind, item_id, pair_id, month, view FROM out_pair__cooperation_contributions)
            WHERE pair_id = $pair_id AND month = $month AND view = 'latest'
        ), behind AS (
            SELECT DISTINCT r.item_kind, r.item_id, r.publisher, r.source_tier, r.url FROM records r JOIN items i
            ON (i.item_kind = r.item_kind AND i.item_id = r.item_id) OR (
                r.on_day BETWEEN $month::DATE - INTERVAL 2 MONTH AND last_day($month::DATE) AND (
                    (i.item_kind = 'policy' AND i.item_id = r.policy_id)
                    OR (i.item_kind = 'claim' AND i.item_id = r.claim_id)
                    OR (i.item_kind = 'act' AND i.item_id = r.of_act_id)))
            UNION SELECT 'policy', i.item_id, NULL, NULL, url FROM items i JOIN core_policy__measures m
            ON i.item_kind = 'policy' AND m.policy_id = i.item_id AND m.known_to IS NULL
        )
        SELECT coalesce(publisher, {site("url")}) AS publisher, source_tier, count(*) AS records
        FROM behind GROUP BY ALL ORDER BY records DESC, publisher, source_tier
        """,
        pair_id=pair_id,
        month=month,
        language=language,
    )


def site(column: str) -> str:
    """Return the SQL of the name of the site of an address."""
    return rf"nullif(regexp_extract({column}, '^https?://(?:www\.)?([^/]+)', 1), '')"


def title_of(warehouse: Warehouse, item_kind: str, item_id: str, language: str) -> str:
    """Return what a record is called in a language; its id where it has no words."""
    if item_kind == "claim":
        return item_id
    table, key = TABLES[item_kind]
    name = said("title" if item_kind == "policy" else "summary")
    rows = warehouse.frame(
        f"SELECT {name} FROM {table} WHERE {key} = $item_id AND known_to IS NULL", item_id=item_id, language=language
    )
    return str(rows.item(0, 0)) if rows.height else item_id
