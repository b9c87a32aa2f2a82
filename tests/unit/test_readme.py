"""The README shows nothing that does not run: its Python blocks are regions of the example DAGs and of our tests."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
BLOCK = re.compile(r"<!-- region: (\S+) (\w+) -->\n+```python\n(.*?)```", re.DOTALL)
BLOCKS = BLOCK.findall(README)


def region(path: str, name: str) -> str:
    """Return the lines between the marks of a region."""
    source = ROOT / ("tests" if path.startswith("test") else "example_dags")
    text = next(source.rglob(path)).read_text()
    found = re.search(rf"^ *# \[START {name}\]\n(.*?)^ *# \[END {name}\]", text, re.DOTALL | re.MULTILINE)
    assert found, f"{path} has no region {name}"
    shown = re.sub(r"  # noqa.*", "", found[1])  # what we say to our own linter
    return textwrap.dedent(shown).strip("\n") + "\n"


@pytest.mark.parametrize(("path", "name", "shown"), BLOCKS, ids=[f"{path}:{name}" for path, name, _ in BLOCKS])
def test_readme_block_is_its_region(path: str, name: str, shown: str) -> None:
    """A Python block of the README is, to the letter, a region of a file that the tests run."""
    assert shown == region(path, name)


def test_every_python_block_names_its_region() -> None:
    """There is no Python in the README that nothing runs."""
    assert README.count("```python") == len(BLOCKS) > 5


def test_readme_names_every_local_file_that_exists() -> None:
    """Links and pictures of the README lead to files that are there."""
    local = [link for link in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in link]
    assert local
    assert [link for link in local if not (ROOT / link).exists()] == []


def test_connection_table_is_the_table_of_fields() -> None:
    """The README's table of the connection is made from the one table of fields."""
    from airflow_provider_bento.connection_form import readme_table

    shown = README.split("<!-- connection table: begin -->")[1].split("<!-- connection table: end -->")[0]
    assert shown.strip() == readme_table().strip()
