"""How far two coders agree, by class: Krippendorff's alpha. The coders are automated passes, never people."""

from typing import Any, Literal

import krippendorff
import numpy as np
import polars as pl

LEVELS: dict[str, Literal["ordinal", "interval"]] = {
    "ladder_step": "ordinal",
    "stance": "interval",
    "coverage_share": "interval",
}
"""Level of measurement of each variable that was coded twice."""
FIRST = ("pass-1", "ledger")
SECOND = "pass-2"


def agreement(codes: pl.DataFrame, classes: pl.DataFrame) -> pl.DataFrame:
    """Return alpha by class: item_kind, variable, class, items, alpha, equal_share, mean_difference.

    Args:
        codes: As core_coding__codes.
        classes: item_kind, item_id and the class it belongs to (the dimension of acts and policies, the country that
            speaks); the class `all` is added.
    """
    key = ["item_kind", "item_id", "variable"]
    value = pl.col("code").cast(pl.Float64)
    twice = codes.filter(pl.col("variable").is_in(list(LEVELS)))
    first = twice.filter(pl.col("coder").is_in(FIRST)).select(*key, value.alias("first"))
    second = twice.filter(pl.col("coder") == SECOND).select(*key, value.alias("second"))
    both = first.join(second, on=key, how="inner", validate="1:1").join(
        classes, on=["item_kind", "item_id"], how="left", validate="m:1"
    )
    parts = [both.with_columns(pl.lit("all").alias("class")), both.filter(pl.col("class").is_not_null())]
    rows: list[dict[str, Any]] = []  # Any: one row of mixed types
    for (kind, variable, name), part in (
        pl.concat(parts).sort(*key).group_by("item_kind", "variable", "class", maintain_order=True)
    ):
        pair = part.select("first", "second").to_numpy().T
        if np.unique(pair).size < 2:
            continue  # alpha has no meaning where nothing varies
        rows.append(
            {
                "item_kind": kind,
                "variable": variable,
                "class": name,
                "items": part.height,
                "alpha": float(krippendorff.alpha(pair, level_of_measurement=LEVELS[str(variable)])),
                "equal_share": float((pair[0] == pair[1]).mean()),
                "mean_difference": float(np.abs(pair[0] - pair[1]).mean()),
            }
        )
    schema = {
        **dict.fromkeys(("item_kind", "variable", "class"), pl.String),
        "items": pl.Int64,
        **dict.fromkeys(("alpha", "equal_share", "mean_difference"), pl.Float64),
    }
    return (
        pl.DataFrame(rows, schema=schema)
        .with_columns(pl.selectors.float().round(6))
        .sort("item_kind", "variable", "class")
    )


def coded_classes(tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Return the class of each item: dimension of acts and policies, speaker's country of statements."""
    return pl.concat(
        [
            tables["core_act__events"].select(
                pl.lit("act").alias("item_kind"), pl.col("act_id").alias("item_id"), pl.col("dimension").alias("class")
            ),
            tables["core_policy__measures"].select(
                pl.lit("policy").alias("item_kind"),
                pl.col("policy_id").alias("item_id"),
                pl.col("dimension").alias("class"),
            ),
            tables["core_statement__utterances"].select(
                pl.lit("statement").alias("item_kind"),
                pl.col("statement_id").alias("item_id"),
                pl.col("country").alias("class"),
            ),
        ]
    )
