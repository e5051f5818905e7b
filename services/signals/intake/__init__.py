"""Turns records of the log into facts in the store."""
