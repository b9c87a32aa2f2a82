"""How records get to Bento: cut, paced, sent once, counted, resumable. Never imports Airflow."""
