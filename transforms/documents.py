"""From documents as fetched to rows of `core_document__releases`: vintages by document, then directions with a stance."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from transforms.naming import names_country, passages_on
from transforms.sources.items import DOCUMENTS
from transforms.stance.scorer import score
from warehouse.catalog.models import Catalog

COMPLETE_HOUR = 18
"""Hour in Mexico City from which the day's transcripts have all of their parts."""
MEXICO_CITY = "America/Mexico_City"
KNOWN = pl.Schema(
    {
        "source_id": pl.String(),
        "snapshot_id": pl.String(),
        "known_from": pl.Date(),
        "known_from_is_estimated": pl.Boolean(),
        "known_to": pl.Date(),
        "closed_because": pl.String(),
    }
)
"""Columns of knowledge time."""


@dataclass(frozen=True)
class Fetched:
    """The documents of one payload, with what the raw layer knows of it; `retrieved_at` is UTC without a zone."""

    source_id: str
    snapshot_id: str
    published_on: date | None
    retrieved_at: datetime
    documents: pl.DataFrame


def document_vintages(fetched: Sequence[Fetched]) -> pl.DataFrame:
    """Return one row a document and text, in the order in which the texts were met, with knowledge time.

    A document that is absent from a later payload has not vanished: feeds hold the last items only. The first text held is
    known from the document's publication, estimated where the publisher has changed it since. A later text is known
    from the change that the publisher states, else from the day of its edition, else at the latest, and estimated,
    from the day on which it was first met: nothing else bounds it. Of the texts of one day the last stays.

    Args:
        fetched: Payloads in any order.
    """
    if not fetched:
        return pl.DataFrame(schema={**DOCUMENTS, "is_partial": pl.Boolean(), **KNOWN})
    met = pl.concat([_stamped(one) for one in fetched]).sort("document_id", "retrieved_at", "snapshot_id")
    state = pl.struct("text_sha256", "kind", "published_on")
    runs = met.with_columns(
        (state != state.shift(1)).fill_null(value=True).cast(pl.Int64).cum_sum().over("document_id").alias("run")
    )
    whole = [pl.col(name).first() for name in runs.columns if name not in ("document_id", "run", "is_partial")]
    texts = runs.group_by("document_id", "run", maintain_order=True).agg(*whole, pl.col("is_partial").all())
    changed_on = pl.col("modified_at").dt.date()
    is_first = pl.col("run") == 1
    is_changed = changed_on > pl.col("published_on")
    later = pl.coalesce(changed_on, "edition_on", pl.col("retrieved_at").dt.date())
    return (
        texts.with_columns(
            pl.when(is_first)
            .then("published_on")
            .otherwise(pl.max_horizontal(later, "published_on"))
            .alias("known_from"),
            pl.when(is_first)
            .then(is_changed.fill_null(value=False))
            .otherwise(changed_on.is_null() & pl.col("edition_on").is_null())
            .alias("known_from_is_estimated"),
        )
        .with_columns(pl.col("known_from").cum_max().over("document_id", order_by="run"))
        .unique(["document_id", "known_from"], keep="last", maintain_order=True)
        .with_columns(pl.col("known_from").shift(-1).over("document_id", order_by="run").alias("known_to"))
        .with_columns(pl.when(pl.col("known_to").is_not_null()).then(pl.lit("revised")).alias("closed_because"))
        .select(*DOCUMENTS, "is_partial", *KNOWN)
        .with_columns(pl.col("closed_because").cast(pl.String))
    )


def by_dyad(documents: pl.DataFrame, catalog: Catalog) -> pl.DataFrame:
    """Return documents by each direction that the catalogue follows, with whether they name the other side, and a stance.

    Only the office's own sentences that name the other side are scored. Texts are left behind here.

    Args:
        documents: As `document_vintages` returns them.
        catalog: Whose pairs give the other sides.
    """
    partners = pl.DataFrame(
        [(side, other) for side in catalog.countries for other in partners_of(catalog, side)],
        schema={"country": pl.String, "partner": pl.String},
        orient="row",
    )
    rows = documents.join(partners, on="country", how="inner", maintain_order="left")
    said = [
        (names_country(f"{title}\n{text}", partner), passages_on(f"{title}.\n{own}", partner))
        for title, text, own, partner in rows.select("title", "text", "own_text", "partner").iter_rows()
    ]
    read = rows.with_columns(
        pl.Series("names_partner", [names for names, _ in said], dtype=pl.Boolean),
        pl.Series("passages", [passages for _, passages in said], dtype=pl.String),
    )
    scored = score(read.select(pl.col("passages").alias("text"), "language"))
    has_stance = pl.col("names_partner") & ~pl.col("abstained")
    return (
        pl.concat([read, scored], how="horizontal")
        .with_columns(
            pl.format("{}-{}", "country", "partner").alias("dyad_id"),
            pl.when(has_stance).then("stance").alias("stance"),
            pl.when(has_stance).then(pl.lit("model")).alias("stance_method"),
            pl.when(has_stance).then("cues").alias("stance_cues"),
        )
        .drop("text", "own_text", "is_summary", "partner", "passages", "abstained", "cues")
    )


def partners_of(catalog: Catalog, country: str) -> list[str]:
    """Return the other sides of a country's pairs."""
    pairs = [pair.members for pair in catalog.pairs.values() if country in pair.members]
    return sorted(member for members in pairs for member in members if member != country)


def _stamped(one: Fetched) -> pl.DataFrame:
    """Return a payload's documents with the raw layer's days, and whether their text is known to be a part."""
    local = (
        pl.lit(one.retrieved_at, dtype=pl.Datetime("us")).dt.replace_time_zone("UTC").dt.convert_time_zone(MEXICO_CITY)
    )
    complete = pl.col("published_on").cast(pl.Datetime("us")) + pl.duration(hours=COMPLETE_HOUR)
    grows = (pl.col("kind") == "transcript") & (pl.col("country") == "MEX")
    return one.documents.with_columns(
        (pl.col("is_summary") | (grows & (local.dt.replace_time_zone(None) < complete))).alias("is_partial"),
        pl.lit(one.source_id).alias("source_id"),
        pl.lit(one.snapshot_id).alias("snapshot_id"),
        pl.lit(one.published_on, dtype=pl.Date).alias("edition_on"),
        pl.lit(one.retrieved_at, dtype=pl.Datetime("us")).alias("retrieved_at"),
    )
