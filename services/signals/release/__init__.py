"""Releases aggregates about groups that are large enough."""
