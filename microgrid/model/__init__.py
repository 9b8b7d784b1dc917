"""The optimization model: assembled from what the assets hand over, knowing none of them by kind."""
