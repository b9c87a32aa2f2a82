"""What an operator's records argument means: a list, JSON text of one, a lazy sequence, files, a dataframe.

Knows what authors of DAGs pass; does not know what a record is.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from airflow_provider_bento.delivery.source import ListSource, Source
from airflow_provider_bento.exceptions import BentoSetupError
from airflow_provider_bento.sources.argument_errors import NEVER, not_json, wrong
from airflow_provider_bento.sources.files.options import FileOptions, checked_file_options
from airflow_provider_bento.sources.lazy_sequence import LazySource

__all__ = ["check_argument", "source_of"]

_MARKERS: Final = ("{{", "{%", "{#")


def source_of(value: object, argument_name: str, *, file_options: Mapping[str, Any] | None = None) -> Source:
    """Return the source that a rendered argument means, at run time.

    :param value: what an operator's records argument became, or what a decorated function returned: a list or tuple; a
        lazy sequence, as a mapped upstream's XCom is; JSON text of a list, as templates render it; a path or URI of
        files, as text or path object; a dataframe or table; an object that can be iterated over repeatedly; or a ready
        source.
    :param argument_name: the argument's name, for the error.
    :param file_options: how files are read, see :class:`~airflow_provider_bento.sources.files.options.FileOptions`.
    :raises BentoSetupError: anything else, or options for what is no file; says what to pass.
    """
    options = checked_file_options(file_options)
    if _names_files(value, options):
        from airflow_provider_bento.sources.files.source import FileSource

        return FileSource(value, **options)  # type: ignore[arg-type]  # Airflow's ObjectStoragePath is no PathLike
    source = _without_files(value, argument_name)
    if options:
        what = "text" if isinstance(value, str) else f"a {type(value).__name__}"
        raise BentoSetupError(
            f"file_options is for files, and {argument_name} is {what}, not a path. Omit file_options, or pass the "
            "path of a file."
        )
    return source


def check_argument(value: object, name: str, *, file_options: Mapping[str, Any] | None = None) -> None:
    """Reject at parse time what cannot become records at run time.

    Templates, XComArgs, and values that are set during execution pass; ``file_options`` are always validated.

    :param value: what the author passed to the operator.
    :param name: the argument's name, for the error.
    :param file_options: see :func:`source_of`.
    :raises BentoSetupError: says what to pass instead.
    """
    checked_file_options(file_options)
    if callable(getattr(value, "resolve", None)) and not isinstance(value, os.PathLike):
        return
    if _is_not_set(value) or (isinstance(value, str) and any(marker in value for marker in _MARKERS)):
        return
    source_of(value, name, file_options=file_options)


def _names_files(value: object, options: FileOptions) -> bool:
    if isinstance(value, str):
        return _is_path(value) or (bool(options) and _is_word(value))
    return isinstance(value, os.PathLike) or (hasattr(value, "protocol") and hasattr(value, "fs"))


def _without_files(value: object, name: str) -> Source:
    if isinstance(value, list | tuple):
        return ListSource(value)
    if isinstance(value, str):
        return ListSource(_listed(value, name))
    if all(hasattr(value, one) for one in ("rows", "identity", "rereadable", "resumable")):
        return value  # type: ignore[return-value]  # recognized by its methods: Source is no runtime protocol
    return _of_object(value, name)


def _of_object(value: object, name: str) -> Source:
    from airflow_provider_bento.sources.dataframes import FrameSource, is_frame

    if is_frame(value):
        return FrameSource(value)
    if isinstance(value, Sequence) and not isinstance(value, NEVER):
        return LazySource(value)
    if isinstance(value, Iterable) and not isinstance(value, NEVER):
        from airflow_provider_bento.sources.iterables import IterableSource

        return IterableSource(value)
    raise wrong(value, name)


def _is_word(text: str) -> bool:
    """Whether a text may name a file: it is one line, and neither JSON nor empty."""
    return text.lstrip()[:1] not in ("", "[", "{") and "\n" not in text


def _is_path(text: str) -> bool:
    """Whether a text names files: a URI, an absolute path, or a name with an ending that can be read."""
    if not _is_word(text):
        return False
    from airflow_provider_bento.sources.files.formats import has_known_ending

    return "://" in text or text.startswith("/") or has_known_ending(text)


def _is_not_set(value: object) -> bool:
    """Airflow's sentinels, recognized by name: their module moved between its versions."""
    return any(kind.__name__ == "ArgNotSet" for kind in type(value).__mro__)


def _listed(text: str, name: str) -> Sequence[object]:
    try:
        value = msgspec.json.decode(text)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        raise not_json(text, name) from None
    if isinstance(value, list):
        return value
    what = "an object" if isinstance(value, dict) else f"a single {type(value).__name__}"
    raise BentoSetupError(f"{name} is JSON text of {what}; it must be a list of records: [{{…}}, {{…}}].")
