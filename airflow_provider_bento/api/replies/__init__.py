"""Reads replies in every known shape: decodes them, finds failures, and hides the values of the request."""
