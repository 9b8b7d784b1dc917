"""What an asset is: ports, contributions to the model, sizes, replay and rule; and a plan as data."""
