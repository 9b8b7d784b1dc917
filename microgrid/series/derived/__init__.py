"""Series that are computed from other data, one file per kind, named by the first of its keys."""
