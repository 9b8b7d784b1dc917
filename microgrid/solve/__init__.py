"""Solving: a model is compiled to a matrix and solved by HiGHS; its answer is read back, or its absence explained."""
