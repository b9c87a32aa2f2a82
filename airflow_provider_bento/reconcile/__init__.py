"""Reads people back from Bento and compares them with the source. Pure: knows neither Airflow nor HTTP."""
