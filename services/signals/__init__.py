"""Applies interactions and directory records to the store, and computes readings from it."""
