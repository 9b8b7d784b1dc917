"""Readers of tables of any layout with time stamps and values."""
