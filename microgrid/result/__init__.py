"""The result of a solve: solution, key figures, summary, and where energy came from."""
