"""Exclusive pairs and on/off decisions: binaries are added only where the relaxed optimum needs them."""
