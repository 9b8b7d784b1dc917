"""Series fields of a case: constants, lists, columns of files and derived series, checked and put on the horizon."""
