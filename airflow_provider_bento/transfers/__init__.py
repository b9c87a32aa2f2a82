"""Operators that move data from Bento to a file or an object store."""
