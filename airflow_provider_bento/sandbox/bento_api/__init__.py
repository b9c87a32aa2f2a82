"""Bento's API as the sandbox answers it: from a request through faults, keys and limits to a reply."""
