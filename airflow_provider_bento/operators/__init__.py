"""The operators of this provider; DAGs import them from :mod:`.bento`."""
