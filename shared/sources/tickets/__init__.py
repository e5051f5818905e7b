"""Trackers: what happened to a ticket and who did it."""
