"""Data of the figures of a page."""
