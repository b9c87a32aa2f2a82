"""A doubt as a question to a person in Airflow's UI, and their answer."""
