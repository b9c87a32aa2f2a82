"""One chunk from its permit to its outcome, several of them in flight, and what is done about a doubt."""
