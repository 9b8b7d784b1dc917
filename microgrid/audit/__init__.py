"""Audit: schedules are replayed in numpy and bills recomputed from the meter, without Pyomo and without a solver."""
