"""The page at ``/``: what arrived, live, and the buttons; reads the store, never changes it."""
