"""Rows of a query: checked, streamed through any of Airflow's SQL hooks, resumed by a key."""
