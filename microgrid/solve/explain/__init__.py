"""Why there is no schedule, and what a little less would cost."""
