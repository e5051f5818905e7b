"""Takes events from the organisation's own producers, through the edge."""
