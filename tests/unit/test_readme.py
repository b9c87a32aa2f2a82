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


OURS = re.compile(
    r"https://(?:github\.com/bentonow/airflow-provider-bento/blob"
    r"|raw\.githubusercontent\.com/bentonow/airflow-provider-bento)/main/(.+)"
)


@pytest.mark.parametrize("address", sorted(set(re.findall(r"\]\(([^)]+)\)", README))))
def test_every_address_is_whole_and_leads_somewhere(address: str) -> None:
    """The package index shows the README too, and knows no folder beside it; what is ours is there."""
    assert address.startswith("https://")
    ours = OURS.fullmatch(address)
    assert ours is None or (ROOT / ours[1].partition("#")[0]).is_file()


def test_pictures_are_addressed_as_files() -> None:
    """GitHub's page about a picture is no picture."""
    pictures = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", README)
    assert len(pictures) > 3
    assert all(address.startswith("https://raw.githubusercontent.com/") for address in pictures)


def test_connection_table_is_the_table_of_fields() -> None:
    """The README's table of the connection is made from the one table of fields."""
    from airflow_provider_bento.connection.form import readme_table

    shown = README.split("<!-- connection table: begin -->")[1].split("<!-- connection table: end -->")[0]
    assert shown.strip() == readme_table().strip()
