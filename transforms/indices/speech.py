"""Speech by day: each office's most hostile (or kindest) words of the week, fading (METHOD 2.2, mirrored in 2.5)."""

from collections.abc import Sequence

import polars as pl

from transforms.indices.ledger import Ledger, PairScope, directions, each_day, fade, forgotten_after
from transforms.indices.sums import total
from warehouse.catalog.models import Method

COLUMNS = ("pair_id", "dyad_id", "dimension", "pillar", "day", "item_id", "voice")


DETAILS = ("weight", "strength", "source_tier")
"""What the band asks of a voice: r w of the day, max(0, -stance), and the tier of its source."""


def speech_days(
    ledger: Ledger, scopes: Sequence[PairScope], method: Method, columns: Sequence[str] = COLUMNS
) -> pl.LazyFrame:
    """Return each voice's part of h by direction, dimension, pillar and day.

    h = sum(r w max(0, -stance)) / (1 + sum(r w over hostile voices)); kind speech by the mirrored formula. One voice an
    office, pillar and ISO week: its most extreme words so far, aged from their day. Kind words do not dilute hostile ones.
    The words of a coded act or policy, a duplicate, and speakers who bind nobody are left out.
    """
    counted = ledger.statements.filter(
        pl.col("is_counted") & pl.all_horizontal(pl.col(name).is_null() for name in ("act_id", "policy_id", "duplicate_of"))
    ).select(
        "statement_id", "stated_on", "office", "pillar", "is_joint", "source_tier",
        pl.col("country").alias("initiator"), pl.col("addressee").alias("target"), pl.col("stance").alias("tau"),
        pl.col("office_rank").replace_strict(method.rank_weights, return_dtype=pl.Float64).alias("rank"),
    )  # fmt: skip
    sides = pl.concat(
        [
            counted,
            counted.filter("is_joint").with_columns(
                pl.col("target").alias("initiator"), pl.col("initiator").alias("target")
            ),
        ]
    ).join(directions(scopes), on=["initiator", "target"], how="inner")
    both = pl.concat(
        [
            _voices(sides.filter(pl.col("tau") < 0), -pl.col("tau"), "tension"),
            _voices(sides.filter(pl.col("tau") > 0), pl.col("tau"), "cooperation"),
        ]
    )
    return _parts(both, method).select(columns)


def _voices(sides: pl.LazyFrame, strength: pl.Expr, dimension: str) -> pl.LazyFrame:
    """Keep the statements that were, for some days, the strongest of their office's week, with the day that ended it."""
    week = ["dyad_id", "pillar", "office", "iso_year", "iso_week"]
    ordered = sides.with_columns(
        strength.alias("strength"),
        pl.col("stated_on").dt.iso_year().alias("iso_year"),
        pl.col("stated_on").dt.week().alias("iso_week"),
        pl.lit(dimension).alias("dimension"),
    ).sort(*week, "stated_on", "strength", "statement_id", descending=[*[False] * 6, True, False])
    before = pl.col("strength").cum_max().shift(1).over(week)
    leading = ordered.filter((pl.col("strength") > before).fill_null(value=True))
    return leading.with_columns(pl.col("stated_on").shift(-1).over(week).dt.offset_by("-1d").alias("replaced_on"))


def _parts(voices: pl.LazyFrame, method: Method) -> pl.LazyFrame:
    half_life = pl.lit(method.speech_half_life_days)
    last_heard = pl.col("stated_on").dt.offset_by(pl.format("{}d", forgotten_after(half_life, method)))
    days = each_day(
        voices,
        pl.max_horizontal("stated_on", "ledger_start"),
        pl.min_horizontal("replaced_on", last_heard, "ledger_end"),
    )
    age = (pl.col("day") - pl.col("stated_on")).dt.total_days()
    where = ["dyad_id", "dimension", "pillar", "day"]
    weighted = days.with_columns((pl.col("rank") * fade(age, half_life)).alias("weight"))
    weights = total(pl.col("weight")).over(where)
    return weighted.with_columns(
        (pl.col("weight") * pl.col("strength") / (1 + weights)).alias("voice"),
        pl.col("statement_id").alias("item_id"),
    )
