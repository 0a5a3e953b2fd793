"""The brief: the month's figures as the build has them, every text escaped, refused where the month is none."""

import re
import shutil
from datetime import date
from pathlib import Path

import dagster as dg
import pytest

from dash_app.brief import brief, print_pdf
from dash_app.words import languages
from orchestration.cli import LANGUAGES, main
from orchestration.jobs import brief_job
from warehouse import briefs
from warehouse.errors import DyadwatchError, QueryError
from warehouse.query import Warehouse
from warehouse.settings import Settings

MARCH = date(2025, 3, 1)


@pytest.fixture(scope="module")
def warehouse(published: Settings) -> Warehouse:
    return Warehouse(published.link)


def test_the_changes_of_all_items_are_the_change_of_the_index(warehouse: Warehouse) -> None:
    moved = briefs.moved_items(warehouse, "MEX_USA", MARCH, "en")
    index = dict(warehouse.monthly_tension("MEX_USA", date(2025, 2, 1)).select("month", "tension_index").iter_rows())
    assert moved["change"].sum() == pytest.approx(index[MARCH] - index[date(2025, 2, 1)], abs=1e-9)
    assert moved["item_id"][0] == "usa_ieepa_mexico_2025"


def test_new_records_are_the_pairs_own_and_of_the_month(warehouse: Warehouse) -> None:
    found = briefs.new_records(warehouse, "MEX_USA", MARCH, "en")
    assert found["on_day"].is_between(MARCH, date(2025, 3, 31)).all()
    assert found["side"].is_in(["MEX", "USA"]).all()
    assert not found.select("item_kind", "item_id").is_duplicated().any()
    assert "usa_ieepa_mexico_2025:2025-03-04" in found["item_id"].to_list()


def test_what_is_dated_ahead_comes_after_the_day(warehouse: Warehouse) -> None:
    due = briefs.expected(warehouse, "MEX_USA", date(2025, 3, 31), "en")
    assert due["on_day"].min() == date(2025, 4, 3)
    assert due["on_day"].is_sorted()


def test_the_page_holds_reading_band_and_links(warehouse: Warehouse) -> None:
    html, month = brief(warehouse, "MEX_USA", MARCH)
    assert month == MARCH
    row = warehouse.monthly_tension("MEX_USA", MARCH).row(0, named=True)
    assert f"tension was {row['tension_index']:.1f} in March 2025" in html
    assert f"90 % band {row['lower_05']:.1f} to {row['upper_95']:.1f}" in html
    assert "month before" in html
    assert len(re.findall(r'<a href="https?://', html)) > 20
    assert "<script" not in html
    assert str(warehouse.build()["content_hash"]) in html


def test_the_command_writes_spanish_beside_english(
    published: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DYADWATCH_HOME", str(published.home))
    for language in ("en", "es"):
        asked = ["brief", "--pair", "MEX_USA", "--month", "2025-03", "--lang", language, "--out", str(tmp_path)]
        assert main(asked) == 0
    english, spanish = (tmp_path / f"MEX_USA-2025-03{end}.html" for end in ("", "-es"))
    assert "Mexico: brief for March 2025" in english.read_text("utf-8")
    text = spanish.read_text("utf-8")
    assert '<html lang="es">' in text
    assert "México: nota informativa de marzo de 2025" in text
    assert "<h2>Qué movió el índice desde el mes anterior</h2>" in text


def test_the_command_knows_every_language_of_the_words() -> None:
    assert list(LANGUAGES) == languages()


def test_a_month_before_the_ledger_or_an_unknown_pair_is_refused(warehouse: Warehouse) -> None:
    with pytest.raises(QueryError, match="month '1999-01' is not in the build"):
        brief(warehouse, "MEX_USA", date(1999, 1, 1))
    with pytest.raises(QueryError, match="pairs are"):
        brief(warehouse, "MEX_FRA", None)


def test_a_pair_without_an_index_says_so(warehouse: Warehouse) -> None:
    html, _ = brief(warehouse, "CAN_USA", None)
    assert "has no tension reading yet" in html


def test_the_command_and_the_weekly_job_write_one_file_a_pair(
    published: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DYADWATCH_HOME", str(published.home))
    assert main(["brief", "--month", "2026-05", "--out", str(tmp_path)]) == 0
    written = [Path(line) for line in capsys.readouterr().out.splitlines()]
    assert sorted(path.name for path in written) == [
        f"{pair}-2026-05.html" for pair in ("CAN_USA", "CHN_USA", "MEX_USA")
    ]
    home = Settings(home=tmp_path / "home")
    home.home.mkdir()
    home.link.symlink_to(published.link.resolve())
    with dg.DagsterInstance.ephemeral() as instance:
        assert brief_job(home).execute_in_process(instance=instance).success
    assert len(list((home.home / "briefs").glob("*.html"))) == 3


@pytest.mark.skipif(not shutil.which("chromium"), reason="needs a browser: install Debian's package chromium")
def test_a_browser_prints_it(warehouse: Warehouse, tmp_path: Path) -> None:
    html, _ = brief(warehouse, "MEX_USA", MARCH)
    print_pdf(html, tmp_path / "brief.pdf")
    assert (tmp_path / "brief.pdf").read_bytes().startswith(b"%PDF-")


def test_without_a_browser_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DyadwatchError, match="chromium"):
        print_pdf("<p>", tmp_path / "brief.pdf")
