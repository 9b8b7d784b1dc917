"""Time stamps as instants: which clock they keep, at which end of their interval they stand."""
