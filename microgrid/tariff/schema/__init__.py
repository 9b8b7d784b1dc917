"""Schema of the tariff file: its lines and their fields."""
