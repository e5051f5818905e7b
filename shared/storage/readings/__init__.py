"""Readings and their factors: writing, pages of them, and the escalation models."""
