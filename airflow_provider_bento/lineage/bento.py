"""What OpenLineage learns of a push: where it read from, its query, and how many rows Bento accepted.

Runs only if Airflow's OpenLineage provider asks. Values of records are not among it, and query parameters neither.

Tested by tests/unit/lineage/test_lineage.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from airflow_provider_bento.assets.bento import Noun, convert_asset_to_openlineage, outlets_of_bento
from airflow_provider_bento.lineage.inputs import file_dataset, names_files, shown_query, tables_of

__all__ = ["Pushed", "Pushing", "lineage_of"]


@dataclass(frozen=True)
class Pushed:
    """What is known of a push once its parts have been built; left on the operator for OpenLineage's own process.

    :param site: the connection's site.
    :param noun: what the push changes.
    :param accepted: returns how many records Bento has accepted so far, in all attempts.
    """

    site: str
    noun: Noun
    accepted: Callable[[], int] = field(repr=False)


class Pushing(Protocol):
    """What is needed of an operator."""

    sql: Any
    sql_conn_id: Any
    columns: Any
    outlets: Any

    @property
    def _records(self) -> Any: ...


def lineage_of(operator: Pushing, *, replayed: Any = None, pushed: Pushed | None = None) -> Any:
    """Return an operator's ``OperatorLineage``; before its push was built, its outlets of Bento are the outputs.

    :param operator: its arguments are rendered.
    :param replayed: the path of dead letters that are pushed again.
    :param pushed: what was left on the operator, if its push had been built.
    """
    from airflow_provider_bento.version_compat import OperatorLineage

    if pushed is None:
        outputs = [convert_asset_to_openlineage(one, None) for one in outlets_of_bento(operator.outlets)]
    else:
        outputs = [_output(pushed, _field_names(operator.columns))]
    return OperatorLineage(inputs=_inputs(operator, replayed), outputs=outputs, job_facets=_job_facets(operator.sql))


def _inputs(operator: Pushing, replayed: Any) -> list[Any]:
    if isinstance(operator.sql, str):
        return tables_of(operator.sql, str(operator.sql_conn_id))
    path = operator._records if replayed is None else replayed
    return [file_dataset(path)] if names_files(path) else []


def _job_facets(sql: Any) -> dict[str, Any]:
    from openlineage.client.facet_v2 import sql_job

    return {"sql": sql_job.SQLJobFacet(query=shown_query(sql))} if isinstance(sql, str) else {}


def _output(pushed: Pushed, fields: list[str]) -> Any:
    from openlineage.client.event_v2 import OutputDataset
    from openlineage.client.facet_v2 import output_statistics_output_dataset, schema_dataset

    counted = output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(rowCount=pushed.accepted())
    named = [schema_dataset.SchemaDatasetFacetFields(name=name) for name in fields]
    return OutputDataset(
        namespace=f"bento://{pushed.site.lower()}",
        name=pushed.noun,
        facets={"schema": schema_dataset.SchemaDatasetFacet(fields=named)} if named else {},
        outputFacets={"outputStatistics": counted},
    )


def _field_names(columns: Any) -> list[str]:
    """Return the fields that the author's own dict names; one from another task has hidden values, and is data."""
    if not isinstance(columns, Mapping) or not all(isinstance(one, str) for one in columns.values()):
        return []
    return [name for name in columns if isinstance(name, str) and "@" not in name]
