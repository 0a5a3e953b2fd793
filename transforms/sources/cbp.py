"""US Customs and Border Protection: encounters (south-west border; by state) and drug seizures.

Quirks of the files:

- A file holds four fiscal years. The year reads ``2026 (FYTD)`` while open; OCT to DEC are of the calendar year before.
- ``Month Grouping`` tells the months that the open year has reached from the rest. It is no filter and is not read.
- One edition heads its first column ``wFiscal Year`` and writes counts as ``8.0``.
- Labels change with the edition, not with the year: ``UC / Single Minors`` became ``UAC`` for the same months.
- South-west rows are split further by ``Encounter Type``, which follows from component and authority: they are summed.
- An absent row means zero, yet some editions also write zeros; those are kept as reported.
- The state file has no component. Its region ``Other`` is airports, the interior and the coasts.
- Drugs: areas of responsibility are summed away. ``Southwest Border`` holds two land filters, ``Land Only`` and
  ``Other`` (air and sea). The files of Air and Marine Operations (``Branch``) overlap and are refused here.
"""

from collections.abc import Sequence
from types import MappingProxyType

import polars as pl

from transforms.parsed import Parsed
from transforms.sources.reading import figure, first_of, fiscal_month, label, read_text, sift, whole

COMPONENTS = MappingProxyType({"U.S. Border Patrol": "border_patrol", "Office of Field Operations": "field_operations"})
DEMOGRAPHICS = MappingProxyType(
    {
        "Single Adults": "single_adults",
        "FMUA": "family_unit",
        "UC / Single Minors": "unaccompanied_child",
        "UAC": "unaccompanied_child",
        "Accompanied Minors": "accompanied_minor",
    }
)
AUTHORITIES = MappingProxyType({"Title 8": "title_8", "Title 42": "title_42"})
CITIZENSHIP_GROUPS = MappingProxyType(
    {"Mexico": "MEX", "Guatemala": "GTM", "Honduras": "HND", "El Salvador": "SLV", "Other": "OTHER"}
)
REGIONS = MappingProxyType(
    {"Southwest Land Border": "southwest_land", "Northern Land Border": "northern_land", "Other": "other"}
)
CITIZENSHIPS = MappingProxyType(
    {
        "BRAZIL": "BRA",
        "CANADA": "CAN",
        "CHINA, PEOPLES REPUBLIC OF": "CHN",
        "COLOMBIA": "COL",
        "CUBA": "CUB",
        "ECUADOR": "ECU",
        "EL SALVADOR": "SLV",
        "GUATEMALA": "GTM",
        "HAITI": "HTI",
        "HONDURAS": "HND",
        "INDIA": "IND",
        "MEXICO": "MEX",
        "MYANMAR (BURMA)": "MMR",
        "NICARAGUA": "NIC",
        "OTHER": "OTHER",
        "PERU": "PER",
        "PHILIPPINES": "PHL",
        "ROMANIA": "ROU",
        "RUSSIA": "RUS",
        "TURKEY": "TUR",
        "UKRAINE": "UKR",
        "VENEZUELA": "VEN",
    }
)
FILTERS = ("Land Only", "Other")
DRUG_REGIONS = ("Southwest Border", "Northern Border", "Coastal/Interior")

WEIGHT_DIGITS = 9
"""Decimals of a pound kept in a sum, so that it does not depend on the order of adding."""

_MONTH = ("no month of a fiscal year", pl.col("month").is_not_null())
_COUNT = ("count is no whole number", pl.col("encounters").is_not_null())


def parse_sbo_encounters(payload: bytes) -> Parsed:
    """Return south-west land border encounters by month, component, demographic, citizenship group and authority.

    Raises:
        SourceError: The payload is not such a file.
    """
    columns = [
        "Component",
        "Demographic",
        "Citizenship Grouping",
        "Title of Authority",
        "Encounter Type",
        "Encounter Count",
    ]
    read = _read("cbp_sbo_encounters", payload, columns)
    derived = [
        fiscal_month("Fiscal Year", "Month (abbv)").alias("month"),
        label("Component", COMPONENTS).alias("component"),
        label("Demographic", DEMOGRAPHICS).alias("demographic"),
        label("Citizenship Grouping", CITIZENSHIP_GROUPS).alias("citizenship_group"),
        label("Title of Authority", AUTHORITIES).alias("authority"),
        whole("Encounter Count").alias("encounters"),
    ]
    key = ["month", "component", "demographic", "citizenship_group", "authority"]
    unique = first_of([*key, "Encounter Type"])
    good, rejected = sift(read, derived, [_MONTH, *_known(key[1:]), _COUNT, unique])
    return Parsed(_summed(good, key, [pl.col("encounters").sum()]), rejected, read.height)


def parse_state_encounters(payload: bytes) -> Parsed:
    """Return encounters nationwide by month, border region, state, demographic, citizenship and authority.

    Raises:
        SourceError: The payload is not such a file.
    """
    columns = ["Land Border Region", "State", "Demographic", "Citizenship", "Title of Authority", "Encounter Count"]
    read = _read("cbp_encounters", payload, columns)
    derived = [
        fiscal_month("Fiscal Year", "Month (abbv)").alias("month"),
        label("Land Border Region", REGIONS).alias("border_region"),
        pl.col("State").str.extract(r"^\s*([A-Z]{2})\s*$").alias("state"),
        label("Demographic", DEMOGRAPHICS).alias("demographic"),
        label("Citizenship", CITIZENSHIPS).alias("citizenship"),
        label("Title of Authority", AUTHORITIES).alias("authority"),
        whole("Encounter Count").alias("encounters"),
    ]
    key = ["month", "border_region", "state", "demographic", "citizenship", "authority"]
    good, rejected = sift(read, derived, [_MONTH, *_known(key[1:]), _COUNT, first_of(key)])
    return Parsed(_summed(good, key, [pl.col("encounters").sum()]), rejected, read.height)


def parse_drug_seizures(payload: bytes) -> Parsed:
    """Return drug seizures by month, component, region, land filter and drug; weights in pounds.

    Raises:
        SourceError: The payload is not such a file, or one of Air and Marine Operations.
    """
    area, count, weight = "Area of Responsibility", "Count of Event", "Sum Qty (lbs)"
    columns = ["FY", "Month (abbv)", "Component", "Region", "Land Filter", area, "Drug Type", count, weight]
    read = read_text("cbp_drug_seizures", payload, columns)
    derived = [
        fiscal_month("FY", "Month (abbv)").alias("month"),
        label("Component", COMPONENTS).alias("component"),
        label("Region", {name: name for name in DRUG_REGIONS}).alias("region"),
        label("Land Filter", {name: name for name in FILTERS}).alias("land_filter"),
        pl.col("Drug Type").str.strip_chars().alias("drug"),
        whole(count).alias("seizure_events"),
        figure(weight).alias("quantity_lbs"),
    ]
    key = ["month", "component", "region", "land_filter", "drug"]
    figures = [
        ("count is no whole number", pl.col("seizure_events").is_not_null()),
        ("weight is no number of pounds", pl.col("quantity_lbs") >= 0),
    ]
    good, rejected = sift(read, derived, [_MONTH, *_known(key[1:]), *figures, first_of([*key, area])])
    sums = [pl.col("seizure_events").sum(), pl.col("quantity_lbs").sum().round(WEIGHT_DIGITS)]
    return Parsed(_summed(good, key, sums), rejected, read.height)


def _read(source_id: str, payload: bytes, columns: Sequence[str]) -> pl.DataFrame:
    header = payload.split(b"\n", 1)[0]
    year = "wFiscal Year" if b"wFiscal Year" in header else "Fiscal Year"
    return read_text(source_id, payload, [year, "Month (abbv)", *columns]).rename({year: "Fiscal Year"})


def _known(columns: Sequence[str]) -> list[tuple[str, pl.Expr]]:
    return [(f"unknown {name}", pl.col(name).is_not_null()) for name in columns]


def _summed(frame: pl.DataFrame, key: Sequence[str], sums: Sequence[pl.Expr]) -> pl.DataFrame:
    return frame.group_by(key).agg(sums).sort(key)
