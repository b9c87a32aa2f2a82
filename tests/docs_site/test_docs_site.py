"""What the documentation site makes of pages and docstrings, and that a broken link ends its build."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("mkdocs", reason="only the environment for development builds the site")

from docs_site.docstrings import as_markdown
from docs_site.outside_pages import linked

ROOT = Path(__file__).parents[2]
REPOSITORY = "https://github.com/bentonow/airflow-provider-bento"


@pytest.mark.parametrize(
    ("path", "page", "link", "wanted"),
    [
        ("docs/index.md", "index.md", "../CHANGELOG.md#added", "changelog.md#added"),
        ("docs/how-to/sql.md", "how-to/sql.md", "../../CONTRIBUTING.md", "../contributing.md"),
        ("docs/how-to/sql.md", "how-to/sql.md", "../sources.md#files", "../sources.md#files"),
        ("CHANGELOG.md", "changelog.md", "docs/hook.md", "hook.md"),
        ("docs/testing.md", "testing.md", "../airflow_provider_bento/sandbox/IMPLEMENTED.md", "sandbox-calls.md"),
        ("docs/style.md", "style.md", "../pyproject.toml", f"{REPOSITORY}/blob/main/pyproject.toml"),
        ("docs/style.md", "style.md", "../missing.md", "../missing.md"),
        ("docs/style.md", "style.md", "https://bentonow.com", "https://bentonow.com"),
        ("docs/style.md", "style.md", "#patterns", "#patterns"),
    ],
)
def test_a_link_leads_to_a_page_or_to_the_repository(path: str, page: str, link: str, wanted: str) -> None:
    """And stays broken if it is."""
    assert linked(f"see [it]({link}).", path, page, REPOSITORY) == f"see [it]({wanted})."


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (":class:`~airflow_provider_bento.hooks.bento.BentoHook` and :data:`PATHS`", "`BentoHook` and `PATHS`"),
        ("Like this.\n\n.. code-block:: python\n\n    x = 1\n", "Like this.\n\n\n    x = 1\n"),
        ("The tree.\n\n::\n\n    a\n", "The tree.\n\n\n\n    a\n"),
        ("For example::\n\n    a\n", "For example:\n\n    a\n"),
        ("    .. seealso:: https://bentonow.com/docs", "    See also <https://bentonow.com/docs>."),
    ],
)
def test_docstrings_become_markdown(written: str, shown: str) -> None:
    """Roles and directives are not shown as text."""
    assert as_markdown(written) == shown


@pytest.mark.slow
@pytest.mark.parametrize(
    "broken",
    [
        ("glossary.md", "\n[x](nowhere.md)\n"),
        ("glossary.md", "\n[x](delivery.md#no-such-heading)\n"),
        ("new.md", "# Not in the navigation\n"),
        ("reference/export.md", "\n::: airflow_provider_bento.transfers.bento.NoSuchName\n"),
    ],
    ids=["page", "anchor", "navigation", "name"],
)
def test_the_strict_build_ends_at_a_mistake(broken: tuple[str, str], tmp_path: Path) -> None:
    """Of each kind that somebody makes."""
    for name in ("docs", "airflow_provider_bento", "tests/docs_site"):
        shutil.copytree(ROOT / name, tmp_path / name)
    for name in ("mkdocs.yml", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    with (tmp_path / "docs" / broken[0]).open("a") as page:
        page.write(broken[1])
    command = [sys.executable, "-m", "mkdocs", "build"]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode != 0, done.stderr
