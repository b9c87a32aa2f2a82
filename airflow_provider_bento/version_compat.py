"""The only module that depends on the version of Airflow: it finds each name in the newest module that has it.

Versions are never compared. A name is looked up when it is first asked for, so importing this module costs nothing.
The package ``apache-airflow-providers-common-compat`` does the same, but no constraints file of Airflow contains
a release of it that knows all of these names.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:  # so that editors and type checkers see Airflow's own classes
    from airflow.configuration import conf
    from airflow.exceptions import AirflowConfigException
    from airflow.sdk import (
        Asset,
        AssetAlias,
        BaseHook,
        BaseNotifier,
        BaseOperator,
        BaseOperatorLink,
        BaseSensorOperator,
        Context,
        ObjectStoragePath,
        PokeReturnValue,
    )
    from airflow.sdk.bases.decorator import DecoratedOperator, determine_kwargs, task_decorator_factory
    from airflow.sdk.definitions.context import context_merge
    from airflow.sdk.exceptions import (
        AirflowException,
        AirflowFailException,
        AirflowNotFoundException,
        AirflowRescheduleException,
        AirflowSensorTimeout,
        AirflowSkipException,
    )
    from airflow.sdk.execution_time.xcom import XCom
    from airflow.sdk.log import mask_secret
    from airflow.sdk.observability.stats import Stats
    from airflow.sdk.plugins_manager import AirflowPlugin
    from airflow.triggers.base import BaseTrigger, TriggerEvent

    BaseEventTrigger: Any
    HAS_ASSET_STATE: bool
    HAS_PLUGIN_PAGES: bool
    HEEDS_RESCHEDULE_DATES: bool
    NEVER_EXPIRE: Any
    OperatorLineage: Any
    RetryDecision: Any
    RetryPolicy: Any
    TaskAwaitingInput: Any
    CreateHITLDetailPayload: Any
    SQLParser: Any
    XCOM_FROM_THREADS: bool

__all__ = [
    "HAS_ASSET_STATE",
    "HAS_PLUGIN_PAGES",
    "HEEDS_RESCHEDULE_DATES",
    "NEVER_EXPIRE",
    "XCOM_FROM_THREADS",
    "AirflowConfigException",
    "AirflowException",
    "AirflowFailException",
    "AirflowNotFoundException",
    "AirflowPlugin",
    "AirflowRescheduleException",
    "AirflowSensorTimeout",
    "AirflowSkipException",
    "Asset",
    "AssetAlias",
    "BaseEventTrigger",
    "BaseHook",
    "BaseNotifier",
    "BaseOperator",
    "BaseOperatorLink",
    "BaseSensorOperator",
    "BaseTrigger",
    "Context",
    "CreateHITLDetailPayload",
    "DecoratedOperator",
    "ObjectStoragePath",
    "OperatorLineage",
    "PokeReturnValue",
    "RetryDecision",
    "RetryPolicy",
    "SQLParser",
    "Stats",
    "TaskAwaitingInput",
    "TriggerEvent",
    "XCom",
    "conf",
    "context_merge",
    "determine_kwargs",
    "mask_secret",
    "supervised",
    "task_decorator_factory",
    "to_supervisor",
]

_EXCEPTIONS: Final = ("airflow.sdk.exceptions", "airflow.exceptions")  # from 3.1 on; before
_DECORATOR: Final = ("airflow.sdk.bases.decorator", "airflow.decorators.base")  # from 3.0 on; 2.11
_SENSOR: Final = ("airflow.sdk", "airflow.sensors.base")  # from 3.0 on; 2.11
_TRIGGER: Final = ("airflow.triggers.base",)
_PLACES: Final[dict[str, tuple[str, ...]]] = {
    "AirflowConfigException": ("airflow.exceptions",),
    "AirflowException": _EXCEPTIONS,
    "AirflowFailException": _EXCEPTIONS,
    "AirflowNotFoundException": _EXCEPTIONS,
    "AirflowRescheduleException": _EXCEPTIONS,
    "AirflowSensorTimeout": _EXCEPTIONS,
    "AirflowSkipException": _EXCEPTIONS,
    "Asset": ("airflow.sdk", "airflow.datasets:Dataset"),  # from 3.0 on; 2.11
    "AssetAlias": ("airflow.sdk", "airflow.datasets:DatasetAlias"),  # from 3.0 on; 2.11
    "BaseHook": ("airflow.sdk", "airflow.hooks.base"),  # from 3.1 on; before
    "BaseNotifier": ("airflow.sdk", "airflow.notifications.basenotifier"),  # from 3.0 on; 2.11
    "BaseOperator": ("airflow.sdk", "airflow.models.baseoperator"),  # from 3.0 on; 2.11
    "BaseOperatorLink": ("airflow.sdk", "airflow.models.baseoperatorlink"),  # from 3.0 on; 2.11
    "BaseSensorOperator": _SENSOR,
    "BaseTrigger": _TRIGGER,
    "Context": ("airflow.sdk.definitions.context", "airflow.utils.context"),  # from 3.0 on; 2.11
    "DecoratedOperator": _DECORATOR,
    "ObjectStoragePath": ("airflow.sdk", "airflow.io.path"),  # from 3.0 on; 2.11
    "OperatorLineage": ("airflow.providers.openlineage.extractors",),  # if the provider is installed
    "PokeReturnValue": _SENSOR,
    "SQLParser": ("airflow.providers.openlineage.sqlparser",),  # if the provider is installed
    "Stats": ("airflow.sdk.observability.stats", "airflow.stats"),  # from 3.2 on; before
    "TriggerEvent": _TRIGGER,
    "XCom": ("airflow.sdk.execution_time.xcom", "airflow.models.xcom"),  # from 3.0 on; 2.11
    "conf": ("airflow.configuration",),
    "context_merge": ("airflow.sdk.definitions.context", "airflow.utils.context"),  # from 3.1 on; before
    "determine_kwargs": ("airflow.sdk.bases.decorator", "airflow.utils.operator_helpers"),  # from 3.1 on; before
    "mask_secret": (
        "airflow.sdk.log",  # from 3.0.6 on
        "airflow.sdk.execution_time.secrets_masker",  # 3.0
        "airflow.utils.log.secrets_masker",  # 2.11
    ),
    "task_decorator_factory": _DECORATOR,
}
# Before Airflow 3.3 there was no state store and no retry policy, before 3.0 no event trigger: these are None there.
_NEW: Final = {
    "BaseEventTrigger": _TRIGGER,
    "TaskAwaitingInput": ("airflow.sdk.exceptions",),
    "CreateHITLDetailPayload": ("airflow.sdk.execution_time.comms",),
    **dict.fromkeys(("NEVER_EXPIRE", "RetryDecision", "RetryPolicy"), ("airflow.sdk",)),
}


def __getattr__(name: str) -> Any:
    """Return one of Airflow's names, and keep it.

    :raises AttributeError: this module has no such name.
    :raises ImportError: this Airflow has the name in none of its places.
    """
    if name in _PLACES:
        found = _found(name, _PLACES[name])
    elif name in _NEW:
        found = _found_or_none(name, _NEW[name])
    elif name == "HAS_ASSET_STATE":
        found = "asset_state_store" in getattr(__getattr__("Context"), "__annotations__", {})
    elif name == "HAS_PLUGIN_PAGES":
        found = importlib.util.find_spec("airflow.sdk") is not None  # from 3.0 on
    elif name == "HEEDS_RESCHEDULE_DATES":
        found = _heeds_reschedule_dates()
    elif name == "XCOM_FROM_THREADS":
        found = _xcom_from_threads()
    elif name == "AirflowPlugin":
        found = _plugin_of_this_process()
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = found
    return found


def supervised() -> bool:
    """Return whether Airflow 3 runs this task in a process of its own; ``dag.test()`` and Airflow 2 do not."""
    runner = sys.modules.get("airflow.sdk.execution_time.task_runner")
    comms = getattr(runner, "SUPERVISOR_COMMS", None)
    return comms is not None and type(comms).__name__ != "InProcessSupervisorComms"


def to_supervisor(message: Any) -> Any:
    """Send a message to the process that started this task, and return its reply."""
    runner = sys.modules["airflow.sdk.execution_time.task_runner"]
    return vars(runner)["SUPERVISOR_COMMS"].send(msg=message)


def _found(name: str, places: tuple[str, ...]) -> Any:
    cause = None
    for place in places:
        path, _, other = place.partition(":")  # what it is called there, if differently
        try:
            module = importlib.import_module(path)
        except ImportError as error:
            cause = error
            continue
        if hasattr(module, other or name):
            return getattr(module, other or name)
    raise ImportError(f"This Airflow has no {name} in {' or '.join(places)}.", name=name) from cause


def _found_or_none(name: str, places: tuple[str, ...]) -> Any:
    try:
        return _found(name, places)
    except ImportError:
        return None


def _heeds_reschedule_dates() -> bool:
    """Whether a task that is no sensor waits for its date; 2.11, 3.0 and the first releases of 3.1 start it at once.

    With 3.2 the exception moved into the SDK; 3.1's SDK only re-exports core's.
    """
    return str(__getattr__("AirflowRescheduleException").__module__).startswith("airflow.sdk.")


def _xcom_from_threads() -> bool:
    """Whether any thread of a task may push an XCom: from 3.2 on they take turns at the line to the supervisor."""
    try:
        from airflow.sdk.execution_time.comms import CommsDecoder
    except ImportError:
        return False
    return hasattr(CommsDecoder, "_thread_lock")


def _plugin_of_this_process() -> Any:
    """Return the base class of the plugins manager that is loaded: from 3.2 on workers have their own, and importing
    the other one would cost each of them much more than the plugin does.
    """
    managers = ("airflow.plugins_manager", "airflow.sdk.plugins_manager")
    loaded = [sys.modules[name] for name in managers if name in sys.modules]
    return loaded[0].AirflowPlugin if loaded else _found("AirflowPlugin", managers)
