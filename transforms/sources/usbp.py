"""US Border Patrol: encounters nationwide by month, and by sector to September 2020.

Quirks of the files:

- The history (FY2000 to FY2020) is CBP's PDF as parsed by UWCHR: pipe-separated, gzipped, one row a month with the
  sectors as columns. It carries calendar year (``cy``) and month beside the fiscal year. Livermore, without
  encounters after September 2005, stands among the coastal sectors: so do the file's own border sums count it.
- A row of the history is used only where its sectors add up to the borders, and the borders to the month's total.
- The monthly file (October 2019 on) is the Deportation Data Project's comparison with its person-level files. Only
  ``cbp_usb_encounter_count``, CBP's published count, is read. The two files agree on FY2020 (405,036).
- Both count apprehensions, from March 2020 to May 2023 with Title 42 expulsions; neither has field offices in it.
"""

from types import MappingProxyType

import polars as pl

from transforms.parsed import Parsed
from transforms.sources.reading import day_of, first_of, read_text, sift, whole

COASTAL = ("livermore", "miami", "new_orleans", "ramey")
NORTHERN = ("blaine", "buffalo", "detroit", "grand_forks", "havre", "houlton", "spokane", "swanton")
SOUTHWEST = (
    "big_bend",
    "del_rio",
    "el_centro",
    "el_paso",
    "laredo",
    "rio_grande_valley",
    "san_diego",
    "tucson",
    "yuma",
)
BORDERS = MappingProxyType({"coastal": COASTAL, "northern": NORTHERN, "southwest": SOUTHWEST})
SECTORS = (*COASTAL, *NORTHERN, *SOUTHWEST)


def parse_usbp_history(payload: bytes) -> Parsed:
    """Return encounters by month from the history by sector.

    Raises:
        SourceError: The payload is not the history.
    """
    good, rejected, rows_in = _history("usbp_monthly", payload)
    return Parsed(good.select("month", "encounters").sort("month"), rejected, rows_in)


def parse_usbp_sectors(payload: bytes) -> Parsed:
    """Return encounters by sector and month from the history by sector.

    Raises:
        SourceError: The payload is not the history.
    """
    good, rejected, rows_in = _history("usbp_sectors", payload)
    border = {sector: name for name, sectors in BORDERS.items() for sector in sectors}
    sectors = (
        good.drop("encounters")
        .unpivot(SECTORS, index="month", variable_name="sector", value_name="encounters")
        .with_columns(pl.col("sector").replace_strict(border, return_dtype=pl.String).alias("border"))
        .select("month", "border", "sector", "encounters")
    )
    return Parsed(sectors.sort("month", "border", "sector"), rejected, rows_in)


def parse_usbp_monthly(payload: bytes) -> Parsed:
    """Return encounters by month from CBP's published counts since October 2019.

    Raises:
        SourceError: The payload is not the monthly file.
    """
    read = read_text("usbp_monthly", payload, ["month_start", "cbp_usb_encounter_count"])
    derived = [day_of("month_start").alias("month"), whole("cbp_usb_encounter_count").alias("encounters")]
    rules = [
        ("no month", pl.col("month").dt.day() == 1),
        ("count is no whole number", pl.col("encounters").is_not_null()),
        first_of(["month"]),
    ]
    good, rejected = sift(read, derived, rules)
    return Parsed(good.select("month", "encounters").sort("month"), rejected, read.height)


def _history(source_id: str, payload: bytes) -> tuple[pl.DataFrame, pl.DataFrame, int]:
    sums = [f"{border}_border" for border in BORDERS]
    counts = [*SECTORS, *sums, "monthly_total"]
    read = read_text(source_id, payload, ["cy", "month", *counts], separator="|").rename({"month": "month_number"})
    day = pl.format("{}-{}-01", "cy", pl.col("month_number").str.zfill(2)).str.to_date("%Y-%m-%d", strict=False)
    numbers = [whole(name).alias(f"{name}_count") for name in counts]
    rules = [
        ("no month", pl.col("month").is_not_null()),
        ("a count is no whole number", pl.all_horizontal(pl.col(f"{name}_count").is_not_null() for name in counts)),
        *[
            (f"sectors do not add up to the {border} border", _sum(sectors) == pl.col(f"{border}_border_count"))
            for border, sectors in BORDERS.items()
        ],
        ("borders do not add up to the month's total", _sum(sums) == pl.col("monthly_total_count")),
        first_of(["month"]),
    ]
    good, rejected = sift(read, [day.alias("month"), *numbers], rules)
    content = [pl.col(f"{name}_count").alias(name) for name in SECTORS]
    return good.select("month", *content, pl.col("monthly_total_count").alias("encounters")), rejected, read.height


def _sum(names: tuple[str, ...] | list[str]) -> pl.Expr:
    return pl.sum_horizontal(f"{name}_count" for name in names)
