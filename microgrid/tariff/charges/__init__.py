"""Lines of a bill, each as an amount that follows from the meter and as entries and rules of the model."""
