"""Bundled editions: reading them, and writing them from the shared files."""

import importlib.util
import io
import json
import sys
from datetime import date
from pathlib import Path
from types import ModuleType

import polars as pl
import pytest

from transforms.parsed import REJECTED, Parsed, no_rejections
from transforms.sources.bundled import (
    PROVENANCE,
    REJECTED_SUFFIX,
    TABLE_OF_SOURCE,
    Provenance,
    accounted,
    content_columns,
    parse_bundled,
    parse_rejected,
    provenance,
)
from warehouse.errors import SourceError

ROOT = Path(__file__).parents[4]
SHARED = ROOT.parent / "shared"
needs_shared = pytest.mark.skipif(not (SHARED / "data").is_dir(), reason=f"needs the shared files in {SHARED / 'data'}")
BUNDLED = sorted(path for source in TABLE_OF_SOURCE for path in (ROOT / "warehouse/bundled" / source).glob("*"))
EDITIONS = [path for path in BUNDLED if not path.name.endswith(REJECTED_SUFFIX)]
REJECTIONS = [path for path in BUNDLED if path.name.endswith(REJECTED_SUFFIX)]

HEADER = "month,encounters,publisher,url,edition,published_on,licence,rows_in\n"
ORIGIN = "CBP,https://www.cbp.gov,fy2000-fy2020,2021-08-20,public domain,252\n"


def named(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


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
        "CBP", "https://www.cbp.gov", "fy2000-fy2020", date(2021, 8, 20), "public domain", 252
    )


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param(HEADER + "1999-10-01,94391," + ORIGIN.replace(",252", ","), id="empty"),
        pytest.param((HEADER + "1999-10-01,94391," + ORIGIN).replace(",rows_in", "").replace(",252", ""), id="absent"),
    ],
)
def test_rows_of_the_publishers_file_may_be_unknown(payload: str) -> None:
    assert provenance(payload.encode(), ".csv").rows_in is None


def test_two_origins_in_one_file_are_an_error() -> None:
    payload = (HEADER + "1999-10-01,1," + ORIGIN + "1999-11-01,1," + ORIGIN.replace("fy2020", "fy2021")).encode()
    with pytest.raises(SourceError, match="2 origins"):
        provenance(payload, ".csv")


def test_a_missing_column_is_an_error() -> None:
    with pytest.raises(SourceError, match="encounters"):
        parse_bundled(b"month\n1999-10-01\n", ".csv", "core_usbp__monthly_encounters")


def test_rejected_rows_of_other_columns_are_an_error() -> None:
    buffer = io.BytesIO()
    pl.DataFrame({"row_number": [4], "rule": ["no quotation"]}).write_parquet(buffer)
    with pytest.raises(SourceError, match="rejected rows have the columns"):
        parse_rejected(buffer.getvalue())


def test_own_rejections_are_counted_on_after_the_publishers_last_row() -> None:
    months = pl.DataFrame({"month": [date(1999, 10, 1)], "encounters": [94391]})
    own = pl.DataFrame([(2, "encounters|min", "{}")], schema=REJECTED, orient="row")
    theirs = pl.DataFrame([(2, "no figure", "{}")], schema=REJECTED, orient="row")
    both = accounted(Parsed(months, own, 2), 10, theirs)
    assert both.rejected.rows() == [(2, "no figure", "{}"), (12, "encounters|min", "{}")]
    assert (both.rows_in, both.rows_accepted, both.accepted.height) == (10, 8, 1)


def test_where_the_publishers_rows_are_unknown_the_bundled_file_accounts_for_itself() -> None:
    own = Parsed(pl.DataFrame({"month": [date(1999, 10, 1)]}), no_rejections(), 1)
    assert accounted(own, None, pl.DataFrame([(2, "no figure", "{}")], schema=REJECTED, orient="row")) is own


@pytest.mark.parametrize("path", EDITIONS, ids=named)
def test_every_bundled_row_honours_its_contract(path: Path) -> None:
    table = TABLE_OF_SOURCE[path.parent.name]
    parsed = parse_bundled(path.read_bytes(), path.suffix, table)
    assert parsed.rejected.is_empty()
    assert parsed.accepted.columns == content_columns(table)
    assert parsed.rows_in == parsed.accepted.height > 0
    assert provenance(path.read_bytes(), path.suffix).edition == path.stem


@pytest.mark.parametrize("path", EDITIONS, ids=named)
def test_every_edition_carries_the_rows_of_its_publishers_file(path: Path) -> None:
    frame = pl.read_csv(path) if path.suffix == ".csv" else pl.read_parquet(path)
    assert frame.columns == [*content_columns(TABLE_OF_SOURCE[path.parent.name]), *PROVENANCE]
    rows_in = provenance(path.read_bytes(), path.suffix).rows_in
    beside = path.with_name(f"{path.stem}{REJECTED_SUFFIX}")
    rejected = parse_rejected(beside.read_bytes()).height if beside.exists() else 0
    assert rows_in is not None
    assert rows_in > rejected


@pytest.mark.parametrize("path", REJECTIONS, ids=named)
def test_every_rejected_row_has_its_number_its_reason_and_its_content(path: Path) -> None:
    (edition,) = [one for one in EDITIONS if path.name == f"{one.stem}{REJECTED_SUFFIX}" and one.parent == path.parent]
    rejected = parse_rejected(path.read_bytes())
    assert rejected["row_number"].is_unique().all()
    assert rejected["row_number"].is_between(1, provenance(edition.read_bytes(), edition.suffix).rows_in).all()
    assert (rejected["rule"].str.len_bytes() > 0).all()
    assert rejected.null_count().sum_horizontal().item() == 0
    assert all(json.loads(row) for row in rejected["row"])


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
    absent = [(file.source_id, file.edition) for file in tool.FILES if not (SHARED / "data" / file.path).exists()]
    made = [path for path in BUNDLED if (path.parent.name, path.stem) not in absent]
    assert sorted(map(named, tmp_path.glob("*/*"))) == sorted(map(named, made))
    for path in made:
        assert (tmp_path / path.parent.name / path.name).read_bytes() == path.read_bytes()


@needs_shared
def test_check_finds_a_changed_a_missing_and_an_undeclared_file(
    tool: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in BUNDLED:
        (tmp_path / path.parent.name).mkdir(exist_ok=True)
        (tmp_path / path.parent.name / path.name).write_bytes(path.read_bytes())
    changed = tmp_path / "usbp_monthly" / "fy2000-fy2020.csv"
    changed.write_text(changed.read_text("utf-8").replace("94391", "94392"), "utf-8")
    (tmp_path / "census_trade" / "1985-01_2023-01.csv").unlink()
    (tmp_path / "gpr" / "1999.csv").write_text("month\n", "utf-8")
    (tmp_path / "epu" / f"mexico_1996_2019-09{REJECTED_SUFFIX}").unlink()
    fewer = tmp_path / "gpr" / f"2026-01{REJECTED_SUFFIX}"
    pl.read_parquet(fewer).head(-1).write_parquet(fewer)
    (tmp_path / "wui" / f"1999{REJECTED_SUFFIX}").write_bytes(fewer.read_bytes())
    shorter = tmp_path / "tpu" / "monthly_1960_2025-03.csv"
    pl.read_csv(shorter).drop("rows_in").write_csv(shorter)
    assert tool.main(["--shared", str(SHARED), "--bundled", str(tmp_path), "--check"]) == 1
    output = capsys.readouterr().out
    assert "usbp_monthly/fy2000-fy2020: the bundled rows differ" in output
    assert "census_trade/1985-01_2023-01: 0 bundled files" in output
    assert "1999.csv: not declared" in output.replace("\n", "")
    assert "epu/mexico_1996_2019-09: the bundled rejected rows differ" in output
    assert "gpr/2026-01: the bundled rejected rows differ" in output
    assert "gpr/to_2026-04: the bundled" not in output
    assert f"1999{REJECTED_SUFFIX}: not declared" in output.replace("\n", "")
    assert "tpu/monthly_1960_2025-03: the bundled rows differ" in output


def test_check_without_any_shared_file_fails(tool: ModuleType, tmp_path: Path) -> None:
    assert tool.main(["--shared", str(tmp_path), "--check"]) == 1
