"""What the page of acts and policies asks: measures from stage to stage, what became of threats, acts by kind.

An empty text of a filter asks for all.
"""

from datetime import date

import polars as pl

from warehouse.pages import said
from warehouse.query import Warehouse

OWN_MEASURES = """
    SELECT m.*, d.target AS partner FROM core_policy__measures m
    JOIN ref_dyads d ON d.pair_id = $pair_id AND d.initiator = m.imposer AND m.target IN (d.target, 'WLD')
    WHERE m.known_to IS NULL AND ($kind IN ('', m.kind)) AND ($imposer IN ('', m.imposer))
"""
"""Measures of the pair's members that are aimed at the other, or at everybody."""

SPANS = f"""
    own AS ({OWN_MEASURES}), exempt AS (
        SELECT x.policy_id, from_on, coalesce(to_on + 1, DATE '9999-12-31') AS free_on
        FROM core_policy__exemptions x JOIN own o ON o.policy_id = x.policy_id AND o.partner = x.partner
        WHERE x.known_to IS NULL
    ), stages AS (
        SELECT policy_id, stage, stage_on, until_on, is_estimated, url,
            last_value(rate_pct IGNORE NULLS) OVER w AS rate_pct, lead(stage_on) OVER w AS next_on
        FROM core_policy__stages WHERE known_to IS NULL WINDOW w AS (PARTITION BY policy_id ORDER BY stage_on)
    ), spans AS (
        SELECT s.*, greatest(s.stage_on, least($until::DATE + 1, s.next_on,
            CASE WHEN s.stage IN ('floated', 'threatened', 'suspended') THEN s.until_on + 1 END)) AS stop_on
        FROM stages s JOIN own USING (policy_id)
        WHERE s.stage NOT IN ('withdrawn', 'expired', 'struck_down') AND s.stage_on <= $until::DATE
    ), cuts AS (
        SELECT policy_id, stage_on, stage_on AS cut FROM spans UNION SELECT policy_id, stage_on, stop_on FROM spans
        UNION SELECT policy_id, stage_on, x.from_on FROM spans JOIN exempt x USING (policy_id)
            WHERE x.from_on BETWEEN stage_on AND stop_on
        UNION SELECT policy_id, stage_on, x.free_on FROM spans JOIN exempt x USING (policy_id)
            WHERE x.free_on BETWEEN stage_on AND stop_on
    ), pieces AS (
        SELECT policy_id, stage_on, cut AS from_on,
            lead(cut) OVER (PARTITION BY policy_id, stage_on ORDER BY cut) AS to_on FROM cuts
    ), held AS (
        SELECT s.policy_id, s.stage, p.from_on, p.to_on, s.until_on, s.rate_pct, s.is_estimated, s.url
        FROM pieces p JOIN spans s USING (policy_id, stage_on)
        WHERE p.to_on > p.from_on AND NOT EXISTS (
            FROM exempt x WHERE x.policy_id = p.policy_id AND p.from_on >= x.from_on AND p.from_on < x.free_on)
    )
"""
"""Spans of days in which a stage of a measure holds for the partner, outside exemptions; a threat or suspension to a
day holds until that day, as in the index."""


def stage_spans(
    warehouse: Warehouse, pair_id: str, language: str, *, until: date, kind: str = "", imposer: str = ""
) -> pl.DataFrame:
    """Return the stages of measures up to a day as spans, and their ends as days, by measure and day.

    Returns:
        Columns policy_id, imposer, kind, dimension, title, is_general (aimed at all countries), stage, from_on, to_on (the day
        after the last; equal to from_on where a measure was withdrawn, expired or struck down), is_open (it stands on
        that day), until_on, rate_pct, is_estimated (of the first day), share (of the imposer's imports from
        the other), url.
    """
    return warehouse.frame(
        f"""
        WITH {SPANS}, marked AS (
            FROM held UNION ALL BY NAME
            SELECT policy_id, stage, stage_on AS from_on, stage_on AS to_on, is_estimated, s.url
            FROM stages s
            WHERE stage IN ('withdrawn', 'expired', 'struck_down') AND stage_on <= $until::DATE
                AND policy_id IN (SELECT policy_id FROM held) AND NOT EXISTS (
                    FROM exempt x WHERE x.policy_id = s.policy_id AND stage_on BETWEEN x.from_on AND x.free_on)
        ), covered AS (
            SELECT k.*, c.coverage_share AS share FROM (
                SELECT marked.*, own.partner, own.imposer, own.kind, own.dimension, {said("own.title")} AS title,
                    own.target = 'WLD' AS is_general, own.url AS own_url
                FROM marked JOIN own USING (policy_id)) k
            ASOF LEFT JOIN (FROM core_policy__coverage WHERE known_to IS NULL) c
            ON c.policy_id = k.policy_id AND c.partner = k.partner AND c.from_on <= k.from_on
        )
        SELECT policy_id, imposer, kind, dimension, title, is_general, stage, from_on, to_on, to_on > $until::DATE AS is_open,
            until_on, rate_pct, is_estimated, share, coalesce(url, own_url) AS url
        FROM covered ORDER BY policy_id, from_on, to_on
        """,
        pair_id=pair_id,
        language=language,
        until=until,
        kind=kind,
        imposer=imposer,
    )


NARROWED = 0.9
"""Part of the threatened rate or trade below which a threat that came into force was carried out in part only."""

THREATS = f"""
    own AS ({OWN_MEASURES}), announced AS (
        SELECT s.policy_id, max(s.rate_pct) AS rate FROM core_policy__stages s JOIN out_policy__fulfilment f
        ON f.policy_id = s.policy_id AND s.stage IN ('floated', 'threatened', 'proposed')
        WHERE s.known_to IS NULL AND (f.days_to_outcome IS NULL OR s.stage_on < f.threatened_on + f.days_to_outcome::INTEGER)
        GROUP BY s.policy_id
    ), entered AS (
        SELECT policy_id, min(stage_on) AS on_day, arg_min(rate_pct, stage_on) AS rate FROM core_policy__stages
        WHERE known_to IS NULL AND stage = 'in_force' GROUP BY policy_id
    ), shares AS (
        SELECT c.policy_id, arg_min(coverage_share, from_on) AS threatened,
            min(coverage_share) FILTER (from_on >= e.on_day) AS least
        FROM core_policy__coverage c JOIN own o USING (policy_id, partner) LEFT JOIN entered e USING (policy_id)
        WHERE c.known_to IS NULL GROUP BY c.policy_id
    ), threats AS (
        SELECT o.policy_id, f.issuer, o.kind, {{title}} AS title, o.target = 'WLD' AS is_general, f.threatened_on,
            CASE WHEN f.outcome = 'fulfilled' AND (e.rate < {NARROWED} * nullif(a.rate, 0)
                OR least(s.least, s.threatened) < {NARROWED} * s.threatened) THEN 'in_part'
                ELSE f.outcome END AS outcome,
            f.days_to_outcome, nullif(a.rate, 0) AS threatened_pct, s.threatened AS threatened_share,
            CASE WHEN f.outcome = 'fulfilled' THEN e.rate END AS carried_pct,
            CASE WHEN f.outcome = 'fulfilled' THEN least(s.least, s.threatened) END AS carried_share, o.url
        FROM out_policy__fulfilment f JOIN own o USING (policy_id) LEFT JOIN announced a USING (policy_id)
        LEFT JOIN entered e USING (policy_id) LEFT JOIN shares s USING (policy_id)
        WHERE NOT EXISTS (FROM core_policy__exemptions x WHERE x.known_to IS NULL AND x.policy_id = o.policy_id
            AND x.partner = o.partner AND f.threatened_on >= x.from_on AND x.to_on IS NULL)
    )
"""


def threats(warehouse: Warehouse, pair_id: str, language: str, *, kind: str = "", imposer: str = "") -> pl.DataFrame:
    """Return every measure that was threatened before anything was done, with what became of it, the latest first.

    Returns:
        Columns policy_id, issuer, kind, title, is_general, threatened_on, outcome (fulfilled, in_part, ordered,
        suspended, withdrawn, expired, struck_down, pending), days_to_outcome, threatened_pct and carried_pct (duty),
        threatened_share and carried_share (of imports, the least while in force), url. In part: it came into force at
        less than 90 % of the threatened rate, or of the threatened trade.
    """
    return warehouse.frame(
        f"WITH {THREATS.format(title=said('o.title'))} FROM threats ORDER BY threatened_on DESC, policy_id",
        pair_id=pair_id,
        language=language,
        kind=kind,
        imposer=imposer,
    )


def fulfilment(warehouse: Warehouse, pair_id: str, *, kind: str = "", imposer: str = "") -> pl.DataFrame:
    """Return how often each issuer's threats were carried out, and how fast.

    Returns:
        Columns issuer, threats, general (of them aimed at all countries), fulfilled (in full), in_part, ordered,
        suspended, withdrawn, lapsed (expired or struck down), pending, decided (all but pending), rate (in full or in
        part of the decided) with rate_low and rate_high (95 %, Wilson), median_days and days (list) to force.
    """
    return warehouse.frame(
        f"""
        WITH {THREATS.format(title="''")}, counted AS (
            SELECT issuer, count(*) AS threats, count(*) FILTER (is_general) AS general,
                count(*) FILTER (outcome = 'fulfilled') AS fulfilled, count(*) FILTER (outcome = 'in_part') AS in_part,
                count(*) FILTER (outcome = 'ordered') AS ordered, count(*) FILTER (outcome = 'suspended') AS suspended,
                count(*) FILTER (outcome = 'withdrawn') AS withdrawn,
                count(*) FILTER (outcome IN ('expired', 'struck_down')) AS lapsed,
                count(*) FILTER (outcome = 'pending') AS pending, count(*) FILTER (outcome <> 'pending') AS decided,
                median(days_to_outcome) FILTER (outcome IN ('fulfilled', 'in_part')) AS median_days,
                list(days_to_outcome ORDER BY days_to_outcome) FILTER (outcome IN ('fulfilled', 'in_part')) AS days
            FROM threats GROUP BY issuer
        ), rated AS (SELECT *, (fulfilled + in_part) / nullif(decided, 0) AS rate, 1.96 * 1.96 AS z FROM counted)
        SELECT * EXCLUDE (z),
            (rate + z / 2 / decided - 1.96 * sqrt(rate * (1 - rate) / decided + z / 4 / decided ** 2))
                / (1 + z / decided) AS rate_low,
            (rate + z / 2 / decided + 1.96 * sqrt(rate * (1 - rate) / decided + z / 4 / decided ** 2))
                / (1 + z / decided) AS rate_high
        FROM rated ORDER BY threats DESC, issuer
        """,
        pair_id=pair_id,
        kind=kind,
        imposer=imposer,
    )


def loose_threats(warehouse: Warehouse, pair_id: str) -> int:
    """Return how many threats of the pair's ledger are acts alone, tied to no measure: they have no stages."""
    count: int = warehouse.frame(
        "SELECT count(*) FROM core_act__events JOIN ref_dyads USING (initiator, target) WHERE known_to IS NULL"
        " AND pair_id = $pair_id AND kind = 'threat' AND policy_id IS NULL AND evidence_of_act_id IS NULL",
        pair_id=pair_id,
    ).item()
    return count


def kinds(warehouse: Warehouse, pair_id: str) -> pl.DataFrame:
    """Return kind and imposer of the pair's measures, with their number, the most frequent kind first."""
    return warehouse.frame(
        f"SELECT kind, imposer, count(*) AS measures FROM ({OWN_MEASURES}) GROUP BY ALL ORDER BY measures DESC, kind",
        pair_id=pair_id,
        kind="",
        imposer="",
    )


ACTS = f"""
    SELECT act_id, occurred_on AS on_day, CASE WHEN is_joint THEN 'both' ELSE initiator END AS side,
        {said("summary")} AS title, actor, a.kind, pillar, dimension, ladder_step, stage, publisher, source_tier, url,
        evidence_of_act_id IS NOT NULL AS is_further
    FROM core_act__events a JOIN ref_dyads d USING (initiator, target)
    JOIN ref_pairs q USING (pair_id)
    WHERE a.known_to IS NULL AND d.pair_id = $pair_id AND occurred_on BETWEEN greatest($since, q.ledger_start) AND q.ledger_end
        AND $act IN ('', a.kind) AND $pillar IN ('', pillar) AND $dimension IN ('', coalesce(dimension, 'none'))
        AND $side IN ('', CASE WHEN is_joint THEN 'both' ELSE initiator END)
        AND contains(strip_accents(lower(concat_ws(' ', act_id, summary_en, summary_es, actor, theme))),
            strip_accents(lower($q)))
"""
"""Acts between the pair's members from a day on."""


def listed_acts(
    warehouse: Warehouse,
    pair_id: str,
    language: str,
    *,
    since: date,
    act: str,
    pillar: str,
    dimension: str,
    side: str,
    q: str,
) -> pl.DataFrame:
    """Return acts, the latest first.

    Args:
        warehouse: The build.
        pair_id: The pair.
        language: Language of the texts.
        since: First day.
        act: Kind of act.
        pillar: Pillar.
        dimension: tension, cooperation, or none for acts that are neither.
        side: Who did it, or both.
        q: Text that stands in the summary, the actor, the subject or the id.

    Returns:
        Columns on_day, side, title, actor, kind, pillar, dimension, ladder_step, stage, source_tier, publisher, act_id,
        url, is_further (another record of a deed that stands already).
    """
    return warehouse.frame(
        f"SELECT on_day, side, title, actor, kind, pillar, dimension, ladder_step, stage, source_tier, publisher, act_id,"
        f" url, is_further FROM ({ACTS}) ORDER BY on_day DESC, act_id",
        pair_id=pair_id,
        language=language,
        since=since,
        act=act,
        pillar=pillar,
        dimension=dimension,
        side=side,
        q=q,
    )


def counted_acts(
    warehouse: Warehouse,
    pair_id: str,
    *,
    by: str,
    grain: str,
    since: date,
    act: str,
    pillar: str,
    dimension: str,
    side: str,
    q: str,
) -> pl.DataFrame:
    """Return how many acts each side did by period and group, each deed once; filters as in `listed_acts`.

    Args:
        warehouse: The build.
        pair_id: The pair.
        by: kind, pillar or dimension: the groups.
        grain: year or month.
        since: First day.
        act: Kind of act.
        pillar: Pillar.
        dimension: Dimension.
        side: Who did it.
        q: Text.

    Returns:
        Columns period (first day), side (both where done together), part (the group), acts, is_comparable (the ledger
        was kept about as densely in that year as in the latest).
    """
    return warehouse.frame(
        f"""
        SELECT date_trunc($grain, on_day)::DATE AS period, a.side,
            coalesce(CASE $by WHEN 'pillar' THEN a.pillar WHEN 'dimension' THEN a.dimension ELSE a.kind END, 'none')
                AS part, count(*) AS acts, coalesce(bool_and(y.is_comparable), false) AS is_comparable
        FROM ({ACTS}) a LEFT JOIN out_pair__ledger_density y ON y.pair_id = $pair_id AND y.year = year(on_day)
        WHERE NOT is_further GROUP BY ALL ORDER BY side, part, period
        """,
        pair_id=pair_id,
        by=by,
        grain=grain,
        language="en",
        since=since,
        act=act,
        pillar=pillar,
        dimension=dimension,
        side=side,
        q=q,
    )


def density(warehouse: Warehouse, pair_id: str) -> pl.DataFrame:
    """Return how densely the ledger was kept by year; columns year, records_a_month, is_comparable."""
    return warehouse.frame(
        "SELECT year, records_a_month, is_comparable FROM out_pair__ledger_density WHERE pair_id = $pair_id ORDER BY year",
        pair_id=pair_id,
    )
