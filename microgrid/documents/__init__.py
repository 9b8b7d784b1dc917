"""YAML documents with the line of every key, and their validation, where every problem has its place."""
