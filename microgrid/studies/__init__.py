"""Studies: ways to use a case, such as dispatching it, comparing its scenarios, or verifying a result."""
