"""What the dashboard's pages ask of a build: typed questions, each answered by a frame.

Texts come in the language asked for, in English where there is no other.
"""

from datetime import date

import polars as pl

from warehouse.query import Warehouse


def said(column: str) -> str:
    """Return the SQL of a text in the bound language."""
    return f"CASE $language WHEN 'es' THEN coalesce({column}_es, {column}_en) ELSE {column}_en END"


SOURCE_TITLE = "CASE $language WHEN 'es' THEN s.title_es ELSE s.title END"
"""SQL of the title of a source `s` in the bound language."""


RECORDS = f"""
    SELECT 'act' AS item_kind, act_id AS item_id, occurred_on AS on_day, initiator AS side, is_joint,
        {said("summary")} AS title, publisher, source_tier, url, policy_id, claim_id, evidence_of_act_id AS of_act_id
    FROM core_act__events WHERE known_to IS NULL
    UNION ALL BY NAME
    SELECT 'statement' AS item_kind, statement_id AS item_id, stated_on AS on_day, country AS side, is_joint,
        CASE WHEN contains({said("summary")}, split_part(speaker, ' ', -1)) THEN '' ELSE coalesce(speaker || ': ', '') END
            || {said("summary")} AS title, publisher, source_tier, url, policy_id,
        act_id AS of_act_id
    FROM core_statement__utterances WHERE known_to IS NULL
    UNION ALL BY NAME
    SELECT 'claim' AS item_kind, claim_id AS item_id, period_end AS on_day, dyad_id[:3] AS side, publisher, url,
        persons AS amount, definition_id, period_label
    FROM core_extradition__claims WHERE known_to IS NULL
    UNION ALL BY NAME
    SELECT 'stage' AS item_kind, policy_id || ':' || stage_on AS item_id, stage_on AS on_day, imposer AS side,
        {said("title")} AS title, s.url, policy_id, stage, until_on, rate_pct
    FROM core_policy__stages s JOIN core_policy__measures m USING (policy_id)
    WHERE s.known_to IS NULL AND m.known_to IS NULL
    UNION ALL BY NAME
    SELECT 'statistic' AS item_kind, 'usbp_encounters:' || strftime(month, '%Y-%m') AS item_id,
        last_day(month) AS on_day, encounters AS amount, publisher, homepage AS url
    FROM core_usbp__monthly_encounters JOIN ref_sources USING (source_id) WHERE known_to IS NULL
"""
"""Every record that can stand behind an item: what was done, said, counted or enacted, with what it is evidence of."""

DAILY_STAGES = """
    spans AS (
        SELECT policy_id, stage, stage_on, until_on, last_value(rate_pct IGNORE NULLS) OVER w AS rate_pct,
            lead(stage_on) OVER w AS next_on
        FROM core_policy__stages WHERE known_to IS NULL WINDOW w AS (PARTITION BY policy_id ORDER BY stage_on)
    ), held AS (
        SELECT m.policy_id, m.imposer, d.target AS partner, s.stage, s.stage_on, s.until_on, s.rate_pct,
            unnest(generate_series(greatest(s.stage_on, $since::DATE), least(q.ledger_end, s.next_on - 1,
                CASE WHEN s.stage IN ('floated', 'threatened', 'suspended') THEN s.until_on END),
                INTERVAL 1 DAY))::DATE AS day
        FROM core_policy__measures m
        JOIN ref_dyads d ON d.pair_id = $pair_id AND d.initiator = m.imposer AND m.target IN (d.target, 'WLD')
        JOIN ref_pairs q ON q.pair_id = d.pair_id
        JOIN spans s ON s.policy_id = m.policy_id
        WHERE m.known_to IS NULL AND m.pillar = 'trade' AND m.dimension = 'tension'
            AND s.stage NOT IN ('withdrawn', 'expired', 'struck_down')
    ), covered AS (
        SELECT held.*, c.coverage_share, c.coverage_is_estimated
        FROM held ASOF LEFT JOIN (FROM core_policy__coverage WHERE known_to IS NULL) c
        ON c.policy_id = held.policy_id AND c.partner = held.partner AND c.from_on <= held.day
        WHERE NOT EXISTS (
            FROM core_policy__exemptions x WHERE x.known_to IS NULL AND x.policy_id = held.policy_id
            AND x.partner = held.partner AND held.day >= x.from_on AND (x.to_on IS NULL OR held.day <= x.to_on))
    )
"""
"""Trade measures by day from a day on, outside exemptions: the stage that holds, its rate, the share covered.

A threat or suspension to a day holds until that day, as in the index."""


def pairs(warehouse: Warehouse, language: str) -> pl.DataFrame:
    """Return the pairs, the longest ledger first: pair_id, first, second, title, ledger_start, ledger_end."""
    return warehouse.frame(
        f"SELECT pair_id, first, second, {said('title')} AS title, ledger_start, ledger_end FROM ref_pairs"
        " ORDER BY ledger_start, pair_id",
        language=language,
    )


def names(warehouse: Warehouse, language: str) -> dict[str, str]:
    """Return what countries, pillars and indicators are called, by their code."""
    frame = warehouse.frame(
        f"SELECT country AS code, {said('name')} AS name FROM ref_countries"
        f" UNION ALL SELECT pillar, {said('title')} FROM ref_pillars"
        f" UNION ALL SELECT indicator_id, {said('title')} FROM ref_indicators",
        language=language,
    )
    return dict(frame.iter_rows())


def standing(warehouse: Warehouse, pair_id: str) -> dict[str, date | int | None]:
    """Return how the latest month stands among the months up to it.

    Returns:
        months_known with a reading, months_incomparable among them with first_incomparable and last_incomparable, and
        among the comparable ones: months_comparable and comparable_rank, 1 for the highest (null for a month that is
        not comparable itself). Nothing where the pair has no reading.
    """
    rows = warehouse.frame(
        """
        WITH known AS (
            SELECT month, tension_index, is_comparable FROM out_pair__monthly_tension
            WHERE pair_id = $pair_id AND view = 'latest' AND tension_index IS NOT NULL
        ), latest AS (FROM known ORDER BY month DESC LIMIT 1)
        SELECT count(*) AS months_known, count(*) FILTER (NOT k.is_comparable) AS months_incomparable,
            min(k.month) FILTER (NOT k.is_comparable) AS first_incomparable,
            max(k.month) FILTER (NOT k.is_comparable) AS last_incomparable,
            count(*) FILTER (k.is_comparable) AS months_comparable,
            CASE WHEN any_value(l.is_comparable)
                THEN 1 + count(*) FILTER (k.is_comparable AND k.tension_index > l.tension_index) END AS comparable_rank
        FROM known k, latest l HAVING count(*) > 0
        """,
        pair_id=pair_id,
    ).to_dicts()
    return rows[0] if rows else {}


def pillar_scores(warehouse: Warehouse, pair_id: str) -> pl.DataFrame:
    """Return the tension score of each pillar by month; columns month, pillar, score."""
    return warehouse.frame(
        "SELECT month, pillar, score FROM out_pair__pillar_scores WHERE pair_id = $pair_id"
        " AND view = 'latest' AND dimension = 'tension' ORDER BY month, pillar",
        pair_id=pair_id,
    )


def worst_months(warehouse: Warehouse, pair_id: str) -> pl.DataFrame:
    """Return the month of each year in which the index and each pillar stood highest, the latest year first.

    Returns:
        Columns year, measure (tension, or a pillar), month and value, not below 0.05, which reads as 0; of equal months the
        first.
    """
    return warehouse.frame(
        "WITH known AS (SELECT month, pillar AS measure, score AS value FROM out_pair__pillar_scores"
        " WHERE pair_id = $pair_id AND view = 'latest' AND dimension = 'tension'"
        " UNION ALL SELECT month, 'tension', tension_index FROM out_pair__monthly_tension"
        " WHERE pair_id = $pair_id AND view = 'latest')"
        " SELECT year(month) AS year, measure, month, value FROM known WHERE value >= 0.05"
        " QUALIFY row_number() OVER (PARTITION BY year(month), measure ORDER BY value DESC, month) = 1"
        " ORDER BY year DESC, measure",
        pair_id=pair_id,
    )


def real_time(warehouse: Warehouse, pair_id: str) -> pl.DataFrame:
    """Return month and tension_index of a pair as read at each month's end with what was known by then."""
    return warehouse.frame(
        "SELECT month, tension_index FROM out_pair__monthly_tension "
        "WHERE pair_id = $pair_id AND view = 'real_time' ORDER BY month",
        pair_id=pair_id,
    )


def regimes(warehouse: Warehouse, pair_id: str) -> pl.DataFrame:
    """Return the regimes of a pair in order; columns as out_pair__regimes."""
    return warehouse.frame("FROM out_pair__regimes WHERE pair_id = $pair_id ORDER BY regime", pair_id=pair_id)


def every_pair(warehouse: Warehouse) -> pl.DataFrame:
    """Return pair_id, month, measure (tension, or a pillar) and its value of every pair, where there is one."""
    return warehouse.frame(
        "SELECT pair_id, month, pillar AS measure, score AS value FROM out_pair__pillar_scores "
        "WHERE view = 'latest' AND dimension = 'tension' AND score IS NOT NULL "
        "UNION ALL SELECT pair_id, month, 'tension', tension_index FROM out_pair__monthly_tension "
        "WHERE view = 'latest' AND tension_index IS NOT NULL ORDER BY measure, pair_id, month"
    )


def daily_tension(warehouse: Warehouse, pair_id: str) -> pl.DataFrame:
    """Return the daily index, of acts and speech only; columns day, tension_index, mean_score, is_comparable."""
    return warehouse.frame(
        "SELECT d.day, d.tension_index, d.mean_score, y.is_comparable FROM out_pair__daily_tension d"
        " JOIN out_pair__ledger_density y ON y.pair_id = d.pair_id AND y.year = year(d.day)"
        " WHERE d.pair_id = $pair_id AND d.view = 'latest' ORDER BY d.day",
        pair_id=pair_id,
    )


def notable_acts(warehouse: Warehouse, pair_id: str, language: str, *, least: float) -> pl.DataFrame:
    """Return acts, and stages of measures, whose item once added at least `least` points to the index, by day.

    Returns:
        Columns item_kind, on_day, side (who did it), is_joint, title, stage (of measures), url, peak.
    """
    return warehouse.frame(
        f"""
        WITH records AS ({RECORDS}), peaks AS (
            SELECT item_kind, item_id, max(contribution) AS peak FROM out_pair__contributions
            WHERE pair_id = $pair_id AND view = 'latest' AND item_kind IN ('act', 'policy')
            GROUP BY ALL HAVING max(contribution) >= $least
        )
        SELECT r.item_kind, r.on_day, r.side, coalesce(r.is_joint, false) AS is_joint, r.title, r.stage, r.url, p.peak
        FROM peaks p JOIN records r ON (p.item_kind = 'act' AND r.item_kind = 'act' AND r.item_id = p.item_id)
            OR (p.item_kind = 'policy' AND r.item_kind = 'stage' AND r.policy_id = p.item_id)
        JOIN ref_pairs q ON q.pair_id = $pair_id AND r.on_day BETWEEN q.ledger_start AND q.ledger_end
        ORDER BY r.on_day, r.item_id
        """,
        pair_id=pair_id,
        language=language,
        least=least,
    )


def item_titles() -> str:
    """Return the SQL of what stands behind an item of the index: records, and measures in their stage at the month's end."""
    return f"""
        {RECORDS} UNION ALL BY NAME
        SELECT 'policy' AS item_kind, policy_id AS item_id, s.stage_on AS on_day, imposer AS side,
            {said("title")} AS title, url, legal_authority, s.stage
        FROM core_policy__measures LEFT JOIN (
            SELECT policy_id, max(stage_on) AS stage_on, arg_max(stage, stage_on) AS stage FROM core_policy__stages
            WHERE known_to IS NULL AND stage_on <= last_day($month::DATE) GROUP BY policy_id) s USING (policy_id)
        WHERE known_to IS NULL
    """


def month_items(warehouse: Warehouse, pair_id: str, month: date, language: str) -> pl.DataFrame:
    """Return every item that adds to a month's tension or cooperation, the largest first.

    Returns:
        Columns dimension, pillar, indicator_id, item_kind, item_id, contribution, is_under_threat, then what it rests
        on: on_day, side, title, publisher, source_tier, url, amount (persons of a claim, figure of a statistic),
        definition_id, period_label; of a measure its legal_authority and the stage at the month's end, with its day.
    """
    return warehouse.frame(
        f"""
        WITH records AS ({item_titles()}), items AS (
            SELECT 'tension' AS dimension, * FROM out_pair__contributions
            UNION ALL BY NAME SELECT 'cooperation' AS dimension, * FROM out_pair__cooperation_contributions
        )
        SELECT c.dimension, c.pillar, c.indicator_id, c.item_kind, c.item_id, c.contribution,
            coalesce(c.is_under_threat, false) AS is_under_threat, r.* EXCLUDE (item_kind, item_id)
        FROM items c LEFT JOIN records r ON r.item_kind = c.item_kind AND r.item_id = c.item_id
        WHERE c.pair_id = $pair_id AND c.month = $month AND c.view = 'latest'
        ORDER BY c.dimension DESC, c.contribution DESC, c.item_id
        """,
        pair_id=pair_id,
        month=month,
        language=language,
    )


def linked_records(warehouse: Warehouse, pair_id: str, month: date, language: str) -> pl.DataFrame:
    """Return the records of a month and the two before that are evidence of the month's items, by day.

    Returns:
        Columns dimension, of_kind, of_id (the item), item_kind, item_id, on_day, side, title, publisher, source_tier,
        url; of a stage of a measure also stage, until_on and rate_pct. A record stands once in each dimension.
    """
    return warehouse.frame(
        f"""
        WITH records AS ({RECORDS}), items AS (
            SELECT 'tension' AS dimension, item_kind, item_id, contribution FROM out_pair__contributions
            WHERE pair_id = $pair_id AND month = $month AND view = 'latest'
            UNION ALL
            SELECT 'cooperation', item_kind, item_id, contribution FROM out_pair__cooperation_contributions
            WHERE pair_id = $pair_id AND month = $month AND view = 'latest'
        )
        SELECT i.dimension, i.item_kind AS of_kind, i.item_id AS of_id, r.item_kind, r.item_id, r.on_day, r.side,
            r.title, r.publisher, r.source_tier, r.url, r.stage, r.until_on, r.rate_pct
        FROM records r JOIN items i ON (i.item_kind = 'policy' AND i.item_id = r.policy_id)
            OR (i.item_kind = 'claim' AND i.item_id = r.claim_id) OR (i.item_kind = 'act' AND i.item_id = r.of_act_id)
        WHERE r.on_day BETWEEN $month::DATE - INTERVAL 2 MONTH AND last_day($month::DATE)
        QUALIFY row_number() OVER (PARTITION BY i.dimension, r.item_kind, r.item_id ORDER BY i.contribution DESC) = 1
        ORDER BY r.on_day, r.item_id
        """,
        pair_id=pair_id,
        month=month,
        language=language,
    )


def yearly_extraditions(warehouse: Warehouse, pair_id: str) -> pl.DataFrame:
    """Return extraditions and transfers by year and definition; columns as out_dyad__yearly_extraditions."""
    return warehouse.frame(
        "SELECT e.* FROM out_dyad__yearly_extraditions e JOIN ref_dyads d USING (dyad_id) WHERE d.pair_id = $pair_id"
        " ORDER BY dyad_id, definition_id, year",
        pair_id=pair_id,
    )


def surrender_claims(warehouse: Warehouse, pair_id: str) -> pl.DataFrame:
    """Return every published count of persons surrendered, the latest period first; never to be added up.

    Returns:
        Columns side (who surrendered), period_label, persons, persons_is_minimum, is_yearly_average, definition_id,
        label_used, stated_by, publisher, url.
    """
    return warehouse.frame(
        "SELECT d.initiator AS side, c.period_label, c.persons, c.persons_is_minimum, c.is_yearly_average,"
        " c.definition_id, c.label_used, c.stated_by, c.publisher, c.url"
        " FROM core_extradition__claims c JOIN ref_dyads d USING (dyad_id)"
        " WHERE c.known_to IS NULL AND d.pair_id = $pair_id ORDER BY c.period_end DESC NULLS LAST, c.claim_id",
        pair_id=pair_id,
    )


def tariff_points(warehouse: Warehouse, pair_id: str, since: date) -> pl.DataFrame:
    """Return tariffs by month in percentage points of all the imposer's imports from the other, means of days.

    Returns:
        Columns month, imposer, in_force and pending: rate times share covered, of duties in force, and of those
        threatened, proposed, ordered or suspended to a day. Every month of the ledger has both sides, 0 where no duty
        with a known rate stands. Measures without a rate are in `standing_measures` only.
    """
    return warehouse.frame(
        f"""
        WITH {DAILY_STAGES}, monthly AS (
            SELECT date_trunc('month', day)::DATE AS month, imposer,
                sum(rate_pct * coverage_share) FILTER (stage = 'in_force') AS in_force,
                sum(rate_pct * coverage_share) FILTER (
                    stage <> 'in_force' AND (stage <> 'suspended' OR until_on IS NOT NULL)) AS pending
            FROM covered WHERE rate_pct IS NOT NULL GROUP BY ALL
        ), months AS (
            SELECT date_trunc('month', day)::DATE AS month, count(*) AS known
            FROM (SELECT unnest(generate_series($since::DATE, ledger_end, INTERVAL 1 DAY)) AS day FROM ref_pairs
                WHERE pair_id = $pair_id) GROUP BY ALL
        )
        SELECT m.month, d.initiator AS imposer, coalesce(in_force, 0) / known AS in_force,
            coalesce(pending, 0) / known AS pending
        FROM months m JOIN ref_dyads d ON d.pair_id = $pair_id
        LEFT JOIN monthly t ON t.month = m.month AND t.imposer = d.initiator ORDER BY imposer, m.month
        """,
        pair_id=pair_id,
        since=since,
    )


def standing_measures(warehouse: Warehouse, pair_id: str, day: date, language: str) -> pl.DataFrame:
    """Return the trade measures that stand or are threatened on a day of the ledger, the heaviest first.

    Returns:
        Columns imposer, title, stage, stage_on, rate_pct, coverage_share, coverage_is_estimated, points, url; the last
        figures are null where a measure sets no rate, as a ban.
    """
    return warehouse.frame(
        f"""
        WITH {DAILY_STAGES}
        SELECT c.imposer, {said("m.title")} AS title, c.stage, c.stage_on, c.rate_pct, c.coverage_share,
            c.coverage_is_estimated, c.rate_pct * c.coverage_share AS points, m.url
        FROM covered c JOIN core_policy__measures m ON m.policy_id = c.policy_id AND m.known_to IS NULL
        WHERE c.day = $since ORDER BY points DESC NULLS LAST, title
        """,
        pair_id=pair_id,
        since=day,
        language=language,
    )


def monthly_stance(warehouse: Warehouse, pair_id: str) -> pl.DataFrame:
    """Return counted statements about the other by month; columns month, side, stance (mean), statements, speakers."""
    return warehouse.frame(
        "SELECT date_trunc('month', stated_on)::DATE AS month, country AS side, avg(stance) AS stance,"
        " count(*) AS statements, count(DISTINCT speaker) AS speakers"
        " FROM core_statement__utterances s JOIN ref_dyads d ON d.initiator = s.country AND d.target = s.addressee"
        " WHERE s.known_to IS NULL AND s.is_counted AND d.pair_id = $pair_id GROUP BY ALL ORDER BY month, side",
        pair_id=pair_id,
    )


def monthly_encounters(warehouse: Warehouse, pair_id: str) -> pl.DataFrame:
    """Return US border encounters by month, each series apart; columns month, indicator_id, encounters.

    Empty for a pair whose index does not take Border Patrol encounters: the figures are not about it.
    """
    return warehouse.frame(
        "WITH series AS (SELECT month, 'southwest_encounters' AS indicator_id, sum(encounters)::BIGINT AS encounters"
        " FROM core_cbp__monthly_encounters_southwest WHERE known_to IS NULL GROUP BY month"
        " UNION ALL SELECT month, 'usbp_encounters', encounters FROM core_usbp__monthly_encounters"
        " WHERE known_to IS NULL)"
        " FROM series WHERE EXISTS (FROM out_pair__item_pressures WHERE pair_id = $pair_id"
        " AND indicator_id = 'usbp_encounters') ORDER BY indicator_id, month",
        pair_id=pair_id,
    )


def source_freshness(warehouse: Warehouse, language: str) -> pl.DataFrame:
    """Return how fresh each source is, the longest overdue first; sources due on no day come last.

    Returns:
        Columns title, publisher, homepage, licence, notice, cadence, last_period, last_known_from, expected_by, rows.
    """
    return warehouse.frame(
        f"SELECT {SOURCE_TITLE} AS title, s.publisher, s.homepage, s.licence, s.notice, s.cadence, f.last_period,"
        " f.last_known_from,"
        " f.expected_by, f.rows FROM meta_freshness f JOIN ref_sources s USING (source_id)"
        " ORDER BY f.expected_by NULLS LAST, s.title",
        language=language,
    )


def lasting_outages(warehouse: Warehouse, language: str) -> pl.DataFrame:
    """Return title, file, began_at, reason of the outages that last: a publisher does not answer, or sends what is no use."""
    return warehouse.frame(
        f"SELECT {SOURCE_TITLE} AS title, o.file, o.began_at, o.reason FROM meta_outages o"
        " JOIN ref_sources s USING (source_id) WHERE o.ended_at IS NULL ORDER BY o.began_at, s.title, o.file",
        language=language,
    )


def rejected_rows(warehouse: Warehouse) -> pl.DataFrame:
    """Return the rows that were read and not stored, by reason; columns rule, table_name, rows."""
    return warehouse.frame(
        "SELECT rule, table_name, count(*) AS rows FROM meta_rejections GROUP BY ALL ORDER BY rows DESC, rule"
    )


def gaps(warehouse: Warehouse, pair_id: str) -> dict[str, int]:
    """Return the counts behind "what we know badly".

    Returns:
        rows_in, rows_accepted and rows_rejected of all snapshots; searches and unsearched (side, year and type of deed
        of the search log) and provisional months.
    """
    return warehouse.frame(
        """
        SELECT (SELECT sum(rows_in) FROM meta_snapshots)::BIGINT AS rows_in,
            (SELECT sum(rows_accepted) FROM meta_snapshots)::BIGINT AS rows_accepted,
            (SELECT sum(rows_rejected) FROM meta_snapshots)::BIGINT AS rows_rejected,
            l.searches, l.unsearched, (SELECT count(*) FROM out_pair__monthly_tension
                WHERE pair_id = $pair_id AND view = 'latest' AND is_provisional) AS provisional
        FROM (SELECT count(*) AS searches, count(*) FILTER (NOT was_searched) AS unsearched FROM ref_search_log
            WHERE side IN (SELECT initiator FROM ref_dyads WHERE pair_id = $pair_id)) l
        """,
        pair_id=pair_id,
    ).to_dicts()[0]
