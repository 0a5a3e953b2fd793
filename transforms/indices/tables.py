"""The out tables of the index by name, from one pass over the ledger and the observed statistics."""

from collections.abc import Sequence

import polars as pl

from transforms.indices import density, outputs, pressures, tension
from transforms.indices.ledger import Ledger, PairScope
from warehouse.catalog.models import Method
from warehouse.errors import ReconciliationError

INDEX_TABLES = (
    "out_dyad__item_pressures",
    "out_pair__item_pressures",
    "out_pair__pillar_scores",
    "out_dyad__pillar_scores",
    "out_pair__monthly_tension",
    "out_dyad__monthly_tension",
    "out_pair__daily_tension",
    "out_pair__contributions",
    "out_dyad__contributions",
    "out_pair__cooperation_contributions",
    "out_pair__ledger_density",
)
"""Tables that `index_tables` returns."""
RESIDUAL = 1e-9
"""Largest difference between an index and the sum of its contributions; beyond it the build fails."""


def index_tables(
    ledger: Ledger, observed: pl.LazyFrame, scopes: Sequence[PairScope], weights: outputs.Weights, method: Method
) -> dict[str, pl.DataFrame]:
    """Return the tables of the index, one frame for each name in `INDEX_TABLES`.

    Args:
        ledger: The ledger's rows, as known on one day.
        observed: Shared statistics as known on that day: irritant_id, month, value.
        scopes: Pairs.
        weights: Pillar weights, summing to 1.
        method: Constants.

    Raises:
        ReconciliationError: Contributions do not sum to their index.
    """
    parts = pressures.daily_parts(ledger, scopes, method).collect().lazy()
    dyads = pressures.dyad_item_pressures(parts, scopes).collect()
    pairs = pressures.pair_item_pressures(parts, pressures.irritants(observed, scopes), scopes, method).collect()
    dense = density.ledger_density(ledger, scopes, method).collect()
    threatened = outputs.items_under_threat(ledger.acts)
    tables = {"out_dyad__item_pressures": dyads, "out_pair__item_pressures": pairs}
    for level, items in (("pair", pairs.lazy()), ("dyad", dyads.lazy())):
        key = f"{level}_id"
        grid = tension.pillar_grid(scopes, items, key)
        scores = tension.pillar_scores(items, grid, key).collect()
        monthly = outputs.monthly_table(
            scores.lazy(), items, dyads.lazy(), dense.lazy(),
            scopes=scopes, weights=weights, method=method, level=key, under_threat=threatened,
        ).collect()  # fmt: skip
        explained = tension.contributions(items, scores.lazy(), monthly.lazy(), weights, level=key).collect()
        _check_sums(explained, monthly, key, "tension_index")
        tables |= {
            f"out_{level}__pillar_scores": scores,
            f"out_{level}__monthly_tension": monthly,
            f"out_{level}__contributions": explained,
        }
        if level == "pair":
            kind = tension.contributions(
                items, scores.lazy(), monthly.lazy(), weights, level=key, dimension="cooperation"
            ).collect()
            _check_sums(kind, monthly, key, "cooperation_index")
            tables["out_pair__cooperation_contributions"] = outputs.mark_under_threat(kind.lazy(), threatened).collect()
            tables["out_pair__daily_tension"] = outputs.daily_table(parts, grid, scopes, weights, method).collect()
    latest = pl.lit("latest").alias("view")
    return {name: frame.with_columns(latest) for name, frame in tables.items()} | {"out_pair__ledger_density": dense}


def _check_sums(parts: pl.DataFrame, monthly: pl.DataFrame, level: str, index: str) -> None:
    sums = parts.group_by(level, "month").agg(pl.col("contribution").sum())
    worst = (
        monthly.filter(pl.col(index) > 0)
        .join(sums, on=[level, "month"], how="left")
        .select((pl.col(index) - pl.col("contribution").fill_null(0.0)).abs().max())
        .item()
    )
    if worst is not None and worst > RESIDUAL:
        raise ReconciliationError(f"Contributions miss {index} by {worst:g} at worst; the build stops here.")
