"""Time stamps as instants: their clock, and the end of the interval at which they stand."""
