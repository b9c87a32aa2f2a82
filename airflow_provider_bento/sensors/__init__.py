"""Sensors that wait for something in Bento; DAGs import them from :mod:`.bento`."""
