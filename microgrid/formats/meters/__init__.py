"""Formats of electricity meters."""
