"""Where state stays in Airflow: checkpoints in the task state store or in files, dead letters in files."""
