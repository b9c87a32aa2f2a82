"""Where records come from in Airflow: lists, XComs, files, queries, frames, generators."""
