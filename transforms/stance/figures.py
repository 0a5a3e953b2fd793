"""How good the scorer is on a set of texts with a stance by hand."""

from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

NEUTRAL_BELOW = 0.25
"""Size of a stance from which a text is conflict or cooperation, not neutral."""
DRAWS = 2000
SEED = 20260101


class Figures(NamedTuple):
    """Agreement of scores with stances by hand; abstentions enter with their number. Shares are 0 to 1."""

    texts: int
    r: float
    r_low: float
    r_high: float
    accuracy: float
    commonest: float
    right_sign: float
    not_neutral: int
    abstained: float


def figures(scored: pl.DataFrame, by_hand: pl.Series) -> Figures:
    """Return Pearson's r with its bootstrap 95 % interval, the share of right classes and signs, and abstentions.

    The classes are conflict, neutral and cooperation, divided at -0.25 and 0.25; `commonest` is the share of the
    commonest class, which a constant answer would get. Signs are compared on texts that are not neutral by hand.

    Args:
        scored: Columns stance and abstained, at least two rows.
        by_hand: Stances by hand in the same order, -1 to 1, not all alike.
    """
    model, hand = scored["stance"].to_numpy(), by_hand.to_numpy()
    draws = np.random.default_rng(SEED).integers(0, len(hand), (DRAWS, len(hand)))
    low, high = np.quantile([np.corrcoef(model[draw], hand[draw])[0, 1] for draw in draws], [0.025, 0.975])
    classes = _classes(hand)
    polar = classes != 0
    return Figures(
        texts=len(hand),
        r=float(np.corrcoef(model, hand)[0, 1]),
        r_low=float(low),
        r_high=float(high),
        accuracy=float(np.mean(_classes(model) == classes)),
        commonest=float(np.unique(classes, return_counts=True)[1].max() / len(hand)),
        right_sign=float(np.mean(np.sign(model[polar]) == np.sign(hand[polar]))),
        not_neutral=int(polar.sum()),
        abstained=float(scored["abstained"].to_numpy().mean()),
    )


def _classes(stance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return 1 for cooperation, -1 for conflict and 0 for neutral."""
    return np.where(np.abs(stance) >= NEUTRAL_BELOW, np.sign(stance), 0.0)
