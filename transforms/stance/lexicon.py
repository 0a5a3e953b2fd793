"""The word list: cues of warm and hostile words about a partner country, written for this product, one file a language."""

import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import NamedTuple

import polars as pl

LANGUAGES = ("en", "es")
NEGATIONS = {
    "en": frozenset({"not", "no", "never", "without", "neither", "nor", "cannot"}),
    "es": frozenset({"no", "nunca", "jamas", "sin", "ni", "tampoco"}),
}
REACH = 3
"""Words before a cue in which a negation turns it."""
TURNED = -0.5
"""What a negation makes of a weight: "no threat" is milder than its opposite."""

DAMPING = 0.5
"""What the cues' balance is damped by; smaller reads one cue as nearly certain. Chosen on texts before the cut-off."""


class Cue(NamedTuple):
    """Words found in a text and what they say: -1 hostile to 1 cooperative."""

    text: str
    weight: float


def words(text: str) -> list[str]:
    """Return a text's words in lower case without accents; figures and signs are left out."""
    plain = unicodedata.normalize("NFKD", text.lower().replace("\u2019", "'").replace("n't", " not"))
    return re.findall("[a-z]+", "".join(letter for letter in plain if not unicodedata.combining(letter)))


def cues(found: Sequence[str], language: str) -> list[Cue]:
    """Return the cues among a text's words, in their order; of overlapping ones the longer counts.

    Args:
        found: The text's words, as `words` gives them.
        language: One of LANGUAGES.
    """
    pattern, weights = _lexicon(language)
    text, end, result = " ".join(found), 0, []
    for match in pattern.finditer(text):
        weight = weights[(match.lastindex or 0) - 1]
        is_turned = not NEGATIONS[language].isdisjoint(text[end : match.start()].split()[-REACH:])
        end = match.end()
        if weight:  # a weight of 0 only keeps a phrase from being read as its parts: "Wall Street"
            result.append(Cue(match[0], TURNED * weight if is_turned else weight))
    return result


def lexicon_score(found: Sequence[Cue]) -> float:
    """Return the cues' balance, between -1 and 1: one cue alone says little, and no cue gives 0."""
    return sum(cue.weight for cue in found) / (DAMPING + sum(abs(cue.weight) for cue in found))


@cache
def _lexicon(language: str) -> tuple[re.Pattern[str], list[float]]:
    """Return one pattern with a group for each cue, phrases before single words, and the groups' weights."""
    table = pl.read_csv((resources.files(__package__) / f"lexicon_{language}.csv").read_bytes())
    table = table.sort(pl.col("cue").str.count_matches(" "), "cue", descending=[True, False])
    groups = (f"({cue.replace('*', '[a-z]*')})" for cue in table["cue"])
    return re.compile(rf"\b(?:{'|'.join(groups)})\b"), table["weight"].to_list()
