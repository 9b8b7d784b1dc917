"""YAML documents with the line of every key, validated, every finding with its place."""
