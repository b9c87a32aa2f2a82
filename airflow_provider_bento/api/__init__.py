"""What Bento is: endpoints, limits, record shapes, replies. Never imports Airflow."""
