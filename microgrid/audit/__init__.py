"""The second opinion: schedules replayed in numpy, bills recomputed from the meter; no Pyomo, no solver."""
