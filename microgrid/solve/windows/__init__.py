"""A long horizon solved in windows whose bases are joined to one of the whole problem."""
