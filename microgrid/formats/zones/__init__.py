"""Time zones as files state them: names, abbreviations, offsets, words."""
