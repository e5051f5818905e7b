"""Alerts, what was said of them, and the messages that wait to be sent."""
