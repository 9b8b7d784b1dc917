"""HiGHS: the only package that imports highspy."""
