"""Dagster on a real PostgreSQL with the settings of docs/deployment.md: a queue, a run that is killed, a restart of both."""

import importlib.util
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import dagster as dg
import httpx
import pytest

from tools.serving import free_port
from warehouse.settings import Settings
from warehouse.store import Store

ROOT = Path(__file__).parents[2]
PROGRAMS = max(Path("/usr/lib/postgresql").glob("*/bin/initdb"), default=Path("/missing/initdb")).parent
PATIENCE_S = 120.0
QUEUED, FAILED, DONE = dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.SUCCESS
LAUNCH = "mutation ($asked: ExecutionParams!) { launchRun(executionParams: $asked) { __typename } }"
LOCATION = '''"""The catalogue's tables as a job, without schedules and sensors, which would start runs of their own."""

import dagster as dg

from orchestration.assets.out import reference
from orchestration.io import warehouse_io
from warehouse.settings import load_settings
from warehouse.store import Store

defs = dg.Definitions(
    assets=[reference],
    jobs=[dg.define_asset_job("catalogue", selection=[reference], executor_def=dg.in_process_executor)],
    resources={"io_manager": warehouse_io(Store(load_settings()))},
)
'''

pytestmark = [
    pytest.mark.machines,
    pytest.mark.skipif(not PROGRAMS.exists(), reason="needs a server: install Debian's package postgresql"),
    pytest.mark.skipif(
        not importlib.util.find_spec("dagster_postgres"), reason="needs dagster-postgres: install dyadwatch[postgres]"
    ),
]


def answers(port: int) -> bool:
    with socket.socket() as asked:
        return asked.connect_ex(("127.0.0.1", port)) == 0


def until(holds: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < end, what
        time.sleep(0.1)


@dataclass(frozen=True)
class Server:
    """A PostgreSQL of our own: its folder, and the account that it runs under, since it refuses root's."""

    folder: Path
    user: str
    port: int = field(default_factory=free_port)

    def url(self, database: str = "postgres") -> str:
        return f"postgresql+psycopg2://dagster@127.0.0.1:{self.port}/{database}"

    def copy(self, database: str) -> None:
        """Dump Dagster's database and restore it into a new one."""
        here = ("--host=127.0.0.1", f"--port={self.port}", "--username=dagster")
        dump = str(self.folder / "dagster.dump")
        self.run("pg_dump", *here, "--format=custom", f"--file={dump}", "postgres")
        self.run("createdb", *here, database)
        self.run("pg_restore", *here, f"--dbname={database}", dump)

    def do(self, program: str, *options: str) -> None:
        """Run one of the programs for the server's own folder."""
        self.run(program, "-D", str(self.folder / "data"), *options)

    def run(self, program: str, *options: str) -> None:
        """Run one of the programs to its end."""
        command = [PROGRAMS / program, *options]
        user = self.user if os.geteuid() == 0 else None
        with (self.folder / "log").open("a") as told:
            subprocess.run(command, user=user, stdout=told, stderr=told, cwd="/", check=True, timeout=PATIENCE_S)

    def start(self) -> None:
        self.do("pg_ctl", "start", "-w", "-o", f"-p {self.port} -h 127.0.0.1 -k {self.folder}")


@pytest.fixture
def postgres() -> Iterator[Server]:
    """Return a server that has just been started; its folder is one that its account can reach."""
    user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    folder = Path(tempfile.mkdtemp(prefix="dyadwatch-postgres-"))
    shutil.chown(folder, user)
    server = Server(folder, user)
    server.do("initdb", "--auth=trust", "--username=dagster", "--no-sync", "--no-locale", "--encoding=UTF8")
    server.start()
    yield server
    server.do("pg_ctl", "stop", "-m", "immediate")
    shutil.rmtree(folder)


@dataclass(frozen=True)
class Place:
    """A home of Dagster with the settings of the docs, and the environment of its processes."""

    folder: Path
    port: int
    ui_port: int
    environment: dict[str, str]

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-P", "-m", *arguments]

    @contextmanager
    def running(self, *arguments: str) -> Iterator["subprocess.Popen[bytes]"]:
        with (self.folder / "log").open("a") as told:
            process = subprocess.Popen(self.command(*arguments), env=self.environment, stdout=told, stderr=told)
            try:
                yield process
            finally:
                process.terminate()
                try:
                    process.wait(5)
                except subprocess.TimeoutExpired:  # a code server waits for whoever asked it
                    process.kill()
                    process.wait()

    @contextmanager
    def code(self) -> Iterator["subprocess.Popen[bytes]"]:
        """Serve our code: the process whose children the runs are."""
        module = str(self.folder / "location.py")
        with self.running("dagster", "api", "grpc", "-h", "127.0.0.1", "-p", str(self.port), "-f", module) as process:
            until(lambda: answers(self.port), "the code server does not answer")
            yield process

    def daemon(self) -> "AbstractContextManager[subprocess.Popen[bytes]]":
        """Run what takes runs from the queue, and watches them."""
        return self.running("dagster._daemon", "run", "-w", str(self.folder / "workspace.yaml"))

    @contextmanager
    def ui(self) -> Iterator[None]:
        """Serve Dagster's own page, whose API takes runs."""
        workspace = str(self.folder / "workspace.yaml")
        with self.running("dagster_webserver", "-h", "127.0.0.1", "-p", str(self.ui_port), "-w", workspace):
            until(lambda: answers(self.ui_port), "the UI does not answer")
            yield

    def launch(self, number: int, **tags: str) -> None:
        """Put runs of the job into the queue, with tags of Dagster's own."""
        selector = {
            "repositoryLocationName": "dyadwatch",
            "repositoryName": "__repository__",
            "jobName": "catalogue",
        }
        metadata = {"tags": [{"key": f"dagster/{name}", "value": value} for name, value in tags.items()]}
        asked = {"selector": selector, "mode": "default", "executionMetadata": metadata}
        body = {"query": LAUNCH, "variables": {"asked": asked}}
        for _ in range(number):
            answer = httpx.post(
                f"http://127.0.0.1:{self.ui_port}/graphql", json=body, trust_env=False, timeout=PATIENCE_S
            )
            assert answer.json()["data"]["launchRun"]["__typename"] == "LaunchRunSuccess", answer.text


def block(name: str) -> str:
    """Return a file of the deployment page by its name."""
    found = re.search(
        rf"```yaml\n# {name}.*?\n(.*?)```", (ROOT / "docs" / "deployment.md").read_text("utf-8"), re.DOTALL
    )
    assert found, f"docs/deployment.md has no {name}"
    return found[1]


@pytest.fixture
def place(postgres: Server, tmp_path: Path) -> Place:
    port, folder = free_port(), tmp_path / "dagster"
    folder.mkdir()
    settings = block("dagster.yaml").replace("poll_interval_seconds: 30", "poll_interval_seconds: 2")
    (folder / "dagster.yaml").write_text(settings)
    (folder / "workspace.yaml").write_text(block("workspace.yaml").replace("4266", str(port)))
    (folder / "location.py").write_text(LOCATION)
    environment = {
        **os.environ,
        "DAGSTER_HOME": str(folder),
        "DAGSTER_POSTGRES_URL": postgres.url(),
        "DYADWATCH_HOME": str(tmp_path / "home"),
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
    }
    return Place(folder, port, free_port(), environment)


def statuses(instance: dg.DagsterInstance) -> dict[str, dg.DagsterRunStatus]:
    return {run.run_id: run.status for run in instance.get_runs()}


def running(instance: dg.DagsterInstance) -> list[str]:
    """Return the runs that are at work."""
    return [run_id for run_id, status in statuses(instance).items() if status == dg.DagsterRunStatus.STARTED]


def events(instance: dg.DagsterInstance, run_id: str) -> list[str]:
    """Return what a run has told."""
    return [entry.user_message or entry.message for entry in instance.all_logs(run_id)]


def history_of(instance: dg.DagsterInstance) -> dict[str, tuple[dg.DagsterRunStatus, list[str]]]:
    """Return status and events of every run."""
    return {run_id: (status, events(instance, run_id)) for run_id, status in statuses(instance).items()}


def process_of(instance: dg.DagsterInstance, run_id: str) -> int | None:
    """Return the process of a run, as its events tell it."""
    found = re.search(r"\(pid: (\d+)\)", " ".join(events(instance, run_id)))
    return int(found[1]) if found else None


def test_runs_wait_in_turn_one_is_killed_and_the_history_outlives_a_restart_of_both(
    place: Place, postgres: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAGSTER_POSTGRES_URL", postgres.url())
    store = Store(Settings(home=tmp_path / "home"))
    with place.code() as code, place.ui():
        instance = dg.DagsterInstance.from_config(str(place.folder))
        with place.daemon():
            with store.lock():  # while another holds the writer's lock, runs that have begun wait for it
                place.launch(4)
                until(lambda: len(running(instance)) == 2, "no two runs begin")
                until(lambda: all(process_of(instance, run_id) for run_id in running(instance)), "a run has no process")
                queued = [run for run, status in statuses(instance).items() if status == QUEUED]
                assert len(queued) == 2
                killed = running(instance)[0]
                process = process_of(instance, killed)
                assert process
                os.kill(process, signal.SIGKILL)
                until(lambda: statuses(instance)[killed] == FAILED, "a run that was killed is not told as failed")
                until(lambda: len(running(instance)) == 2, "the place of the killed run stays empty")
                assert len([run for run in queued if statuses(instance)[run] == QUEUED]) == 1
            until(lambda: set(statuses(instance).values()) <= {FAILED, DONE}, "the rest does not end")
        history = history_of(instance)
        assert sorted(status.value for status, _ in history.values()) == ["FAILURE", "SUCCESS", "SUCCESS", "SUCCESS"]
        assert "SIGKILL" in " ".join(history[killed][1])
        place.launch(1)  # while no daemon runs: they wait in the queue
        place.launch(1, max_runtime="15")
        instance.dispose()
        postgres.do("pg_ctl", "stop", "-m", "immediate")  # as when its machine fails
        postgres.start()
        with dg.DagsterInstance.from_config(str(place.folder)) as instance:
            assert {run_id: history_of(instance)[run_id] for run_id in history} == history
            lost, later = (run.run_id for run in instance.get_runs() if run.run_id not in history)  # the newest first
            assert {statuses(instance)[run_id] for run_id in (lost, later)} == {QUEUED}
            with place.daemon():
                with store.lock():
                    until(lambda: len(running(instance)) == 2, "what was queued does not run after the restart")
                    until(lambda: bool(process_of(instance, lost)), "a run has no process")
                    for process in (code.pid, process_of(instance, lost)):  # nobody is left to tell that the run died
                        assert process
                        os.kill(process, signal.SIGKILL)
                until(lambda: statuses(instance)[lost] == FAILED, "the monitor does not tell a run that is lost")
                until(lambda: statuses(instance)[later] == DONE, "a run ends with the code server that began it")
            told = history_of(instance)
            assert instance.get_latest_materialization_event(dg.AssetKey("ref_pairs")).run_id == later
        postgres.copy("restored")
        monkeypatch.setenv("DAGSTER_POSTGRES_URL", postgres.url("restored"))
        with dg.DagsterInstance.from_config(str(place.folder)) as instance:
            assert history_of(instance) == told
