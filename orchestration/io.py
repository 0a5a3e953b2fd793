"""Dagster's side of the warehouse: frames go to and come from the build file under their asset's name."""

from collections.abc import Iterator

import dagster as dg
import polars as pl

from orchestration.kept import RAW, digests, made_from
from warehouse.contracts.tables import columns_of, contract
from warehouse.ddl import column_comment
from warehouse.store import Ingested, Store

READS = "reads"
"""Key of an asset's metadata under which it names what it reads beside its dependencies."""


class WarehouseIO(dg.IOManager):
    """Stores an asset's frame as the table of its name; loads an input from it."""

    def __init__(self, store: Store) -> None:
        """Take the writer's file; what the run reads is noted now, before anything of it is read."""
        self.store = store
        self.things = digests(store.settings)

    def handle_output(self, context: dg.OutputContext, obj: pl.DataFrame | Ingested) -> None:
        """Replace the table in one transaction."""
        table = context.asset_key.path[-1]
        hashes = dict(self.store.recorded().select("table_name", "content_hash").iter_rows())
        rows = self.store.write(table, obj, made_from(reads(context.asset_spec), self.things, hashes))
        context.add_output_metadata({"dagster/row_count": rows, "dagster/column_schema": column_schema(table)})

    def load_input(self, context: dg.InputContext) -> pl.DataFrame:
        """Read the table."""
        return self.store.read(context.asset_key.path[-1])


def reads(spec: dg.AssetSpec) -> set[str]:
    """Return the names of the things that an asset reads, as `orchestration.kept` knows them."""
    return {_thing(dep.asset_key.path[-1]) for dep in spec.deps} | set(spec.metadata.get(READS, ()))


def _thing(asset: str) -> str:
    layer, _, rest = asset.partition("_")
    if layer not in ("raw", "fetched"):
        return asset
    return f"{RAW}ledger" if rest.startswith("ledger_") else f"{RAW}{rest}"


def column_schema(table: str) -> dg.TableSchema:
    """Return a table's columns with their types and comments, from its contract."""
    columns = contract(table).columns()
    return dg.TableSchema(
        [
            dg.TableColumn(
                name,
                type=str(columns[name].dtype),
                description=column_comment(table, name),
                constraints=dg.TableColumnConstraints(nullable=columns[name].nullable, unique=False),
            )
            for name in columns_of(table)
        ]
    )


def warehouse_io(store: Store) -> dg.IOManagerDefinition:
    """Return the resource that holds the writer's lock for as long as the run lasts."""

    @dg.io_manager  # type: ignore[arg-type]  # a generator is what dagster wants of a resource that is closed again
    def held(_: dg.InitResourceContext) -> Iterator[WarehouseIO]:
        with store.lock():
            yield WarehouseIO(store)

    return held
