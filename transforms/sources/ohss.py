"""US Department of Homeland Security, Office of Homeland Security Statistics: enforcement by month, rounded to tens.

Quirks of the workbooks, one an edition:

- Cells are rounded to the nearest ten: parts need not sum to their total, and a 0 can be some persons.
- ``X`` is not applicable, as Title 42 is outside March 2020 to May 2023. ``D``, withheld, stands in other tables of DHS
  and in neither edition read here. Both are rejected; neither is a zero.
- A fiscal year stands only in the first row of its block, ``2024 YTD`` while open; that row is the year's total.
- Some sheets have two rows of headings, the upper one naming a block of columns. Footnote digits stick to both (``DHS
  Removals1``), spaces come and go. Notes stand below the last month, in the first column.
- Sheets by citizenship list the ten most frequent of the last twelve months. A citizenship that leaves the list leaves
  with all its past, as Mexico did from the administrative returns: nothing is said of those figures, none is retracted.
- Citizenship is not destination: Mexico's citizens can be sent elsewhere.
- Past months are revised in each edition, years back.

A row is here a cell of a column read, numbered over all of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import polars as pl

from transforms.parsed import Parsed
from transforms.sources.observed import Series, observations
from transforms.sources.reading import FISCAL_YEAR_START, MONTHS, first_of, refuse_bomb, sift, whole
from warehouse.errors import SourceError

SOURCE = "ohss_monthly"
MEXICO, ALL, TOTAL, EXPULSIONS = "Mexico", "Total CBP", "Total Repatriations", "T42 expulsions"
MARKS = MappingProxyType({"X": "not applicable (X)", "D": "withheld (D)"})
"""Reason for rejecting a cell, by the mark that stands in place of a figure."""


@dataclass(frozen=True)
class Column:
    """A column of a sheet: the block that it belongs to, or None, its heading, and what its figures are."""

    block: str | None
    heading: str
    series: Series

    @property
    def label(self) -> str:
        """Block and heading in one text."""
        return self.heading if self.block is None else f"{self.block}: {self.heading}"

    @property
    def may_be_absent(self) -> bool:
        """Whether it is a citizenship's, which need not be among the ten most frequent."""
        return MEXICO in (self.block, self.heading)


def _met(definition_id: str) -> Series:
    return Series("ohss_encounters", definition_id, "encounters", pair_id="MEX_USA")


def _sent(definition_id: str) -> Series:
    return Series("ohss_repatriations", definition_id, "events", pair_id="MEX_USA")


def _by_citizenship(kind: str) -> tuple[Column, Column]:
    return (
        Column(None, "Total", _sent(f"{kind}_all_citizenships")),
        Column(None, MEXICO, _sent(f"{kind}_mexican_citizens")),
    )


SHEETS: Mapping[str, Sequence[Column]] = MappingProxyType(
    {
        "CBP Encounter by Type + Region": [Column(ALL, "Total", _met("nationwide_all_citizenships"))],
        "SWB Encounters by Citizenship": [
            Column(ALL, "Total", _met("southwest_all_citizenships")),
            Column(ALL, MEXICO, _met("southwest_mexican_citizens")),
        ],
        "DHS Repats by Type": [Column(TOTAL, TOTAL, _sent("total_all_citizenships"))],
        "DHS Removals by Citizenship": _by_citizenship("removals"),
        "DHS Enf Returns by Citizenship": _by_citizenship("enforcement_returns"),
        "DHS Adm Returns by Citizens": _by_citizenship("administrative_returns"),
        "ICE ERO R&R by Citizenship": _by_citizenship("ice_removals_and_returns"),
        "CBP SWB Book-Outs by Citp": [
            Column("Total Encounters", EXPULSIONS, _sent("title_42_southwest_all_citizenships")),
            Column(MEXICO, EXPULSIONS, _sent("title_42_southwest_mexican_citizens")),
        ],
    }
)
"""Columns read of each sheet."""


def parse_ohss_monthly(payload: bytes) -> Parsed:
    """Return encounters and repatriations by month, of all citizenships and of Mexico's.

    Raises:
        SourceError: The payload is not such a workbook, or a sheet or its column of all citizenships is missing.
    """
    sheets = _sheets(payload)
    read = pl.concat([_cells(sheets[name], name, columns) for name, columns in SHEETS.items()])
    fiscal = pl.col("fiscal_year").str.extract(r"^(\d{4})(?: YTD)?$").cast(pl.Int32)
    month = pl.col("month").str.to_uppercase().str.head(3).replace_strict(MONTHS, default=None, return_dtype=pl.Int32)
    start = pl.date(fiscal - (month >= FISCAL_YEAR_START).cast(pl.Int32), month, 1)
    rules = [
        ("note below the table", pl.col("month").is_not_null()),
        ("total of a fiscal year", pl.col("month") != "Total"),
        ("no month of a fiscal year", pl.col("period_start").is_not_null()),
        *((reason, pl.col("cell").ne_missing(mark)) for mark, reason in MARKS.items()),
        ("value is no whole number", pl.col("value").is_not_null()),
        first_of(["sheet", "column", "period_start"]),
    ]
    good, rejected = sift(read, [start.alias("period_start"), whole("cell").alias("value")], rules)
    rows = [
        observations(good.filter(sheet=name, column=column.label), column.series, grain="month")
        for name, columns in SHEETS.items()
        for column in columns
    ]
    return Parsed(pl.concat(rows).sort("observation_id"), rejected, read.height)


def _sheets(payload: bytes) -> dict[str, pl.DataFrame]:
    refuse_bomb(SOURCE, payload)
    try:
        return pl.read_excel(payload, sheet_name=list(SHEETS), has_header=False, infer_schema_length=0)
    except Exception as error:  # each Excel engine raises its own class; all mean the same here
        raise SourceError(SOURCE, f"the sheets cannot be read: {error}", "look at the file as fetched") from error


def _cells(sheet: pl.DataFrame, name: str, columns: Sequence[Column]) -> pl.DataFrame:
    """Return one row a cell of the columns wanted: sheet, column, fiscal_year, month and cell, as text."""
    years = sheet.to_series(0).to_list()
    header = years.index("Fiscal Year") if "Fiscal Year" in years else 0
    places = _places(sheet.head(header + 1))
    if missing := [c.label for c in columns if not c.may_be_absent and (c.block, c.heading) not in places]:
        raise SourceError(
            SOURCE,
            f"sheet {name!r} has no columns {missing}",
            "the publisher changed the file, or it belongs to another source",
        )
    year, month = (pl.col(column) for column in sheet.columns[:2])
    body = sheet.slice(header + 1)
    return pl.concat(
        body.select(
            pl.lit(name).alias("sheet"),
            pl.lit(column.label).alias("column"),
            year.forward_fill().alias("fiscal_year"),
            month.str.strip_chars().alias("month"),
            pl.col(places[column.block, column.heading]).str.strip_chars().alias("cell"),
        )
        for column in columns
        if (column.block, column.heading) in places
    )


def _places(top: pl.DataFrame) -> dict[tuple[str | None, str], str]:
    """Return the frame's column by block and heading, of the rows down to the headings."""
    *_, above, headings = (None, *top.rows())
    blocks = above if above is not None and above[0] is None else [None] * top.width
    block = None
    places: dict[tuple[str | None, str], str] = {}
    for column, upper, heading in zip(top.columns, blocks, headings, strict=True):
        block = _plain(upper) if upper else block
        places.setdefault((block, _plain(heading or "")), column)
    return places


def _plain(heading: str) -> str:
    return " ".join(heading.rstrip("0123456789").split())
