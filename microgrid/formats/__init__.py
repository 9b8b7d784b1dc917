"""Files of other tools and of this project, read as tables on the UTC axis: one file per format."""
