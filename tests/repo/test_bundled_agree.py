"""The bundled tables are what their tools write from the shared folder."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared"
pytestmark = pytest.mark.skipif(
    not SHARED.is_dir(), reason=f"needs the folder of facts and figures that the bundle is made from, {SHARED}"
)


def check(tool: str, shared: Path) -> subprocess.CompletedProcess[str]:
    """Return what a tool's check answers."""
    command = [sys.executable, f"tools/{tool}.py", "--shared", str(shared), "--check"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)


@pytest.mark.parametrize("tool", ["bundle_statistics", "bundle_ledger"])
def test_the_bundle_agrees_with_the_shared_folder(tool: str) -> None:
    answer = check(tool, SHARED)
    assert answer.returncode == 0, answer.stdout + answer.stderr


@pytest.mark.parametrize(
    ("tool", "message"),
    [
        pytest.param("bundle_statistics", "nothing is compared", id="no statistics"),
        pytest.param("bundle_ledger", "timeline_2001_2016.csv", id="no facts"),
    ],
)
def test_a_check_without_the_files_does_not_pass(tool: str, message: str, tmp_path: Path) -> None:
    answer = check(tool, tmp_path)
    assert answer.returncode != 0
    assert message in answer.stdout + answer.stderr
