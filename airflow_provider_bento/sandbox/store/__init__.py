"""What the sandbox remembers, how records change it and how it is read; knows SQLite, never HTTP."""
