"""Readers of files from other tools and of this project, as tables on the UTC axis: one module per format."""
