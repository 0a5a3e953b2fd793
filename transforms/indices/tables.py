"""The out tables of the index by name: what is read of the ledger and the observed statistics in one pass."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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


@dataclass(frozen=True)
class Setting:
    """What the index is computed for and with: pairs, pillar weights summing to 1, constants."""

    scopes: Sequence[PairScope]
    weights: Mapping[str, float]
    method: Method


@dataclass(frozen=True)
class Reading:
    """One view's items and pillar scores, of pairs and of directions."""

    view: str
    pairs: pl.DataFrame
    dyads: pl.DataFrame
    pair_scores: pl.DataFrame
    dyad_scores: pl.DataFrame


def index_tables(ledger: Ledger, observed: pl.LazyFrame, setting: Setting) -> dict[str, pl.DataFrame]:
    """Return the tables of the index with all that is known, one frame for each name in `INDEX_TABLES`.

    Args:
        ledger: The ledger's rows, as known on one day.
        observed: Shared statistics as known on that day: irritant_id, month, value, as_of.
        setting: Pairs, weights and constants.

    Raises:
        ReconciliationError: Contributions do not sum to their index.
    """
    scopes, method = setting.scopes, setting.method
    parts = pressures.daily_parts(ledger, scopes, method).collect().lazy()
    dyads = pressures.dyad_item_pressures(parts, scopes).collect()
    pairs = pressures.pair_item_pressures(parts, pressures.irritants(observed, scopes), scopes, method).collect()
    grids = {
        key: tension.pillar_grid(scopes, items.lazy(), key) for key, items in (("pair_id", pairs), ("dyad_id", dyads))
    }
    reading = Reading(
        "latest",
        pairs,
        dyads,
        tension.pillar_scores(pairs.lazy(), grids["pair_id"], "pair_id").collect(),
        tension.pillar_scores(dyads.lazy(), grids["dyad_id"], "dyad_id").collect(),
    )
    daily = outputs.daily_table(parts, grids["pair_id"], scopes, setting.weights, method).collect()
    return view_tables(reading, ledger, setting) | {
        "out_pair__daily_tension": daily.with_columns(pl.lit("latest").alias("view")),
        "out_pair__ledger_density": density.ledger_density(ledger, scopes, method).collect(),
    }


def view_tables(
    reading: Reading, ledger: Ledger, setting: Setting, ranks: Mapping[str, pl.DataFrame] | None = None
) -> dict[str, pl.DataFrame]:
    """Return the monthly index, item pressures, pillar scores and contributions of one view.

    Args:
        reading: Items and scores of the view.
        ledger: The ledger, for its density and the deeds done under threat.
        setting: Pairs, weights and constants.
        ranks: By level, the causal percentile of each month where it is not the rank among the view's own months.

    Raises:
        ReconciliationError: Contributions do not sum to their index.
    """
    dense = density.ledger_density(ledger, setting.scopes, setting.method)
    threatened = outputs.items_under_threat(ledger.acts)
    tables: dict[str, pl.DataFrame] = {}
    for level, items, scores in (
        ("pair", reading.pairs, reading.pair_scores),
        ("dyad", reading.dyads, reading.dyad_scores),
    ):
        key = f"{level}_id"
        monthly = outputs.monthly_table(
            scores.lazy(), items.lazy(), reading.dyads.lazy(), dense,
            scopes=setting.scopes, weights=setting.weights, method=setting.method, level=key, under_threat=threatened,
        ).collect()  # fmt: skip
        if ranks is None:
            monthly = monthly.with_columns(tension.causal_percentile(key, setting.method).alias("causal_percentile"))
        else:
            monthly = monthly.join(ranks[key], on=[key, "month"], how="left", validate="1:1")
        tables |= {
            f"out_{level}__item_pressures": items,
            f"out_{level}__pillar_scores": scores,
            f"out_{level}__monthly_tension": monthly,
            f"out_{level}__contributions": _explained(items, scores, monthly, setting, key, "tension"),
        }
        if level == "pair":
            kind = _explained(items, scores, monthly, setting, key, "cooperation")
            tables["out_pair__cooperation_contributions"] = outputs.mark_under_threat(kind.lazy(), threatened).collect()
    return {name: frame.with_columns(pl.lit(reading.view).alias("view")) for name, frame in tables.items()}


def joined(*views: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Return the tables of several views as one set, by name."""
    names = dict.fromkeys(name for tables in views for name in tables)
    return {name: pl.concat([tables[name] for tables in views if name in tables], how="diagonal") for name in names}


def _explained(
    items: pl.DataFrame, scores: pl.DataFrame, monthly: pl.DataFrame, setting: Setting, key: str, dimension: str
) -> pl.DataFrame:
    parts = tension.contributions(
        items.lazy(), scores.lazy(), monthly.lazy(), setting.weights, level=key, dimension=dimension
    ).collect()
    index = f"{dimension}_index"
    sums = parts.group_by(key, "month").agg(pl.col("contribution").sum())
    worst = (
        monthly.filter(pl.col(index) > 0)
        .join(sums, on=[key, "month"], how="left")
        .select((pl.col(index) - pl.col("contribution").fill_null(0.0)).abs().max())
        .item()
    )
    if worst is not None and worst > RESIDUAL:
        raise ReconciliationError(f"Contributions miss {index} by {worst:g} at worst; the build stops here.")
    return parts
