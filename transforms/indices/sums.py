"""Sums that come out the same to the last digit, whatever the order of rows and the number of threads."""

import polars as pl

GRAIN = 2.0**-80
"""Grain of a sum, 8.3e-25: a power of two, so that scaling by it is exact."""


def total(values: pl.Expr) -> pl.Expr:
    """Return the sum of a group's floats, each rounded to `GRAIN`; 0 for an empty group; nulls are left out.

    Floating-point sums depend on their order, and a content hash sees the last digit. Polars drops a `sort` before a
    `sum` as without effect; whole numbers of grains add up the same in any order, and faster than sorted floats do.

    Raises:
        polars.exceptions.InvalidOperationError: A value is no number, or its size is 1.4e14 or more.
    """
    return (values / GRAIN).round().cast(pl.Int128).sum() * GRAIN
