"""A home as it would have been on a past day: the current build with only the rows known by then, and the index anew."""

import shutil
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import UTC, date, datetime

import polars as pl

from transforms.agreement import agreement, coded_classes
from transforms.alerts import alerts
from transforms.extraditions import yearly_extraditions
from transforms.freshness import freshness
from transforms.fulfilment import fulfilment
from transforms.indices.bands import whole_index
from transforms.indices.regimes import pair_regimes
from transforms.indices.replay import known_on, scopes_on
from transforms.indices.scope import index_setting, pair_scopes, pair_sources
from transforms.indices.stance_lags import stance_lags
from warehouse.catalog.registry import load_catalog
from warehouse.checks import REFERENCES
from warehouse.contracts.tables import KNOWLEDGE_COLUMNS, TABLES
from warehouse.errors import QueryError
from warehouse.publish import publish
from warehouse.query import Warehouse
from warehouse.settings import Settings
from warehouse.store import NOT_HASHED, Store

REPLAYS_KEPT = 10
"""Replayed days kept; each holds a copy of the warehouse."""


def replayed(settings: Settings, day: date, turn: AbstractContextManager[None] | None = None) -> Settings:
    """Return the settings of a home that holds what was known on a day; it is made once for each build and day.

    To make it takes seconds and a core: `turn` is held meanwhile, and what it raises passes.

    The catalogue and the method are those of today. The ledger was compiled in November 2026: before that its replay is
    what was public, not what had been coded.

    Raises:
        NoBuildError: Nothing is published.
        QueryError: No pair's ledger had begun on that day, or the build is of an older version.
    """
    warehouse = Warehouse(settings.link)
    folder = settings.home / "warehouse" / "as-of"
    home = replace(settings, home=folder / f"{warehouse.build()['build_id']}-{day}", follow="")
    if home.link.exists():
        return home
    scopes = scopes_on(pair_scopes(load_catalog()), day)
    if not scopes:
        raise QueryError(f"Nothing is held as known on {day}.\nHint: ask for a day from the ledger's start on.")
    store = Store(home)
    with turn or nullcontext(), store.lock():
        if home.link.exists():  # another made it while this one waited
            return home
        for name, frame in _tables(warehouse, day).items():
            store.write(name, frame)
        end = max(scope.ledger_end for scope in scopes)
        publish(store, ledger_end=end, method_version=load_catalog().method.version, now=datetime.now(UTC), as_of=day)
    store.file.unlink()
    for former in sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime)[:-REPLAYS_KEPT]:
        shutil.rmtree(former)
    return home


def _tables(warehouse: Warehouse, day: date) -> dict[str, pl.DataFrame]:
    """Return every table of the build as known on the day."""
    catalog = load_catalog()
    names = warehouse.frame("SELECT table_name FROM meta_tables")["table_name"].to_list()
    if missing := sorted(set(TABLES) - set(NOT_HASHED) - set(names)):
        raise QueryError(f"The current build lacks {', '.join(missing)}.\nHint: run `dyadwatch build` first.")
    found = {name: warehouse.frame(f"FROM {name}") for name in names if name not in NOT_HASHED}
    core = {
        name: known_on(frame.lazy(), day).collect()
        for name, frame in found.items()
        if set(KNOWLEDGE_COLUMNS) <= set(frame.columns)
    }
    for one in REFERENCES:  # a statement may speak of an act that became known later: by then the link is
        is_known = pl.col(one.column).is_in(core[one.other][one.key].implode())
        core[one.table] = core[one.table].with_columns(pl.when(is_known).then(one.column).alias(one.column))
    known = {name: frame.lazy() for name, frame in core.items()}
    setting = index_setting(catalog)
    truncated = replace(setting, scopes=scopes_on(setting.scopes, day))
    every = {name: found[name].lazy().filter(pl.col("known_from") <= day) for name in core}
    fresh = freshness(core, catalog.sources)
    index = whole_index(every, day, truncated, catalog.irritants)
    regimes, feeds = pair_regimes(index["out_pair__monthly_tension"]), pair_sources(core, catalog)
    return {
        **found,
        **core,
        **index,
        "out_dyad__yearly_extraditions": yearly_extraditions(known["core_extradition__claims"]).collect(),
        "out_policy__fulfilment": fulfilment(known["core_policy__measures"], known["core_policy__stages"]).collect(),
        "out_pair__stance_lags": stance_lags(core["core_statement__utterances"], truncated.scopes),
        "out_coding__agreement": agreement(core["core_coding__codes"], coded_classes(core)),
        "out_pair__regimes": regimes,
        "out_pair__alerts": alerts({**core, **index, "out_pair__regimes": regimes, "meta_freshness": fresh}, feeds),
        "meta_freshness": fresh,
        "meta_outages": _outages_by(found["meta_outages"], day),
    }


def _outages_by(outages: pl.DataFrame, day: date) -> pl.DataFrame:
    """Return the outages that had begun, those that lasted beyond the day as lasting."""
    begun = outages.filter(pl.col("began_at").dt.date() <= day)
    return begun.with_columns(pl.when(pl.col("ended_at").dt.date() <= day).then("ended_at").alias("ended_at"))
