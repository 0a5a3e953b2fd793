"""The bundled ledger: our own CSV tables, parsed and judged by their contracts, with the day each row was public."""

import io
from types import MappingProxyType

import polars as pl

from transforms.parsed import Parsed, by_contract
from warehouse.contracts.tables import KNOWLEDGE_COLUMNS, columns_of, contract

TABLE_OF_FILE = MappingProxyType(
    {
        "statements": "core_statement__utterances",
        "acts": "core_act__events",
        "policies": "core_policy__measures",
        "stages": "core_policy__stages",
        "coverage": "core_policy__coverage",
        "exemptions": "core_policy__exemptions",
        "extradition_claims": "core_extradition__claims",
        "repatriation_claims": "core_repatriation__claims",
        "codes": "core_coding__codes",
    }
)
"""Table that each file of the ledger belongs to."""
DAY_OF_FILE = MappingProxyType(
    {
        "statements": "stated_on",
        "acts": "occurred_on",
        "policies": "stage_on",
        "stages": "stage_on",
        "codes": "coded_on",
    }
)
"""Column with the day on which a row of the file was public; of the others it is from_on."""


def parse_ledger(payload: bytes, name: str) -> Parsed:
    """Return one file of the ledger, its rows split by the contract's rules.

    Args:
        payload: UTF-8 CSV with the contract's content columns.
        name: Name of the file without its suffix, a key of `TABLE_OF_FILE`.
    """
    schema = contract(TABLE_OF_FILE[name])
    content = [column for column in columns_of(TABLE_OF_FILE[name]) if column not in KNOWLEDGE_COLUMNS]
    text = pl.read_csv(io.BytesIO(payload), infer_schema=False)
    types = {column: schema.columns()[column].dtype for column in content}
    return by_contract(text.with_columns(_typed(column, kind) for column, kind in types.items()), schema, content)


def known_days(payload: bytes, name: str, stages: bytes, lag_days: int) -> pl.DataFrame:
    """Return, row by row of the file, the day on which the fact was public and whether it is estimated.

    Acts and statements are known on their day; a stage, a coverage or an exemption from the day it begins; a policy
    with its first stage; a claim on its publication, else its period's end plus the lag; a code on the day of coding.
    """
    text = pl.read_csv(io.BytesIO(payload), infer_schema=False)
    if name == "policies":
        first = pl.read_csv(io.BytesIO(stages), infer_schema=False).group_by("policy_id").agg(pl.col("stage_on").min())
        text = text.join(first, on="policy_id", how="left", maintain_order="left")
    day = DAY_OF_FILE.get(name, "from_on")
    if name.endswith("claims"):
        published = pl.col("published_on").str.to_date()
        late = pl.col("period_end").str.to_date().dt.offset_by(f"{lag_days}d")
        return text.select(
            pl.coalesce(published, late, pl.lit("2026-11-24").str.to_date()).alias("known_from"),
            (pl.col("published_is_estimated") == "true").alias("known_from_is_estimated"),
        )
    estimated = pl.lit(value=False)
    if "date_precision" in text.columns:
        estimated = pl.col("date_precision") != "day"
    elif "is_estimated" in text.columns:
        estimated = pl.col("is_estimated") == "true"
    return text.select(pl.col(day).str.to_date().alias("known_from"), estimated.alias("known_from_is_estimated"))


def _typed(column: str, kind: pl.DataType) -> pl.Expr:
    text = pl.col(column)
    if kind == pl.Boolean:
        return text.replace_strict({"true": True, "false": False}, default=None, return_dtype=pl.Boolean)
    if kind == pl.Date:
        return text.str.to_date(strict=False)
    return text if kind == pl.String else text.cast(kind, strict=False)
