"""Result of a solve: solution, key figures, summary, and the origin of energy."""
