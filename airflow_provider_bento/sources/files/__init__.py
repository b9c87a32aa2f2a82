"""Rows of files: listed, opened, recognised and read; one module per format."""
