"""What CHANGELOG.md says of a version."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

_HEAD = re.compile(r"^## \[(?P<version>[^\]]+)\] - (?P<date>.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Section:
    """A version's section.

    :param day: when it was released; ``None``: not yet.
    :param text: its Markdown, without the heading.
    """

    version: str
    day: date | None
    text: str


def sections(changelog: str) -> dict[str, Section]:
    """Return the sections by version, the newest first."""
    heads = list(_HEAD.finditer(changelog))
    ends = [head.start() for head in heads[1:]] + [len(changelog)]
    return {
        head["version"]: Section(head["version"], _day(head["date"]), changelog[head.end() : end].strip() + "\n")
        for head, end in zip(heads, ends, strict=True)
    }


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.split(",", maxsplit=1)[0].strip())
    except ValueError:
        return None
