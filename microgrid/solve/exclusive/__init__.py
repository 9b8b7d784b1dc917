"""Pairs that exclude each other and on/off decisions: binaries only where the relaxed optimum needs them."""
