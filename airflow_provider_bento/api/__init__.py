"""What Bento is: endpoints, limits, record shapes, answers. Never imports Airflow."""
