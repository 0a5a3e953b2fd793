"""What a parser returns: the rows that can be stored, the rows that cannot with their reasons, and the count read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import dataframely as dy
import polars as pl

REJECTED = pl.Schema({"row_number": pl.Int64, "rule": pl.String, "row": pl.String})


@dataclass(frozen=True)
class Parsed:
    """Rows of one payload. `rows_in` = rows accepted + rows rejected; several accepted rows may add up to one stored."""

    accepted: pl.DataFrame
    rejected: pl.DataFrame
    rows_in: int

    @property
    def rows_accepted(self) -> int:
        """Rows of the payload that are stored."""
        return self.rows_in - self.rejected.height


@dataclass(frozen=True)
class Edition:
    """One payload of a source with what is known of its publication.

    `published_on` may be unknown; it is then the end of the last period in it plus the source's lag, estimated.
    """

    source_id: str
    snapshot_id: str
    published_on: date | None
    lag: timedelta
    parsed: Parsed
    received_at: datetime | None = None
    """When it came from its publisher; None of bundled editions, which come before those of the same day."""


def no_rejections() -> pl.DataFrame:
    """Return an empty frame of rejections."""
    return pl.DataFrame(schema=REJECTED)


def split(frame: pl.DataFrame, rules: Sequence[tuple[str, pl.Expr]]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rows that pass every rule, and the others with the first rule broken and the row as JSON.

    Args:
        frame: Rows as read; a column `row_number` is used if it is there, else rows are numbered from 1.
        rules: Pairs of a reason and an expression that is true where the row passes; null counts as broken.
    """
    numbered = frame if "row_number" in frame.columns else frame.with_row_index("row_number", offset=1)
    content = [name for name in numbered.columns if name != "row_number"]
    broken = pl.coalesce(
        *[pl.when(passes.fill_null(value=False)).then(None).otherwise(pl.lit(reason)) for reason, passes in rules]
    )
    judged = numbered.with_columns(broken.alias("rule"))
    rejected = judged.filter(pl.col("rule").is_not_null()).select(
        pl.col("row_number").cast(pl.Int64), "rule", pl.struct(content).struct.json_encode().alias("row")
    )
    return judged.filter(pl.col("rule").is_null()).drop("rule", "row_number"), rejected


def by_contract(frame: pl.DataFrame, schema: type[dy.Schema], columns: Sequence[str]) -> Parsed:
    """Return rows split by the rules of the given columns of a contract: types, ranges, allowed values, keys.

    Of rows with the same key the first is kept and the others are rejected as its duplicates.

    Args:
        frame: Rows as read, one a row of the payload.
        schema: Contract of the table that they belong to.
        columns: Columns of the contract that the payload carries.
    """
    fields = {name: schema.columns()[name] for name in columns}
    key = [name for name in schema.primary_key() if name in fields]
    numbered = frame.select(columns).with_row_index("row_number", offset=1).cast({"row_number": pl.Int64})
    first = pl.struct(key).is_first_distinct() if key else pl.lit(value=True)
    unique = numbered.filter(first)
    twice = _as_rejected(numbered.filter(~first), columns, pl.lit("duplicate of an earlier row"))
    partial: type[dy.Schema] = type("Partial", (dy.Schema,), {**fields, "row_number": dy.Int64()})
    good, failure = partial.filter(unique.select("row_number", *columns), cast=True)
    broken = failure.details()
    rules = [name for name in broken.columns if name not in (*columns, "row_number")]
    invalid = [pl.when(pl.col(name) == "invalid").then(pl.lit(name)) for name in rules]
    reason = pl.concat_str(invalid, separator="; ", ignore_nulls=True) if invalid else pl.lit("")
    rejected = pl.concat([_as_rejected(broken, columns, reason), twice]).sort("row_number")
    return Parsed(good.select(columns), rejected, frame.height)


def _as_rejected(frame: pl.DataFrame, columns: Sequence[str], reason: pl.Expr) -> pl.DataFrame:
    return frame.select(
        pl.col("row_number").cast(pl.Int64),
        reason.cast(pl.String).alias("rule"),
        pl.struct(columns).struct.json_encode().alias("row"),
    )
