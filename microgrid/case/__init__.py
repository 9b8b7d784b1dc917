"""Cases: files that describe a site, read and checked."""
