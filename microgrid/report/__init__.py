"""Reports of a solved case: one HTML page, its short Markdown form, and scenarios side by side."""
