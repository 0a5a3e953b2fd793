"""The data package holds the build, no more than licences allow, the same bytes each time; docs/export.md reads it."""

import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from orchestration.cli import main
from warehouse.contracts.tables import columns_of, key_of
from warehouse.ddl import create_table
from warehouse.errors import NoBuildError, UnknownKeyError
from warehouse.export import ExportError, export
from warehouse.query import Warehouse
from warehouse.settings import Settings
from warehouse.store import NOT_HASHED, content_hash

KINDS = ("csv", "parquet")
HELD_BACK = ("gpr", "banxico_remittances")
"""A yardstick, and context that has rejected rows too: here they are marked as not to be passed on."""
PAGE = (Path(__file__).parents[2] / "docs" / "export.md").read_text(encoding="utf-8")
SQL_TYPES = {
    "VARCHAR": "string",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIMESTAMP": "datetime",
    "DOUBLE": "number",
    "TINYINT": "integer",
    "SMALLINT": "integer",
    "BIGINT": "integer",
}


@pytest.fixture(scope="module")
def package(published: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of an export of the whole build."""
    out = tmp_path_factory.mktemp("package") / "us_mexico"
    export(published.link, out)
    return out


@pytest.fixture(scope="module")
def restricted(published: Settings, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return a build in which two sources may not be passed on, and its export."""
    folder = tmp_path_factory.mktemp("restricted")
    build = _altered(published, folder, *(_hold_back(source) for source in HELD_BACK))
    export(build, folder / "out")
    return build, folder / "out"


def _hold_back(source_id: str) -> str:
    return f"UPDATE ref_sources SET redistributable = false WHERE source_id = '{source_id}'"


def _altered(published: Settings, folder: Path, *statements: str) -> Path:
    """Return a copy of the build in which the statements were run."""
    build = folder / "build.duckdb"
    shutil.copyfile(published.link, build)
    with duckdb.connect(str(build)) as connection:
        for statement in statements:
            connection.execute(statement)
    return build


def _descriptor(out: Path) -> dict[str, Any]:  # Any: JSON
    content: dict[str, Any] = json.loads((out / "datapackage.json").read_text("utf-8"))
    return content


def _resources(out: Path) -> dict[str, dict[str, Any]]:  # Any: JSON
    return {resource["name"]: resource for resource in _descriptor(out)["resources"]}


def _whole(out: Path) -> list[str]:
    """Return the tables of which no row was left out."""
    return [name for name, resource in _resources(out).items() if not resource["rows_left_out"]]


def _reloaded(out: Path, kind: str) -> duckdb.DuckDBPyConnection:
    """Return an empty database into which the files were loaded by the contracts' own DDL."""
    connection = duckdb.connect()
    for name, resource in _resources(out).items():
        connection.execute(create_table(name))
        null = resource["schema"]["missingValues"][0]
        options = f"FORMAT csv, HEADER, NULLSTR '{null}'" if kind == "csv" else "FORMAT parquet"
        connection.execute(f"COPY \"{name}\" FROM '{out / kind / name}.{kind}' ({options})")
    return connection


def _files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("kind", KINDS)
def test_reloading_gives_the_content_hashes_of_the_build(kind: str, published: Settings, package: Path) -> None:
    hashes = Warehouse(published.link).frame("FROM meta_tables")
    connection = _reloaded(package, kind)
    assert set(_resources(package)) == {*hashes["table_name"], *NOT_HASHED}
    whole = hashes.filter(pl.col("table_name").is_in(_whole(package)))
    found = pl.concat([content_hash(connection, name) for name in whole["table_name"]])
    assert found.rows() == whole.select("table_name", "rows", "content_hash").rows()


@pytest.mark.parametrize("kind", KINDS)
def test_reloading_gives_every_cell_of_the_build(kind: str, published: Settings, package: Path) -> None:
    connection = _reloaded(package, kind)
    for name in _whole(package):
        rows = f'FROM "{name}" ORDER BY ' + ", ".join(key_of(name))
        assert connection.sql(rows).pl().equals(Warehouse(published.link).frame(rows)), name


@pytest.mark.parametrize("kind", KINDS)
def test_left_out_are_exactly_the_rows_that_may_not_be_passed_on(kind: str, restricted: tuple[Path, Path]) -> None:
    build, out = restricted
    held = "source_id IN (SELECT source_id FROM whole.ref_sources WHERE NOT redistributable)"
    connection = _reloaded(out, kind)
    connection.execute(f"ATTACH '{build}' AS whole (READ_ONLY)")
    for name in _resources(out):
        condition = held if "source_id" in columns_of(name) and name != "ref_sources" else "false"
        if name == "meta_rejections":
            condition = f"snapshot_id IN (SELECT snapshot_id FROM whole.meta_snapshots WHERE {held})"
        missing = f'FROM whole."{name}" EXCEPT ALL FROM "{name}"'
        expected = f'FROM whole."{name}" WHERE {condition}'
        for more, less in ((missing, expected), (expected, missing), (f'FROM "{name}"', f'FROM whole."{name}"')):
            assert connection.sql(f"({more}) EXCEPT ALL ({less})").fetchall() == [], name


def test_left_out_rows_are_counted_by_table_and_source(restricted: tuple[Path, Path]) -> None:
    build, out = restricted
    told = {(row["table"], row["source_id"]): row["rows"] for row in _descriptor(out)["left_out"]}
    for table in ("core_indicator__observations", "meta_snapshots", "meta_freshness"):
        counts = Warehouse(build).frame(
            f"SELECT source_id, count(*) FROM {table} WHERE source_id IN {HELD_BACK} GROUP BY ALL"
        )
        assert counts.height == len(HELD_BACK)
        assert {source: told[table, source] for source in HELD_BACK} == dict(counts.iter_rows())
    assert told["meta_rejections", "banxico_remittances"] > 0
    readme = (out / "README.txt").read_text("utf-8")
    for (table, source_id), rows in told.items():
        assert f"  {table}: {rows} rows of {source_id}\n" in readme
    for name, resource in _resources(out).items():
        assert resource["rows_left_out"] == sum(rows for (table, _), rows in told.items() if table == name)
        assert not {source["source_id"] for source in resource.get("sources", ())} & set(HELD_BACK)


def test_an_input_that_may_not_be_passed_on_stops_the_export(published: Settings, tmp_path: Path) -> None:
    build = _altered(published, tmp_path, _hold_back("usbp_monthly"))
    with pytest.raises(ExportError, match="usbp_encounters is an input of the index and rests on usbp_monthly"):
        export(build, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_command_writes_the_same_bytes_again(published: Settings, package: Path) -> None:
    environment = {**os.environ, "DYADWATCH_HOME": str(published.home), "POLARS_MAX_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "orchestration.cli", "export"],
        env=environment,
        check=True,
        capture_output=True,
        timeout=300,
    )
    assert done.stdout == b""
    assert _files(published.home / "export") == _files(package)
    shutil.rmtree(published.home / "export")


def test_the_descriptor_names_the_build(published: Settings, package: Path) -> None:
    build = Warehouse(published.link).build()
    content = _descriptor(package)
    assert content["profile"] == "tabular-data-package"
    assert content["version"] == build["content_hash"]
    assert content["created"] == build["built_at"].isoformat() + "Z"
    readme = (package / "README.txt").read_text("utf-8")
    assert f"build {build['build_id']} of {build['built_at']:%Y-%m-%d}, content hash {build['content_hash']}" in readme


def test_a_build_as_of_a_past_day_says_so(published: Settings, tmp_path: Path) -> None:
    build = _altered(published, tmp_path, "UPDATE meta_builds SET as_of = DATE '2025-03-31'")
    export(build, tmp_path / "out", tables=["ref_pairs"])
    assert _descriptor(tmp_path / "out")["as_of"] == "2025-03-31"
    assert ", with what was known on 2025-03-31, content hash" in (tmp_path / "out" / "README.txt").read_text("utf-8")


def test_every_source_has_its_licence_and_notice(published: Settings, package: Path) -> None:
    sources = Warehouse(published.link).frame("FROM ref_sources").to_dicts()
    licences = {entry.get("source_id"): entry["title"] for entry in _descriptor(package)["licenses"]}
    readme = (package / "README.txt").read_text("utf-8")
    for source in sources:
        assert licences[source["source_id"]] == source["licence"]
        assert source["licence"] in readme
        assert (source["notice"] or "") in readme


def test_the_schemas_say_what_the_files_hold(published: Settings, package: Path) -> None:
    warehouse = Warehouse(published.link)
    for name, resource in _resources(package).items():
        schema = resource["schema"]
        header = (package / resource["path"]).read_text("utf-8").split("\n", 1)[0]
        assert header == ",".join(field["name"] for field in schema["fields"])
        types = dict(warehouse.frame(f"SELECT column_name, column_type FROM (DESCRIBE {name})").iter_rows())
        assert {field["name"]: field["type"] for field in schema["fields"]} == {
            k: SQL_TYPES[v] for k, v in types.items()
        }
        frame = warehouse.frame(f'FROM "{name}"')
        assert resource["rows"] + resource["rows_left_out"] == frame.height
        assert not frame.select(schema["primaryKey"]).is_duplicated().any()
        for field in schema["fields"]:
            assert field["description"], (name, field["name"])
            if field["constraints"]["required"]:
                assert frame[field["name"]].null_count() == 0
            if "enum" in field["constraints"]:
                assert set(frame[field["name"]].drop_nulls()) <= set(field["constraints"]["enum"])


def test_every_foreign_key_is_found(package: Path) -> None:
    resources = _resources(package)
    referring = {
        (name, key["reference"]["resource"])
        for name, resource in resources.items()
        for key in resource["schema"]["foreignKeys"]
    }
    sourced = {name for name in resources if "source_id" in columns_of(name)} - {"ref_sources"}
    assert referring >= {(name, "ref_sources") for name in sourced}
    assert referring >= {("core_policy__stages", "core_policy__measures"), ("out_pair__monthly_tension", "ref_pairs")}
    frames = {name: pl.read_parquet(package / resource["parquet"]["path"]) for name, resource in resources.items()}
    for name, resource in resources.items():
        for key in resource["schema"]["foreignKeys"]:
            rows = frames[name].drop_nulls(key["fields"])
            other = frames[key["reference"]["resource"]]
            assert rows.join(other, on=key["fields"], how="anti").is_empty(), (name, key)


def test_the_manifest_lists_every_file(package: Path) -> None:
    files = _files(package)
    lines = [line.split("\t") for line in files.pop("MANIFEST").decode().splitlines()]
    assert lines[0] == ["path", "bytes", "sha256"]
    expected = {path: (len(content), hashlib.sha256(content).hexdigest()) for path, content in files.items()}
    assert {path: (int(size), digest) for path, size, digest in lines[1:]} == expected
    for resource in _resources(package).values():
        for entry in (resource, resource["parquet"]):
            assert (entry["bytes"], entry["hash"].removeprefix("sha256:")) == expected[entry["path"]]


def test_the_dictionary_has_a_row_for_every_column(package: Path) -> None:
    rows = pl.read_csv(package / "dictionary.csv").select("table_name", "column_name").rows()
    assert rows == [(name, column) for name in _resources(package) for column in columns_of(name)]


@pytest.mark.skipif(
    importlib.util.find_spec("frictionless") is None,
    reason="the standard's own validator is not installed: pip install frictionless",
)
def test_the_standards_validator_accepts_the_package(package: Path) -> None:
    command = [sys.executable, "-m", "frictionless", "validate", "datapackage.json", "--json"]
    done = subprocess.run(command, cwd=package, capture_output=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout[-2000:].decode()
    assert json.loads(done.stdout)["valid"]


def test_nulls_and_empty_texts_are_told_apart(published: Settings, tmp_path: Path) -> None:
    build = _altered(
        published,
        tmp_path,
        "UPDATE ref_countries SET name_es = '' WHERE country = 'USA'",
        "UPDATE ref_countries SET fips = NULL, name_en = E' \"México\",\\n#2 ' WHERE country = 'MEX'",
    )
    out = tmp_path / "out"
    export(build, out, tables=["ref_countries", "ref_pairs"])
    resources = _resources(out)
    assert resources["ref_countries"]["schema"]["missingValues"] == [r"\N"]
    assert resources["ref_pairs"]["schema"]["missingValues"] == [""]
    assert r"as \N in ref_countries" in (out / "README.txt").read_text("utf-8")
    rows = "FROM ref_countries ORDER BY country"
    assert _reloaded(out, "csv").sql(rows).pl().equals(Warehouse(build).frame(rows))


def test_a_selection_refers_to_nothing_outside_it(published: Settings, tmp_path: Path) -> None:
    export(published.link, tmp_path / "out", tables=["out_pair__contributions", "ref_pillars"])
    resources = _resources(tmp_path / "out")
    assert list(resources) == ["out_pair__contributions", "ref_pillars"]
    keys = resources["out_pair__contributions"]["schema"]["foreignKeys"]
    assert [key["reference"]["resource"] for key in keys] == ["ref_pillars"]


def test_a_former_export_is_replaced_on_request_only(published: Settings, tmp_path: Path) -> None:
    out = tmp_path / "out"
    export(published.link, out, tables=["ref_pairs"])
    before = _files(out)
    with pytest.raises(ExportError, match="--force"):
        export(published.link, out, tables=["ref_dyads"])
    assert _files(out) == before
    export(published.link, out, tables=["ref_dyads"], force=True)
    assert {path for path in _files(out) if "ref_" in path} == {"csv/ref_dyads.csv", "parquet/ref_dyads.parquet"}


@pytest.mark.parametrize("name", ["notes.txt", "csv/mine.csv"])
def test_a_file_of_someone_else_is_never_deleted(name: str, published: Settings, tmp_path: Path) -> None:
    out = tmp_path / "out"
    export(published.link, out, tables=["ref_pairs"])
    (out / name).write_text("mine")
    before = _files(out)
    with pytest.raises(ExportError, match=name):
        export(published.link, out, tables=["ref_pairs"], force=True)
    assert _files(out) == before


def test_a_link_inside_the_folder_is_not_followed(published: Settings, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "csv").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ExportError, match="csv"):
        export(published.link, tmp_path / "out", force=True)
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_nothing_outside_the_folder_is_written(
    published: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    home = {path: path.lstat().st_mtime_ns for path in published.home.rglob("*")}
    export(published.link, Path("a/out"), tables=["ref_pairs", "meta_snapshots"])
    assert {path: path.lstat().st_mtime_ns for path in published.home.rglob("*")} == home
    assert {path.parts[:2] for path in map(Path, _files(tmp_path))} == {("a", "out")}


def test_wrong_use_is_told(published: Settings, tmp_path: Path) -> None:
    with pytest.raises(UnknownKeyError, match="out_pair__tensions"):
        export(published.link, tmp_path / "out", tables=["out_pair__tensions"])
    with pytest.raises(NoBuildError):
        export(tmp_path / "dyadwatch.duckdb", tmp_path / "out")
    old = _altered(published, tmp_path, "ALTER TABLE meta_builds DROP COLUMN method_version")
    with pytest.raises(ExportError, match="meta_builds of the current build is not as its contract says"):
        export(old, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    (tmp_path / "file").write_text("")
    with pytest.raises(ExportError, match="cannot be written"):
        export(published.link, tmp_path / "file")


def test_the_command_says_what_went_wrong(
    published: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DYADWATCH_HOME", str(published.home))
    arguments = ["export", "--out", str(tmp_path / "out"), "--table", "ref_pairs", "--table", "ref_dyads"]
    assert main(arguments) == 0
    assert sorted(_resources(tmp_path / "out")) == ["ref_dyads", "ref_pairs"]
    assert main(arguments) == 1
    assert "--force" in capsys.readouterr().err
    assert main([*arguments, "--force"]) == 0


def test_the_page_reads_the_package_in_python(package: Path) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.S)
    command = [sys.executable, "-W", "error", "-c", code]
    done = subprocess.run(command, cwd=package.parent, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert _descriptor(package)["version"] in done.stdout


def test_the_page_reads_the_package_in_duckdb(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(package.parent)
    (code,) = re.findall(r"```sql\n(.*?)```", PAGE, re.S)
    statements = duckdb.extract_statements(code)
    assert len(statements) == 2
    from_parquet, from_csv = (duckdb.connect().sql(statement.query).fetchall() for statement in statements)
    assert len(from_parquet) > 0
    assert from_csv == from_parquet
