"""What an asset of Bento is: ``bento://<site>/<noun>``, for Airflow's assets and for OpenLineage."""
