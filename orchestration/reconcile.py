"""What changed since the build that is published now: its inputs beside those of the build file."""

from dataclasses import replace

import polars as pl

from transforms.indices.changes import Inputs, Published, changes, method_of
from transforms.indices.ledger import LEDGER_TABLES
from transforms.indices.tables import Setting
from transforms.scope import index_setting
from transforms.vintages import current
from warehouse.catalog.models import Catalog
from warehouse.catalog.registry import load_catalog
from warehouse.contracts.tables import columns_of, contract
from warehouse.query import Warehouse
from warehouse.store import Store


def explained_changes(store: Store, former: Warehouse) -> pl.DataFrame:
    """Return pair_id, month, cause, indicator_id and change since a former build; no row where nothing moved."""
    catalog = load_catalog()
    names = sorted({*LEDGER_TABLES.values(), *(irritant.table for irritant in catalog.irritants.values())})
    before = {name: current(_as_now(former.frame(f"FROM {name}"), name)) for name in names}
    after = {name: current(store.read(name)) for name in names}
    latest = "WHERE view = 'latest'"
    published = Published(
        former.frame(f"FROM out_pair__monthly_tension {latest}"), former.frame(f"FROM out_pair__contributions {latest}")
    )
    return changes(
        Inputs(before, _setting_of(former, catalog)),
        published,
        Inputs(after, index_setting(catalog)),
        catalog.irritants,
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
