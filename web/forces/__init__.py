"""The forces page: points on a circle or a sphere under two losses."""
