"""How the linear model is fitted: ridge regression on TF-IDF, the same rows always giving the same coefficients."""

from collections.abc import Sequence

import polars as pl
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import Ridge

from transforms.stance.lexicon import words
from transforms.stance.ridge import INTERCEPT, stems

PENALTY = 1.0
MIN_TEXTS = 2
"""A stem of one text only is left out: it would be learnt by heart."""


def fit(texts: Sequence[str], stances: Sequence[float]) -> pl.DataFrame:
    """Return the fitted model, one row a stem in the order of the alphabet: term, idf, coefficient.

    Args:
        texts: Texts of one language.
        stances: Their stances by hand, -1 to 1, in the same order.
    """
    vectorizer = TfidfVectorizer(analyzer=lambda text: stems(words(text)), sublinear_tf=True, min_df=MIN_TEXTS)
    model = Ridge(alpha=PENALTY, solver="cholesky").fit(vectorizer.fit_transform(texts).toarray(), list(stances))
    return pl.DataFrame(
        {
            "term": [INTERCEPT, *vectorizer.get_feature_names_out()],
            "idf": [0.0, *vectorizer.idf_],
            "coefficient": [model.intercept_, *model.coef_],
        }
    ).with_columns(pl.col("idf", "coefficient").round(6))
