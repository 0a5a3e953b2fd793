"""Mexico, Unidad de Política Migratoria (SEGOB): irregular migrants found and returned by the migration institute.

Quirks of the files, IOM's compilation of the bulletin's tables 3.1.1 and 3.2.4:

- Figures are events, not persons, by nationality and month; here they are summed over nationalities.
- A code can stand twice in a month, even with the same count (``GIN``, ``FRA``): several labels share it, so both rows
  count. Only so do the sums meet the table by sex and age (3.1.3): in every month but the twelve of 2024.
- Returns come in three kinds, listed apart: deportation, assisted return, and assisted return of children.
- Counts are written as floats.
"""

from types import MappingProxyType

import polars as pl

from transforms.parsed import Parsed
from transforms.sources.observed import Series, observations
from transforms.sources.reading import day_of, label, read_text, sift, whole

SOURCE = "upm_enforcement"
FOUND = Series("mexico_irregular_migrants_found", "events_all_nationalities", "events", pair_id="MEX_USA")
KINDS = MappingProxyType(
    {
        "deportation": "deportation",
        "assisted return": "assisted_return",
        "assisted return of children": "assisted_return_children",
    }
)

_DERIVED = (day_of("t").alias("period_start"), whole("n").alias("value"))
_RULES = (
    ("no month", pl.col("period_start").is_not_null()),
    ("no nationality", pl.col("nat").str.contains("^[A-Z]{3}$")),
    ("count is no whole number", pl.col("value").is_not_null()),
)


def parse_migrants_found(payload: bytes) -> Parsed:
    """Return the monthly number of migrants found in an irregular situation in Mexico, all nationalities.

    Raises:
        SourceError: The payload is not such a file.
    """
    read = read_text(SOURCE, payload, ["t", "nat", "n"])
    good, rejected = sift(read, _DERIVED, _RULES)
    months = good.group_by("period_start").agg(pl.col("value").sum())
    return Parsed(observations(months, FOUND, grain="month"), rejected, read.height)


def parse_returns(payload: bytes) -> Parsed:
    """Return the monthly number of foreigners returned by Mexico, all nationalities, one definition a kind.

    Raises:
        SourceError: The payload is not such a file.
    """
    read = read_text(SOURCE, payload, ["t", "nat", "type", "n"])
    known = ("unknown kind of return", pl.col("definition_id").is_not_null())
    good, rejected = sift(read, [*_DERIVED, label("type", KINDS).alias("definition_id")], [*_RULES, known])
    months = good.group_by("period_start", "definition_id").agg(pl.col("value").sum())
    kinds = [
        observations(
            months.filter(pl.col("definition_id") == kind),
            Series("mexico_returns", kind, "events", pair_id="MEX_USA"),
            grain="month",
        )
        for kind in KINDS.values()
    ]
    return Parsed(pl.concat(kinds).sort("observation_id"), rejected, read.height)
