"""Aggregates that were released, and the gauges made of them."""
