"""What became of threats: each policy that was floated, threatened or proposed before anything was done."""

import polars as pl

ANNOUNCED = ("floated", "threatened", "proposed")
OUTCOMES = {
    "in_force": "fulfilled",
    "ordered": "ordered",
    "suspended": "suspended",
    "withdrawn": "withdrawn",
    "expired": "expired",
    "struck_down": "struck_down",
}
"""Stage that ends a threat and how it is called; a threat that no stage has ended is pending."""


def fulfilment(policies: pl.LazyFrame, stages: pl.LazyFrame) -> pl.LazyFrame:
    """Return one row a threatened policy: policy_id, issuer, threatened_on, outcome, days_to_outcome.

    The outcome is `fulfilled` where the policy ever came into force after the threat, else its first stage beyond the
    announced ones; the days are to that stage.

    Args:
        policies: Current rows of core_policy__measures.
        stages: Current rows of core_policy__stages.
    """
    ordered = stages.sort("policy_id", "stage_on")
    first = ordered.group_by("policy_id", maintain_order=True).first()
    threats = first.filter(pl.col("stage").is_in(ANNOUNCED)).select(
        "policy_id", pl.col("stage_on").alias("threatened_on")
    )
    later = (
        ordered.filter(~pl.col("stage").is_in(ANNOUNCED))
        .with_columns((pl.col("stage") != "in_force").alias("is_other"))
        .sort("policy_id", "is_other", "stage_on")
        .group_by("policy_id", maintain_order=True)
        .first()
        .select("policy_id", "stage", pl.col("stage_on").alias("ended_on"))
    )
    return (
        threats.join(policies.select("policy_id", pl.col("imposer").alias("issuer")), on="policy_id", how="inner")
        .join(later, on="policy_id", how="left", validate="1:1")
        .select(
            "policy_id",
            "issuer",
            "threatened_on",
            pl.col("stage").replace_strict(OUTCOMES, default="pending").fill_null("pending").alias("outcome"),
            (pl.col("ended_on") - pl.col("threatened_on")).dt.total_days().cast(pl.Int64).alias("days_to_outcome"),
        )
        .sort("policy_id")
    )
