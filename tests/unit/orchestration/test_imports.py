"""A command loads what it needs and no more."""

import subprocess
import sys

import pytest

HEAVY = ("dagster", "polars", "dash", "duckdb", "dataframely", "sqlalchemy", "pydantic", "httpx", "numpy", "flask")


def loaded(code: str) -> set[str]:
    """Return the heavy packages that a fresh interpreter has loaded after some code."""
    script = f"import sys\n{code}\nsys.stdout.write('\\n' + ' '.join({{name.split('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stdout.rsplit("\n", 1)[1].split()) & set(HEAVY)


@pytest.mark.parametrize("arguments", [["--help"], ["status", "--help"], ["serve", "--help"]])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    code = f"""
from orchestration.cli import main
try:
    main({arguments})
except SystemExit as done:
    assert done.code == 0
"""
    assert loaded(code) == set()


def test_a_query_and_the_status_load_the_engine_only() -> None:
    assert loaded("import warehouse.query, warehouse.sandbox") <= {"polars", "duckdb", "numpy"}
    assert loaded("import orchestration.status") <= {"polars", "duckdb", "numpy"}


def test_the_page_loads_no_orchestrator() -> None:
    assert "dagster" not in loaded("import orchestration.web")
