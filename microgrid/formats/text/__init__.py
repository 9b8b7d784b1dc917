"""Text and workbooks as cells: encodings, dialects, notation of numbers and time stamps."""
