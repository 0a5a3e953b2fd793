"""Burdens by day: what each policy, act and surrender weighs on each day, before compression (METHOD 2.1, 2.5).

Every function returns one row an item, direction and day: pair_id, dyad_id, dimension, pillar, day, item_kind,
item_id, matter (what renewals share), level (w b, without fade) and burden (w b fade), both in percentage points of
all bilateral imports or their like.
"""

from collections.abc import Sequence

import polars as pl

from transforms.indices.ledger import (
    Ledger,
    PairScope,
    directions,
    each_day,
    fade,
    forgotten_after,
    stage_weight,
    step_burden,
)
from warehouse.catalog.models import Method

COLUMNS = ("pair_id", "dyad_id", "dimension", "pillar", "day", "item_kind", "item_id", "matter", "level", "burden")
DETAILS = (
    "stage",
    "ladder_step",
    "coverage_is_estimated",
    "is_general",
    "source_tier",
    "last_confirmed_on",
    "stands_for_days",
)
"""What the band asks of an item beside its burden: which doubts it is subject to."""
UNDATED = ("floated", "threatened")
"""Stages that fade when they name no date, and hold to the date when they do."""


def burdens(ledger: Ledger, scopes: Sequence[PairScope], method: Method) -> pl.LazyFrame:
    """Return the burdens of all items by day."""
    parts = [policy_days(ledger, scopes, method), act_days(ledger, scopes, method), claim_days(ledger, scopes, method)]
    return pl.concat([part.select(COLUMNS) for part in parts]).filter(pl.col("burden") > 0)


def detailed_burdens(ledger: Ledger, scopes: Sequence[PairScope], method: Method) -> pl.LazyFrame:
    """Return the burdens of tension by day with what the band asks of each (`DETAILS`); a column null where it has none."""
    policies, acts = policy_days(ledger, scopes, method), act_days(ledger, scopes, method)
    held = [part.select(*COLUMNS, *_held(part)) for part in (policies, acts)]
    return pl.concat(held, how="diagonal").filter((pl.col("burden") > 0) & (pl.col("dimension") == "tension"))


def policy_days(ledger: Ledger, scopes: Sequence[PairScope], method: Method) -> pl.LazyFrame:
    """Return the standing measures by day: one stage holds and a new one replaces it; no age decay in force.

    A stage without a rate of its own carries the policy's last one. A general measure (target WLD) touches a partner
    with the coverage of that partner and outside its exemptions.
    """
    first_in_force = pl.col("stage_on").filter(pl.col("stage") == "in_force").min().over("policy_id")
    spans = ledger.stages.sort("policy_id", "stage_on").with_columns(
        pl.col("rate_pct").forward_fill().over("policy_id"),
        pl.col("stage_on").shift(-1).over("policy_id").dt.offset_by("-1d").alias("stage_end"),
        first_in_force.alias("stands_from"),
    )
    measures = ledger.policies.select(
        "policy_id", "pillar", "dimension", "ladder_step", "imposer", "target", "last_confirmed_on"
    )
    rows = (
        spans.join(measures, on="policy_id", how="inner", validate="m:1")
        .rename({"imposer": "initiator", "target": "aimed_at"})
        .join(directions(scopes), on="initiator", how="inner")
        .filter(pl.col("aimed_at").is_in(["WLD"]) | (pl.col("aimed_at") == pl.col("target")))
        .with_columns(_policy_weight(method).alias("weight"))
        .filter(pl.col("weight") > 0)
    )
    last = pl.min_horizontal(pl.col("stage_end"), pl.col("ledger_end"), _holds_until())
    days = each_day(rows, pl.max_horizontal("stage_on", "ledger_start"), last)
    fades = pl.col("stage").is_in(UNDATED) & pl.col("until_on").is_null()
    age = (pl.col("day") - pl.col("stage_on")).dt.total_days()
    halved = fade(age, pl.lit(method.undated_threat_half_life_days))
    rated = pl.col("rate_pct").is_not_null()
    return (
        _outside_exemptions(_with_coverage(days, ledger.coverage), ledger.exemptions)
        .with_columns(
            pl.when(rated)
            .then(pl.col("rate_pct") * pl.col("coverage_share"))
            .otherwise(step_burden(pl.col("ladder_step"), method))
            .alias("size")
        )
        .with_columns((pl.col("weight") * pl.col("size")).alias("level"))
        .with_columns(
            pl.when(fades).then(pl.col("level") * halved).otherwise("level").alias("burden"),
            pl.lit("policy").alias("item_kind"),
            pl.col("policy_id").alias("item_id"),
            pl.col("policy_id").alias("matter"),
            (pl.col("aimed_at") == "WLD").alias("is_general"),
            pl.when(~rated).then("ladder_step").alias("ladder_step"),
            pl.when(pl.col("stage") == "in_force")
            .then((pl.col("day") - pl.col("stands_from")).dt.total_days())
            .alias("stands_for_days"),
        )
    )


def act_days(ledger: Ledger, scopes: Sequence[PairScope], method: Method) -> pl.LazyFrame:
    """Return the deeds without duration by day, fading by kind; of one matter only the latest holds.

    Only executives count. A record linked to a policy, a claim or another act is evidence and adds nothing.
    """
    links = ("policy_id", "claim_id", "evidence_of_act_id")
    scored = ledger.acts.filter(
        (pl.col("actor_branch") == "executive")
        & pl.col("dimension").is_not_null()
        & pl.col("ladder_step").is_not_null()
        & pl.all_horizontal(pl.col(name).is_null() for name in links)
    ).select(
        "act_id", "occurred_on", "initiator", "target", "is_joint", "dimension", "pillar", "stage", "conditional_until",
        "ladder_step", "source_tier",
        (stage_weight(pl.col("stage"), method) * step_burden(pl.col("ladder_step"), method)).alias("level"),
        pl.col("kind").replace_strict(method.half_lives_days, return_dtype=pl.Float64).alias("half_life"),
        pl.coalesce("matter_id", "act_id").alias("matter"),
    )  # fmt: skip
    one_a_day = scored.sort(
        "initiator", "matter", "occurred_on", "level", "act_id", descending=[False, False, False, True, False]
    ).unique(["initiator", "matter", "occurred_on"], keep="first", maintain_order=True)
    items = one_a_day.with_columns(
        pl.col("occurred_on").shift(-1).over("initiator", "matter").dt.offset_by("-1d").alias("replaced_on"),
        (pl.col("stage").is_in(UNDATED) & pl.col("conditional_until").is_not_null()).alias("is_dated"),
    )
    rows = _both_sides(items).join(directions(scopes), on=["initiator", "target"], how="inner")
    fading = pl.col("occurred_on").dt.offset_by(pl.format("{}d", forgotten_after(pl.col("half_life"), method)))
    ends = pl.when("is_dated").then("conditional_until").otherwise(fading)
    days = each_day(
        rows.filter(pl.col("level") > 0),
        pl.max_horizontal("occurred_on", "ledger_start"),
        pl.min_horizontal(ends, "replaced_on", "ledger_end"),
    )
    age = (pl.col("day") - pl.col("occurred_on")).dt.total_days()
    return days.with_columns(
        pl.when("is_dated").then("level").otherwise(pl.col("level") * fade(age, pl.col("half_life"))).alias("burden"),
        pl.lit("act").alias("item_kind"),
        pl.col("act_id").alias("item_id"),
    )


def claim_days(ledger: Ledger, scopes: Sequence[PairScope], method: Method) -> pl.LazyFrame:
    """Return the surrenders of persons by day: one item a dyad, period and mechanism, fading from its publication."""
    half_life = method.half_lives_days["surrender"]
    rows = (
        surrenders(ledger.claims, method)
        .with_columns(step_burden(pl.col("ladder_step"), method).alias("level"))
        .join(directions(scopes), on="dyad_id", how="inner")
    )
    reach = forgotten_after(pl.lit(half_life), method)
    last = pl.min_horizontal(pl.col("known_from").dt.offset_by(pl.format("{}d", reach)), "ledger_end")
    days = each_day(rows, pl.max_horizontal("known_from", "ledger_start"), last)
    age = (pl.col("day") - pl.col("known_from")).dt.total_days()
    return days.with_columns(
        (pl.col("level") * fade(age, pl.lit(half_life))).alias("burden"),
        pl.lit("cooperation").alias("dimension"),
        pl.lit("law_enforcement").alias("pillar"),
        pl.lit("claim").alias("item_kind"),
        pl.col("claim_id").alias("item_id"),
        pl.col("claim_id").alias("matter"),
    )


def surrenders(claims: pl.LazyFrame, method: Method) -> pl.LazyFrame:
    """Return the claims that are items of cooperation, with their ladder step by persons.

    Under the widest common definition (all persons surrendered to the partner), of a period of at most a year, the
    first publication within a year of the period's end: what is published later is history, no new deed.
    """
    span = (pl.col("period_end") - pl.col("period_start")).dt.total_days()
    late = (pl.col("known_from") - pl.col("period_end")).dt.total_days()
    step = pl.lit(None, dtype=pl.Int64)
    for least, number in sorted(method.surrender_steps.items()):
        step = pl.when(pl.col("persons") >= least).then(pl.lit(number)).otherwise(step)
    return (
        claims.filter(
            pl.col("definition_id").is_in(["to_partner_all", "transfer"])
            & ~pl.col("is_yearly_average")
            & span.is_between(0, 366)
            & (late <= method.surrender_fresh_days)
        )
        .with_columns(pl.col("period_end").dt.year().alias("year"), step.alias("ladder_step"))
        .filter(pl.col("ladder_step").is_not_null())
        .with_columns(pl.when(pl.col("mechanism") == "transfer").then("claim_id").otherwise(pl.lit("")).alias("event"))
        .sort("dyad_id", "year", "mechanism", "event", "known_from", "claim_id")
        .unique(["dyad_id", "year", "mechanism", "event"], keep="first", maintain_order=True)
        .select("claim_id", "dyad_id", "mechanism", "persons", "ladder_step", "known_from")
    )


def _held(part: pl.LazyFrame) -> list[str]:
    names = part.collect_schema().names()
    return [name for name in DETAILS if name in names]


def _policy_weight(method: Method) -> pl.Expr:
    suspended_to_a_date = (pl.col("stage") == "suspended") & pl.col("until_on").is_not_null()
    return (
        pl.when(suspended_to_a_date)
        .then(pl.lit(method.stage_weights["threatened"]))
        .otherwise(stage_weight(pl.col("stage"), method))
    )


def _holds_until() -> pl.Expr:
    """Return the last day of a stage that holds to a date: a dated threat, or a suspension until a day."""
    return pl.when(pl.col("stage").is_in([*UNDATED, "suspended"])).then("until_on")


def _with_coverage(days: pl.LazyFrame, coverage: pl.LazyFrame) -> pl.LazyFrame:
    shares = coverage.select(
        "policy_id",
        pl.col("partner").alias("target"),
        pl.col("from_on").alias("day"),
        "coverage_share",
        "coverage_is_estimated",
    ).sort("day")
    return days.sort("day").join_asof(
        shares, on="day", by=["policy_id", "target"], strategy="backward", check_sortedness=False
    )


def _outside_exemptions(days: pl.LazyFrame, exemptions: pl.LazyFrame) -> pl.LazyFrame:
    exempt = each_day(
        exemptions.select("policy_id", pl.col("partner").alias("target"), "from_on", "to_on").join(
            days.select(pl.col("day").max().alias("horizon")), how="cross"
        ),
        pl.col("from_on"),
        pl.min_horizontal("to_on", "horizon"),
    ).select("policy_id", "target", "day")
    return days.join(exempt.unique(), on=["policy_id", "target", "day"], how="anti")


def _both_sides(items: pl.LazyFrame) -> pl.LazyFrame:
    mirrored = items.filter("is_joint").with_columns(
        pl.col("target").alias("initiator"), pl.col("initiator").alias("target")
    )
    return pl.concat([items, mirrored])
