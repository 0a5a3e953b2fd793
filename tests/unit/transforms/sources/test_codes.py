"""The codes of the ledger: all that a coder gave, on items that the ledger holds, known from the day of coding."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from transforms.sources.ledger import known_days, parse_ledger
from warehouse.catalog import registry

BUNDLED = Path(registry.__file__).parents[1] / "bundled" / "ledger"
CODING = Path(__file__).parents[4] / "tools" / "coding"
CODES = parse_ledger((BUNDLED / "codes.csv").read_bytes(), "codes")
FIRST = CODES.accepted.filter(pl.col("coder") != "pass-2")
KEY = ["item_kind", "item_id", "variable", "coder"]
ITEMS = {
    "act": ("acts", ["act_id"]),
    "statement": ("statements", ["statement_id"]),
    "policy": ("policies", ["policy_id"]),
    "stage": ("stages", ["policy_id", "stage_on"]),
    "coverage": ("coverage", ["policy_id", "partner", "from_on"]),
}
"""File and key of each kind of item."""


def bundled(kind: str) -> pl.DataFrame:
    """Return the file of a kind of item as text, with the item's id."""
    name, key = ITEMS[kind]
    text = pl.read_csv(BUNDLED / f"{name}.csv", infer_schema=False)
    return text.with_columns(pl.concat_str(key, separator="@").alias("item_id"))


def coding(*names: str) -> pl.DataFrame:
    """Return tables of the coding pass as text, one under the other."""
    files = [CODING / folder / f"{name}.csv" for name in names for folder in ("", "can_usa", "chn_usa")]
    return pl.concat([pl.read_csv(file, infer_schema=False) for file in files], how="diagonal")


def given(kind: str, variable: str) -> pl.DataFrame:
    """Return the first pass's codes of one variable of a kind of item."""
    return FIRST.filter(pl.col("item_kind") == kind, pl.col("variable") == variable)


def test_every_row_is_accepted_and_none_stands_twice() -> None:
    assert CODES.rejected.is_empty()
    assert CODES.accepted.height == CODES.rows_in > 0
    assert not CODES.accepted.select(KEY).is_duplicated().any()
    assert set(CODES.accepted["item_kind"]) == set(ITEMS)


@pytest.mark.parametrize("kind", ITEMS)
def test_every_item_is_in_the_ledger_and_every_one_is_coded(kind: str) -> None:
    coded = CODES.accepted.filter(pl.col("item_kind") == kind)
    assert set(coded["item_id"]) == set(bundled(kind)["item_id"])


@pytest.mark.parametrize("kind", ITEMS)
def test_codes_are_what_the_ledger_holds_and_empty_is_no_code(kind: str) -> None:
    coded = FIRST.filter(pl.col("item_kind") == kind).select("item_id", "variable", "code")
    held = bundled(kind).unpivot(coded["variable"].unique().to_list(), index="item_id", value_name="code").drop_nulls()
    order = ["item_id", "variable"]
    assert coded.sort(order).equals(held.select(coded.columns).sort(order))


@pytest.mark.parametrize(
    ("kind", "variable", "tables"),
    [
        ("act", "dimension", ["acts", "tariff_acts"]),
        ("act", "ladder_step", ["acts", "tariff_acts"]),
        ("act", "matter_id", ["acts", "tariff_acts"]),
        ("policy", "ladder_step", ["policies"]),
        ("stage", "rate_pct", ["stages"]),
        ("coverage", "coverage_share", ["coverage"]),
        ("statement", "act_id", ["statement_links"]),
        ("statement", "duplicate_of", ["statement_links"]),
    ],
)
def test_no_code_of_the_pass_is_lost(kind: str, variable: str, tables: list[str]) -> None:
    written = coding(*tables)[variable].drop_nulls()
    codes = given(kind, variable)
    assert set(codes["coder"]) == {"pass-1"}
    assert codes["code"].sort().to_list() == written.sort().to_list()


def test_statements_are_uncounted_as_the_pass_says() -> None:
    uncounted = set(given("statement", "is_counted").filter(pl.col("code") == "false")["item_id"])
    overridden = coding("statement_links").filter(pl.col("is_counted_override") == "false")["statement_id"]
    assert overridden.len() > 0
    assert set(overridden) < uncounted


def test_stance_is_the_ledgers_and_all_else_the_passes() -> None:
    coders = FIRST.group_by(stance=pl.col("variable") == "stance").agg(pl.col("coder").unique())
    assert dict(coders.iter_rows()) == {True: ["ledger"], False: ["pass-1"]}
    assert given("statement", "stance")["code"].cast(pl.Float64).is_between(-1, 1).all()


def test_codes_are_known_since_the_day_of_coding() -> None:
    payload = (BUNDLED / "codes.csv").read_bytes()
    days = known_days(payload, "codes", (BUNDLED / "stages.csv").read_bytes(), lag_days=0)
    assert days.height == CODES.rows_in
    assert days.unique().rows() == [(date(2026, 11, 24), False)]
