"""The contract of an asset: ports, contributions to the model, sizes, replay and baseline rule; and a plan as data."""
