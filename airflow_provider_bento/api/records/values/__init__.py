"""Checks of single values of a record: each returns the value as Bento takes it, or says what is wrong."""
