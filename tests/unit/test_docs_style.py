"""README and docs avoid the worst patterns of docs/style.md."""

from __future__ import annotations

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


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_no_page_has_a_forbidden_pattern(page: Path) -> None:
    """None of the phrases in the first table of docs/style.md appears, however the lines are broken."""
    written = GENERATED.sub("", page.read_text(encoding="utf-8"))
    text = " ".join(written.split())
    pattern = r"\b(?:" + "|".join(re.escape(phrase) for phrase in FORBIDDEN) + r")\b"
    found = [text[max(0, one.start() - 30) : one.end() + 30] for one in re.finditer(pattern, text, re.IGNORECASE)]
    assert found == []


def test_the_style_page_has_its_table() -> None:
    """The test above is not empty."""
    assert len(FORBIDDEN) > 10
