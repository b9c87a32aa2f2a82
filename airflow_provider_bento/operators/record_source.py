"""Where an operator's records come from: its argument, a query, a fixed file of dead letters; mapped and merged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from airflow_provider_bento.delivery.source import Source
from airflow_provider_bento.operators.records_argument import bare

if TYPE_CHECKING:
    from airflow_provider_bento.operators.base import BentoBatchOperator


def source_for(operator: BentoBatchOperator, context: Any) -> Source:
    """Return the source that the operator's arguments mean.

    :raises BentoSetupError: the source cannot be meant.
    """
    records = operator._records_source(context)
    source = _plain_source(operator, records)
    mapped = operator.columns is not None or bool(operator.constants)
    if mapped and operator.replay_dead_letters is None:  # a dead letter holds what mapping made of its row
        from airflow_provider_bento.sources.mapping import MappedSource

        source = MappedSource(source, _plain(operator.columns), _plain(operator.constants))
    if operator.merge_duplicates:
        from airflow_provider_bento.sources.merging import MergedSource

        source = MergedSource(source)
    return source


def _plain(mapping: Any) -> Any:
    """Return ``columns`` or ``constants`` without what hides other tasks' results from the Rendered tab."""
    return {name: bare(value) for name, value in mapping.items()} if isinstance(mapping, Mapping) else mapping


def _plain_source(operator: BentoBatchOperator, records: Any) -> Source:
    """Return the one source that the judged arguments name."""
    if operator.sql is not None:
        from airflow_provider_bento.sources.sql.source import SqlSource

        return SqlSource(
            str(operator.sql),
            conn_id=operator.sql_conn_id,
            parameters=operator.sql_parameters,
            resume_key=operator.resume_key,
        )
    if operator.replay_dead_letters is not None:
        from airflow_provider_bento.sources.dead_letters import DeadLetterSource

        return DeadLetterSource(str(operator.replay_dead_letters), endpoint=operator.endpoint)
    from airflow_provider_bento.sources.argument import source_of

    options = None if operator._by_function else operator.file_options  # the function's source has them already
    return source_of(records, operator.endpoint, file_options=options)
