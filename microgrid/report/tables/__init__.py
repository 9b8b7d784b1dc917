"""Tables of the report as rows of formatted text."""
