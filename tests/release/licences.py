"""Which licences a release may depend on; the decision is in the lists, not in the names of packages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

_PERMITTED: Final = (
    "apache", "bsd", "mit", "isc", "psf", "python software foundation", "zpl", "zope public", "unlicense", "0bsd",
    "cc0", "historical permission", "mit-0", "mit-cmu", "blueoak", "zlib", "public domain",
)  # fmt: skip
# Weak copyleft: it binds who changes the library itself, and nobody here does.
_WEAK: Final = ("mpl", "mozilla public", "lgpl", "lesser general public")


class Licence(NamedTuple):
    """A package and its licence, as its metadata names it."""

    package: str
    version: str
    licence: str


def refused(found: Iterable[Licence]) -> list[Licence]:
    """Return the packages whose licence is in neither list, or is not named.

    Where a package offers a choice (``MIT OR GPL-2.0``), one that is permitted suffices; where several licences hold
    (``Apache-2.0 AND BSD-3-Clause``), all must be.
    """
    return [one for one in found if not _may_be_used(one.licence)]


def _may_be_used(licence: str) -> bool:
    parts = licence.lower().replace(";", " and ").replace(" and ", "\0").split("\0")
    return all(any(_known(choice) for choice in part.split(" or ")) for part in parts)


def _known(licence: str) -> bool:
    words = licence.strip(" ()")
    return any(word in words for word in (*_PERMITTED, *_WEAK)) and "agpl" not in words


def table(found: Sequence[Licence]) -> str:
    """Return them as a table in Markdown."""
    lines = [f"| {one.package} | {one.version} | {one.licence} |" for one in sorted(found)]
    return "\n".join(["| package | version | licence |", "|---|---|---|", *lines]) + "\n"
