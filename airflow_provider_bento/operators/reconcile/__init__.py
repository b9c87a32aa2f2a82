"""The operator that compares people in Bento with the source, and its parts."""
