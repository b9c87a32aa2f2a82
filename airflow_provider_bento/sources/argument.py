"""What an operator's records argument means: a list, JSON text of one, a lazy sequence, and nothing by accident.

Knows what authors of DAGs pass, rightly and wrongly; must not know what a record is.
"""

from __future__ import annotations

import os
import types
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Final

import msgspec

from airflow_provider_bento.delivery.source import ListSource, Source
from airflow_provider_bento.exceptions import BentoSetupError
from airflow_provider_bento.sources.lazy import LazySource

__all__ = ["check_argument", "source_of"]

_MARKERS: Final = ("{{", "{%", "{#")


def source_of(value: object, argument_name: str) -> Source:
    """Return the source that a rendered argument means, at run time.

    :param value: what ``subscribers=``, ``events=`` or ``broadcasts=`` became: a list or tuple; a lazy sequence, as a
        mapped upstream's XCom is; JSON text of a list, as templates give; a path or URI of files, as text or path
        object; a dataframe or table; an object that can be iterated over again and again; or a ready source.
    :param argument_name: the argument's name, for the error.
    :raises BentoSetupError: anything else; says what to pass.
    """
    if isinstance(value, list | tuple):
        return ListSource(value)
    if isinstance(value, str) and not _is_path(value):
        return ListSource(_listed(value, argument_name))
    if isinstance(value, str | os.PathLike) or (hasattr(value, "protocol") and hasattr(value, "fs")):
        return _files(value)  # Airflow's ObjectStoragePath is no PathLike
    if all(hasattr(value, name) for name in ("rows", "identity", "rereadable", "resumable")):
        return value  # type: ignore[return-value]  # told by its methods: Source is no runtime protocol
    return _of_object(value, argument_name)


def check_argument(value: object, name: str) -> None:
    """Refuse at parse time what cannot become records at run time.

    Templates, XComArgs, and values that are set during execution pass.

    :param value: what the author passed to the operator.
    :param name: the argument's name, for the error.
    :raises BentoSetupError: says what to pass instead.
    """
    if callable(getattr(value, "resolve", None)) or _is_not_set(value):
        return
    if isinstance(value, str) and any(marker in value for marker in _MARKERS):
        return
    source_of(value, name)


def _of_object(value: object, name: str) -> Source:
    from airflow_provider_bento.sources.frames import FrameSource, is_frame

    if is_frame(value):
        return FrameSource(value)
    if isinstance(value, Sequence) and not isinstance(value, _NEVER):
        return LazySource(value)
    if isinstance(value, Iterable) and not isinstance(value, _NEVER):
        from airflow_provider_bento.sources.generated import IterableSource

        return IterableSource(value)
    raise _wrong(value, name)


def _files(path: Any) -> Source:
    from airflow_provider_bento.sources.files import FileSource

    return FileSource(path)


def _is_path(text: str) -> bool:
    """Whether a text names files: a URI, an absolute path, or a name with an ending that can be read."""
    if text.lstrip()[:1] in ("", "[", "{") or "\n" in text:
        return False
    from airflow_provider_bento.sources.formats import has_known_ending

    return "://" in text or text.startswith("/") or has_known_ending(text)


def _is_not_set(value: object) -> bool:
    """Airflow's sentinels, told by name: their module has moved between its versions."""
    return any(kind.__name__ == "ArgNotSet" for kind in type(value).__mro__)


def _listed(text: str, name: str) -> Sequence[object]:
    try:
        value = msgspec.json.decode(text)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        raise BentoSetupError(f"{name} is a text that is not JSON. {_hint(text, name)}") from None
    if isinstance(value, list):
        return value
    what = "an object" if isinstance(value, dict) else f"a single {type(value).__name__}"
    raise BentoSetupError(f"{name} is JSON text of {what}; it must be a list of records: [{{…}}, {{…}}].")


def _hint(text: str, name: str) -> str:
    if not text.strip():
        return "It is empty: the template found nothing. For no records at all it must be [] (an empty list)."
    if text.lstrip()[:1] in ("[", "(", "{") and "'" in text:
        return (
            f"It looks like Python's own text of a list: pass the task's output itself ({name}=task.output), or end "
            "the template with | tojson."
        )
    return "Pass a list of records, a task's output, the path of a file, or a template that gives JSON text."


_INSTEAD: Final[tuple[tuple[type | tuple[type, ...], str], ...]] = (
    (
        type(None),
        "is None: the upstream task returned nothing, or the template found nothing. Return [] for no records",
    ),
    (bool, "is a truth value. Pass a list of records"),
    ((int, float, complex), "is a number. Pass a list of records"),
    ((bytes, bytearray, memoryview), "is bytes. Decode them, and pass a list of records"),
    (Mapping, "is a single dict. Put it into a list: [{…}]"),
    (range, "is a range of numbers. Pass a list of records"),
    (AbstractSet, "is a set, which has no order, so a run could not be resumed. Pass a list of records"),
    (
        (types.GeneratorType, Iterator),
        "is a generator or iterator, which a retry could not read again. Pass a list, or yield under @task.bento_…",
    ),
    (
        (types.AsyncGeneratorType, types.CoroutineType),
        "is asynchronous and was never awaited. Pass a list of records",
    ),
)

_NEVER: Final = tuple(kind for kinds, _ in _INSTEAD for kind in (kinds if isinstance(kinds, tuple) else (kinds,)))


def _wrong(value: Any, name: str) -> BentoSetupError:
    for kinds, words in _INSTEAD:
        if isinstance(value, kinds):
            return BentoSetupError(f"{name} {words}.")
    return BentoSetupError(
        f"{name} is a {type(value).__name__}. Pass a list of records, a task's output (task.output or what a TaskFlow "
        "call returned), a dataframe, the path of a file, or a template that gives a list."
    )
