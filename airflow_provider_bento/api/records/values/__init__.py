"""Checks of single values of a record: each returns the value in Bento's form, or raises what is wrong."""
