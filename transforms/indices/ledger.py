"""What the index reads: the ledger's tables, the scope in pairs and days, and the constants."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from warehouse.catalog.models import Irritant, Method


@dataclass(frozen=True)
class PairScope:
    """One pair with the days that its ledger covers and the pillars searched for in each year.

    `searched` maps (side, pillar) to the years in which at least one type of deed of the pillar was searched for that
    side; `searched_both` maps a pillar to the years in which one type was searched for both.
    """

    pair_id: str
    members: tuple[str, str]
    ledger_start: date
    ledger_end: date
    searched: Mapping[tuple[str, str], frozenset[int]] = field(default_factory=dict)
    searched_both: Mapping[str, frozenset[int]] = field(default_factory=dict)
    irritants: Mapping[str, Irritant] = field(default_factory=dict)

    @property
    def dyads(self) -> tuple[tuple[str, str, str], tuple[str, str, str]]:
        """Both directions as (dyad_id, initiator, target)."""
        first, second = self.members
        return (f"{first}-{second}", first, second), (f"{second}-{first}", second, first)


@dataclass(frozen=True)
class Ledger:
    """The ledger's current rows, as lazy frames with the columns of their core tables."""

    acts: pl.LazyFrame
    statements: pl.LazyFrame
    policies: pl.LazyFrame
    stages: pl.LazyFrame
    coverage: pl.LazyFrame
    exemptions: pl.LazyFrame
    claims: pl.LazyFrame


LEDGER_TABLES = {
    "acts": "core_act__events",
    "statements": "core_statement__utterances",
    "policies": "core_policy__measures",
    "stages": "core_policy__stages",
    "coverage": "core_policy__coverage",
    "exemptions": "core_policy__exemptions",
    "claims": "core_extradition__claims",
}
"""Core table of each of the ledger's parts."""


def ledger_of(tables: Mapping[str, pl.LazyFrame]) -> Ledger:
    """Return the ledger from core tables by name."""
    return Ledger(**{part: tables[table] for part, table in LEDGER_TABLES.items()})


def directions(scopes: Sequence[PairScope]) -> pl.LazyFrame:
    """Return the directions in scope: pair_id, dyad_id, initiator, target, ledger_start, ledger_end."""
    rows = [
        (scope.pair_id, dyad_id, initiator, target, scope.ledger_start, scope.ledger_end)
        for scope in scopes
        for dyad_id, initiator, target in scope.dyads
    ]
    schema = {
        "pair_id": pl.String,
        "dyad_id": pl.String,
        "initiator": pl.String,
        "target": pl.String,
        "ledger_start": pl.Date,
        "ledger_end": pl.Date,
    }
    return pl.LazyFrame(rows, schema=schema, orient="row")


def step_burden(step: pl.Expr, method: Method) -> pl.Expr:
    """Return the burden of a ladder step, b = base^m - 1, in percentage points of all bilateral imports or their like."""
    burdens = {i: method.compression_base**m - 1 for i, m in enumerate(method.magnitudes, start=1)}
    return step.replace_strict(burdens, default=None, return_dtype=pl.Float64)


def stage_weight(stage: pl.Expr, method: Method) -> pl.Expr:
    """Return how much of a burden counts at a stage, 0 to 1."""
    return stage.replace_strict(method.stage_weights, default=None, return_dtype=pl.Float64)


def fade(age_days: pl.Expr, half_life_days: pl.Expr) -> pl.Expr:
    """Return 2^(-age / half-life), 1 on the day itself.

    The half-life's reciprocal is taken first: polars divides a batch of one row and one of many differently in the last
    digit, and how rows fall into batches depends on the machine's threads.
    """
    return pl.lit(2.0).pow(-age_days * (1.0 / half_life_days))


def with_half_lives(method: Method, *, deeds: float, words: float) -> Method:
    """Return the method with its half-lives multiplied: those of acts, surrenders and undated threats, and of speech."""
    return method.model_copy(
        update={
            "half_lives_days": {kind: deeds * days for kind, days in method.half_lives_days.items()},
            "undated_threat_half_life_days": deeds * method.undated_threat_half_life_days,
            "speech_half_life_days": words * method.speech_half_life_days,
        }
    )


def forgotten_after(half_life_days: pl.Expr, method: Method) -> pl.Expr:
    """Return the age in whole days beyond which a fading item is below the method's smallest share and leaves."""
    return (half_life_days * -math.log2(method.forgotten_below)).floor().cast(pl.Int64)


def each_day(frame: pl.LazyFrame, first: pl.Expr, last: pl.Expr) -> pl.LazyFrame:
    """Return the rows once for each day from `first` to `last`, both inclusive, in a column `day`."""
    bounded = frame.with_columns(first.alias("first_day"), last.alias("last_day"))
    spans = bounded.filter(pl.col("first_day") <= pl.col("last_day"))
    return (
        spans.with_columns(pl.date_ranges("first_day", "last_day").alias("day"))
        .drop("first_day", "last_day")
        .explode("day")
    )
