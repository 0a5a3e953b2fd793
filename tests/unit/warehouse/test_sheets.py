"""What a spreadsheet would run as a formula is text; numbers stay numbers."""

import polars as pl
import pytest

from warehouse.sheets import harmless


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\tx", "'\tx"),
        ("\rx", "'\rx"),
        ("\n=1", "'\n=1"),
        ("\N{FULLWIDTH EQUALS SIGN}1", "'\N{FULLWIDTH EQUALS SIGN}1"),
        ("-0.8", "-0.8"),
        ("+5", "+5"),
        ("a=b", "a=b"),
        ("", ""),
        (None, None),
    ],
)
@pytest.mark.parametrize("kind", [pl.String, pl.Categorical])
def test_what_a_spreadsheet_would_run_is_made_text(
    text: str | None, written: str | None, kind: type[pl.DataType]
) -> None:
    frame = pl.DataFrame({"text": pl.Series([text], dtype=pl.String).cast(kind), "number": [-1.5]})
    assert harmless(frame).rows() == [(written, -1.5)]


def test_a_heading_is_made_text_too() -> None:
    frame = pl.DataFrame({"=cmd": [1], "plain": ["a"]})
    assert harmless(frame).write_csv() == "'=cmd,plain\n1,a\n"


def test_a_frame_without_texts_or_rows_stays() -> None:
    assert harmless(pl.DataFrame({"a": [1]})).rows() == [(1,)]
    assert harmless(pl.DataFrame()).shape == (0, 0)
