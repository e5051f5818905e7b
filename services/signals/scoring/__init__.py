"""Turns facts into readings, and raises alerts from them."""
