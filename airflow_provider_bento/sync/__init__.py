"""What earlier runs sent: compared with the source, so that only the difference is sent. Never imports Airflow."""
