"""Importing files: reading them, sending their events, and waiting until these count."""
