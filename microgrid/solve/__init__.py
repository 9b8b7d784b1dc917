"""Solving: compile the model to a matrix, hand it to HiGHS, read the answer, explain when there is none."""
