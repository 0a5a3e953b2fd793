"""The validation of the published build: its card and the doubts' shares, which it publishes beside the same figures."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from transforms.cases import Alternatives
from transforms.indices.bands import panels, shares
from transforms.indices.doubt import Panel, monte_carlo, nothing, tension_under
from transforms.indices.ledger import LEDGER_TABLES, ledger_of
from transforms.indices.scope import index_setting
from transforms.indices.tables import Setting
from transforms.validation import validation_card
from transforms.vintages import current
from warehouse.catalog.registry import load_catalog, load_validation
from warehouse.contracts.tables import contract, enforce
from warehouse.errors import DyadwatchError
from warehouse.publish import build_id_of, publish
from warehouse.query import Warehouse
from warehouse.settings import Settings
from warehouse.store import Store

CARD, DOUBTS = "out_pair__validation", "out_pair__doubts"
READ = (
    *LEDGER_TABLES.values(),
    "core_indicator__observations",
    "out_pair__monthly_tension",
    "out_dyad__monthly_tension",
    "out_pair__contributions",
    "out_pair__item_pressures",
    "out_pair__pillar_scores",
)
"""Tables of the build that the card and the shares are computed from."""


@dataclass(frozen=True)
class Judged:
    """What a build is judged by: its tables, the setting, and the panel of each pair."""

    tables: Mapping[str, pl.DataFrame]
    setting: Setting
    panels: Mapping[str, Panel]


@dataclass(frozen=True)
class Validated:
    """The card as it is published, and the build that holds it."""

    card: pl.DataFrame
    build_id: str
    is_new: bool


def validate(settings: Settings, now: datetime, *, tell: Callable[[str], object], size: int = 256) -> Validated:
    """Compute the card and the doubts' shares of the published build, and publish them beside its figures.

    The card belongs to the build that is published with it, whose content hash is that of the build it was computed
    from. Where that build already holds the same card nothing is published.

    Args:
        settings: Where the build is.
        now: Time of publication, UTC.
        tell: Takes a line of progress.
        size: Base size of the Saltelli design of the shares, a power of two.

    Raises:
        NoBuildError: Nothing is published.
        DyadwatchError: The build file holds other figures than the published build.
        WarehouseBusyError: Another process is writing for longer than the setting allows.
    """
    warehouse, store = Warehouse(settings.link), Store(settings)
    about = warehouse.build()
    judged = _judged(warehouse)
    card, doubts = _card(judged, build_id_of(now), tell), _doubts(judged, tell, size)
    with store.lock():
        _require_same_figures(store, Warehouse(settings.link), about["build_id"])
        former, held = (_held(store, table) for table in (CARD, DOUBTS))
        told = former.filter(pl.col("build_id") == about["build_id"])
        if _without_build(told).equals(_without_build(enforce(CARD, card))) and held.equals(doubts):
            tell(f"nothing changed, still build {about['build_id']}")
            return Validated(card.with_columns(pl.lit(about["build_id"]).alias("build_id")), about["build_id"], False)
        store.write(CARD, pl.concat([former.select(card.columns), card]))
        store.write(DOUBTS, doubts)
        done = publish(
            store, ledger_end=about["ledger_end"], method_version=about["method_version"], now=now, force=True
        )
    tell(f"published build {done.build_id} with the card, content {done.content_hash}")
    return Validated(card, done.build_id, is_new=True)


def card_of(settings: Settings, *, tell: Callable[[str], object]) -> pl.DataFrame:
    """Return the card of a build without publishing it, as of a replay, which is read only.

    Raises:
        NoBuildError: Nothing is published.
    """
    warehouse = Warehouse(settings.link)
    return _card(_judged(warehouse), warehouse.build()["build_id"], tell)


def _judged(warehouse: Warehouse) -> Judged:
    """Return what a build is judged by."""
    tables = {name: warehouse.frame(f"FROM {name}") for name in READ}
    setting = index_setting(load_catalog())
    ledger = ledger_of({name: current(tables[name]).lazy() for name in LEDGER_TABLES.values()})
    return Judged(tables, setting, {scope.pair_id: found for found, scope in panels(tables, ledger, setting)})


def _card(judged: Judged, build_id: str, tell: Callable[[str], object]) -> pl.DataFrame:
    """Return the card in the order of the checks."""
    alternatives = {}
    for pair_id, found in judged.panels.items():
        tell(f"{pair_id}: the index under draws of the doubts")
        alternatives[pair_id] = _alternatives(found)
    tell("the frozen checks")
    return validation_card(
        judged.tables, judged.setting, validation=load_validation(), alternatives=alternatives, build_id=build_id
    )


def _doubts(judged: Judged, tell: Callable[[str], object], size: int) -> pl.DataFrame:
    """Return the doubts' shares as they are stored."""
    parts = []
    for pair_id, found in judged.panels.items():
        tell(f"{pair_id}: shares of the doubts")
        parts.append(shares(found, size).with_columns(pl.lit(pair_id).alias("pair_id")))
    return enforce(DOUBTS, pl.concat(parts).with_columns(pl.col("share").round(6)))


def _alternatives(found: Panel) -> Alternatives:
    return tension_under(found, nothing())[:, 0], tension_under(found, monte_carlo())


def _require_same_figures(store: Store, warehouse: Warehouse, build_id: str) -> None:
    """Hold that the build file, which is published next, has the figures that were checked."""
    checked = warehouse.frame("FROM meta_tables")
    if (
        warehouse.build()["build_id"] != build_id
        or not store.file.exists()
        or _of_content(store.content_hashes()) != _of_content(checked)
    ):
        raise DyadwatchError(
            f"The card of build {build_id} is not published: the build file holds other figures.\n"
            "Hint: let a running build end or run `dyadwatch build`, then check again."
        )


def _of_content(hashes: pl.DataFrame) -> dict[str, str]:
    return dict(hashes.select("table_name", "content_hash").iter_rows())


def _held(store: Store, table: str) -> pl.DataFrame:
    return store.read(table) if table in store.tables() else contract(table).create_empty()


def _without_build(card: pl.DataFrame) -> pl.DataFrame:
    return card.drop("build_id").sort("pair_id", "check_id")
