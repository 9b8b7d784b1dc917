"""Lines of a bill: amounts that follow from the meter, and the same as rules of the model."""
