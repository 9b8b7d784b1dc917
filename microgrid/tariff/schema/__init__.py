"""The tariff file: its lines and their fields."""
