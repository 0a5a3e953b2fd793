"""Under Dagster each new build goes to the store that the settings name, and to none where they name none."""

from dataclasses import replace
from pathlib import Path

from orchestration.definitions import build_definitions
from orchestration.jobs import send_job
from warehouse.pointer import POINTER, pull
from warehouse.settings import Settings


def test_the_job_sends_the_current_build(published: Settings, tmp_path: Path) -> None:
    sending = replace(published, publish_to=str(tmp_path / "store"))
    assert send_job(sending).execute_in_process().success
    assert (tmp_path / "store" / POINTER).exists()
    assert pull(Settings(home=tmp_path / "node"), sending.publish_to).build_id in str(published.link.resolve())


def test_the_job_follows_a_build_where_a_store_is_named(tmp_path: Path) -> None:
    with_store = build_definitions(Settings(home=tmp_path, publish_to=str(tmp_path / "store")))
    assert with_store.resolve_sensor_def("send_after_build").job_name == "send"
    assert "send" not in [job.name for job in build_definitions(Settings(home=tmp_path)).resolve_all_job_defs()]
