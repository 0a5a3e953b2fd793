"""Bundled editions: reading them, and writing them from the shared files."""

import importlib.util
import sys
from datetime import date
from pathlib import Path
from types import ModuleType

import polars as pl
import pytest

from transforms.sources.bundled import TABLE_OF_SOURCE, Provenance, content_columns, parse_bundled, provenance
from warehouse.errors import SourceError

ROOT = Path(__file__).parents[4]
SHARED = ROOT.parent / "shared"
needs_shared = pytest.mark.skipif(not (SHARED / "data").is_dir(), reason=f"needs the shared files in {SHARED / 'data'}")
EDITIONS = sorted(path for source in TABLE_OF_SOURCE for path in (ROOT / "warehouse/bundled" / source).glob("*"))

HEADER = "month,encounters,publisher,url,edition,published_on,licence\n"
ORIGIN = "CBP,https://www.cbp.gov,fy2000-fy2020,2021-08-20,public domain\n"


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    """Load the tool from its file: tools are no package."""
    spec = importlib.util.spec_from_file_location("bundle_statistics", ROOT / "tools" / "bundle_statistics.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_a_csv_edition_is_typed_and_its_bad_rows_are_rejected_as_read() -> None:
    rows = ["1999-10-01,94391,", "1999-10-01,1,", "1999-11-02,78587,", "1999-12-01,many,", "2000-01-01,-5,"]
    payload = (HEADER + "".join(row + ORIGIN for row in rows)).encode()
    parsed = parse_bundled(payload, ".csv", "core_usbp__monthly_encounters")
    assert parsed.accepted.rows() == [(date(1999, 10, 1), 94391)]
    assert parsed.rows_in == 5
    assert parsed.rejected.rows() == [
        (2, "duplicate of an earlier row", '{"month":"1999-10-01","encounters":"1"}'),
        (3, "month|check__first_of_month", '{"month":"1999-11-02","encounters":"78587"}'),
        (4, "encounters|nullability", '{"month":"1999-12-01","encounters":"many"}'),
        (5, "encounters|min", '{"month":"2000-01-01","encounters":"-5"}'),
    ]


def test_provenance_is_the_files_one_origin() -> None:
    payload = (HEADER + "1999-10-01,94391," + ORIGIN).encode()
    assert provenance(payload, ".csv") == Provenance(
        "CBP", "https://www.cbp.gov", "fy2000-fy2020", date(2021, 8, 20), "public domain"
    )


def test_two_origins_in_one_file_are_an_error() -> None:
    payload = (HEADER + "1999-10-01,1," + ORIGIN + "1999-11-01,1," + ORIGIN.replace("fy2020", "fy2021")).encode()
    with pytest.raises(SourceError, match="2 origins"):
        provenance(payload, ".csv")


def test_a_missing_column_is_an_error() -> None:
    with pytest.raises(SourceError, match="encounters"):
        parse_bundled(b"month\n1999-10-01\n", ".csv", "core_usbp__monthly_encounters")


@pytest.mark.parametrize("path", EDITIONS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_bundled_row_honours_its_contract(path: Path) -> None:
    table = TABLE_OF_SOURCE[path.parent.name]
    parsed = parse_bundled(path.read_bytes(), path.suffix, table)
    assert parsed.rejected.is_empty()
    assert parsed.accepted.columns == content_columns(table)
    assert parsed.rows_in == parsed.accepted.height > 0
    assert provenance(path.read_bytes(), path.suffix).edition == path.stem


@pytest.mark.parametrize("rows", [pytest.param(3, id="csv"), pytest.param(2500, id="parquet")])
def test_an_edition_is_written_alike_twice(tool: ModuleType, rows: int) -> None:
    frame = pl.DataFrame({"n": range(rows), "x": [value / 7 for value in range(rows)]})
    suffix, content = tool.encode(frame)
    assert suffix == (".csv" if rows < 2000 else ".parquet")
    assert tool.encode(frame.clone()) == (suffix, content)


@needs_shared
def test_the_bundled_files_are_what_the_tool_writes(tool: ModuleType, tmp_path: Path) -> None:
    assert tool.main(["--shared", str(SHARED), "--check"]) == 0
    assert tool.main(["--shared", str(SHARED), "--bundled", str(tmp_path)]) == 0
    for path in tmp_path.glob("*/*"):
        assert path.read_bytes() == (ROOT / "warehouse/bundled" / path.parent.name / path.name).read_bytes()


@needs_shared
def test_check_finds_a_changed_a_missing_and_an_undeclared_file(
    tool: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in EDITIONS:
        (tmp_path / path.parent.name).mkdir(exist_ok=True)
        (tmp_path / path.parent.name / path.name).write_bytes(path.read_bytes())
    changed = tmp_path / "usbp_monthly" / "fy2000-fy2020.csv"
    changed.write_text(changed.read_text("utf-8").replace("94391", "94392"), "utf-8")
    (tmp_path / "census_trade" / "1985-01_2023-01.csv").unlink()
    (tmp_path / "gpr" / "1999.csv").write_text("month\n", "utf-8")
    assert tool.main(["--shared", str(SHARED), "--bundled", str(tmp_path), "--check"]) == 1
    output = capsys.readouterr().out
    assert "usbp_monthly/fy2000-fy2020: the bundled rows differ" in output
    assert "census_trade/1985-01_2023-01: 0 bundled files" in output
    assert "1999.csv: not declared" in output.replace("\n", "")


def test_check_without_any_shared_file_fails(tool: ModuleType, tmp_path: Path) -> None:
    assert tool.main(["--shared", str(tmp_path), "--check"]) == 1
