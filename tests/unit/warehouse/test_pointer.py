"""A build sent to a store and followed from there: what arrives is what was sent, or the last good build stays."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import duckdb
import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from orchestration.cli import main
from warehouse.errors import DyadwatchError, NoBuildError
from warehouse.pointer import POINTER, StoreError, pull, send, shown
from warehouse.query import Warehouse
from warehouse.settings import Settings

OTHER = "20200101T000000000000"
"""Id of a build that is older than any."""


class Refusing(MemoryFileSystem):
    """A store in which this account has no rights."""

    protocol = "refusing"

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise PermissionError("Access Denied")

    info = ls = put_file = pipe_file = cat_file = _refuse


@pytest.fixture(params=["folder", "memory"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    yield str(tmp_path / "store") if request.param == "folder" else f"memory://{tmp_path}"
    MemoryFileSystem.store.clear()


@pytest.fixture
def node(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "node")


def stored(url: str) -> tuple[fsspec.AbstractFileSystem, str]:
    return fsspec.core.url_to_fs(url)


def named(url: str) -> set[str]:
    store, folder = stored(url)
    return {Path(path).name for path in store.ls(folder, detail=False)}


def rewrite(url: str, name: str, change: Callable[[bytes], bytes]) -> None:
    store, folder = stored(url)
    store.pipe_file(f"{folder}/{name}", change(store.cat_file(f"{folder}/{name}")))


def test_what_was_sent_is_what_is_followed(published: Settings, node: Settings, url: str) -> None:
    pointer, is_new = send(published, url)
    assert is_new
    assert named(url) == {POINTER, published.link.resolve().name}
    assert pull(node, url) == pointer
    assert node.link.resolve().read_bytes() == published.link.resolve().read_bytes()
    assert Warehouse(node.link).build() == Warehouse(published.link).build()
    assert node.link.readlink() == Path("warehouse") / published.link.resolve().name  # relative: a home can be copied
    assert node.link.resolve().stat().st_mode & 0o777 == 0o444


def test_what_lies_there_is_not_sent_again(published: Settings, tmp_path: Path) -> None:
    send(published, str(tmp_path))
    file = tmp_path / published.link.resolve().name
    before = file.stat()
    _, is_new = send(published, str(tmp_path))
    assert not is_new
    assert file.stat() == before


def test_a_build_that_is_held_is_not_fetched_again(published: Settings, node: Settings, tmp_path: Path) -> None:
    pointer, _ = send(published, str(tmp_path))
    pull(node, str(tmp_path))
    (tmp_path / published.link.resolve().name).unlink()
    assert pull(node, str(tmp_path)) == pointer
    reader = Warehouse(node.link.resolve())
    assert reader.build()["build_id"] == pointer.build_id
    node.link.unlink()  # as after a rollback of the pointer: the build is kept and open, and another one current
    assert pull(node, str(tmp_path)) == pointer
    assert Warehouse(node.link).build()["build_id"] == pointer.build_id


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda held: held[:-1], id="cut"),
        pytest.param(lambda held: held + b"\0", id="longer"),
        pytest.param(lambda held: held[:5000] + bytes([held[5000] ^ 1]) + held[5001:], id="one bit"),
        pytest.param(lambda held: b"", id="empty"),
    ],
)
def test_a_damaged_build_is_thrown_away_and_sent_anew(
    published: Settings, node: Settings, url: str, change: Callable[[bytes], bytes]
) -> None:
    send(published, url)
    rewrite(url, published.link.resolve().name, change)
    with pytest.raises(StoreError, match="is damaged"):
        pull(node, url)
    assert [path.name for path in (node.home / "warehouse").iterdir() if not path.name.startswith(".")] == []
    assert not (node.home / "warehouse" / ".tmp-followed").exists()
    assert send(published, url)[1]
    assert pull(node, url).content_hash == Warehouse(published.link).build()["content_hash"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(lambda held: held[: len(held) // 2], "cannot be read", id="half"),
        pytest.param(lambda held: b"[]", "cannot be read", id="not an object"),
        pytest.param(
            lambda held: json.dumps({**json.loads(held), "build_id": "../../../etc/passwd"}).encode(),
            "cannot be read",
            id="a path for an id",
        ),
        pytest.param(
            lambda held: json.dumps({**json.loads(held), "build_id": OTHER}).encode(),
            "FileNotFoundError",
            id="a build that is not there",
        ),
    ],
)
def test_a_wrong_pointer_leaves_the_last_good_build(
    published: Settings, node: Settings, url: str, change: Callable[[bytes], bytes], message: str
) -> None:
    send(published, url)
    pull(node, url)
    rewrite(url, POINTER, change)
    with pytest.raises(StoreError, match=message):
        pull(node, url)
    assert Warehouse(node.link).build() == Warehouse(published.link).build()


def test_a_build_of_another_version_is_refused(published: Settings, node: Settings, tmp_path: Path) -> None:
    home = Settings(home=tmp_path / "other")
    (home.home / "warehouse").mkdir(parents=True)
    file = home.home / "warehouse" / published.link.resolve().name
    shutil.copyfile(published.link, file)
    with duckdb.connect(str(file)) as connection:
        connection.execute("DROP TABLE out_pair__alerts")
    home.link.symlink_to(file)
    send(home, str(tmp_path / "store"))
    with pytest.raises(StoreError, match="lacks out_pair__alerts"):
        pull(node, str(tmp_path / "store"))
    assert not node.link.exists()


def test_old_builds_leave_the_store_by_the_rule_of_the_home(published: Settings, url: str) -> None:
    store, folder = stored(url)
    store.makedirs(folder, exist_ok=True)
    old = [f"dyadwatch-2020010{day}T000000000000.duckdb" for day in range(1, 5)]
    for name in (*old, "notes.txt", "dyadwatch-mine.duckdb"):
        store.pipe_file(f"{folder}/{name}", b"old")
    send(Settings(home=published.home, builds_kept=3), url)
    current = published.link.resolve().name
    assert named(url) == {POINTER, current, *old[-2:], "notes.txt", "dyadwatch-mine.duckdb"}
    send(Settings(home=published.home, builds_kept=1), url)
    assert named(url) == {POINTER, current, "notes.txt", "dyadwatch-mine.duckdb"}


@pytest.mark.parametrize(
    ("url", "message"),
    [
        pytest.param(
            "nowhere://bucket/x", "Protocol not known: nowhere\nHint: check the address", id="no such protocol"
        ),
        pytest.param("refusing://bucket", "Access Denied\nHint: give this account the right", id="no permission"),
        pytest.param("/proc/nothing/x", "\nHint: check the address", id="a folder that cannot be made"),
    ],
)
def test_a_store_that_refuses_is_told_with_its_remedy(
    published: Settings, node: Settings, url: str, message: str
) -> None:
    fsspec.register_implementation("refusing", Refusing, clobber=True)
    for act, home in ((send, published), (pull, node)):
        with pytest.raises(DyadwatchError) as caught:
            act(home, url)
        assert message in str(caught.value)


def test_a_package_that_is_missing_is_named(published: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    fsspec.register_implementation("absent", "not_installed.Store", errtxt="Install s3fs", clobber=True)
    with pytest.raises(StoreError, match="Install s3fs\nHint: install the package of that store"):
        send(published, "absent://bucket/x")


def test_nothing_is_sent_where_nothing_is_published(tmp_path: Path) -> None:
    with pytest.raises(NoBuildError):
        send(Settings(home=tmp_path / "home"), str(tmp_path / "store"))
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize("url", ["sftp://me:p@ss@host/x?key=1", "sftp://host/x"])
def test_an_address_is_shown_without_its_secrets(url: str) -> None:
    assert shown(url) == "sftp://host/x"


def test_secrets_stay_out_of_errors_and_settings(published: Settings) -> None:
    with pytest.raises(StoreError) as caught:
        send(published, "nowhere://me:secret@host/x")
    assert "secret" not in str(caught.value)
    assert "secret" not in repr(Settings(follow="sftp://me:secret@host/x", publish_to="sftp://me:secret@host/x"))


def test_the_command_sends_and_says_so(
    published: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DYADWATCH_HOME", str(published.home))
    with pytest.raises(SystemExit) as wrong:
        main(["publish"])
    assert wrong.value.code == 2
    monkeypatch.setenv("DYADWATCH_PUBLISH_TO", str(tmp_path / "store"))
    assert main(["publish"]) == 0
    assert main(["publish", "--to", str(tmp_path / "store")]) == 0
    told = capsys.readouterr().err
    assert "sent 2" in told
    assert "nothing sent" in told
    assert main(["publish", "--to", "nowhere://x"]) == 1
