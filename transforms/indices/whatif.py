"""The index of pairs computed alone, in a third of a second, by the very functions of the build.

For a reader's what-if, which changes judgements on the same records, and for the index as it stood on a day.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import polars as pl

from transforms.indices import pressures, tension
from transforms.indices.ledger import Ledger, with_half_lives
from transforms.indices.tables import Setting


@dataclass(frozen=True)
class PairIndex:
    """The index of pairs by month and what it is made of.

    `scores` as `tension.pillar_scores` returns them, `monthly` as `tension.monthly_tension`, `contributions` as
    `tension.contributions`.
    """

    scores: pl.DataFrame
    monthly: pl.DataFrame
    contributions: pl.DataFrame


@dataclass(frozen=True)
class WhatIf:
    """By how much a reader multiplies judgements of the method; 1 throughout is the published index.

    `weights` by pillar; `deeds` and `words` the half-lives of acts and of statements; `ladder` the magnitudes of the
    ladder's steps, so that a step that stands alone scores so many times as high.
    """

    weights: Mapping[str, float]
    deeds: float = 1.0
    words: float = 1.0
    ladder: float = 1.0

    @property
    def is_weights_alone(self) -> bool:
        """Whether the pillars' scores stay as they are published."""
        return (self.deeds, self.words, self.ladder) == (1.0, 1.0, 1.0)


def pair_index(ledger: Ledger, observed: pl.LazyFrame, setting: Setting) -> PairIndex:
    """Return the index of the setting's pairs; the same to the last digit as in the tables of a build.

    Args:
        ledger: The ledger's rows, as known on one day.
        observed: Shared statistics as known on that day: irritant_id, month, value, as_of.
        setting: Pairs, weights and constants.
    """
    scopes, method, weights = setting.scopes, setting.method, setting.weights
    parts = pressures.daily_parts(ledger, scopes, method)
    statistics = pressures.irritants(observed, scopes)
    items = pressures.pair_item_pressures(parts, statistics, scopes, method).collect()
    grid = tension.pillar_grid(scopes, items.lazy(), "pair_id")
    scores = tension.pillar_scores(items.lazy(), grid, "pair_id").collect()
    monthly = tension.monthly_tension(scores.lazy(), weights, method, "pair_id").collect()
    parts = tension.contributions(items.lazy(), scores.lazy(), monthly.lazy(), weights, level="pair_id")
    return PairIndex(scores, monthly, parts.collect())


def tension_by_month(ledger: Ledger, observed: pl.LazyFrame, grid: pl.LazyFrame, setting: Setting) -> pl.DataFrame:
    """Return the tension index of the setting's pairs, as `tension.monthly_tension`, in a third of `pair_index`'s time.

    Args:
        ledger: The ledger's rows, as known on one day.
        observed: Shared statistics as known on that day: irritant_id, month, value, as_of.
        grid: Months and pillars as `tension.pillar_grid` returns them, which a change of judgements does not touch.
        setting: Pairs, weights and constants.
    """
    scopes, method = setting.scopes, setting.method
    matter = pl.coalesce("matter_id", "act_id")  # whose latest deed holds, kind or not
    tense = replace(
        ledger,
        acts=ledger.acts.filter(tension.TENSION.any().over(matter)),
        policies=ledger.policies.filter(tension.TENSION),
        statements=ledger.statements.filter(pl.col("stance") < 0),
        claims=ledger.claims.clear(),  # all of them are cooperation
    )
    parts = pressures.daily_parts(tense, scopes, method).filter(tension.TENSION)
    items = pressures.pair_item_pressures(parts, pressures.irritants(observed, scopes), scopes, method)
    scores = tension.pillar_scores(items, grid.filter(tension.TENSION), "pair_id").collect().lazy()
    return tension.monthly_tension(scores, setting.weights, method, "pair_id").collect()


def adjusted(setting: Setting, what_if: WhatIf) -> Setting:
    """Return the setting as a reader changes it."""
    method = with_half_lives(setting.method, deeds=what_if.deeds, words=what_if.words)
    magnitudes = tuple(what_if.ladder * magnitude for magnitude in method.magnitudes)
    weights = {pillar: weight * what_if.weights.get(pillar, 1.0) for pillar, weight in setting.weights.items()}
    return replace(setting, weights=weights, method=method.model_copy(update={"magnitudes": magnitudes}))
