"""The published build as a data package: Parquet and CSV of every table, descriptor, dictionary, manifest, README.

The same build gives the same bytes wherever it is exported: rows are ordered by key, and the only time written is the
build's. Rows of a source that may not be passed on are left out and counted.
"""

import json
import shutil
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from warehouse.contracts.tables import TABLES, columns_of, key_of
from warehouse.datapackage import ExportedTable, descriptor, dictionary, digest, readme
from warehouse.ddl import quoted
from warehouse.errors import DyadwatchError, UnknownKeyError
from warehouse.query import Warehouse
from warehouse.sheets import runs

MANIFEST = "MANIFEST"
"""Written last: a folder without it is no whole export."""
MANIFEST_HEAD = "path\tbytes\tsha256"
DATETIME = "%Y-%m-%dT%H:%M:%S%.6fZ"
SOURCE = "_source"
"""Column read beside a table's own: the source under whose licence the row is; null where the row is ours."""
UNKNOWN_SOURCE = "unknown"


class ExportError(DyadwatchError):
    """The export is refused, or its folder cannot be written."""


@dataclass(frozen=True)
class Exported:
    """Outcome of an export."""

    build_id: str
    content_hash: str
    tables: list[ExportedTable]


def export(link: Path, out: Path, *, tables: Sequence[str] = (), force: bool = False) -> Exported:
    """Write the current build into a folder as a tabular data package of the Frictionless standard.

    Args:
        link: The link to the published build.
        out: Folder to write, made where it is missing; nothing outside it is touched.
        tables: Tables to write; all of the build when empty.
        force: Replace a former export in the folder.

    Raises:
        NoBuildError: Nothing is published.
        UnknownKeyError: The build has no such table.
        ExportError: The folder holds something else, or cannot be written; or an input of the index may not be passed
            on, so that what is derived from it may not be either.
    """
    warehouse = Warehouse(link.resolve())  # one build from first to last, whatever is published meanwhile
    sources = warehouse.frame("FROM ref_sources ORDER BY source_id")
    free = sources.filter("redistributable")["source_id"].to_list()
    names = _chosen(warehouse, tables)
    _require_free_inputs(warehouse, free)
    build, rows = warehouse.build(), sources.to_dicts()
    try:
        _make_room(out, force=force)
        written = [_write(warehouse, out, name, free) for name in names]
        package = json.dumps(descriptor(out, build, written, rows), indent=2, ensure_ascii=False) + "\n"
        (out / "datapackage.json").write_text(package, "utf-8")
        dictionary(names).write_csv(out / "dictionary.csv")
        (out / "README.txt").write_text(readme(build, written, rows), "utf-8")
        (out / MANIFEST).write_text(_manifest(out), "utf-8")
    except OSError as error:
        raise ExportError(f"{out} cannot be written: {error}.\nHint: choose another folder with --out.") from error
    return Exported(build["build_id"], build["content_hash"], written)


def _chosen(warehouse: Warehouse, tables: Sequence[str]) -> list[str]:
    """Return the tables to write, none of which may have other columns than its contract."""
    held = warehouse.frame(
        "SELECT table_name, list(column_name) FROM duckdb_columns() WHERE NOT internal GROUP BY ALL ORDER BY ALL"
    )
    columns: dict[str, list[str]] = dict(held.iter_rows())
    if unknown := sorted(set(tables) - set(columns)):
        raise UnknownKeyError("table", unknown[0], columns)
    names = [name for name in columns if name in tables or not tables]
    for name in names:
        if name not in TABLES or set(columns[name]) != set(columns_of(name)):
            raise ExportError(
                f"Not exported: {name} of the current build is not as its contract says; another version built it.\n"
                "Hint: run `dyadwatch build`."
            )
    return names


def _require_free_inputs(warehouse: Warehouse, free: Collection[str]) -> None:
    """Refuse where the index rests on rows that may not be passed on: its parts would give them away."""
    inputs = warehouse.frame(
        "SELECT indicator_id, \"table\" FROM ref_indicators WHERE role IN ('ledger', 'irritant') ORDER BY indicator_id"
    )
    for indicator_id, table in inputs.iter_rows():
        only = {"i": indicator_id} if "indicator_id" in columns_of(table) else {}
        where = " WHERE indicator_id = $i" if only else ""
        used = warehouse.frame(f"SELECT DISTINCT source_id FROM {quoted(table)}{where}", **only)["source_id"]
        if held := sorted(set(used) - set(free)):
            raise ExportError(
                f"Not exported: {indicator_id} is an input of the index and rests on {', '.join(held)}, "
                "whose rows may not be passed on.\n"
                "Hint: set `redistributable` in warehouse/catalog/sources.yml if its licence allows it."
            )


def _make_room(out: Path, *, force: bool) -> None:
    """Make the folder, empty; what is there already must be an export and nothing else."""
    out.mkdir(parents=True, exist_ok=True)
    found = {p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_symlink() or not p.is_dir()}
    if not found:
        return
    manifest = out / MANIFEST
    lines = manifest.read_text("utf-8", "replace").splitlines() if MANIFEST in found else []
    ours = {MANIFEST, *(line.split("\t")[0] for line in lines[1:])} if lines[:1] == [MANIFEST_HEAD] else set()
    if foreign := sorted(found - ours):
        raise ExportError(f"{out} holds files of no whole export, as {foreign[0]}.\nHint: choose another with --out.")
    if not force:
        raise ExportError(f"{out} holds an export.\nHint: replace it with --force, or choose another with --out.")
    manifest.unlink()  # first: a replacement that is cut short leaves no manifest that looks whole
    for path in out.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def _write(warehouse: Warehouse, out: Path, table: str, free: Collection[str]) -> ExportedTable:
    frame = _read(warehouse, table)
    is_ours = pl.col(SOURCE).is_null()
    kept = frame.filter(is_ours | pl.col(SOURCE).is_in(free))
    held = frame.filter(~is_ours & ~pl.col(SOURCE).is_in(free))
    content = kept.drop(SOURCE)
    null = _null(content)
    for folder in ("csv", "parquet"):
        (out / folder).mkdir(exist_ok=True)
    content.write_csv(out / "csv" / f"{table}.csv", null_value=null, datetime_format=DATETIME)
    content.write_parquet(out / "parquet" / f"{table}.parquet", compression="zstd")
    return ExportedTable(
        name=table,
        rows=content.height,
        left_out=dict(held.group_by(SOURCE).len().sort(SOURCE).iter_rows()),
        source_ids=kept[SOURCE].drop_nulls().unique().sort().to_list(),
        null=null,
        formulas=sum(int(column.sum()) for column in content.select(runs(pl.col(pl.String)))),
    )


def _read(warehouse: Warehouse, table: str) -> pl.DataFrame:
    """Return a table in the order of its key, each row with the source whose licence governs it."""
    columns = ", ".join(f"t.{quoted(name)}" for name in columns_of(table))
    key = ", ".join(f"t.{quoted(name)}" for name in key_of(table))
    return warehouse.frame(
        f"SELECT {columns}, {_source_of(table)} AS {SOURCE} FROM {quoted(table)} AS t ORDER BY {key}"
    )


def _source_of(table: str) -> str:
    if table == "meta_rejections":  # holds the publishers' rows, and names their snapshots only
        return (
            "coalesce((SELECT any_value(s.source_id) FROM meta_snapshots AS s WHERE s.snapshot_id = t.snapshot_id"
            f" AND s.table_name = t.table_name), '{UNKNOWN_SOURCE}')"
        )
    if table == "ref_sources" or "source_id" not in columns_of(table):  # ref_sources is our list of all licences
        return "NULL::VARCHAR"
    return "t.source_id"


def _null(frame: pl.DataFrame) -> str:
    r"""Return what stands for a null, which no text equals: an empty cell, or \N in a table where a text is empty."""
    texts = frame.select(pl.col(pl.String))
    null = ""
    while any((column == null).any() for column in texts):
        null += r"\N"
    return null


def _manifest(out: Path) -> str:
    lines = [MANIFEST_HEAD]
    for path in sorted(p for p in out.rglob("*") if p.is_file()):
        size, sha256 = digest(path)
        lines.append(f"{path.relative_to(out).as_posix()}\t{size}\t{sha256}")
    return "\n".join(lines) + "\n"
