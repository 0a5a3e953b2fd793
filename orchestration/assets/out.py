"""out_*, ref_* and publish: the index and what is derived beside it, and the build's publication."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import partial

import dagster as dg
import polars as pl

from orchestration.kept import mixed
from orchestration.reconcile import explained_changes
from transforms.agreement import agreement, coded_classes
from transforms.alerts import alerts
from transforms.charts import tension_charts
from transforms.extraditions import yearly_extraditions
from transforms.fulfilment import fulfilment
from transforms.indices.bands import whole_index
from transforms.indices.regimes import pair_regimes
from transforms.indices.scope import index_inputs, index_setting, pair_scopes, pair_sources
from transforms.indices.stance_lags import stance_lags
from transforms.indices.tables import INDEX_TABLES
from transforms.reference import reference_tables
from transforms.vintages import current
from warehouse.catalog.registry import load_catalog
from warehouse.contracts.tables import TABLES
from warehouse.ddl import table_comment
from warehouse.errors import DyadwatchError
from warehouse.publish import publish
from warehouse.store import Store

IRRITANT_TABLES = sorted({irritant.table for irritant in load_catalog().irritants.values()})
OUT_TABLES = (*INDEX_TABLES, "out_pair__tension_vintages", "out_pair__comparisons", "out_pair__thinned_tension")
REFERENCE_TABLES = tuple(name for name in TABLES if name.startswith("ref_"))


@dg.multi_asset(
    name="tension_index",
    group_name="out",
    ins={table: dg.AssetIn(key=table) for table in index_inputs(load_catalog())},
    outs={name: dg.AssetOut(kinds={"polars"}) for name in OUT_TABLES},
)
def tension_index(context: dg.AssetExecutionContext, **tables: pl.DataFrame):  # type: ignore[no-untyped-def]
    """The index of every pair and direction: with all that is known now, and as it was known at the time."""
    catalog = load_catalog()
    every = {name: frame.lazy() for name, frame in tables.items()}
    index = whole_index(every, date.max, index_setting(catalog), catalog.irritants)
    monthly = "out_pair__monthly_tension"
    charts = {pair: dg.MetadataValue.md(chart) for pair, chart in tension_charts(index[monthly]).items()}
    context.add_output_metadata(charts, output_name=monthly)
    return tuple(index[name] for name in OUT_TABLES)


@dg.asset(group_name="out", kinds={"polars"})
def out_dyad__yearly_extraditions(core_extradition__claims: pl.DataFrame) -> pl.DataFrame:
    """Persons surrendered in a year under each definition."""
    return yearly_extraditions(current(core_extradition__claims).lazy()).collect()


@dg.asset(group_name="out", kinds={"polars"}, description=table_comment("out_coding__agreement"))
def out_coding__agreement(
    core_coding__codes: pl.DataFrame,
    core_act__events: pl.DataFrame,
    core_policy__measures: pl.DataFrame,
    core_statement__utterances: pl.DataFrame,
) -> pl.DataFrame:
    """How far two coders agree."""
    tables = {
        "core_act__events": current(core_act__events),
        "core_policy__measures": current(core_policy__measures),
        "core_statement__utterances": current(core_statement__utterances),
    }
    return agreement(current(core_coding__codes), coded_classes(tables))


@dg.asset(group_name="out", kinds={"polars"}, description=table_comment("out_policy__fulfilment"))
def out_policy__fulfilment(core_policy__measures: pl.DataFrame, core_policy__stages: pl.DataFrame) -> pl.DataFrame:
    """What became of threats."""
    return fulfilment(current(core_policy__measures).lazy(), current(core_policy__stages).lazy()).collect()


@dg.asset(group_name="out", kinds={"polars"}, description=table_comment("out_pair__stance_lags"))
def out_pair__stance_lags(core_statement__utterances: pl.DataFrame) -> pl.DataFrame:
    """Whose words come first."""
    return stance_lags(current(core_statement__utterances), pair_scopes(load_catalog()))


@dg.asset(group_name="out", kinds={"polars"}, description=table_comment("out_pair__regimes"))
def out_pair__regimes(out_pair__monthly_tension: pl.DataFrame) -> pl.DataFrame:
    """Spans in which the index keeps one mean."""
    return pair_regimes(out_pair__monthly_tension)


ALERTED = (
    "out_pair__comparisons",
    "out_pair__monthly_tension",
    "out_pair__contributions",
    "out_pair__regimes",
    "meta_freshness",
    "core_indicator__observations",
)
"""Tables that alerts are raised from."""


@dg.asset(
    group_name="out",
    kinds={"polars"},
    ins={table: dg.AssetIn(key=table) for table in sorted({*ALERTED, *IRRITANT_TABLES})},
    description=table_comment("out_pair__alerts"),
)
def out_pair__alerts(**tables: pl.DataFrame) -> pl.DataFrame:
    """What to look at."""
    return alerts(tables, pair_sources(tables, load_catalog()))


@dg.multi_asset(name="reference", group_name="ref", outs={name: dg.AssetOut() for name in REFERENCE_TABLES})
def reference():  # type: ignore[no-untyped-def]
    """The catalogue as tables."""
    tables = reference_tables(load_catalog())
    return tuple(tables[name] for name in REFERENCE_TABLES)


class PublishConfig(dg.Config):
    """How a run ends."""

    force: bool = False
    """Publish a new build even if nothing changed."""


def publish_asset(store: Store, deps: Sequence[str]) -> dg.AssetsDefinition:
    """Return the asset that ends a run: checkpoint, verify, copy, swap the link."""

    @dg.asset(name="publish", group_name="publish", deps=deps)
    def published(config: PublishConfig) -> dg.MaterializeResult:  # type: ignore[type-arg]  # dagster's generic has no use here
        """The build file, verified and copied to a read-only file that the link names."""
        if between := mixed(store.recorded()):
            raise DyadwatchError(
                f"Not published: made from other tables than those beside them: {', '.join(between)}.\n"
                "Hint: make them in the same run, or run `dyadwatch build`, which finds them."
            )
        catalog = load_catalog()
        end = max(scope.ledger_end for scope in pair_scopes(catalog))
        now = datetime.now(UTC)
        done = publish(
            store,
            ledger_end=end,
            method_version=catalog.method.version,
            now=now,
            force=config.force,
            explain=partial(explained_changes, store),
        )
        return dg.MaterializeResult(metadata={"build": done.build_id, "hash": done.content_hash, "is_new": done.is_new})

    return published
