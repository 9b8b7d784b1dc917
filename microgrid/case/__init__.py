"""A case: the file that describes a site, read and checked."""
