"""docs/security.md names tests that exist; packages are locked and their licences fit; no file holds a secret."""

import ast
import re
import subprocess
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text("utf-8")
NAMED = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", PAGE)
LOCK = (ROOT / "requirements.lock").read_text("utf-8")
LOCKED = re.findall(r"^([\w.-]+)(?:\[[\w,-]+\])?==", LOCK, re.M)
COPYLEFT = re.compile(r"\bA?GPL|Affero|General Public License", re.I)
LISTED = {
    "krippendorff": "GPL-3.0-or-later: imported by the build, not shipped with it; what ships both is under the GPL then",
    "psycopg2-binary": "LGPL: a library that stays one, for Dagster on PostgreSQL",
}
"""Packages under a licence of the GPL's family, and why they are here all the same."""
SECRETS = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}\b|\bxox[abp]-[0-9A-Za-z-]{20,}"
    r"|hooks\.slack\.com/services/T\w+/B\w+/\w{20,}"
)


@pytest.mark.parametrize(("file", "test"), sorted(set(NAMED)))
def test_every_named_test_exists(file: str, test: str) -> None:
    tree = ast.parse((ROOT / file).read_text("utf-8"))
    names = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    assert not test or test in names


def test_most_threats_have_a_test() -> None:
    assert len(NAMED) > 40


def test_every_package_is_locked_by_hash() -> None:
    entries = re.split(r"\n(?=\S)", LOCK.strip())
    assert len(entries) > 100
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_every_licence_fits() -> None:
    found = {}
    for name in LOCKED:
        try:
            about = metadata(name)
        except PackageNotFoundError:  # for another system
            continue
        told = [
            about.get("License-Expression"),
            *(about.get_all("Classifier") or []),
            (about.get("License") or "")[:100],
        ]
        licences = [text for text in told if text and COPYLEFT.search(text)]
        if licences:
            found[name] = licences
    assert found.keys() == LISTED.keys() & set(LOCKED), found


def test_no_file_holds_a_secret() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("no git checkout")
    files = [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]
    assert len(files) > 200
    holding = [path.name for path in files if SECRETS.search(path.read_text("utf-8", "replace"))]
    assert holding == []
