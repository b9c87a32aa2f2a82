"""The hook ``BentoHook``, its groups of methods, and the check of a connection."""
