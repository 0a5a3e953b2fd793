"""Indices of others that ours is held against: geopolitical risk, policy and trade policy uncertainty, WUI.

Quirks of the files:

- GPR: the sheet opens in 1900, the recent index and the country shares in 1985; rows before have no figure and are
  rejected. ``GPRC_MEX`` and ``GPRC_USA`` are percentages of articles, not an index of 100. The last two columns are a
  legend. Past months are revised in each edition.
- TPU: the daily index of Baker, Bloom and Davis is 0 on days without an article: a figure, part of the month's mean.
  The monthly index of Caldara and others is another construct (100 is one per cent of articles): another definition.
- EPU: the United States daily; Mexico monthly, which stops in September 2019, with a footnote as last row.
- A month whose days are not all there is a mean of those that are, marked provisional.
- WUI: quarterly for 143 countries, monthly for 71. Where a report is missing the monthly file repeats the month before,
  unmarked. Both count "uncertain" in a thousand words of country reports. Quarters read ``2025q1``.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import polars as pl

from transforms.parsed import Parsed
from transforms.sources.observed import Grain, Series, monthly_means, observations
from transforms.sources.reading import day_of, figure, first_of, read_sheet, read_text, sift, whole, year_of

GPR: Mapping[str, Series] = MappingProxyType(
    {
        "GPR": Series("gpr_world", "recent_index", "index, 1985 to 2019 = 100"),
        "GPRC_MEX": Series("gpr_mexico", "recent_share", "percent of articles"),
        "GPRC_USA": Series("gpr_usa", "recent_share", "percent of articles"),
    }
)
TPU_DAILY = Series("tpu_usa", "daily_index_monthly_mean", "index")
TPU_MONTHLY = Series("tpu_usa", "caldara_monthly_index", "index")
EPU_USA = Series("epu_usa", "daily_index_monthly_mean", "index")
EPU_MEXICO = Series("epu_mexico", "monthly_index", "index")
WUI_UNIT = "mentions per 1,000 words"

_PERIOD = ("no period", pl.col("period_start").dt.day() == 1)


def parse_gpr(payload: bytes) -> Parsed:
    """Return geopolitical risk by month: the world index, and the shares of articles on Mexico and the United States.

    Raises:
        SourceError: The payload is not the GPR workbook.
    """
    read = read_sheet("gpr", payload, "Sheet1", ["month", *GPR])
    return _wide(read, day_of("month"), GPR, "month")


def parse_wui_quarterly(payload: bytes) -> Parsed:
    """Return world uncertainty of Mexico and the United States by quarter.

    Raises:
        SourceError: The payload is not the quarterly WUI workbook.
    """
    read = read_sheet("wui", payload, "T2", ["year", "MEX", "USA"])
    parts = pl.col("year").cast(pl.String).str.extract_groups(r"^(?<calendar>\d{4})q(?<quarter>[1-4])$")
    quarter = parts.struct.field("quarter").cast(pl.Int32)
    start = pl.date(parts.struct.field("calendar").cast(pl.Int32), quarter * 3 - 2, 1)
    return _wide(read, start, _wui("quarterly"), "quarter")


def parse_wui_monthly(payload: bytes) -> Parsed:
    """Return world uncertainty of Mexico and the United States by month.

    Raises:
        SourceError: The payload is not the monthly WUI workbook.
    """
    read = read_sheet("wui", payload, "T1", ["date", "MEX", "USA"])
    return _wide(read, day_of("date"), _wui("monthly"), "month")


def parse_tpu_daily(payload: bytes) -> Parsed:
    """Return the month's mean of the daily US trade policy uncertainty index.

    Raises:
        SourceError: The payload is not the daily TPU file.
    """
    return _daily(read_text("tpu", payload, ["day", "month", "year", "daily_tpu_index"]), TPU_DAILY)


def parse_tpu_monthly(payload: bytes) -> Parsed:
    """Return the monthly trade policy uncertainty index; 100 is one per cent of articles.

    Raises:
        SourceError: The payload is not the TPU workbook.
    """
    read = read_sheet("tpu", payload, "TPU_MONTHLY", ["DATE", "TPU"])
    return _wide(read, day_of("DATE"), {"TPU": TPU_MONTHLY}, "month")


def parse_epu_usa(payload: bytes) -> Parsed:
    """Return the month's mean of the daily US economic policy uncertainty index.

    Raises:
        SourceError: The payload is not the daily EPU file.
    """
    return _daily(read_text("epu", payload, ["day", "month", "year", "daily_policy_index"]), EPU_USA)


def parse_epu_mexico(payload: bytes) -> Parsed:
    """Return Mexico's monthly economic policy uncertainty index.

    Raises:
        SourceError: The payload is not the Mexican EPU file.
    """
    column = "Mexican Policy Uncertainty Index"
    read = read_text("epu", payload, ["Year", "Month", column])
    start = pl.date(year_of("Year"), whole("Month"), 1)
    rows = pl.when(whole("Month").is_between(1, 12)).then(start)
    return _wide(read, rows, {column: EPU_MEXICO}, "month")


def _wui(definition_id: str) -> dict[str, Series]:
    return {
        "MEX": Series("wui_mexico", definition_id, WUI_UNIT),
        "USA": Series("wui_usa", definition_id, WUI_UNIT),
    }


def _wide(read: pl.DataFrame, start: pl.Expr, series: Mapping[str, Series], grain: Grain) -> Parsed:
    """Return a sheet with a row a period and a column a series."""
    values = [figure(column).alias(f"{column}_value") for column in series]
    has_any = pl.any_horizontal(pl.col(f"{column}_value").is_not_null() for column in series)
    rules = [_PERIOD, ("no figure", has_any), first_of(["period_start"])]
    good, rejected = sift(read, [start.alias("period_start"), *values], rules)
    rows = [
        observations(good.drop_nulls(f"{column}_value"), one, grain=grain, value=f"{column}_value")
        for column, one in series.items()
    ]
    return Parsed(pl.concat(rows).sort("observation_id"), rejected, read.height)


def _daily(read: pl.DataFrame, series: Series) -> Parsed:
    day, month, year, column = read.columns
    text = pl.format("{}-{}-{}", year, pl.col(month).str.zfill(2), pl.col(day).str.zfill(2))
    derived = [text.str.to_date("%Y-%m-%d", strict=False).alias("on_day"), figure(column).alias("value")]
    rules: Sequence[tuple[str, pl.Expr]] = [
        ("no day", pl.col("on_day").is_not_null()),
        ("no figure", pl.col("value") >= 0),
        first_of(["on_day"]),
    ]
    good, rejected = sift(read, derived, rules)
    days = good.select(pl.col("on_day").alias("day"), "value")
    return Parsed(observations(monthly_means(days), series, grain="month"), rejected, read.height)
