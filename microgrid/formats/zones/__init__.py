"""Clocks that files state: names of time zones, abbreviations, offsets, words."""
