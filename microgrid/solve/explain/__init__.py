"""Explanations: the reason why no schedule exists, and the price of a little less of an account."""
