"""Window after window, each continuing what those before it decided."""
