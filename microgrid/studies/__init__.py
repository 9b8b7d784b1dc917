"""Ways to use a case: dispatch it, compare its scenarios, hold a rule-based baseline against it."""
