"""What the sandbox remembers, one noun a module; knows SQLite, never HTTP."""
