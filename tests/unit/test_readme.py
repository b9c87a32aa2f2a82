"""README and docs show nothing that does not run, and no link in them leads nowhere."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
MORE = (ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md")
DOCS = sorted((ROOT / "docs").rglob("*.md"))
PAGES = {page.relative_to(ROOT).as_posix(): page.read_text(encoding="utf-8") for page in (README, *MORE, *DOCS)}
BLOCK = re.compile(r"<!-- region: (\S+) (\w+) -->\n+```python\n(.*?)```", re.DOTALL)
BLOCKS = [(page, *block) for page, text in PAGES.items() for block in BLOCK.findall(text)]
README_BYTES = 6144


def region(path: str, name: str) -> str:
    """Return the lines between the marks of a region."""
    source = ROOT / ("tests" if path.startswith(("test", "page")) else "example_dags")
    text = next(source.rglob(path)).read_text(encoding="utf-8")
    found = re.search(rf"^ *# \[START {name}\]\n(.*?)^ *# \[END {name}\]", text, re.DOTALL | re.MULTILINE)
    assert found, f"{path} has no region {name}"
    shown = re.sub(r"  # noqa.*", "", found[1])  # for our own linter only
    return textwrap.dedent(shown).strip("\n") + "\n"


@pytest.mark.parametrize(
    ("path", "name", "shown"), [block[1:] for block in BLOCKS], ids=[":".join(block[:3]) for block in BLOCKS]
)
def test_a_python_block_is_its_region(path: str, name: str, shown: str) -> None:
    """A Python block of a page is, to the letter, a region of a file that the tests run."""
    assert shown == region(path, name)


@pytest.mark.parametrize("page", PAGES)
def test_every_python_block_names_its_region(page: str) -> None:
    """There is no Python on a page that nothing runs."""
    assert PAGES[page].count("```python") == len(BLOCK.findall(PAGES[page]))


def test_there_are_blocks_to_check() -> None:
    """The tests above are not empty."""
    assert len(BLOCKS) > 10


def test_the_readme_is_short() -> None:
    """What a reader does not need in the first five minutes belongs in docs."""
    assert len(README.read_bytes()) <= README_BYTES


def test_every_picture_is_shown_and_taken_by_a_test() -> None:
    """``make screenshots`` takes it again, under the name that it has; no picture is left over."""
    pictures = {path.stem for path in (ROOT / "docs" / "images").iterdir()}
    shown = {name for text in PAGES.values() for name in re.findall(r"images/([\w-]+)\.png", text)}
    tests = "".join(path.read_text() for path in (ROOT / "tests" / "browser").glob("*.py"))
    taken = set(re.findall(r"""["']([\w-]+)["']""", tests))
    assert pictures == shown
    assert sorted(pictures - taken) == []


OURS = re.compile(
    r"https://(?:github\.com/bentonow/airflow-provider-bento/blob"
    r"|raw\.githubusercontent\.com/bentonow/airflow-provider-bento)/main/(.+)"
)


@pytest.mark.parametrize("address", sorted(set(re.findall(r"\]\(([^)]+)\)", PAGES["README.md"]))))
def test_every_address_of_the_readme_is_absolute_and_exists(address: str) -> None:
    """The package index shows the README too and has no docs folder beside it, so links to our pages are absolute."""
    assert address.startswith("https://")
    ours = OURS.fullmatch(address)
    assert ours is None or leads_somewhere(ROOT / "README.md", ours[1])


def test_pictures_of_the_readme_are_addressed_as_files() -> None:
    """GitHub's page about a picture is no picture."""
    pictures = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", PAGES["README.md"])
    assert pictures
    assert all(address.startswith("https://raw.githubusercontent.com/") for address in pictures)


RELATIVE = [
    (page, address)
    for page, text in PAGES.items()
    if page != "README.md"
    for address in sorted(set(re.findall(r"\]\(([^)]+)\)", text)))
    if not address.startswith("https://")
]


@pytest.mark.parametrize(("page", "address"), RELATIVE)
def test_every_relative_link_of_the_docs_resolves(page: str, address: str) -> None:
    """The file exists, and so does the heading after ``#``."""
    assert leads_somewhere(ROOT / page, address)


@pytest.mark.parametrize("page", PAGES)
def test_every_file_that_a_page_names_exists(page: str) -> None:
    """A file of the package or the tests that moves takes its name in the docs with it."""
    named = set(re.findall(r"`((?:tests|docs|airflow_provider_bento|example_dags)/[\w./-]*\w\.\w+)`", PAGES[page]))
    assert sorted(path for path in named if not (ROOT / path).exists()) == []


def test_every_page_of_the_docs_is_in_the_index() -> None:
    """A page that the index does not link is not found."""
    linked = {address for page, address in RELATIVE if page == "docs/index.md"}
    wanted = {page.relative_to(ROOT / "docs").as_posix() for page in DOCS} - {"index.md"}
    assert sorted(wanted - linked) == []


def leads_somewhere(page: Path, address: str) -> bool:
    """Whether the linked file exists, and contains the heading if one is named."""
    path, _, heading = address.partition("#")
    target = (page.parent / path).resolve() if path else page
    return target.is_file() and (not heading or heading in headings(target.read_text(encoding="utf-8")))


def headings(text: str) -> set[str]:
    """Return the names by which GitHub links a page's headings."""
    found = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in found}


def test_connection_table_is_the_table_of_fields() -> None:
    """The table of the connection's page is made from the one table of fields."""
    from airflow_provider_bento.connection.form import settings_table

    page = PAGES["docs/connection.md"]
    shown = page.split("<!-- connection table: begin -->")[1].split("<!-- connection table: end -->")[0]
    assert shown.strip() == settings_table().strip()
