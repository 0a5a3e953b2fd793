"""The README says what is held to the oracles and how often; it may not promise more than was compared."""

import re
from collections import Counter
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROW = re.compile(r"^\| (\w+) \| `(test_\w+)` \|.*\| ([\d,]+) \|", re.MULTILINE)
"""A row of the README's table: oracle, test and number of comparisons."""


@pytest.fixture(scope="module")
def promised() -> dict[str, int]:
    rows = ROW.findall((HERE / "README.md").read_text("utf-8"))
    return {f"{oracle}::{test}": int(number.replace(",", "")) for oracle, test, number in rows}


def test_the_readme_has_a_row_for_every_oracle_test(promised: dict[str, int]) -> None:
    files = [path for path in HERE.glob("test_*.py") if path != Path(__file__)]
    defined = {
        f"{path.stem.removeprefix('test_')}::{name}"
        for path in files
        for name in re.findall(r"^def (test_\w+)", path.read_text("utf-8"), re.MULTILINE)
    }
    assert defined == set(promised)


def test_as_many_values_were_compared_as_the_readme_says(promised: dict[str, int], tally: Counter[str]) -> None:
    if missing := promised.keys() - tally.keys():
        pytest.skip(f"{len(missing)} of {len(promised)} tests compared nothing: run the whole folder with the oracles")
    too_few = {test: tally[test] for test, number in promised.items() if tally[test] < number}
    assert not too_few
    text = (HERE / "README.md").read_text("utf-8")
    assert f"**{sum(promised.values()):,}**" in text
