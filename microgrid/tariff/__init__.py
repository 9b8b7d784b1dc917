"""What a bill is: the tariff's schema, its prices on a horizon, and the bill of a metered series."""
