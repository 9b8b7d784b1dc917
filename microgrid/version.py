"""Version of the program, as results state it."""

__version__ = "0.1.0"
