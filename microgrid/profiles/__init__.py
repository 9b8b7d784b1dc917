"""Time series in: files, lists and constants become checked arrays on the horizon of a case."""
