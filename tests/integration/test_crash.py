"""Builders killed with kill -9: nothing acknowledged is lost, and the next build needs no help.

Each test kills, examines the home as tools/bench_kills.py describes, and builds again. `make bench-concurrency` does so
two hundred times.
"""

import random
import shutil
import subprocess
from pathlib import Path

import duckdb
import pytest

from tools.bench_kills import (
    MARKED,
    STEP,
    WRITE_S,
    Base,
    Kill,
    State,
    base_of,
    faults_of,
    file_operations,
    kill_once,
    publish_again,
    state_of,
)
from warehouse.errors import DyadwatchError
from warehouse.publish import builds
from warehouse.settings import Settings
from warehouse.store import Store


@pytest.fixture(scope="module")
def base(published: Settings) -> Base:
    """Return the content of the bundled figures as built."""
    return base_of(published)


@pytest.fixture
def home(published: Settings, tmp_path: Path) -> Settings:
    """Return a copy of the built home that a test may write to, which keeps one build beside the current one."""
    subprocess.run(["cp", "-a", str(published.home), str(tmp_path / "home")], check=True)
    return Settings(home=tmp_path / "home", builds_kept=2)


def test_a_kill_at_any_file_operation_of_publishing_leaves_the_old_build_or_the_new(home: Settings, base: Base) -> None:
    found: set[str] = set()
    for operation in range(1, file_operations(home, base) + 1):
        traces, faults = kill_once(home, base, state_of(home, base), Kill("operation", operation=operation))
        assert faults == [], f"file operation {operation}"
        found.update(traces)
    # the kills met each window: in the copy, between copy and link, in the swap, and after it
    assert found >= {
        "unfinished copy",
        "copy finished, not linked",
        "link made, not renamed",
        "the link names the build before",
        "the link names a build that was not yet told",
    }


def test_a_kill_while_tables_are_written_loses_no_row(home: Settings, base: Base) -> None:
    moments = random.Random(3)
    for _ in range(3):
        kill = Kill("write", delay_s=moments.uniform(0, WRITE_S))
        assert kill_once(home, base, state_of(home, base), kill)[1] == [], kill


def test_a_first_publication_that_is_killed_leaves_no_link_or_a_whole_build(home: Settings, base: Base) -> None:
    last = file_operations(home, base)
    found: set[str] = set()
    for operation in range(last - 2, last + 1):  # making the link, renaming it, and what follows
        before = State(version=state_of(home, base).version)
        for path in [home.link, *builds(Store(home)).values()]:
            path.unlink()
        traces, faults = kill_once(home, base, before, Kill("operation", operation=operation))
        assert faults == [], f"file operation {operation}"
        found.update(traces)
    assert found >= {"no build yet", "the link names a build that was not yet told"}


def test_a_first_build_that_is_killed_is_followed_by_a_whole_one(tmp_path: Path, base: Base) -> None:
    kill = Kill("first", delay_s=random.Random(4).uniform(3, 8))
    assert kill_once(Settings(home=tmp_path / "home"), base, State(), kill)[1] == [], kill


def test_a_copy_that_lost_a_row_is_no_build(home: Settings, base: Base, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, before = shutil.copyfile, (home.link.resolve(), builds(Store(home)))

    def losing(source: Path, target: Path) -> None:
        whole(source, target)
        with duckdb.connect(str(target)) as connection:
            connection.execute(f"DELETE FROM {MARKED[1]} WHERE month = (SELECT min(month) FROM {MARKED[1]})")

    monkeypatch.setattr(shutil, "copyfile", losing)
    with pytest.raises(DyadwatchError, match=f"Not published: {MARKED[1]} has"):
        publish_again(Store(home), base)
    assert (home.link.resolve(), builds(Store(home))) == before


def test_a_lost_row_and_a_table_of_another_build_are_found(home: Settings, base: Base) -> None:
    """The examination itself: what it reports of a file that is not whole."""
    file = home.link.resolve()
    file.chmod(0o644)
    with duckdb.connect(str(file)) as connection:
        connection.execute(f"DELETE FROM {MARKED[0]} WHERE encounters = (SELECT max(encounters) FROM {MARKED[0]})")
        connection.execute(f"UPDATE {MARKED[1]} SET encounters = encounters + {STEP}")
    assert faults_of(file, base) == [
        f"{MARKED[0]} is not what meta_tables says",
        f"{MARKED[0]} is no version that was written",
        f"{MARKED[1]} is not what meta_tables says",
        f"one build holds tables of versions { {None, 1} }",
    ]
