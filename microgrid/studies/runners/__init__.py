"""How the jobs of a study are run: in line or in processes."""
