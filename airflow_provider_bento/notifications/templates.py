"""The default subject and body of an alert: Jinja that renders in every kind of callback.

A callback of a task has ``ti``, one of a DAG has ``reason`` as well, and one of a missed deadline has only ``deadline``
and ``dag_run``, which is a dict there (`Airflow's page on deadline alerts
<https://airflow.apache.org/docs/apache-airflow/stable/howto/deadline-alerts.html>`__).

The state of a task is a text in Airflow 2 and a member of an enumeration in Airflow 3.

Tested by tests/unit/notifications/test_templates.py.
"""

from __future__ import annotations

from typing import Final

__all__ = ["HTML_CONTENT", "SUBJECT"]

SUBJECT: Final = (
    "Airflow: "
    "{% if deadline is defined %}{{ dag_run.dag_id }} missed a deadline"
    "{% elif reason is defined or ti is not defined %}{{ dag.dag_id }}"
    "{% if reason is defined %}: {{ reason }}{% endif %}"
    "{% else %}{{ ti.dag_id }}.{{ ti.task_id }}{% if ti.state %} {{ ti.state.value | default(ti.state) }}{% endif %}"
    "{% endif %}"
)
"""Like ``Airflow: shop.load failed``, ``Airflow: shop: task_failure`` or ``Airflow: shop missed a deadline``."""

HTML_CONTENT: Final = (
    "{% if deadline is defined %}"
    "<p>Run <b>{{ dag_run.dag_run_id | e }}</b> of DAG <b>{{ dag_run.dag_id | e }}</b> missed its deadline of "
    "{{ deadline.deadline_time }}.</p>"
    "{% elif reason is defined or ti is not defined %}"
    "<p>DAG <b>{{ dag.dag_id | e }}</b>{% if run_id is defined %}, run <b>{{ run_id | e }}</b>{% endif %}"
    "{% if reason is defined %}: {{ reason | e }}{% endif %}.</p>"
    "{% else %}"
    "<p>Task <b>{{ ti.task_id | e }}</b> of DAG <b>{{ ti.dag_id | e }}</b>"
    "{% if ti.state %}: <b>{{ ti.state.value | default(ti.state) }}</b>{% endif %}"
    " (run {{ ti.run_id | e }}, try {{ ti.try_number }}).</p>"
    '<p><a href="{{ ti.log_url | e }}">Log</a></p>'
    "{% endif %}"
)
"""Names the run and links to the log; the text of an exception is left out, because it may contain people's data."""
