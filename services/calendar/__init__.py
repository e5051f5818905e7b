"""Turns calendar events into interactions."""
