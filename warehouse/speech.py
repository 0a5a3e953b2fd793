"""What the page of statements asks of a build: statements that a reader's choices leave, their means, their documents."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Literal

import polars as pl

from warehouse.pages import said
from warehouse.query import Warehouse

YEAR_STATEMENTS = 6
"""Statements below which no mean over twelve months is given."""

COUNTED = ("government", "index", "outside", "all")
"""Whose words: those that bind a government; of them those that the index counts as speech; the others; all."""


@dataclass(frozen=True)
class Chosen:
    """Choices among a pair's statements; an empty text leaves all."""

    pair_id: str
    words: str = ""
    """Words that must all stand in the summary, the speaker's name or the office, without regard to accents."""
    side: str = ""
    speaker: str = ""
    office: str = ""
    rank: str = ""
    theme: str = ""
    spoken: str = ""
    """Language spoken."""
    method: str = ""
    counted: str = COUNTED[0]


CHOSEN = """
    held AS (
        SELECT s.*, strip_accents(lower(concat_ws(' ', summary_en, summary_es, speaker, replace(office, '_', ' ')))) AS text,
            is_counted AND act_id IS NULL AND policy_id IS NULL AND duplicate_of IS NULL AS is_in_index
        FROM core_statement__utterances s JOIN ref_dyads d ON d.initiator = s.country AND d.target = s.addressee
        WHERE s.known_to IS NULL AND d.pair_id = $pair_id
    ), chosen AS (
        FROM held WHERE ($side = '' OR country = $side) AND ($speaker = '' OR speaker = $speaker)
            AND ($office = '' OR office = $office) AND ($rank = '' OR office_rank = $rank)
            AND ($theme = '' OR theme = $theme) AND ($spoken = '' OR language = $spoken)
            AND ($method = '' OR stance_method = $method)
            AND CASE $counted WHEN 'government' THEN is_counted WHEN 'index' THEN is_in_index
                WHEN 'outside' THEN NOT is_in_index ELSE true END
            AND list_bool_and(list_transform(string_split(strip_accents(lower($words)), ' '), lambda w: contains(text, w)))
    )
"""
"""A pair's statements as chosen; `is_in_index` where the index counts them as speech."""


def facets(warehouse: Warehouse, pair_id: str) -> pl.DataFrame:
    """Return what statements of a pair can be chosen by: facet, value and how many statements, the most first.

    Facets are side, theme, speaker, office, spoken (language) and method.
    """
    return warehouse.frame(
        """
        WITH held AS (
            FROM core_statement__utterances s JOIN ref_dyads d ON d.initiator = s.country AND d.target = s.addressee
            WHERE s.known_to IS NULL AND d.pair_id = $pair_id
        ), wide AS (
            SELECT country AS side, theme, speaker, office, language AS spoken, stance_method AS method FROM held
        )
        SELECT facet, value, count(*) AS statements FROM (UNPIVOT wide ON COLUMNS(*) INTO NAME facet VALUE value)
        GROUP BY ALL ORDER BY facet, statements DESC, value
        """,
        pair_id=pair_id,
    )


def statements(warehouse: Warehouse, chosen: Chosen, first: date, last: date, language: str) -> pl.DataFrame:
    """Return the chosen statements from a day to a day, the newest first.

    Returns:
        Columns statement_id, stated_on, date_precision (day, approx, month), side, about, speaker, office, office_rank,
        spoken, theme, stance, second_stance (of the second reading, where there was one), stance_basis (the coder's
        word for it), stance_method, summary, is_in_index, kept_out (why not, empty where it is: the ledger's reason, or
        act, measure or repeated) with kept_for (the act, measure or statement), is_relayed, publisher, source_tier, url.
    """
    return warehouse.frame(
        f"""
        WITH {CHOSEN}, second AS (
            SELECT item_id, any_value(code::DOUBLE) AS second_stance FROM core_coding__codes
            WHERE known_to IS NULL AND item_kind = 'statement' AND variable = 'stance' AND coder = 'pass-2' GROUP BY item_id
        )
        SELECT statement_id, stated_on, date_precision, country AS side, addressee AS about, speaker, office,
            office_rank, language AS spoken, theme, stance, second_stance, stance_basis, stance_method,
            {said("summary")} AS summary, is_in_index,
            CASE WHEN NOT is_counted THEN coalesce(not_counted_reason, 'not counted') WHEN duplicate_of IS NOT NULL
                THEN 'repeated' WHEN act_id IS NOT NULL THEN 'act' WHEN policy_id IS NOT NULL THEN 'measure' END AS kept_out,
            CASE WHEN is_counted THEN coalesce(duplicate_of, act_id, policy_id) END AS kept_for,
            is_relayed, publisher, source_tier, url
        FROM chosen LEFT JOIN second ON item_id = statement_id
        WHERE stated_on BETWEEN $first AND $last ORDER BY stated_on DESC, statement_id
        """,
        **asdict(chosen),
        first=first,
        last=last,
        language=language,
    )


def monthly(warehouse: Warehouse, chosen: Chosen, first: date, last: date) -> pl.DataFrame:
    """Return the stance of the chosen statements by month and side, for every month of the span.

    Returns:
        Columns month, side, stance (mean; null in a month without statements), statements, year_stance (mean over
        twelve months, each statement counting once; null where they hold fewer than YEAR_STATEMENTS), year_statements.
    """
    return warehouse.frame(
        f"""
        WITH {CHOSEN}, months AS (
            SELECT unnest(generate_series(date_trunc('month', $first::DATE), $last::DATE, INTERVAL 1 MONTH))::DATE AS month
        ), grid AS (
            SELECT month, initiator AS side FROM months, ref_dyads
            WHERE pair_id = $pair_id AND ($side = '' OR initiator = $side)
        ), counted AS (
            SELECT date_trunc('month', stated_on)::DATE AS month, country AS side, avg(stance) AS stance,
                count(*) AS statements, sum(stance) AS total
            FROM chosen WHERE stated_on <= $last GROUP BY ALL
        )
        SELECT g.month, g.side, c.stance, coalesce(c.statements, 0) AS statements,
            CASE WHEN sum(c.statements) OVER year >= {YEAR_STATEMENTS} AND count(*) OVER year = 12
                THEN sum(c.total) OVER year / sum(c.statements) OVER year END AS year_stance,
            coalesce(sum(c.statements) OVER year, 0)::BIGINT AS year_statements
        FROM grid g LEFT JOIN counted c USING (month, side)
        WINDOW year AS (PARTITION BY g.side ORDER BY g.month ROWS 11 PRECEDING) ORDER BY g.side, g.month
        """,
        **asdict(chosen),
        first=first,
        last=last,
    )


def grouped(
    warehouse: Warehouse, chosen: Chosen, first: date, last: date, by: Literal["theme", "speaker"]
) -> pl.DataFrame:
    """Return how the chosen statements of a span stand by theme or speaker and side, the most statements first.

    Returns:
        Columns name (a theme; a speaker's name, an office where the record names nobody), is_office, side, stance
        (mean), low and high (the quarters of the statements below and above), statements.
    """
    name = {"theme": "theme", "speaker": "coalesce(speaker, office)"}[by]
    return warehouse.frame(
        f"""
        WITH {CHOSEN}
        SELECT {name} AS name, {"speaker IS NULL" if by == "speaker" else "false"} AS is_office, country AS side,
            avg(stance) AS stance, quantile_cont(stance, 0.25) AS low, quantile_cont(stance, 0.75) AS high,
            count(*) AS statements
        FROM chosen WHERE stated_on BETWEEN $first AND $last GROUP BY ALL ORDER BY statements DESC, name, side
        """,
        **asdict(chosen),
        first=first,
        last=last,
    )


def agreement(warehouse: Warehouse) -> pl.DataFrame:
    """Return items, alpha and mean_difference of the stances that were read twice, over all pairs; a row at most."""
    return warehouse.frame(
        "SELECT items, alpha, mean_difference FROM out_coding__agreement"
        " WHERE item_kind = 'statement' AND variable = 'stance' AND class = 'all'"
    )


def scored_documents(warehouse: Warehouse, pair_id: str, first: date, last: date) -> pl.DataFrame:
    """Return the documents of a span that the scorer read, the newest first; context, no input of the index.

    Returns:
        Columns document_id, published_on, side, office, kind, title, stance (null where the scorer abstained),
        stance_cues, url: of documents that name the partner.
    """
    return warehouse.frame(
        "SELECT document_id, published_on, country AS side, office, kind, title, stance, stance_cues, url"
        " FROM core_document__releases r JOIN ref_dyads d USING (dyad_id)"
        " WHERE r.known_to IS NULL AND d.pair_id = $pair_id AND names_partner AND stance_method IS NOT NULL"
        " AND published_on BETWEEN $first AND $last ORDER BY published_on DESC, document_id",
        pair_id=pair_id,
        first=first,
        last=last,
    )
