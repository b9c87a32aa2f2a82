"""The page "Bento" in Airflow's UI, as static files that ask only Airflow's public REST API."""
