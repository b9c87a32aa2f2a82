"""Emails about Airflow's own events, sent through Bento: a notifier and an email backend."""
