"""Writes the card of docs/validation.md from the current build, whose card `dyadwatch check --validation` published.

    python -m tools.validation_page [--check]

Written is what stands between `<!-- generated:card -->` and `<!-- end -->`; the text around it is by hand.
"""

import argparse
import sys

import polars as pl

from tools.docs import DOCS, table, with_parts
from warehouse.errors import DyadwatchError
from warehouse.query import Warehouse
from warehouse.settings import load_settings

PAGE = DOCS / "validation.md"
HEADER = ("check", "outcome", "figure", "chance", "naive", "placebo", "what was found")


def main() -> int:
    """Write the page, or with --check compare it; return 1 on a difference."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare with the page, write nothing")
    is_check = parser.parse_args().check
    text = with_parts(PAGE, {"card": card(Warehouse(load_settings().link))})
    is_same = PAGE.read_text("utf-8") == text
    if is_check and not is_same:
        print("docs/validation.md is not the card of the build.\nHint: run `python -m tools.validation_page`.")
    elif not is_check:
        PAGE.write_text(text, "utf-8")
    return int(is_check and not is_same)


def card(warehouse: Warehouse) -> str:
    """Return the card of the current build as a table, a row a check or part, in the order of their numbers.

    Raises:
        DyadwatchError: The current build has no card.
    """
    rows = warehouse.frame(
        "SELECT check_id, outcome, figure, chance, naive, placebo, reason FROM out_pair__validation"
        " WHERE build_id = (SELECT build_id FROM meta_builds) AND pair_id = 'MEX_USA'"
        " ORDER BY regexp_extract(check_id, '\\d+')::INTEGER, check_id"
    )
    if rows.is_empty():
        raise DyadwatchError("The current build has no card.\nHint: run `dyadwatch check --validation` first.")
    shown = rows.with_columns(
        pl.format("`{}`", "check_id"),
        pl.col("outcome").replace({"fail": "**fail**", "not_run": "not run"}),
        pl.selectors.float().round(3).cast(pl.String).fill_null(""),
    )
    return table(HEADER, shown.iter_rows())


if __name__ == "__main__":
    sys.exit(main())
