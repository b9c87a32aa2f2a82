"""README, docs and every text in the package avoid the worst patterns of docs/style.md."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STYLE = ROOT / "docs" / "style.md"
PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")] + [
    page for page in sorted((ROOT / "docs").rglob("*.md")) if page != STYLE
]
GENERATED = re.compile(
    r"```python.*?```|^\| before \| now \|\n.*?\n\n|<!-- connection table: begin -->.*?<!-- connection table: end -->",
    re.DOTALL | re.MULTILINE,
)
FORBIDDEN = re.findall(r"^\| `([^`]+)` \|", STYLE.read_text(encoding="utf-8"), re.MULTILINE)
PATTERN = re.compile(r"\b(?:" + "|".join(map(re.escape, FORBIDDEN)) + r")\b", re.IGNORECASE)
MODULES = sorted((ROOT / "airflow_provider_bento").rglob("*.py"))


def forbidden(written: str) -> list[str]:
    """Return the forbidden phrases of a text with some words around them, however the lines are broken."""
    text = " ".join(written.split())
    return [text[max(0, one.start() - 30) : one.end() + 30] for one in PATTERN.finditer(text)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_no_page_has_a_forbidden_pattern(page: Path) -> None:
    """None of the phrases in the first table of docs/style.md appears."""
    assert forbidden(GENERATED.sub("", page.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.relative_to(ROOT).as_posix())
def test_no_text_in_the_package_has_a_forbidden_pattern(module: Path) -> None:
    """Neither a message nor a docstring; a text in several pieces is looked at piece by piece."""
    nodes = ast.walk(ast.parse(module.read_text(encoding="utf-8")))
    texts = [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    assert [found for text in texts for found in forbidden(text)] == []


def test_the_style_page_has_its_table() -> None:
    """The test above is not empty."""
    assert len(FORBIDDEN) > 10
