"""Bytes to frames of text, and the expressions that turn text into months, counts and canonical labels.

A payload that is not the file it should be (unreadable, a column gone) is an error; a row that cannot be used is not.
"""

import io
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import polars as pl

from transforms.parsed import split
from warehouse.errors import SourceError

MONTHS = MappingProxyType(
    {
        name: number
        for number, name in enumerate(
            ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"), start=1
        )
    }
)
"""Three-letter months, as US agencies write them."""

FISCAL_YEAR_START = 10
"""The US federal fiscal year opens on 1 October of the year before."""

EXACT = 2**53
"""Largest count that a float holds exactly; what is larger is none."""

LARGEST = 1 << 28
"""Bytes that a packed text or a workbook may unpack to; the largest workbook met has 18 million."""
GZIP, OTHER_PACKINGS = b"\x1f\x8b", (b"\x28\xb5\x2f\xfd", b"x\x01", b"x\x5e", b"x\x9c", b"x\xda")
"""How packed texts begin: gzip, and zstd and zlib, in which no publisher's file comes and which nothing here bounds."""

DUPLICATE = "duplicate of an earlier row"
"""The reason given for a row whose key has been read before; the same words as in `transforms.parsed`."""


def read_text(source_id: str, payload: bytes, columns: Sequence[str], *, separator: str = ",") -> pl.DataFrame:
    """Return the wanted columns of a delimited file, gzipped or not, every value as text.

    Raises:
        SourceError: The payload is not such a file, or a column is missing.
    """
    try:
        plain = _plain(payload)
        frame = pl.read_csv(plain, separator=separator, infer_schema=False).rename(str.strip)
    except (pl.exceptions.PolarsError, OSError, zlib.error, ValueError) as error:
        raise SourceError(
            source_id, f"the payload is not a delimited file: {error}", "look at the file as fetched"
        ) from error
    return _wanted(source_id, frame, columns)


def read_sheet(source_id: str, payload: bytes, sheet: str, columns: Sequence[str]) -> pl.DataFrame:
    """Return the wanted columns of a workbook's sheet, typed by all of its rows.

    Raises:
        SourceError: The payload is not a workbook, or the sheet or a column is missing.
    """
    refuse_bomb(source_id, payload)
    try:
        frame = pl.read_excel(payload, sheet_name=sheet, infer_schema_length=None)
    except Exception as error:  # each Excel engine raises its own class; all mean the same here
        raise SourceError(
            source_id, f"sheet {sheet!r} cannot be read: {error}", "look at the file as fetched"
        ) from error
    return _wanted(source_id, frame, columns)


def refuse_bomb(source_id: str, payload: bytes) -> None:
    """Refuse a workbook that unpacks to more than any source's; the engines that read it unpack it all.

    Raises:
        SourceError: It does, or is no whole zip.
    """
    if not payload.startswith(b"PK"):
        return  # the older format is not packed
    try:
        size = unpacked_size(payload, LARGEST)
    except Exception as error:  # a damaged archive makes zipfile raise whatever its broken field leads to
        raise SourceError(source_id, f"no whole workbook: {error}", "look at the file as fetched") from error
    if size > LARGEST:
        raise SourceError(
            source_id, f"the workbook unpacks to more than {LARGEST} bytes", "look at the file as fetched"
        )


def unpacked_size(payload: bytes, most: int) -> int:
    """Return how many bytes a zip's files have, to one beyond the most; they are counted, as a zip may declare less.

    Raises:
        BadZipFile: It is damaged; and what else zipfile raises then.
    """
    size = 0
    with zipfile.ZipFile(io.BytesIO(payload)) as archive:
        for entry in archive.infolist():
            entry.file_size = 1 << 62  # else reading ends where the archive says
            with archive.open(entry) as member:
                while size <= most and (piece := member.read(min(1 << 20, most + 1 - size))):
                    size += len(piece)
    return size


def sift(
    read: pl.DataFrame, derived: Sequence[pl.Expr], rules: Sequence[tuple[str, pl.Expr]]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rows that pass every rule with the columns derived from them, and the others as they were read.

    Args:
        read: Rows of the payload.
        derived: Named expressions over the columns read; the rules may use them.
        rules: Pairs of a reason for rejecting and an expression that is true where the row passes.
    """
    good, rejected = split(read.with_columns(derived), rules)
    return good, as_read(rejected, read)


def as_read(rejected: pl.DataFrame, read: pl.DataFrame) -> pl.DataFrame:
    """Return rejections with each row as it was read, in place of the row as derived."""
    rows = read.with_row_index("row_number", offset=1).select(
        pl.col("row_number").cast(pl.Int64), pl.struct(read.columns).struct.json_encode().alias("row")
    )
    joined = rejected.drop("row").join(rows, on="row_number", how="left", validate="1:1", maintain_order="left")
    return joined.select("row_number", "rule", "row")


def label(column: str, known: Mapping[str, str]) -> pl.Expr:
    """Return the canonical label of a publisher's one; null where it is unknown."""
    return pl.col(column).str.strip_chars().replace_strict(known, default=None, return_dtype=pl.String)


def whole(column: str) -> pl.Expr:
    """Return a count of zero or more, also where it is written as a float; null where it is none."""
    number = figure(column)
    return pl.when(number.is_between(0, EXACT) & (number == number.floor())).then(number).cast(pl.Int64)


def year_of(column: str) -> pl.Expr:
    """Return a calendar year of four digits; null where it is none."""
    number = whole(column)
    return pl.when(number.is_between(1000, 9999)).then(number)


def figure(column: str) -> pl.Expr:
    """Return a finite number; null where the text is none."""
    number = pl.col(column).cast(pl.String).str.strip_chars().cast(pl.Float64, strict=False)
    return pl.when(number.is_finite()).then(number)


def fiscal_month(year: str, month: str) -> pl.Expr:
    """Return the calendar month of a fiscal year (with or without its mark ``(FYTD)``) and a three-letter month."""
    number = pl.col(month).str.strip_chars().replace_strict(MONTHS, default=None, return_dtype=pl.Int32)
    fiscal = pl.col(year).str.extract(r"^\s*(\d{4})(?: \(FYTD\))?\s*$").cast(pl.Int32)
    return pl.date(fiscal - (number >= FISCAL_YEAR_START).cast(pl.Int32), number, 1)


def day_of(column: str) -> pl.Expr:
    """Return a date written as YYYY-MM-DD or YYYY-MM (then the first of the month); null where it is none."""
    text = pl.col(column).cast(pl.String).str.strip_chars()
    return pl.coalesce(text.str.to_date("%Y-%m-%d", strict=False), (text + "-01").str.to_date("%Y-%m-%d", strict=False))


def first_of(columns: Sequence[str]) -> tuple[str, pl.Expr]:
    """Return the rule that rejects a key read before."""
    key = pl.struct(columns) if len(columns) > 1 else pl.col(columns[0])
    return DUPLICATE, key.is_first_distinct()


def _plain(payload: bytes) -> bytes:
    """Return a text unpacked, if it is packed with gzip; in bounds, as the reader of CSV files would unpack any amount."""
    if payload.startswith(OTHER_PACKINGS):
        raise ValueError("it is packed, and not with gzip")
    if not payload.startswith(GZIP):
        return payload
    unpacker = zlib.decompressobj(wbits=31)
    plain = unpacker.decompress(payload, LARGEST + 1)
    if len(plain) > LARGEST or unpacker.unused_data.strip(b"\0"):
        raise ValueError(f"it unpacks to more than {LARGEST} bytes, or to several texts")
    if not unpacker.eof:
        raise ValueError("the packed text ends too early")
    return plain


def _wanted(source_id: str, frame: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    if missing := [name for name in columns if name not in frame.columns]:
        raise SourceError(
            source_id,
            f"columns {missing} are missing; found {frame.columns[:12]}",
            "the publisher changed the file, or it belongs to another source",
        )
    return frame.select(columns)
