"""Turns ticket events into interactions."""
