"""The stance of texts: the mean of word list and linear model, with the words behind it and a rule when not to say."""

from collections.abc import Mapping

import polars as pl

from transforms.stance.lexicon import LANGUAGES, cues, lexicon_score, words
from transforms.stance.ridge import Weights, bundled_weights, ridge_score
from warehouse.errors import DyadwatchError

ABSTAIN_BELOW = 0.15
"""Size of a stance below which the scorer does not say which side a text is on."""
SCORED = pl.Schema({"stance": pl.Float64(), "abstained": pl.Boolean(), "cues": pl.String()})


class TextsError(DyadwatchError):
    """Texts that cannot be scored as they are."""


def score(texts: pl.DataFrame, weights: Mapping[str, Weights] | None = None) -> pl.DataFrame:
    """Return the stance toward the partner of each text, one row a text, in the order given.

    The stance runs from -1 (hostile) to 1 (cooperative), to four decimals. `abstained` says that the number is not to
    be read: it is smaller than 0.15, or no cue was found. `cues` are the words behind it with their weights.

    Args:
        texts: Columns text and language (en or es); others are not read. A row without text abstains.
        weights: Linear model of each language; default the bundled one.

    Raises:
        TextsError: A column is missing, or a row's language is not known.
    """
    if missing := {"text", "language"} - set(texts.columns):
        raise TextsError(
            f"No column {' and '.join(sorted(missing))} among {texts.columns}.\n"
            "Hint: give the columns text and language, one text a row."
        )
    unknown = [
        f"row {row}: {language!r}"
        for row, language in enumerate(texts["language"], start=1)
        if language not in LANGUAGES
    ]
    if unknown:
        more = f" and {len(unknown) - 5} more rows" if len(unknown) > 5 else ""
        raise TextsError(
            f"Unknown language in {', '.join(unknown[:5])}{more} (the first row below the header is row 1).\n"
            f"Hint: write {' or '.join(LANGUAGES)}; leave out texts in other languages, there is no model for them."
        )
    models = weights or bundled_weights()
    rows = [_scored(text or "", language, models[language]) for text, language in texts["text", "language"].iter_rows()]
    return pl.DataFrame(rows, schema=SCORED, orient="row")


def _scored(text: str, language: str, weights: Weights) -> tuple[float, bool, str]:
    found = words(text)
    hits = cues(found, language)
    stance = round((lexicon_score(hits) + ridge_score(found, weights)) / 2, 4)
    shown = "; ".join(f"{cue.text} {cue.weight:+.2f}" for cue in hits)
    return stance, not hits or abs(stance) < ABSTAIN_BELOW, shown
