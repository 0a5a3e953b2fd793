"""Out tables: the index, its parts and what is derived beside it."""

import dataframely as dy
import polars as pl

from warehouse.contracts.columns import (
    count,
    dimension,
    dyad_id,
    index,
    iso3,
    month,
    one_of,
    pair_id,
    pillar,
    share,
    view,
)

ITEM_KINDS = ("act", "policy", "statement", "claim", "statistic")


class _Monthly(dy.Schema):
    """Columns that a pair's and a direction's monthly index share."""

    month = month()
    view = view()
    tension_index = index("T: 0 is nothing outstanding; 100 would be every pillar at its ladder's top in force.")
    mean_score = index("M: the weighted arithmetic mean of the pillar scores, beside T.")
    tension_hard = index("T_hard: T of standing measures and statistics only, without acts and speech.")
    cooperation_index = index("K: cooperation on the same scale; never subtracted from T.")
    cooperation_under_threat_share = share("Share of K that answers a conditional threat on record.", nullable=True)
    new_pressure = index("What came new in the month: the flow beside the stock.")
    causal_percentile = dy.Float64(
        nullable=True,
        min=0,
        max=100,
        description="Rank of T among all months with a T up to then; empty before 24 of them.",
        metadata={"unit": "percentile, 0 to 100"},
    )
    coverage = share("Share of the pillars' weight that could be computed.")
    is_comparable = dy.Bool(
        description="The ledger of the year is at least half as dense as that of the latest twelve months."
    )
    is_provisional = dy.Bool(description="The ledger ends inside the month, or a statistic is carried.")
    days_known = dy.Int16(
        min=0, max=31, description="Days of the month that the ledger covers.", metadata={"unit": "days"}
    )
    method_version = dy.String(description="Version of the method, as in ref_method.")

    @dy.rule()
    def index_needs_coverage(cls) -> pl.Expr:
        """Carry an index only where coverage suffices."""
        return pl.col("tension_index").is_null() | (pl.col("coverage") >= 0.8 - 1e-9)


class PairMonthlyTension(_Monthly):
    """Tension index of a pair, one row a month from January 2001 on."""

    pair_id = pair_id()
    lower_05 = index("Lower end of the 90 % band over all doubts of the method.")
    upper_95 = index("Upper end of the 90 % band over all doubts of the method.")


class DyadMonthlyTension(_Monthly):
    """Tension index of a direction: the first state's acts and speech only, one row a month."""

    dyad_id = dyad_id()


class PairDailyTension(dy.Schema):
    """Daily index from acts and speech only: statistics would make steps on release days."""

    pair_id = pair_id()
    day = dy.Date(primary_key=True, description="Calendar day.")
    view = view()
    tension_index = index("T of acts and speech on the day.")
    mean_score = index("M of acts and speech on the day.")


class PairComparisons(dy.Schema):
    """Every change of the index between two months with its band: the same draws for both, so doubts they share cancel."""

    pair_id = pair_id()
    month = month()
    against_month = dy.Date(primary_key=True, description="Earlier month.")
    change = dy.Float64(description="T of the month less T of the earlier one.", metadata={"unit": "index points"})
    lower_05 = dy.Float64(description="Lower end of its 90 % band.", metadata={"unit": "index points"})
    upper_95 = dy.Float64(description="Upper end of its 90 % band.", metadata={"unit": "index points"})
    p_higher = share("Share of draws in which the month is higher than the earlier one.")


class PairTensionVintages(dy.Schema):
    """The index as it was known: every month at every month-end, with only what was public by then."""

    pair_id = pair_id()
    as_of = dy.Date(primary_key=True, description="Last day of a month: the day of knowledge.")
    month = month()
    tension_index = index("T of the month as known on the day.")


class _PillarScores(dy.Schema):
    """Columns that a pair's and a direction's pillar scores share."""

    month = month()
    view = view()
    dimension = dimension(primary_key=True)
    pillar = pillar(primary_key=True)
    pressure = dy.Float64(nullable=True, min=0, description="C: mean over the month of the pillar's daily sum.")
    score = index("e: 100 C, above C = 1 compressed to 100 (1 + ln C).")
    pressure_hard = dy.Float64(nullable=True, min=0, description="C of standing measures and statistics only.")
    score_hard = index("e of pressure_hard.")
    coverage = share("1 where the pillar was searched that year, for both sides of a pair or the acting one, else 0.")
    is_filled = dy.Bool(description="A shared statistic is carried from an earlier month.")


class PairPillarScores(_PillarScores):
    """Pillar scores of a pair, by month and dimension."""

    pair_id = pair_id()


class DyadPillarScores(_PillarScores):
    """Pillar scores of a direction, by month and dimension."""

    dyad_id = dyad_id()


class _ItemPressures(dy.Schema):
    """Columns of an item's mean daily part of a pillar: what the index can be recomputed from."""

    month = month()
    view = view()
    dimension = dimension(primary_key=True)
    pillar = pillar(primary_key=True)
    indicator_id = dy.String(
        description="ledger_acts, ledger_policies, ledger_statements, ledger_claims, or the statistic."
    )
    item_kind = one_of(ITEM_KINDS, "Kind of item.", primary_key=True)
    item_id = dy.String(
        primary_key=True, description="Act, policy, statement or claim; of a statistic indicator:YYYY-MM."
    )
    pressure = dy.Float64(min=0, description="c: the item's part of the pillar's C; the parts sum to it.")
    pressure_hard = dy.Float64(min=0, description="The same when only standing measures and statistics are counted.")
    is_filled = dy.Bool(description="A shared statistic is carried from an earlier month.")


class PairItemPressures(_ItemPressures):
    """Each item's part of a pair's pillar by month."""

    pair_id = pair_id()


class DyadItemPressures(_ItemPressures):
    """Each item's part of a direction's pillar by month."""

    dyad_id = dyad_id()
    rise = dy.Float64(
        min=0,
        description="What the item's weighted burden gained in the month, without fade.",
        metadata={"unit": "percentage points of bilateral imports, or their like"},
    )


class _Contributions(dy.Schema):
    """Columns of an item's part of an index."""

    month = month()
    view = view()
    pillar = pillar(primary_key=True)
    indicator_id = dy.String(
        description="ledger_acts, ledger_policies, ledger_statements, ledger_claims, or the statistic."
    )
    item_kind = one_of(ITEM_KINDS, "Kind of item.", primary_key=True)
    item_id = dy.String(
        primary_key=True, description="Act, policy, statement or claim; of a statistic indicator:YYYY-MM."
    )
    contribution = dy.Float64(
        min=0, description="Part of the index; the parts sum to it.", metadata={"unit": "index points"}
    )


class PairContributions(_Contributions):
    """What each item adds to a pair's tension index; the rows of a month sum to it to 1e-9."""

    pair_id = pair_id()


class DyadContributions(_Contributions):
    """What each item adds to a direction's tension index; the rows of a month sum to it to 1e-9."""

    dyad_id = dyad_id()


class PairCooperationContributions(_Contributions):
    """What each item adds to a pair's cooperation index; the rows of a month sum to it to 1e-9."""

    pair_id = pair_id()
    is_under_threat = dy.Bool(description="The item answers a conditional threat on record, by the documents.")


class PairRegimes(dy.Schema):
    """Spans in which the index keeps one mean, by a penalty scaled for persistence; one span where no shift stands out."""

    pair_id = pair_id()
    regime = dy.Int64(primary_key=True, min=1, description="Number, from the first.")
    starts_on = dy.Date(description="Month in which it begins.")
    starts_low = dy.Date(description="Earliest month of the 90 % interval of its beginning.")
    starts_high = dy.Date(description="Latest month of the 90 % interval of its beginning.")
    ends_on = dy.Date(nullable=True, description="Month in which the next one begins; empty of the last.")
    level = index("Mean of T.")


class PairAlerts(dy.Schema):
    """What to look at: moves apart from their band, shifts of regime, unusual revisions, definitions, late sources.

    Past ones too, so that their record can be judged; docs/alerts.md has the rules.
    """

    alert_id = dy.String(primary_key=True, description="Pair, kind, month and first item.")
    pair_id = dy.String(description="Pair.")
    raised_on = dy.Date(description="Day on which the rule was first met, by what is known now.")
    kind = one_of(("rise", "fall", "revision", "regime", "definition", "data_incident"), "What kind of change it is.")
    month = dy.Date(description="First day of the month it is about.")
    item_ids = dy.String(
        description="Items or sources behind it, weightiest first, apart by blanks; empty where none is."
    )
    detail = dy.String(description="Its figures in words.")
    url = dy.String(description="Query of the page's address that shows the month.")


class PairStanceLags(dy.Schema):
    """Rank correlation of the two sides' monthly stance by lag; a description that says nothing of cause."""

    pair_id = pair_id()
    lag_months = dy.Int8(
        primary_key=True,
        description="Months by which the second member's stance is later than the first's.",
        metadata={"unit": "months"},
    )
    months = count("Months in which both sides spoke.", "months")
    correlation = dy.Float64(nullable=True, min=-1, max=1, description="Spearman's rank correlation.")
    lower_05 = dy.Float64(nullable=True, min=-1, max=1, description="Lower end of its 90 % band, by blocks of a year.")
    upper_95 = dy.Float64(nullable=True, min=-1, max=1, description="Upper end of its 90 % band, by blocks of a year.")


class PairDoubts(dy.Schema):
    """How much of a month's doubt each judgement of the method makes: shares of the variance of T under all of them."""

    pair_id = pair_id()
    month = month()
    doubt = dy.String(
        primary_key=True, description="Judgement that is varied, or interactions: what several do only together."
    )
    share = dy.Float64(
        description="First-order Sobol' index; a small one may be estimated below 0.",
        metadata={"unit": "share, those of a month sum to 1"},
    )


class PairValidation(dy.Schema):
    """The validation card: every frozen check of a pair's index, whether it passed or not, beside its baselines."""

    pair_id = pair_id()
    build_id = dy.String(primary_key=True, description="Build whose figures were checked, as in meta_builds.")
    check_id = dy.String(
        primary_key=True,
        regex=r"^V\d+(:\w+)*$",
        description="Check of warehouse/catalog/validation.yml, with its part: V1, V4:gpr_mexico.",
    )
    figure = dy.Float64(
        nullable=True, description="What the check found, in the unit its reason gives; empty if not run."
    )
    outcome = one_of(
        ("pass", "fail", "not_run", "reported"), "pass or fail by the frozen mark; reported where it sets none."
    )
    reason = dy.String(min_length=1, description="Figures, months and marks in words, or why the check is not run.")
    chance = dy.Float64(
        nullable=True, description="Mean of the figure (of a correlation, of its size) over all circular shifts."
    )
    naive = dy.Float64(
        nullable=True, description="The figure of the monthly count of hostile records, in its own unit."
    )
    placebo = dy.Float64(
        nullable=True, description="The figure of the placebo pairs' index, put in place of the pair's."
    )

    @dy.rule()
    def has_a_figure_if_run(cls) -> pl.Expr:
        """Carry a figure exactly where the check was run."""
        return pl.col("figure").is_null() == (pl.col("outcome") == "not_run")


class PolicyFulfilment(dy.Schema):
    """What became of each policy that was floated, threatened or proposed before anything was done."""

    policy_id = dy.String(primary_key=True, description="Policy.")
    issuer = iso3("Country that threatened.")
    threatened_on = dy.Date(description="Day of the first announced stage.")
    outcome = one_of(
        ("fulfilled", "ordered", "suspended", "withdrawn", "expired", "struck_down", "pending"),
        "fulfilled where it came into force, else the first stage beyond the announced ones, else pending.",
    )
    days_to_outcome = dy.Int64(
        nullable=True, min=0, description="Days from the threat to that stage.", metadata={"unit": "days"}
    )


class PairThinnedTension(dy.Schema):
    """The index on a ledger thinned to the density of its thin years: what part of a rise could be denser record-keeping."""

    pair_id = pair_id()
    month = month()
    tension_index = index("Mean of T over random thinnings of acts and statements; standing measures are kept.")
    lower_05 = index("5th percentile over the thinnings.")
    upper_95 = index("95th percentile over the thinnings.")


class PairChanges(dy.Schema):
    """What changed between two builds in a month's index, by cause and indicator; the rows of a month sum to its change."""

    pair_id = pair_id()
    month = month()
    from_build = dy.String(primary_key=True, description="Former build.")
    to_build = dy.String(primary_key=True, description="Build after it.")
    cause = one_of(
        ("new_data", "revision", "method", "missing_source"), "What was changed, one at a time.", primary_key=True
    )
    indicator_id = dy.String(primary_key=True, description="Indicator whose contributions changed.")
    change = dy.Float64(description="Change of T.", metadata={"unit": "index points"})


class CodingAgreement(dy.Schema):
    """How far two coders agree, by class: Krippendorff's alpha; the coders are automated passes, never people."""

    item_kind = one_of(("act", "policy", "statement", "coverage"), "What was coded.", primary_key=True)
    variable = dy.String(primary_key=True, description="Column coded.")
    class_ = dy.String(
        alias="class", primary_key=True, description="all, a dimension of deeds, or the country that speaks."
    )
    items = count("Items coded twice.", "items")
    alpha = dy.Float64(max=1, description="Krippendorff's alpha: 1 agreement, 0 chance; ordinal for steps.")
    equal_share = share("Share of items with the same code.")
    mean_difference = dy.Float64(min=0, description="Mean absolute difference of the codes.")


class YearlyExtraditions(dy.Schema):
    """Persons surrendered in a calendar year under each definition: the lowest and highest published count."""

    dyad_id = dyad_id()
    year = dy.Int16(primary_key=True, description="Calendar year.")
    definition_id = dy.String(primary_key=True, description="What is counted, as in core_extradition__claims.")
    persons_low = dy.Float64(min=0, description="Lowest published count.", metadata={"unit": "persons"})
    persons_high = dy.Float64(min=0, description="Highest published count.", metadata={"unit": "persons"})
    claims = count("Claims behind the row.", "claims")


class LedgerDensity(dy.Schema):
    """How densely the ledger was kept, by pair and year: why levels are compared within comparable spans only."""

    pair_id = pair_id()
    year = dy.Int16(primary_key=True, description="Calendar year.")
    counted_records = count("Counted acts and statements.", "records")
    months = dy.Float64(min=0, description="Months of the year that the ledger covers.", metadata={"unit": "months"})
    records_a_month = dy.Float64(min=0, description="Density.", metadata={"unit": "records a month"})
    is_comparable = dy.Bool(description="At least half as dense as the latest twelve months.")
