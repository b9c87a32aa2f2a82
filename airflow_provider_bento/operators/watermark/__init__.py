"""A task that reads only what is new: its rules, the sentinel of its query, and its life in one run."""
