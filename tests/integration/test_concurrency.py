"""Readers and an analyst's session go on while builds are published; the long version is `make bench-concurrency`."""

import subprocess
from pathlib import Path

import pytest

from tools.bench_concurrency import (
    build_in_turn,
    following,
    one_statement,
    read_during,
    reopening,
    replace_in_place,
    staying,
)
from tools.bench_kills import MARKED, base_of, write
from warehouse.settings import Settings
from warehouse.store import Store


@pytest.fixture
def home(published: Settings, tmp_path: Path) -> Settings:
    """Return a copy of the built home that a test may write to, which keeps one build beside the current one."""
    subprocess.run(["cp", "-a", str(published.home), str(tmp_path / "home")], check=True)
    return Settings(home=tmp_path / "home", builds_kept=2)


def test_every_read_is_of_one_whole_build_and_none_fails(home: Settings) -> None:
    base = base_of(home)
    sides = {"readers": (following, home.link, 2, 0.0), "session": (staying, home.link, 1, 0.05)}
    tallies = read_during(lambda: build_in_turn(home, base, 3, whole=0), one_statement(base), sides)
    assert {side: dict(tally.errors) for side, tally in tallies.items()} == {"builds": {}, "readers": {}, "session": {}}
    assert tallies["builds"].done == 3
    # a reader follows the link; a session keeps the build that it opened, though it has been pruned meanwhile
    assert len(tallies["readers"].seen) > 1
    assert tallies["session"].seen == {base.about["build_id"]}


def test_the_statement_sees_tables_of_two_builds(home: Settings) -> None:
    """The check of the readers is no empty one: it notices a file in which one table is newer than another."""
    base, store = base_of(home), Store(home)
    write(store, base, MARKED[0], 1)
    with store.connection() as connection:
        row = connection.sql(one_statement(base)).pl().row(0, named=True)
    assert row["versions"] == 2


def test_one_file_written_in_place_fails_its_readers_or_its_writer(home: Settings) -> None:
    base, plain = base_of(home), home.link.resolve()
    plain.chmod(0o644)
    sides = {"readers": (reopening, plain, 2, 0.0)}
    tallies = read_during(lambda: replace_in_place(plain, base, 3), one_statement(base), sides)
    assert sum(tally.errors["IOException"] for tally in tallies.values()) > 0
