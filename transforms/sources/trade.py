"""Trade, remittances and tariffs: Banco de México, US Census Bureau, USITC, and US customs duties.

Quirks of the files:

- Banxico's monthly file holds receipts (``ID_FLUJO`` 1) and payments (2); only receipts are read. They are Mexico's
  receipts from the whole world, so they name no dyad. The quarterly file by US state of origin is the bilateral one;
  its state ``XX`` is a sender in the United States whose state was not identified, and counts. Past years are revised.
- Census's workbook is wide: a row a partner and year, imports ``IJAN`` to ``IDEC`` and exports ``EJAN`` to ``EDEC`` in
  million dollars, not seasonally adjusted. Months to come are 0, not blank: zeros after the last reported month become
  no observation. Aggregates (code ``0003``) stand among the countries; rows of other partners are rejected as such.
- The USMCA share is of imports for consumption (USITC DataWeb), not of Census's general imports.
- Customs duties over imports is a figure of the United States with all partners; it says nothing about one of them.
"""

from collections.abc import Mapping
from types import MappingProxyType

import polars as pl

from transforms.parsed import Parsed
from transforms.sources.observed import Series, observations
from transforms.sources.reading import MONTHS, day_of, figure, first_of, read_sheet, read_text, sift, whole, year_of

WORLD_REMITTANCES = Series("mexico_remittances_received", "all_origins_monthly", "USD")
US_REMITTANCES = Series("remittances_from_usa", "by_us_state_quarterly", "USD", dyad_id="USA-MEX")
FLOWS = MappingProxyType(
    {
        "E": Series("us_goods_exports", "census_basis_nsa", "USD million", dyad_id="USA-MEX"),
        "I": Series("us_goods_imports", "census_basis_nsa", "USD million", dyad_id="MEX-USA"),
    }
)
"""Series by the letter that opens the column of a month."""

USMCA_SHARES: Mapping[str, Series] = MappingProxyType(
    {
        "2010": Series("us_imports_usmca_share", "claimed_value", "percent", dyad_id="MEX-USA"),
        "1220": Series("us_imports_usmca_share", "claimed_value", "percent", dyad_id="CAN-USA", part="CAN-USA"),
    }
)
"""Series by Census country code."""

US_TARIFF = Series("us_effective_tariff", "duties_over_imports_all_partners", "percent")
MEXICO = "2010"
"""Census code of Mexico."""

_MONTH = ("no month", pl.col("period_start").dt.day() == 1)
_WHOLE = ("value is no whole number", pl.col("value").is_not_null())


def parse_remittances(payload: bytes) -> Parsed:
    """Return Mexico's monthly receipts of remittances from all countries, in US dollars.

    Raises:
        SourceError: The payload is not such a file.
    """
    read = read_text("banxico_remittances", payload, ["PERIODO", "ID_FLUJO", "VALOR_USD"])
    derived = [day_of("PERIODO").alias("period_start"), whole("VALOR_USD").alias("value")]
    receipts = ("payments, not receipts", pl.col("ID_FLUJO") == "1")
    good, rejected = sift(read, derived, [receipts, _MONTH, _WHOLE, first_of(["ID_FLUJO", "period_start"])])
    return Parsed(observations(good, WORLD_REMITTANCES, grain="month"), rejected, read.height)


def parse_remittances_from_usa(payload: bytes) -> Parsed:
    """Return Mexico's quarterly receipts of remittances sent from the United States, in US dollars.

    Raises:
        SourceError: The payload is not such a file.
    """
    read = read_text("banxico_remittances", payload, ["PERIODO", "ID_ESTADO", "VALOR_USD"])
    derived = [day_of("PERIODO").alias("period_start"), whole("VALOR_USD").alias("value")]
    start = pl.col("period_start")
    rules = [
        ("no quarter", (start.dt.day() == 1) & (start.dt.month() % 3 == 1)),
        ("no state", pl.col("ID_ESTADO").str.contains("^[A-Z]{2}$")),
        _WHOLE,
        first_of(["period_start", "ID_ESTADO"]),
    ]
    good, rejected = sift(read, derived, rules)
    quarters = good.group_by("period_start").agg(pl.col("value").sum())
    return Parsed(observations(quarters, US_REMITTANCES, grain="quarter"), rejected, read.height)


def parse_census_trade(payload: bytes) -> Parsed:
    """Return US goods exports to and imports from Mexico by month, in million US dollars.

    Raises:
        SourceError: The payload is not Census's workbook by country.
    """
    months = [f"{letter}{month}" for letter in FLOWS for month in MONTHS]
    read = read_sheet("census_trade", payload, "country", ["year", "CTY_CODE", *months])
    rules = [
        ("another partner", pl.col("CTY_CODE").cast(pl.String) == MEXICO),
        ("no year", pl.col("calendar_year").is_not_null()),
        first_of(["CTY_CODE", "calendar_year"]),
    ]
    good, rejected = sift(read, [year_of("year").alias("calendar_year")], rules)
    cells = good.unpivot(months, index="calendar_year", variable_name="cell").with_columns(
        pl.date("calendar_year", pl.col("cell").str.slice(1).replace_strict(MONTHS), 1).alias("period_start"),
        pl.col("cell").str.head(1).alias("flow"),
        figure("value").alias("value"),
    )
    flows = [
        observations(_reported(cells.filter(pl.col("flow") == letter)), series, grain="month")
        for letter, series in FLOWS.items()
    ]
    return Parsed(pl.concat(flows).sort("observation_id"), rejected, read.height)


def parse_usmca_share(payload: bytes) -> Parsed:
    """Return the share of US imports for consumption claimed under USMCA, in percent, by month and partner.

    Raises:
        SourceError: The payload is not such a file.
    """
    total, claimed = "import_value_usd", "usmca_claim_value_usd"
    read = read_text("usitc_usmca_share", payload, ["month", "cty_code", total, claimed])
    derived = [day_of("month").alias("period_start"), (figure(claimed) / figure(total) * 100).alias("value")]
    rules = [
        ("another partner", pl.col("cty_code").is_in(list(USMCA_SHARES))),
        _MONTH,
        ("share is not between 0 and 100", pl.col("value").is_between(0, 100)),
        first_of(["cty_code", "period_start"]),
    ]
    good, rejected = sift(read, derived, rules)
    partners = [
        observations(good.filter(pl.col("cty_code") == code), series, grain="month")
        for code, series in USMCA_SHARES.items()
    ]
    return Parsed(pl.concat(partners).sort("observation_id"), rejected, read.height)


def parse_us_effective_tariff(payload: bytes) -> Parsed:
    """Return US customs duties as a percentage of US goods imports from all partners, by month.

    Raises:
        SourceError: The payload is not such a file.
    """
    read = read_text("us_effective_tariff", payload, ["date", "customs_duties", "imports_value"])
    derived = [
        day_of("date").alias("period_start"),
        (figure("customs_duties") / figure("imports_value") * 100).alias("value"),
    ]
    rules = [_MONTH, ("rate is no number", pl.col("value").is_finite()), first_of(["period_start"])]
    good, rejected = sift(read, derived, rules)
    return Parsed(observations(good, US_TARIFF, grain="month"), rejected, read.height)


def _reported(cells: pl.DataFrame) -> pl.DataFrame:
    """Drop blanks and the zeros of months to come; a zero before a reported month would be a figure."""
    last = pl.col("period_start").filter(pl.col("value") > 0).max()
    return cells.filter(pl.col("value").is_not_null() & (pl.col("period_start") <= last))
