"""Turns the reStructuredText that our docstrings contain into Markdown, for the reference of the documentation site.

Editors and ``help()`` show docstrings as they are; only the site reads them as Markdown.
"""

from __future__ import annotations

import re
from typing import Any, Final

from griffe import Extension, Object

_CHANGES: Final = (
    (re.compile(r"\n*^Tested by tests/.*\Z", re.MULTILINE), ""),  # for contributors
    (re.compile(r"^[ \t]*\.\. code-block:: *\w*\n", re.MULTILINE), ""),  # what follows is indented
    (re.compile(r"^([ \t]*)\.\. seealso:: *(\S+)$", re.MULTILINE), r"\1See also <\2>."),
    (re.compile(r"^::$", re.MULTILINE), ""),
    (re.compile(r"(?<=\S)::$", re.MULTILINE), ":"),
    (re.compile(r":\w+:`~?(?:[^`<]*\.)?([^`<.]+)`"), r"`\1`"),
)


def as_markdown(docstring: str) -> str:
    """Return a docstring with names as code, and code blocks by their indentation alone."""
    for pattern, change in _CHANGES:
        docstring = pattern.sub(change, docstring)
    return docstring


class Docstrings(Extension):
    """Changes every docstring before it is read."""

    def on_instance(self, *, obj: Object, **_: Any) -> None:
        """Change the docstring of a module, a class or a function."""
        if obj.docstring is not None:
            obj.docstring.value = as_markdown(obj.docstring.value)
