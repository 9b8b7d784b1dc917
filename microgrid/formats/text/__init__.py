"""Text and workbooks as cells: encodings, dialects, how numbers and time stamps are written."""
