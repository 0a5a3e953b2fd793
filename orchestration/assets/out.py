"""out_*, ref_* and publish: the index and what is derived beside it, and the build's publication."""

from datetime import UTC, datetime

import dagster as dg
import polars as pl

from transforms.extraditions import yearly_extraditions
from transforms.indices import density, outputs, pressures, tension
from transforms.indices.ledger import Ledger
from transforms.reference import reference_tables
from transforms.scope import pair_scopes, weights
from transforms.vintages import current
from warehouse.catalog.registry import load_catalog
from warehouse.contracts.tables import TABLES
from warehouse.publish import publish
from warehouse.settings import Settings
from warehouse.store import Store

LEDGER_TABLES = {
    "acts": "core_act__events",
    "statements": "core_statement__utterances",
    "policies": "core_policy__measures",
    "stages": "core_policy__stages",
    "coverage": "core_policy__coverage",
    "exemptions": "core_policy__exemptions",
    "claims": "core_extradition__claims",
}
LEDGER_INS = {name: dg.AssetIn(key=table) for name, table in LEDGER_TABLES.items()}
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
REFERENCE_TABLES = tuple(name for name in TABLES if name.startswith("ref_"))
RESIDUAL = 1e-9
"""Largest difference between an index and the sum of its contributions; beyond it the build fails."""


@dg.multi_asset(
    name="tension_index",
    group_name="out",
    ins={**LEDGER_INS, "encounters": dg.AssetIn(key="core_usbp__monthly_encounters")},
    outs={name: dg.AssetOut(kinds={"polars"}) for name in INDEX_TABLES},
)
def tension_index(acts, statements, policies, stages, coverage, exemptions, claims, encounters):  # type: ignore[no-untyped-def]
    """The index of every pair and direction, from one pass over the ledger's current rows."""
    frames = (acts, statements, policies, stages, coverage, exemptions, claims)
    ledger = Ledger(*[current(frame).lazy() for frame in frames])
    observed = (
        current(encounters)
        .lazy()
        .select(
            pl.lit("usbp_encounters").alias("irritant_id"),
            "month",
            pl.col("encounters").cast(pl.Float64).alias("value"),
        )
    )
    tables = index_tables(ledger, observed)
    return tuple(tables[name] for name in INDEX_TABLES)


@dg.asset(group_name="out", kinds={"polars"})
def out_dyad__yearly_extraditions(core_extradition__claims: pl.DataFrame) -> pl.DataFrame:
    """Persons surrendered in a year under each definition."""
    return yearly_extraditions(current(core_extradition__claims).lazy()).collect()


@dg.multi_asset(name="reference", group_name="ref", outs={name: dg.AssetOut() for name in REFERENCE_TABLES})
def reference():  # type: ignore[no-untyped-def]
    """The catalogue as tables."""
    tables = reference_tables(load_catalog())
    return tuple(tables[name] for name in REFERENCE_TABLES)


def publish_asset(settings: Settings, deps: list[str]) -> dg.AssetsDefinition:
    """Return the asset that ends a run: checkpoint, verify, copy, swap the link."""

    @dg.asset(name="publish", group_name="publish", deps=deps)
    def published() -> dg.MaterializeResult:  # type: ignore[type-arg]
        catalog = load_catalog()
        end = max(scope.ledger_end for scope in pair_scopes(catalog))
        done = publish(Store(settings), ledger_end=end, method_version=catalog.method.version, now=datetime.now(UTC))
        return dg.MaterializeResult(metadata={"build": done.build_id, "hash": done.content_hash, "is_new": done.is_new})

    return published


def index_tables(ledger: Ledger, observed: pl.LazyFrame) -> dict[str, pl.DataFrame]:
    """Return the index's tables by name.

    Raises:
        AssertionError: Contributions do not sum to their index.
    """
    catalog = load_catalog()
    scopes, share, method = pair_scopes(catalog), weights(catalog), catalog.method
    parts = pressures.daily_parts(ledger, scopes, method).collect().lazy()
    dyads = pressures.dyad_item_pressures(parts, scopes).collect()
    pairs = pressures.pair_item_pressures(parts, pressures.irritants(observed, scopes), scopes, method).collect()
    dense = density.ledger_density(ledger, scopes, method).collect()
    threatened = outputs.items_under_threat(ledger.acts)
    tables = {"out_dyad__item_pressures": dyads, "out_pair__item_pressures": pairs, "out_pair__ledger_density": dense}
    for level, items in (("pair", pairs.lazy()), ("dyad", dyads.lazy())):
        key = f"{level}_id"
        grid = tension.pillar_grid(scopes, items, key)
        scores = tension.pillar_scores(items, grid, key).collect()
        monthly = outputs.monthly_table(
            scores.lazy(), items, dyads.lazy(), dense.lazy(),
            scopes=scopes, weights=share, method=method, level=key, under_threat=threatened,
        ).collect()  # fmt: skip
        explained = tension.contributions(items, scores.lazy(), monthly.lazy(), share, level=key).collect()
        _assert_sums(explained, monthly, key, "tension_index")
        tables |= {
            f"out_{level}__pillar_scores": scores,
            f"out_{level}__monthly_tension": monthly,
            f"out_{level}__contributions": explained,
        }
        if level == "pair":
            kind = tension.contributions(
                items, scores.lazy(), monthly.lazy(), share, level=key, dimension="cooperation"
            ).collect()
            _assert_sums(kind, monthly, key, "cooperation_index")
            tables["out_pair__cooperation_contributions"] = outputs.mark_under_threat(kind.lazy(), threatened).collect()
            daily = outputs.daily_table(parts, grid, scopes, share, method)
            tables["out_pair__daily_tension"] = daily.collect()
    lacking = [name for name in tables if name != "out_pair__ledger_density"]
    for name in lacking:
        if "view" not in tables[name].columns:
            tables[name] = outputs.latest_view(tables[name].lazy()).collect()
    return tables


def _assert_sums(parts: pl.DataFrame, monthly: pl.DataFrame, level: str, index: str) -> None:
    sums = parts.group_by(level, "month").agg(pl.col("contribution").sum())
    worst = (
        monthly.filter(pl.col(index) > 0)
        .join(sums, on=[level, "month"], how="left")
        .select((pl.col(index) - pl.col("contribution").fill_null(0.0)).abs().max())
        .item()
    )
    if worst is not None and worst > RESIDUAL:
        raise AssertionError(f"Contributions miss {index} by {worst} at worst; the build stops here.")
