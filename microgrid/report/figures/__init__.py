"""What the figures of a page draw, as data."""
