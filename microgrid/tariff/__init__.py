"""Tariffs: the schema of their files, their prices on a horizon, and the bill of a metered series."""
