"""Solution of a long horizon in windows, whose bases are joined to a basis of the whole problem."""
