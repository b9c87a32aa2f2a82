"""What a watermark needs, and what it cannot be combined with: validated when the DAG is parsed.

Tested by tests/unit/operators/test_watermark_arguments.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from airflow_provider_bento.assets.bento import outlets_of_bento
from airflow_provider_bento.operators.argument_rules import shown
from airflow_provider_bento.operators.literals import refers
from airflow_provider_bento.operators.records_argument import NotGiven
from airflow_provider_bento.operators.watermark.sentinel import WATERMARK
from airflow_provider_bento.version_compat import HAS_ASSET_STATE

__all__ = ["wrong_with_watermark"]

_STARTS: Final = (int, float, Decimal, str, date)
_PLACE: Final = "watermark needs a place from run to run: pass snapshot_path or checkpoint_path"
_OR_OUTLET: Final = ", or outlets=[…] with one asset whose URI begins with bento://"
_EXAMPLE: Final = 'sql_parameters={"since": WATERMARK}'


def wrong_with_watermark(found: Mapping[str, Any], *, complete: bool, by_function: bool) -> Iterator[str]:
    """Yield what is wrong with ``watermark`` and the arguments that it needs.

    :param found: name → value; an absent one is not an argument of this operator, or not known yet.
    :param complete: whether these are all arguments, so that an absent one is missing.
    :param by_function: whether a function returns the records.
    """
    used = any(one is WATERMARK for one in _values(found.get("sql_parameters")))
    if found.get("watermark") is None:
        if complete and used:
            yield "WATERMARK in sql_parameters needs watermark, the column whose largest value it is"
        if complete and found.get("watermark_start") is not None:
            yield "watermark_start needs watermark, a column"
        return
    start = found.get("watermark_start")
    if isinstance(start, bool) or not (start is None or refers(start) or isinstance(start, _STARTS)):
        yield f"watermark_start must be a number, a date, a time or text, not {shown(start)}"
    if found.get("when_gone", "ignore") != "ignore":
        yield "watermark reads only what is new, so when_gone would take everybody else for gone: pass one of them"
    if complete:
        yield from _missing(found, by_function=by_function, used=used)


def _missing(found: Mapping[str, Any], *, by_function: bool, used: bool) -> Iterator[str]:
    if found.get("sql") is not None:
        if not used:
            yield f"watermark needs the query to use it: {_EXAMPLE}"
        if found.get("watermark_start") in (None, "", "None"):  # a template without a result renders as these
            yield "watermark with sql needs watermark_start, the value for the first run"
    elif not by_function:
        yield "watermark needs sql, or a decorated function (@task.bento_…)"
    if "once_by" in found and found["once_by"] is None:
        yield "watermark needs once_by, because a run reads some rows again and they must not be sent twice"
    in_asset = HAS_ASSET_STATE and len(outlets_of_bento(found.get("outlets"))) == 1
    if not in_asset and not any(_is_path(found.get(name)) for name in ("snapshot_path", "checkpoint_path")):
        yield _PLACE + (_OR_OUTLET if HAS_ASSET_STATE else "")


def _is_path(value: Any) -> bool:
    return value is not None and value is not NotGiven.NOT_GIVEN and str(value) not in ("", "None")


def _values(parameters: Any) -> list[Any]:
    if isinstance(parameters, Mapping):
        return list(parameters.values())
    return list(parameters) if isinstance(parameters, list | tuple) else []
