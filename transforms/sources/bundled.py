"""Bundled figures: our own columns, one file an edition, the provenance repeated on each row.

Rows of the publisher's file that could not be used stand beside the edition, in a file of their own.

Quirk: two files of one source can hold different series of one table (daily and monthly rates, say); the definition
tells them apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

import polars as pl

from transforms.parsed import REJECTED, Parsed, by_contract
from transforms.sources.reading import as_read
from warehouse.contracts.tables import KNOWLEDGE_COLUMNS, columns_of, contract
from warehouse.errors import SourceError

PROVENANCE = MappingProxyType(
    {
        "publisher": pl.String(),
        "url": pl.String(),
        "edition": pl.String(),
        "published_on": pl.Date(),
        "licence": pl.String(),
        "rows_in": pl.Int64(),
    }
)
"""Columns that say where a bundled file is from, with their types."""

TABLE_OF_SOURCE = MappingProxyType(
    {
        "cbp_sbo_encounters": "core_cbp__monthly_encounters_southwest",
        "cbp_encounters": "core_cbp__monthly_encounters_by_state",
        "cbp_drug_seizures": "core_cbp__monthly_drug_seizures",
        "usbp_monthly": "core_usbp__monthly_encounters",
        "usbp_sectors": "core_usbp__monthly_encounters_by_sector",
        "upm_enforcement": "core_indicator__observations",
        "ohss_monthly": "core_indicator__observations",
        "banxico_remittances": "core_indicator__observations",
        "census_trade": "core_indicator__observations",
        "usitc_usmca_share": "core_indicator__observations",
        "fed_exchange_rates": "core_indicator__observations",
        "us_effective_tariff": "core_indicator__observations",
        "gpr": "core_indicator__observations",
        "tpu": "core_indicator__observations",
        "epu": "core_indicator__observations",
        "wui": "core_indicator__observations",
    }
)
"""The one table that each source's editions belong to."""

REJECTED_SUFFIX = ".rejected.parquet"
"""End of the name of the file that holds an edition's rejected rows; what stands before it is the edition."""

REMEDY = "write the file anew with tools/bundle_statistics.py"


@dataclass(frozen=True)
class Provenance:
    """Where a bundled file is from, and the rows of the publisher's file; None where day or number is not known."""

    publisher: str
    url: str
    edition: str
    published_on: date | None
    licence: str
    rows_in: int | None


def content_columns(table: str) -> list[str]:
    """Return a table's columns without those of knowledge time: what a payload of it carries."""
    return [name for name in columns_of(table) if name not in KNOWLEDGE_COLUMNS]


def parse_bundled(payload: bytes, suffix: str, table: str) -> Parsed:
    """Return a bundled file's rows, validated by the table's contract.

    Args:
        payload: The file.
        suffix: ``.parquet``, ``.csv`` or ``.csv.gz``.
        table: Table that the rows belong to.

    Raises:
        SourceError: The payload is not such a file, or a column is missing.
        UnknownKeyError: No such table.
    """
    columns = content_columns(table)
    types = contract(table).create_empty().schema
    read = _columns(_read(payload, suffix), columns)
    typed = read.select(_typed(name, read.schema[name], types[name]) for name in columns)
    parsed = by_contract(typed, contract(table), columns)
    return Parsed(parsed.accepted, as_read(parsed.rejected, read), parsed.rows_in)


def provenance(payload: bytes, suffix: str) -> Provenance:
    """Return where a bundled file is from.

    Raises:
        SourceError: The payload is not such a file, has no rows, or its rows disagree.
    """
    read = _read(payload, suffix)
    if "rows_in" not in read.columns:  # landed before editions said it, and raw payloads never change
        read = read.with_columns(pl.lit(None, dtype=pl.Int64).alias("rows_in"))
    read = _columns(read, list(PROVENANCE))
    origins = read.select(_typed(name, read.schema[name], dtype) for name, dtype in PROVENANCE.items()).unique()
    if origins.height != 1:
        raise SourceError("bundled", f"the file names {origins.height} origins, not one", "one file an edition")
    return Provenance(**origins.row(0, named=True))


def parse_rejected(payload: bytes) -> pl.DataFrame:
    """Return the rejected rows of an edition: row_number (of the publisher's file), rule and row (JSON).

    Raises:
        SourceError: The payload is no Parquet file of these columns and types.
    """
    read = _read(payload, ".parquet")
    if read.schema != REJECTED:
        raise SourceError(
            "bundled", f"rejected rows have the columns {dict(read.schema)}, not {dict(REJECTED)}", REMEDY
        )
    return read


def accounted(parsed: Parsed, rows_in: int | None, rejected: pl.DataFrame) -> Parsed:
    """Return an edition's rows with the account of the publisher's file in place of the bundled one's.

    Args:
        parsed: The bundled file as read; its own rejections are kept, numbered on after the publisher's last row.
        rows_in: Rows of the publisher's file; None where it is not known, and the account is then the bundled file's.
        rejected: Rows of the publisher's file that the edition does not hold.
    """
    if rows_in is None:
        return parsed
    own = parsed.rejected.with_columns(pl.col("row_number") + rows_in)
    return Parsed(parsed.accepted, pl.concat([rejected, own]), rows_in)


def _read(payload: bytes, suffix: str) -> pl.DataFrame:
    try:
        return pl.read_parquet(payload) if suffix == ".parquet" else pl.read_csv(payload, infer_schema=False)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise SourceError("bundled", f"the payload is no {suffix} file: {error}", REMEDY) from error


def _columns(frame: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    if missing := [name for name in columns if name not in frame.columns]:
        raise SourceError("bundled", f"columns {missing} are missing", REMEDY)
    return frame.select(columns)


def _typed(name: str, found: pl.DataType, wanted: pl.DataType) -> pl.Expr:
    """Turn text into the wanted type; what cannot be turned is null, and the contract rejects it."""
    if found != pl.String:
        return pl.col(name)
    if wanted == pl.Boolean:
        return pl.col(name).replace_strict({"true": True, "false": False}, default=None, return_dtype=pl.Boolean)
    if wanted == pl.Date:
        return pl.col(name).str.to_date("%Y-%m-%d", strict=False)
    return pl.col(name).cast(wanted, strict=False)
