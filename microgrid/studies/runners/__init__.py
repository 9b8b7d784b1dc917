"""Runners of the jobs of a study: one after another, or in processes."""
