"""The operators, under the name that DAGs import: one module each, because each spells out its arguments.

Tested by tests/unit/operators/test_operators_against_sandbox.py.
"""

from __future__ import annotations

from airflow_provider_bento.operators.broadcasts import BentoBroadcastOperator
from airflow_provider_bento.operators.commands import BentoBatchCommandsOperator
from airflow_provider_bento.operators.deletions import BentoDataDeletionOperator
from airflow_provider_bento.operators.emails import BentoBatchEmailsOperator
from airflow_provider_bento.operators.events import BentoBatchEventsOperator
from airflow_provider_bento.operators.reconcile.operator import BentoReconcileOperator
from airflow_provider_bento.operators.subscribers import BentoBatchSubscribersOperator
from airflow_provider_bento.operators.watermark.sentinel import WATERMARK

__all__ = [
    "WATERMARK",
    "BentoBatchCommandsOperator",
    "BentoBatchEmailsOperator",
    "BentoBatchEventsOperator",
    "BentoBatchSubscribersOperator",
    "BentoBroadcastOperator",
    "BentoDataDeletionOperator",
    "BentoReconcileOperator",
]
