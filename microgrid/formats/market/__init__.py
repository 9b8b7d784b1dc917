"""Formats of power markets and grid operators."""
