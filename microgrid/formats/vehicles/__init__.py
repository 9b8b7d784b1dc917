"""Formats of charging sessions of vehicles."""
