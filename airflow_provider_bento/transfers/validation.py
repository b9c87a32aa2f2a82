"""Validates the arguments of the transfer: when the DAG is parsed, and again after templates are rendered.

Tested by tests/unit/transfers/test_validated_at_parse.py.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath, PurePosixPath
from typing import Any, Final

from airflow_provider_bento.exceptions import BentoSetupError
from airflow_provider_bento.filesystem.object_path import safe_text
from airflow_provider_bento.operators.argument_rules import Rule, rules
from airflow_provider_bento.operators.literals import is_template, refers
from airflow_provider_bento.transfers.filters import problems
from airflow_provider_bento.transfers.schemas import WHAT, FileFormat

__all__ = ["TransferCheck", "check_partial", "format_of"]

_FORMATS: Final[dict[str, FileFormat]] = {".jsonl": "jsonl", ".parquet": "parquet"}


def _is_path(value: Any) -> bool:
    return value is not None and bool(str(value).strip()) and _SHARED["dead_letters_path"].right(value)


_SHARED: Final = rules("broadcasts")
_WORDS: Final = tuple(_FORMATS.values())
_RULES: Final = {
    "what": Rule(f"one of {', '.join(WHAT)}", lambda value: isinstance(value, str) and value in WHAT, WHAT),
    "path": Rule("the path of a file", _is_path),
    "file_format": Rule("'jsonl', 'parquet' or None", lambda value: value in (None, *_WORDS), _WORDS),
    "on_empty": _SHARED["on_empty"],
    "bento_conn_id": _SHARED["bento_conn_id"],
}


@dataclass(frozen=True)
class TransferCheck:
    """What is wrong with the arguments of one task.

    :param task: its id and its operator, with which messages begin.
    :param arguments: name → value, of those that are known.
    :param template_fields: names of those that Airflow renders; empty once they are rendered.
    """

    task: str
    arguments: Mapping[str, Any]
    template_fields: Collection[str] = ()

    def check(self) -> None:
        """Reject invalid arguments.

        :raises BentoSetupError: names the task and the arguments, what they are and what is expected.
        """
        wrong = list(self._each()) or [*self._format(), *self._filters()]
        if wrong:
            words = "; ".join(wrong)
            raise BentoSetupError(f"{self.task}: {words}" + ("" if words.endswith("?") else "."))

    def _waits(self, name: str) -> bool:
        value = self.arguments.get(name)
        return name in self.template_fields and (is_template(value) or refers(value))

    def _each(self) -> Iterator[str]:
        for name, rule in _RULES.items():
            if name in self.arguments and not self._waits(name):
                broken = rule.broken(name, self.arguments[name])
                if broken is not None:
                    yield broken

    def _format(self) -> Iterator[str]:
        path = self.arguments.get("path")
        if path is None or refers(path):
            return
        if isinstance(path, PurePath) and not hasattr(path, "fs") and is_template(str(path)):
            yield "path contains {{ or {%, but Jinja does not run in a pathlib.Path: pass text"
        elif "path" not in self.template_fields or not _end_is_open(str(path)):
            try:
                format_of(path, self.arguments.get("file_format"))
            except BentoSetupError as error:
                yield str(error).removesuffix(".")

    def _filters(self) -> Iterator[str]:
        if "what" in self.arguments and "filters" in self.arguments and not self._waits("filters"):
            rendered = "filters" not in self.template_fields
            yield from problems(self.arguments["what"], self.arguments["filters"], rendered=rendered)


def check_partial(task: str, arguments: Mapping[str, Any], template_fields: Collection[str]) -> None:
    """Validate what is known of a task that will be mapped.

    :param arguments: those of ``.partial()``.
    :raises BentoSetupError: names the task and the argument; also if all mapped tasks would write the same file.
    """
    TransferCheck(task, arguments, template_fields).check()
    path = arguments.get("path")
    if path is not None and not refers(path) and not is_template(str(path)):
        raise BentoSetupError(
            f"{task}: path is the same for all mapped tasks, so each would replace the file of the others. Pass it to "
            ".expand(), or include {{ ti.map_index }}."
        )


def format_of(path: object, file_format: FileFormat | None) -> tuple[FileFormat, bool]:
    """Return the format of a file, and whether it is compressed.

    :param path: of which only the name's ending matters.
    :param file_format: ``None``: by the ending.
    :raises BentoSetupError: the ending shows no format, or another one than ``file_format``.
    """
    name = safe_text(str(path)).rpartition("/")[2].lower()
    if not name:
        raise BentoSetupError("path must end with the name of a file, not with /.")
    plain = name.removesuffix(".gz")
    shown = _FORMATS.get(PurePosixPath(plain).suffix)
    chosen = file_format or shown
    if chosen is None:
        raise BentoSetupError("path must end with .jsonl, .jsonl.gz or .parquet; or pass file_format='jsonl'.")
    if shown not in (None, chosen):
        raise BentoSetupError(f"path ends like {shown}, but file_format is {chosen!r}.")
    if chosen == "parquet" and plain != name:
        raise BentoSetupError("path must not end with .gz for Parquet, which compresses its own data.")
    return chosen, plain != name


def _end_is_open(path: str) -> bool:
    """Whether a template decides how the path ends."""
    return re.search(r"[%}]}\s*$", path) is not None
