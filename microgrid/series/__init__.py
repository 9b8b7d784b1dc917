"""Series fields of a case: constants, lists and columns of files, checked and laid on the horizon."""
