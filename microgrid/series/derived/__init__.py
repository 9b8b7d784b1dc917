"""Derived series, which are computed from other data: one file for each kind, named by its first key."""
