"""What changed since the build that is published now: its inputs beside those of the build file."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import polars as pl

from transforms.indices.changes import Inputs, Published, changes, method_of, moved_since
from transforms.indices.replay import scopes_on
from transforms.indices.scope import index_inputs, index_setting
from transforms.indices.tables import Setting
from transforms.vintages import current
from warehouse.catalog.models import Catalog
from warehouse.catalog.registry import load_catalog
from warehouse.contracts.tables import columns_of, contract
from warehouse.errors import QueryError
from warehouse.query import Warehouse
from warehouse.settings import Settings
from warehouse.store import Store

SETTING = ("ref_pairs", "ref_pillars", "ref_method")
"""Tables with the pairs to the end of their ledgers, the weights and the constants."""


def explained_changes(store: Store, former: Warehouse) -> pl.DataFrame:
    """Return pair_id, month, cause, indicator_id and change since a former build; no row where nothing moved."""
    catalog = load_catalog()
    names = index_inputs(catalog)
    if _hashes(former.frame("FROM meta_tables"), names) == _hashes(store.content_hashes(), names):
        return contract("out_pair__changes").create_empty().drop("from_build", "to_build")
    before = {name: current(_as_now(former.frame(f"FROM {name}"), name)) for name in names}
    after = {name: current(store.read(name)) for name in names}
    return changes(
        Inputs(before, _setting_of(former, catalog)),
        _published(former),
        Inputs(after, index_setting(catalog)),
        catalog.irritants,
    )


def _hashes(tables: pl.DataFrame, inputs: Sequence[str]) -> dict[str, str]:
    """Return the content hashes of what the index is computed from and of what it says."""
    names = [*inputs, *SETTING, "out_pair__monthly_tension", "out_pair__contributions"]
    return dict(tables.filter(pl.col("table_name").is_in(names)).select("table_name", "content_hash").iter_rows())


def changes_since(settings: Settings, day: date) -> pl.DataFrame:
    """Return how the index has changed since a day, by month and cause: the changes of a month sum to its difference.

    Returns:
        Columns pair_id, month, then (the index as known on the day), now, cause, indicator_id, change; a month that had no
        index then, or has none now, has no row, nor one that did not move.

    Raises:
        NoBuildError: Nothing is published.
        QueryError: No pair's ledger had begun on that day.
    """
    catalog, warehouse = load_catalog(), Warehouse(settings.link)
    setting = index_setting(catalog)
    if not scopes_on(setting.scopes, day):
        raise QueryError(f"Nothing is held as known on {day}.\nHint: ask for a day from the ledger's start on.")
    held = {name: warehouse.frame(f"FROM {name}") for name in index_inputs(catalog)}
    since = moved_since(held, setting, day, catalog.irritants)
    found = since.changes
    for name, published in (("then", since.then), ("now", since.now)):
        index = published.monthly.select("pair_id", "month", pl.col("tension_index").alias(name))
        found = found.join(index, on=["pair_id", "month"], how="left", validate="m:1")
    return found.select("pair_id", "month", "then", "now", "cause", "indicator_id", "change")


def _published(warehouse: Warehouse) -> Published:
    """Return what a build says, of the latest view."""
    latest = "WHERE view = 'latest'"
    return Published(
        warehouse.frame(f"FROM out_pair__monthly_tension {latest}"),
        warehouse.frame(f"FROM out_pair__contributions {latest}"),
    )


def _as_now(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    """Return a former build's table with the columns of today: one that it lacks is empty, one too many is left out."""
    types = contract(name).create_empty().schema
    return frame.select(
        pl.col(column) if column in frame.columns else pl.lit(None, dtype=types[column]).alias(column)
        for column in columns_of(name)
    )


def _setting_of(former: Warehouse, catalog: Catalog) -> Setting:
    """Return the setting of a former build: its pairs to the days on which their ledgers ended, weights and constants."""
    now = index_setting(catalog)
    ends = dict(former.frame("SELECT pair_id, ledger_end FROM ref_pairs").iter_rows())
    scopes = [replace(scope, ledger_end=ends[scope.pair_id]) for scope in now.scopes if scope.pair_id in ends]
    weights = dict(former.frame("SELECT pillar, weight FROM ref_pillars").iter_rows())
    constants = dict(former.frame("SELECT name, value FROM ref_method").iter_rows())
    version = former.build()["method_version"]
    return Setting(scopes, weights, method_of(constants, version, now.method))
