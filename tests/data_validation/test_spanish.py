"""Every summary and title of the ledger stands in Spanish too, with the same figures."""

import re
from pathlib import Path

import polars as pl
import pytest

LEDGER = Path(__file__).parents[2] / "warehouse" / "bundled" / "ledger"
SCALE = re.compile(r"\b(billion|trillion|bn|half|dozen)\b")
"""Words by which a figure may read otherwise in Spanish: a billion is mil millones."""


@pytest.mark.parametrize(("table", "column"), [("acts", "summary"), ("statements", "summary"), ("policies", "title")])
def test_every_text_has_its_twin(table: str, column: str) -> None:
    texts = pl.read_csv(LEDGER / f"{table}.csv", infer_schema=False).select(f"{column}_en", f"{column}_es")
    assert texts.null_count().sum_horizontal().item() == 0
    assert texts.filter(pl.col(f"{column}_en") == pl.col(f"{column}_es")).is_empty()


@pytest.mark.parametrize("table", ["acts", "statements"])
def test_figures_are_the_same_in_both(table: str) -> None:
    pairs = pl.read_csv(LEDGER / f"{table}.csv", infer_schema=False).select("summary_en", "summary_es").rows()
    differ = [
        (english, spanish)
        for english, spanish in pairs
        if not SCALE.search(english) and set(re.findall(r"\d+", english)) - set(re.findall(r"\d+", spanish))
    ]
    assert differ == []
