"""Paths and small files, on a local disk or in an object store."""
