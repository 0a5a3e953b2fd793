"""Words in place of codes, and ways to the page of a record: what pages of records share."""

from collections.abc import Callable, Mapping

import polars as pl

from dash_app.scene import Answer, Scene
from dash_app.words import Words


def worded(answer: Answer, words: Mapping[str, Callable[[str], str]]) -> Answer:
    """Return an answer with words in place of the codes of some columns."""
    frame = answer.frame.with_columns(
        pl.col(column).replace_strict(
            {code: word(code) for code in answer.frame[column].drop_nulls().unique()}, default=None
        )
        for column, word in words.items()
        if answer.frame[column].drop_nulls().len()
    )
    return Answer(frame, answer.sql)


def named(say: Words, country: str) -> str:
    """Return what a country is called inside a sentence, with its article."""
    return say.texts.get(f"acts.named.{country}", say.name(country))


def item(scene: Scene, item_kind: str, item_id: str) -> str:
    """Return the address of the page of a record."""
    return scene.view.href("/evidence", item=f"{item_kind}:{item_id}")
