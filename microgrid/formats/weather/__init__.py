"""Formats of weather data."""
