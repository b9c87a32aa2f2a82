"""A hook of MkDocs: pages of the site that are not in docs/, and links from docs/ to files of the repository.

The pages read well on GitHub, where ``../CHANGELOG.md`` is a link. On the site, the files named here are pages; a link
to any other file of the repository leads to GitHub. A link to a file that does not exist stays as it is, so that the
strict build reports it.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any, Final

from mkdocs.structure.files import File

ROOT: Final = Path(__file__).parents[2]
PAGES: Final = {
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "airflow_provider_bento/sandbox/IMPLEMENTED.md": "sandbox-calls.md",
}
"""Files of the repository, and the pages that they become."""

_LINK: Final = re.compile(r"(?<=\]\()(?!https?:|#|mailto:)([^)#\s]+)(#[^)\s]*)?(?=\))")


def on_files(files: Any, config: Any) -> Any:
    """Add the pages."""
    for path, page in PAGES.items():
        text = (ROOT / path).read_text(encoding="utf-8")
        files.append(File.generated(config, page, content=linked(text, path, page, config["extra"]["repository"])))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, **_: Any) -> str:
    """Let the links of a page of docs/ lead where they should."""
    if page.file.src_uri in PAGES.values():
        return markdown  # done
    return linked(markdown, f"docs/{page.file.src_uri}", page.file.src_uri, config["extra"]["repository"])


def linked(markdown: str, path: str, page: str, repository: str) -> str:
    """Return the text of a file with the links of the site.

    :param path: of the file in the repository.
    :param page: what it is called on the site.
    :param repository: the URL of the repository.
    """

    def replaced(found: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(path), found[1]))
        return _address(target, page, repository, found[1]) + (found[2] or "")

    return _LINK.sub(replaced, markdown)


def _address(target: str, page: str, repository: str, written: str) -> str:
    """Return how the site links a file of the repository."""
    here = posixpath.dirname(page) or "."
    if target in PAGES:
        return posixpath.relpath(PAGES[target], here)
    if target.startswith("docs/"):
        return posixpath.relpath(target.removeprefix("docs/"), here)
    if (ROOT / target).exists():
        return f"{repository}/blob/main/{target}"
    return written
