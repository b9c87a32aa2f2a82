"""What OpenLineage learns of a push: row counts and names of datasets, never people."""
