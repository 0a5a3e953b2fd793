"""The linear model: TF-IDF of word stems times trained coefficients, read from a table, not from a pickle."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import NamedTuple

import polars as pl

STEM = 6
"""Letters of a word that the model sees; the rest is mostly inflection."""
INTERCEPT = ""
"""Term of the row whose coefficient is the model's constant."""


class Weights(NamedTuple):
    """A language's model: the constant, and for each stem its inverse document frequency and coefficient."""

    intercept: float
    terms: Mapping[str, tuple[float, float]]


def stems(found: Sequence[str]) -> list[str]:
    """Return the stems that the model counts."""
    return [word[:STEM] for word in found]


def ridge_score(found: Sequence[str], weights: Weights) -> float:
    """Return the model's stance of a text's words, -1 to 1; of a text without a known stem it is the constant."""
    counts = {stem: count for stem, count in Counter(stems(found)).items() if stem in weights.terms}
    parts = [((1 + math.log(count)) * weights.terms[stem][0], weights.terms[stem][1]) for stem, count in counts.items()]
    norm = math.sqrt(sum(size**2 for size, _ in parts)) or 1.0
    value = weights.intercept + sum(size * coefficient for size, coefficient in parts) / norm
    return max(-1.0, min(1.0, value))


def as_weights(table: pl.DataFrame) -> Weights:
    """Return a model from its rows: term, idf, coefficient."""
    rows = {term: (idf, coefficient) for term, idf, coefficient in table.iter_rows()}
    return Weights(rows.pop(INTERCEPT)[1], rows)


@cache
def bundled_weights() -> Mapping[str, Weights]:
    """Return the bundled model of each language; tools/train_stance.py writes it."""
    table = pl.read_csv((resources.files("warehouse") / "bundled" / "stance" / "weights.csv").read_bytes())
    parts = table.fill_null(INTERCEPT).partition_by("language", as_dict=True, include_key=False)
    return {str(language): as_weights(rows) for (language,), rows in parts.items()}
