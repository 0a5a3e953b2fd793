"""Tables for people who open them in a spreadsheet: no text and no heading is one that it would run as a formula.

What is text to us is a formula to a spreadsheet if it begins with one of a few characters; an apostrophe before it keeps
it a text. What programs read stays exact instead: the data package, the command line, JSON and Parquet.
"""

import polars as pl

FORMULA = r"^[=+\-@\t\r\n\x{FF1D}\x{FF0B}\x{FF0D}\x{FF20}]"
"""How a text begins that a spreadsheet takes for a formula, the signs of full width included."""
NUMBER = r"^[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$"
"""What it takes for a number all the same, and so it stays."""


def harmless(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with an apostrophe before each text and each heading that a spreadsheet would run."""
    cells = frame.with_columns(pl.col(pl.Categorical, pl.Enum).cast(pl.String)).with_columns(_kept(pl.col(pl.String)))
    headings = pl.Series("heading", frame.columns, pl.String).to_frame().select(_kept(pl.col("heading"))).to_series()
    return cells.rename(dict(zip(frame.columns, headings, strict=True)))


def _kept(text: pl.Expr) -> pl.Expr:
    return pl.when(runs(text)).then("'" + text).otherwise(text).name.keep()


def runs(text: pl.Expr) -> pl.Expr:
    """Return whether a spreadsheet takes a text for a formula."""
    return text.str.contains(FORMULA) & ~text.str.contains(NUMBER)
