"""Tables of any layout with time stamps and values."""
