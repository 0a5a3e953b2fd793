"""Federal Reserve: the peso's rate against the dollar, daily (H.10) and as the month's mean (G.5).

Quirks of the files:

- FRED's ``DEXMXUS`` counts pesos for a dollar, so a rise is a weaker peso. A day without a quotation, mostly a
  holiday, reads ``.``: it is rejected as such, never carried over and never zero.
- Newer FRED files head the date ``observation_date`` in place of ``DATE``.
- The monthly file holds all of G.5's countries; rows of other countries are rejected as such.
"""

import polars as pl

from transforms.parsed import Parsed
from transforms.sources.observed import Series, observations
from transforms.sources.reading import day_of, figure, first_of, read_text, sift

SOURCE = "fed_exchange_rates"
DAILY = Series("mxn_per_usd", "noon_rate_daily", "MXN per USD", pair_id="MEX_USA")
MONTHLY = Series("mxn_per_usd", "noon_rate_monthly_mean", "MXN per USD", pair_id="MEX_USA")
NO_QUOTATION = (".", "")

_RATE = ("rate is no positive number", pl.col("value") > 0)


def parse_daily_rates(payload: bytes) -> Parsed:
    """Return pesos for a dollar at noon in New York, one row a day with a quotation.

    Raises:
        SourceError: The payload is not FRED's series DEXMXUS.
    """
    date_column = "observation_date" if payload.lstrip(b"\xef\xbb\xbf").startswith(b"observation_date") else "DATE"
    read = read_text(SOURCE, payload, [date_column, "DEXMXUS"])
    derived = [day_of(date_column).alias("period_start"), figure("DEXMXUS").alias("value")]
    quoted = ("no quotation", pl.col("DEXMXUS").is_not_null() & ~pl.col("DEXMXUS").is_in(NO_QUOTATION))
    day = ("no day", pl.col("period_start").is_not_null())
    good, rejected = sift(read, derived, [day, quoted, _RATE, first_of(["period_start"])])
    return Parsed(observations(good, DAILY, grain="day"), rejected, read.height)


def parse_monthly_rates(payload: bytes) -> Parsed:
    """Return the month's mean of pesos for a dollar.

    Raises:
        SourceError: The payload is not the monthly file of all countries.
    """
    read = read_text(SOURCE, payload, ["Date", "Country", "Exchange rate"])
    derived = [day_of("Date").alias("period_start"), figure("Exchange rate").alias("value")]
    rules = [
        ("another country", pl.col("Country") == "Mexico"),
        ("no month", pl.col("period_start").dt.day() == 1),
        _RATE,
        first_of(["Country", "period_start"]),
    ]
    good, rejected = sift(read, derived, rules)
    return Parsed(observations(good, MONTHLY, grain="month"), rejected, read.height)
