"""Airflow's own noun for this part; the module in it is named after the service."""
